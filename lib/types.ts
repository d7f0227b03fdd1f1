/**
 * A row of a table: an array with at least one element, one of which (at `keypos`) is the key.
 *
 * Elements are terms: `undefined`, `null`, booleans, numbers, bigints, strings, registered symbols (`Symbol.for`), `Uint8Array`,
 * `Buffer`, the other typed arrays, `ArrayBuffer`, `Date`, `Error`, and arrays, plain objects, `Map`s and `Set`s of terms.
 */
export type Row = readonly unknown[];

/**
 * Names one table for ever, in every thread; a plain value that `postMessage` and rows carry.
 *
 * A number is never used for two tables, and one that was kept from another run of the program is refused.
 */
export type Tid = number & { readonly __tid?: never };

/** How rows are kept; see `TableOptions.type`. */
export type TableType = 'set' | 'ordered_set' | 'bag' | 'duplicate_bag';
/** What threads may do that do not own the table; see `TableOptions.access`. */
export type TableAccess = 'public' | 'protected' | 'private';

/** Options of `ets.new`. */
export interface TableOptions {
  /**
   * `'set'` (the default): one row per key, unordered. `'ordered_set'`: one row per key, in term order. `'bag'`: several
   * rows per key, no two alike. `'duplicate_bag'`: several rows per key, also equal ones. Bags keep the rows of a key in
   * the order in which they were inserted.
   */
  type?: TableType;
  /** `'protected'` (the default): every thread reads, the owner writes. `'public'`: every thread does both. `'private'`: the owner only. */
  access?: TableAccess;
  /** Register the name, so that `ets.table(name)` finds the table in every thread. Default `false`: the name is only a label. */
  named?: boolean;
  /** Position of the key in each row, from 0. Default 0. */
  keypos?: number;
  /**
   * Keep the rows that a thread reads with `get`, `lookup`, `lookupElement` and `lookupElements` in that thread, frozen, and give
   * out the same objects until the row changes: for rows that are read far more often than written. Bytes cannot be frozen: who changes
   * a typed array in such a row changes what this thread reads. Coherent: a read that
   * begins after a write has returned, in any thread, sees what was written. Bounded: each thread keeps up to 16 384
   * keys and 16 MB of encoded rows of a table, 131 072 and 64 MB of all tables, and counts in `info('nearCache')`; other keys than strings and numbers are read
   * each time. Default `false`.
   */
  readConcurrency?: boolean;
  /**
   * `true`: divide the table's locks, so that several threads write at the same time. Costs memory: about 50 KB for a
   * `set`. `'auto'`: divide them once threads wait for each other, or the table has more than about 4000 rows or 1 MB;
   * until then, and again after `deleteAllObjects`, it is as small as any other. Where threads still wait for each other, and it is not
   * larger than that, they are divided once more, which costs about 1 MB, by how the sizes of rows differ. An `ordered_set` adapts with both.
   * Default `false`. Has no effect on private tables.
   */
  writeConcurrency?: boolean | 'auto';
  /**
   * Asks for counts of rows and bytes that threads keep apart. Here every divided table keeps them so, and the option
   * decides only what `info` says. Default: `true` with `writeConcurrency: 'auto'`, and for an `ordered_set` with
   * `writeConcurrency: true`. Has no effect without `writeConcurrency`.
   */
  decentralizedCounters?: boolean;
  /**
   * Keeps rows small: everything but the key is compressed, with the zlib of the runtime, where that makes a row of at
   * least some 64 bytes smaller. Every function behaves as without it and takes longer: each write compresses a row,
   * each read and each row that a query looks at is expanded. Default `false`.
   */
  compressed?: boolean;
  /** Who gets the table when the thread that owns it ends. Default `'none'`: then it is dropped. */
  heir?: Heir | 'none';
  /**
   * Keeps the rows in a file as well, from which a table made with the same option is filled. Needs the package `lmdb`. Reads are those of
   * any table; see `MirrorOptions.mode` for what a write promises. Default none.
   */
  mirror?: MirrorOptions;
}

/** The file that a table is mirrored in; see `TableOptions.mirror`. */
export interface MirrorOptions {
  /** The file of a table on disk (`termstore/dets`), made when there is none. It must have the table's type and `keypos`. */
  file: string | URL;
  /**
   * `'writeThrough'`: a write returns once it has reached the disk, and survives a power failure; it blocks its thread until then, and all writers
   * of the table wait for each other. `'writeBehind'` (the default): a write returns at once; after each `interval` what
   * has changed is written in one transaction, so that after a crash the rows are as they were at most so long before. What is left is
   * written when the thread ends by itself.
   */
  mode?: 'writeThrough' | 'writeBehind';
  /** Milliseconds for which a change may wait before it is written, with `'writeBehind'`. Default 1000. */
  interval?: number;
}

/** Options of `ets.hydrate`: those of `ets.new`, and where the rows come from. */
export interface HydrateOptions extends TableOptions {
  /** The file. Default: that of `mirror`. */
  from?: string | URL;
  /** Ends the task early; it then rejects with the signal's reason, and there is no table. */
  signal?: AbortSignal;
  /** Called now and then, and at the end, with the number of rows so far. What it throws ends the task. */
  onProgress?: (rows: number) => void;
}

