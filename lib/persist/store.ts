/*
 * What a journal and a snapshot store must do: the interface of plug-ins. `storeConformance` (conformance.ts) holds a store
 * against it.
 *
 * A journal keeps one log per `persistId`. Its events are numbered 1, 2, 3, … without a gap. Nothing here needs more of a store
 * than a conditional append (expected last sequence, and a number that only grows: the epoch), so a log on a network fits as well
 * as a file. Stores see bytes, not values.
 */

/** An event as a journal keeps it. */
export interface JournalRecord {
  /** Number of the event in its log, from 1. */
  readonly seq: number;
  /** When it was persisted, in milliseconds since 1970, by the clock of the writer. */
  readonly time: number;
  /** What it can be found by with `readTag`. */
  readonly tags: readonly string[];
  /** The data of the event; the store does not look inside. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** A record as it is found by its tag. */
export interface TaggedRecord {
  /** Place in the order in which events became durable, over all logs of the store; above 0, and never used again. */
  readonly offset: number;
  /** The log that it belongs to. */
  readonly persistId: string;
  /** The event itself. */
  readonly record: JournalRecord;
}

/** Who wants to write to a log. */
export interface WriterClaim {
  /** Unlike that of any other writer, ever. */
  readonly token: string;
  /** Take the log over although its writer is alive. */
  readonly takeOver: boolean;
}

/** The right to write to a log, and where the log stands. */
export interface WriterLease {
  /** Above the epoch of every earlier lease of this log. */
  readonly epoch: number;
  /** How often this `persistId` was deleted: snapshots of an earlier life are not of this one. */
  readonly life: number;
  /** Number of the first event that is still there; `lastSeq + 1` when there is none. */
  readonly firstSeq: number;
  /** Number of the last event; 0 when there was none. */
  readonly lastSeq: number;
}

/** Some events for the end of a log. */
export interface JournalAppend {
  /** The log. */
  readonly persistId: string;
  /** Of the writer's lease. */
  readonly epoch: number;
  /** What the writer believes to be the last number of the log. */
  readonly expectedSeq: number;
  /** At least one; their numbers are `expectedSeq + 1` and on. */
  readonly records: readonly JournalRecord[];
}

/** A part of a log. */
export interface JournalRange {
  /** First number. */
  readonly from: number;
  /** Last number. */
  readonly to: number;
  /** At most so many records. */
  readonly limit: number;
}

/** Where a log begins and ends, for those who only read. */
export interface JournalBounds {
  /** As in `WriterLease`. */
  readonly firstSeq: number;
  /** As in `WriterLease`. */
  readonly lastSeq: number;
  /** As in `WriterLease`. Where a store leaves it out, a live query takes a log that was deleted and has grown again for the same. */
  readonly life?: number;
}

/**
 * Looks at a record where the store has it. Its payload are the bytes from `start` up to `end`, only until this returns.
 * It asks nothing of the store.
 */
export type JournalVisit = (
  seq: number,
  time: number,
  tags: readonly string[],
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
) => void;

/** Keeps events. */
export interface JournalStore {
  /**
   * Gives the right to write to a log, new or not, to the claimant and takes it from whoever had it.
   *
   * A writer is not disturbed while it is alive, unless the claim says `takeOver`. How a store knows who is alive is its own
   * affair: the LMDB store looks for the thread, a store on a network might let leases expire. Safety does not depend on it:
   * from here on no append with an older epoch may succeed, whatever its writer believes.
   *
   * Fails with `ERR_PERSIST_HELD` when the log has a writer that is alive.
   */
  acquire(persistId: string, claim: WriterClaim): Promise<WriterLease>;

  /** Gives the right back. Does nothing when the epoch is not the newest one. */
  release(persistId: string, epoch: number): Promise<void>;

