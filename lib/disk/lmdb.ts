import { TermStoreError } from '../errors.js';

/*
 * The disk engine: LMDB through the npm package `lmdb`, an optional peer. It is loaded when the first file is opened, so that
 * the rest of the package does without. Only what is used here is described: the types of a package that may be
 * missing must not appear in ours.
 */

/** `transactionSync` waits for the disk: what it wrote has reached it when it returns. */
export const FLUSHED = 3;

export interface LmdbStats {
  readonly entryCount: number;
  readonly pageSize: number;
}

export interface LmdbEntry<V> {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly value: V;
}

export interface LmdbRange {
  start?: Uint8Array;
  /** Exclusive. */
  end?: Uint8Array;
  reverse?: boolean;
  limit?: number;
  offset?: number;
  values?: boolean;
  snapshot?: boolean;
  exclusiveStart?: boolean;
}

/** A write on its way: resolves when it is committed. */
export interface LmdbWrite extends Promise<boolean> {
  /** Resolves when it has reached the disk; with `separateFlushed`. */
  readonly flushed?: Promise<unknown>;
}

/** One database of a file: keys in the order of their bytes. */
export interface LmdbDatabase<V> {
  get(key: Uint8Array): V | undefined;
  doesExist(key: Uint8Array): boolean;
  /** With `useVersions`, `version` is kept beside the value. */
  put(key: Uint8Array, value: Uint8Array, version?: number): LmdbWrite;
  putSync(key: Uint8Array, value: Uint8Array, version?: number): void;
  remove(key: Uint8Array): LmdbWrite;
  removeSync(key: Uint8Array): boolean;
  ifNoExists(key: Uint8Array, action: () => void): Promise<boolean>;
  /**
   * The writes of `action`, which runs at once, are done if the version of `key` is this one when their turn comes; whether
   * it was is what it resolves to once they are committed. With `useVersions`.
   */
  ifVersion(key: Uint8Array, version: number, action: () => void): Promise<boolean>;
  batch(action: () => void): Promise<boolean>;
  clearSync(): void;
  getRange(range: LmdbRange): Iterable<LmdbEntry<V>>;
  getKeys(range: LmdbRange): Iterable<Uint8Array<ArrayBuffer>>;
  getStats(): LmdbStats;
  /** The next read sees what was committed last, by whatever thread or process. */
  resetReadTxn(): void;
}

export interface LmdbEnvironmentStats extends LmdbStats {
  /** The number of the newest transaction that was committed, by whatever thread or process. */
  readonly lastTxnId: number;
}

/** An open file. */
export interface LmdbEnvironment extends LmdbDatabase<Uint8Array<ArrayBuffer>> {
  getStats(): LmdbEnvironmentStats;
  openDB<V>(options: Record<string, unknown>): LmdbDatabase<V> | undefined;
  transaction<T>(action: () => T): Promise<T>;
  transactionSync<T>(action: () => T, flags?: number): T;
  readonly flushed: Promise<boolean>;
  readonly committed: Promise<boolean>;
  sync(done: (error?: Error) => void): void;
  close(): Promise<void>;
}

export interface LmdbModule {
  open(options: Record<string, unknown>): LmdbEnvironment;
}

let loaded: LmdbModule | undefined;
const endings = new Set<() => void>();
let over = false;

/**
 * Calls `end`, which must not throw, when this thread ends by itself, as long as the engine works. REQUIRES: it was loaded. Returns what
 * takes the call back.
 */
export function beforeEngineEnds(end: () => void): () => void {
  endings.add(end);
  return () => void endings.delete(end);
}

/**
 * Whether this thread is ending. The engine closes its files in an `exit` listener of its own, and the process crashes when it is used
 * afterwards, by whoever listens as well.
 */
export function hasEngineEnded(): boolean {
  return over;
}

function endAll(): void {
  for (const end of endings) end();
  over = true;
}

/**
 * The engine. Time: some 20 ms the first time in a thread.
 *
 * @throws {TermStoreError} `ERR_TERMSTORE_PEER` when the package `lmdb` is not installed or cannot be loaded.
 */
export function loadLmdb(operation: string): LmdbModule {
  if (loaded !== undefined) return loaded;
  const known = '__lmdb_envs__' in globalThis;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only when it is needed, and synchronously
    const module = require('lmdb') as LmdbModule;
    // The engine listens from its first file on, so this comes before it, unless somebody else has opened one already.
    if (known) process.prependListener('exit', endAll);
    else process.on('exit', endAll);
    loaded = module;
    return loaded;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new TermStoreError(
      'ERR_TERMSTORE_PEER',
      `${operation}: needs the package \`lmdb\`, an optional peer of this one ("npm install lmdb"): ${reason}`,
      { cause: error },
    );
  }
}

/** What the engine found wrong with a transaction: it says so after it has said that it failed. */
export async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  try {
    await commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}
