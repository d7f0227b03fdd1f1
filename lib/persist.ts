/**
 * State that outlives its process: event-sourced processes, and the stores that keep their events and snapshots.
 *
 * @module termstore/persist
 */
export { PersistError } from './persist/errors.js';
export type { PersistErrorCode, PersistErrorOptions, PersistOutcome } from './persist/errors.js';
export { PersistentProcess } from './persist/process.js';
export { persistentProcess, type ProcessContext, type ProcessSpec } from './persist/functional.js';
export { noReply, SnapshotFailed } from './persist/types.js';
export type {
  Answer,
  CallOptions,
  EventAdapter,
  EventMeta,
  From,
  JournalForm,
  ProcessOptions,
  Projection,
  RecoverStep,
  RowOperation,
  SnapshotPolicy,
  StartOptions,
  StoredEvent,
} from './persist/types.js';
export { Journal, openJournal } from './persist/queries.js';
export type {
  EventsOptions,
  JournalOptions,
  QueryOptions,
  TaggedEvent,
  TagOptions,
} from './persist/queries.js';
export { memoryStore } from './persist/memory-store.js';
export { lmdbStore } from './persist/lmdb-store.js';
export type { Durability, LmdbStoreOptions } from './persist/lmdb-file.js';
export { storeConformance, type StoreCase, type StoreSubject } from './persist/conformance.js';
export type {
  ClosableStore,
  JournalAppend,
  JournalBounds,
  JournalRange,
  JournalRecord,
  JournalStore,
  JournalVisit,
  PersistStore,
  SnapshotRecord,
  SnapshotStore,
  TaggedRecord,
  WriterClaim,
  WriterLease,
} from './persist/store.js';