  /**
   * Appends all records or none. Resolves when they are durable, in the sense that the store promises.
   *
   * Fails with `ERR_PERSIST_FENCED` when the epoch is not the newest one, with `ERR_PERSIST_SEQUENCE` when the log does not end
   * at `expectedSeq`, and with `ERR_PERSIST_STORE` when it cannot be written. `outcome` says whether the records may be
   * there all the same. An append that fails does no harm to others that are under way.
   */
  append(append: JournalAppend): Promise<void>;

  /** The records of a range that are there, in order. Durable ones only. */
  read(persistId: string, range: JournalRange): Promise<JournalRecord[]>;

  /**
   * As `read`, for whoever needs no record but what is in it: calls `visit` for each, in order, with no copy and no object made
   * for it. Rejects with what `visit` throws. May be left out: a process that recovers reads then.
   */
  scan?(persistId: string, range: JournalRange, visit: JournalVisit): Promise<void>;

  /** Where a log begins and ends; both ends of a log that does not exist are `{ firstSeq: 1, lastSeq: 0 }`. */
  bounds(persistId: string): Promise<JournalBounds>;

  /** The records with a tag and an offset above `after`, in the order of offsets. None that comes later has a smaller one. */
  readTag(tag: string, after: number, limit: number): Promise<TaggedRecord[]>;

  /** The names of logs that had an event and were not deleted, behind `after` in the order of their UTF-8 bytes. */
  persistIds(after: string | undefined, limit: number): Promise<string[]>;

  /** Removes the events up to number `upTo`. Numbers are not used again. Fails as `append` does. */
  truncate(persistId: string, epoch: number, upTo: number): Promise<void>;

  /** Removes a log with all its events, and the right to write to it. Fails as `append` does. */
  delete(persistId: string, epoch: number): Promise<void>;

  /**
   * Calls `listener` soon after events have become durable, whoever wrote them. It may be called for nothing, and once
   * for many events. Returns a function that ends it.
   */
  watch(listener: () => void): () => void;

  /** Waits for what is under way and lets go of everything. */
  close(): Promise<void>;
}

/** A state as a snapshot store keeps it. */
export interface SnapshotRecord {
  /** Number of the last event that is part of the state. */
  readonly seq: number;
  /** When it was taken, in milliseconds since 1970. */
  readonly time: number;
  /** Of the writer's lease. */
  readonly life: number;
  /** The state; the store does not look inside. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Keeps snapshots. */
export interface SnapshotStore {
  /** Keeps a snapshot; resolves when it is durable. Replaces one of the same number, unless that is of a later life: then nothing is done. */
  save(persistId: string, snapshot: SnapshotRecord): Promise<void>;

  /** The snapshot of this life with the highest number that is not above `maxSeq`. */
  latest(persistId: string, life: number, maxSeq: number): Promise<SnapshotRecord | undefined>;

  /** Numbers of the snapshots that are there, of whatever life, ascending. */
  list(persistId: string): Promise<number[]>;

  /** Removes the snapshots with a number below `seq`, but none of a life after `life`: who asks may have been taken over. */
  prune(persistId: string, life: number, seq: number): Promise<void>;

  /** Removes all snapshots, but none of a life after `life`. */
  delete(persistId: string, life: number): Promise<void>;

  /** Waits for what is under way and lets go of everything. */
  close(): Promise<void>;
}

/** A place for events and one for snapshots. They may be of different makes. */
export interface PersistStore {
  /** Where events are kept. */
  readonly journal: JournalStore;
  /** Where snapshots are kept. */
  readonly snapshots: SnapshotStore;
}

/** A store that is closed as a whole. */
export interface ClosableStore extends PersistStore, AsyncDisposable {
  /** Closes the journal and the snapshots: waits for what is under way and lets go of everything. */
  close(): Promise<void>;
}

/** A journal and snapshots that are closed together. */
export function bothStores(journal: JournalStore, snapshots: SnapshotStore): ClosableStore {
  const close = async (): Promise<void> => {
    await Promise.all([journal.close(), snapshots.close()]);
  };
  return { journal, snapshots, close, [Symbol.asyncDispose]: close };
}