/** The thread that gets a table when its owner ends, however it ends. */
export interface Heir {
  /** A `threadId`. A thread that has ended, or has not loaded this package yet, counts as none. */
  thread: number;
  /** A term that the heir's `transfer` event carries. Without it the heir gets the table silently. */
  data?: unknown;
}

/** Options of `table.setopts`. */
export interface ChangeableOptions {
  heir?: Heir | 'none';
  access?: TableAccess;
}

/** What `table.info()` tells. */
export interface TableInfo {
  readonly id: Tid;
  readonly name: string;
  readonly namedTable: boolean;
  readonly type: TableType;
  readonly protection: TableAccess;
  /** `threadId` of the owner. */
  readonly owner: number;
  /** `threadId` of the heir. After the heir got the table it stays: owner and heir are the same thread then. */
  readonly heir: number | 'none';
  readonly keypos: number;
  /** Rows in the table. */
  readonly size: number;
  /** Bytes taken from the system for the table. */
  readonly memory: number;
  readonly compressed: boolean;
  readonly readConcurrency: boolean;
  readonly writeConcurrency: boolean | 'auto';
  readonly decentralizedCounters: boolean;
  /** With `readConcurrency` only. */
  readonly nearCache?: NearCacheInfo;
  /** `true` for a table with a `mirror`. */
  readonly mirrored?: boolean;
}

/** Who keeps a table fixed (`safeFixtable`). */
export interface SafeFixed {
  /** When the table was fixed, in milliseconds since 1970. */
  readonly time: number;
  /** The threads that fixed it, by `threadId`, and how many times. */
  readonly threads: readonly { readonly thread: number; readonly count: number }[];
}

/** How often this thread found a row of a table in what it keeps of it. */
export interface NearCacheInfo {
  /** Reads that were answered without asking the table. */
  readonly hits: number;
  /** Reads that were not, because the row was not kept or has changed. */
  readonly misses: number;
  /** Keys that are kept. */
  readonly size: number;
}

/** What `table.info(item)` tells beyond `table.info()`. */
export interface TableInfoItems extends TableInfo {
  /** Whether any thread keeps the table fixed. */
  readonly fixed: boolean;
  readonly safeFixed: SafeFixed | false;
  /** Of this thread. A table without `readConcurrency` keeps flat rows of its own accord, where that pays; they come out as copies. */
  readonly nearCache: NearCacheInfo;
  /** How often an operation of any thread has waited for a lock of the table. */
  readonly waits: number;
  /** How the rows are laid out, for diagnosis. Costs a step per row. */
  readonly stats: HashStats | OrderedStats;
}

/** How the rows of a `set`, `bag` or `duplicate_bag` are spread. A chain is what one bucket holds, counted in rows. */
export interface HashStats {
  readonly buckets: number;
  readonly averageChain: number;
  readonly standardDeviation: number;
  /** What a perfectly uniform hash would give. In a good table the deviation is not far from it. */
  readonly expectedStandardDeviation: number;
  readonly minChain: number;
  readonly maxChain: number;
  /** Deleted keys that are kept as places because the table is fixed. */
  readonly keptPseudoDeleted: number;
  readonly locks: number;
  /** For each lock, how often an operation had to wait for it. */
  readonly waits: readonly number[];
}

/** How the rows of an `ordered_set` are laid out: in shards, each with its lock, and in leaves of up to 64 rows. */
export interface OrderedStats {
  readonly shards: number;
  readonly leaves: number;
  /** How often an operation had to wait for a shard. */
  readonly waits: number;
  /** Shards that were split because they were large. */
  readonly splits: number;
  /** Shards that were split because threads waited for them (`writeConcurrency`). */
  readonly contendedSplits: number;
  readonly joins: number;
}

/** One operation of `updateCounter`. */
export interface CounterOperation {
  /** Position of the counter in the row. Default: the one after the key. */
  pos?: number;
  /** What is added. */
  incr: number | bigint;
  /** With a result beyond it (above for `incr >= 0`, below for a negative one) the counter becomes `set`. */
  threshold?: number | bigint;
  /** What the counter becomes beyond `threshold`. One is not given without the other. */
  set?: number | bigint;
}

/** Which part of an ordered table to visit. */
export interface RangeOptions {
  /** Keys after this one. */
  gt?: unknown;
  /** This key, if it is there, and those after it. */
  gte?: unknown;
  /** Keys before this one. */
  lt?: unknown;
  /** This key, if it is there, and those before it. */
  lte?: unknown;
  /** Every key that starts with this string, these bytes, or the elements of this array. Not together with bounds. */
  prefix?: unknown;
  /** From the end. */
  reverse?: boolean;
  /** At most so many rows. */
  limit?: number;
}

/** What `firstLookup` and its relatives return. */
export interface KeyAndRows<R extends Row> {
  readonly key: unknown;
  readonly rows: R[];
}
