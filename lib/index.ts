/**
 * Erlang's `ets` and `persistent_term` for Node.js: tables and terms in native memory that every thread of the process
 * reads and writes by name.
 *
 * @module termstore
 */
export { ets } from './ets.js';
export { Table } from './table.js';
export { Continuation, type SelectChunk } from './continuations.js';
export type { AsyncOptions, ListOptions } from './async.js';
export { persistentTerm, PersistentTermRef } from './persistent-term.js';
export { _, $, $$, $1, $2, $3, $4, $5, $6, $7, $8, $9, $_, skip } from './ms.js';
export type {
  Expression,
  HeadPattern,
  MatchClause,
  MatchSpec,
  Pattern,
  SpecFor,
  TranslatedSpec,
  UntypedSpec,
} from './query/types.js';
export type { TransferEvent, TransferListener } from './events.js';
export type { CompiledMatchSpec } from './specs.js';
export { EtsError, PersistentTermError, TermError, TermStoreError } from './errors.js';
export type { EtsErrorCode, LoadErrorCode, PersistentTermErrorCode, TermErrorCode } from './errors.js';
export type { ExtendedInfo, File2tabOptions, Tab2fileOptions, TaskOptions } from './files/options.js';
export type { TabfileInfo } from './files/load.js';
export type {
  ChangeableOptions,
  CounterOperation,
  HashStats,
  Heir,
  HydrateOptions,
  KeyAndRows,
  MirrorOptions,
  NearCacheInfo,
  OrderedStats,
  RangeOptions,
  Row,
  SafeFixed,
  TableAccess,
  TableInfo,
  TableInfoItems,
  TableOptions,
  TableType,
  Tid,
} from './types.js';
