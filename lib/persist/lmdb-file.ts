import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { type LmdbDatabase, type LmdbEnvironment, loadLmdb } from '../disk/lmdb.js';
import { OpeningLock } from '../disk/opening-lock.js';
import { kindOf } from '../failures.js';
import { badArgument, PersistError, storeFailure, textOf } from './errors.js';
import { decodeCount, encodeCount, FORMAT, FORMAT_KEY, nameKey } from './lmdb-codec.js';
import { problemOf } from './lmdb-check.js';
import { EventStream } from './lmdb-stream.js';
import { LmdbWriter, type WriterFile } from './lmdb-writer.js';
import { requireFlag, requireOptions } from './names.js';
import { throwLater } from './observed.js';

/**
 * What an answer of the store promises. `flushed`: the data has reached the disk, and survives a power failure. `committed`: the
 * data is with the system, and survives the end of the process, however it comes; it is on the disk a second later and when the file is closed.
 * A power failure, or a crash of the system, may then cost more than that second: it may damage the file.
 */
export type Durability = 'flushed' | 'committed';

/** Options of `lmdbStore`. */
export interface LmdbStoreOptions {
  /** The file. Beside it lies one of the same name and `-lock`. */
  readonly path: string;
  /** `flushed` unless the file says otherwise; it is chosen when the file is made, and everybody who opens it keeps to it. */
  readonly durability?: Durability;
  /**
   * Whether every page of the file is looked at before it is opened, unless this process has it open already; `true` by default. The engine
   * believes what it reads: a damaged page ends the process. Time: O(pages), at once.
   */
  readonly verify?: boolean;
  /** How often a live query looks for what other threads and processes have written, in milliseconds; 50 by default. */
  readonly pollInterval?: number;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Database = LmdbDatabase<Bytes>;

const OPERATION = 'lmdbStore';
const FLUSH_INTERVAL_MS = 1000;
const DURABILITIES: readonly unknown[] = ['flushed', 'committed'];
const OFFSET_KEY = nameKey('offset');
const STREAMS_KEY = nameKey('streams');
const FENCE_KEY = Buffer.of(0, 0);

interface FormatRecord {
  readonly format: number;
  readonly durability: Durability;
}

/** The databases of a file, and the counters in it. */
export class LmdbFile implements WriterFile {
  readonly path: string;
  readonly env: LmdbEnvironment;
  readonly lock: OpeningLock;
  readonly logs: Database;
  readonly events: Database;
  readonly tags: Database;
  readonly eventStream: EventStream;
  readonly snapshots: Database;
  readonly writer: LmdbWriter;
  readonly #meta: Database;
  readonly #listeners = new Set<() => void>();
  readonly #pollInterval: number;
  readonly #flushesLater: boolean;
  #flush: NodeJS.Timeout | undefined;
  /** Resolves once no flush is under way: the engine must not be closed under one. */
  #synced: Promise<unknown> = Promise.resolve();
  #poll: NodeJS.Timeout | undefined;
  #seen = 0;
  #appended = false;
  #offset = 0;
  #stamp = randomInt(2 ** 47);
  /** What this store wrote into the fence when it last found that of another one. */
  #fence = -1;
  #reign = 0;
  /** The users that have let go: the journal, and the snapshots. */
  readonly #closed = new Set<object>();

  constructor(
    path: string,
    env: LmdbEnvironment,
    lock: OpeningLock,
    pollInterval: number,
    durability: Durability,
  ) {
    this.path = path;
    this.lock = lock;
    this.#flushesLater = durability === 'committed';
    this.env = env;
    this.#pollInterval = pollInterval;
    this.logs = open(env, 'logs', true);
    this.events = open(env, 'events');
    this.eventStream = new EventStream(env, 'events');
    this.tags = open(env, 'tags');
    this.snapshots = open(env, 'snapshots');
    this.#meta = open(env, 'meta');
    this.writer = new LmdbWriter(env, this);
  }

  get #isClosed(): boolean {
    return this.#closed.size === 2;
  }

  get stamped(): Database {
    return this.logs;
  }

  /** What the transactions did not wait for. What cannot be flushed now is asked for again, at the latest when the file is closed. */
  #flushSoon(): void {
    if (!this.#flushesLater || this.#flush !== undefined) return;
    this.#flush = setTimeout(() => {
      this.#flush = undefined;
      this.#sync();
    }, FLUSH_INTERVAL_MS).unref();
  }

  #sync(): void {
    const synced = new Promise<void>((resolve) => this.env.sync(() => resolve()));
    this.#synced = Promise.all([this.#synced, synced]);
  }

  /** What is read from here on is what was committed last, by whomever. */
  refresh(): void {
    if (this.#isClosed) throw new PersistError('ERR_PERSIST_STORE', 'the store is closed');
    this.env.resetReadTxn();
  }

  /**
   * A stamp for the head of a log: unlike that of any other head, whoever has written it, whether it became durable or not. It begins at
   * random, so no two stores count through the same numbers. Who finds a head with the stamp that he knows, finds the head that he knows.
   */
  nextStamp(): number {
    return ++this.#stamp;
  }

  /** How often this store has found that another one had written heads. What it knows of a log from before may be wrong. */
  get reign(): number {
    return this.#reign;
  }

  get fence(): { readonly key: Uint8Array; readonly stamp: number } {
    return { key: FENCE_KEY, stamp: this.#fence };
  }

  /** Other stores are told that they do not know all heads any more. REQUIRES: inside a job of the writer that writes a head. */
  raiseFence(): void {
    if (decodeCount(this.logs.get(FENCE_KEY)) === this.#fence) return;
    this.#fence = this.nextStamp();
    this.#reign++;
    this.logs.putSync(FENCE_KEY, encodeCount(this.#fence), this.#fence);
  }

  around(jobs: () => void): boolean {
    const before = decodeCount(this.#meta.get(OFFSET_KEY));
    this.#offset = before;
    this.#appended = false;
    jobs();
    if (this.#offset !== before) this.#meta.putSync(OFFSET_KEY, encodeCount(this.#offset));
    return this.#appended;
  }

  committed(appended: boolean): void {
    this.#flushSoon();
    if (appended) this.#tell();
  }

  /** What a listener throws is nobody's error but its own. */
  #tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        throwLater(error);
      }
    }
  }

  /** Listeners are told that there are new events. REQUIRES: inside a job of the writer. */
  hasAppended(): void {
    this.#appended = true;
  }

  /** The place of the next event in the order of all events that have tags. REQUIRES: inside a job of the writer. */
  nextOffset(): number {
    return ++this.#offset;
  }

  /** A number for a log. REQUIRES: inside a job of the writer. */
  nextStream(): number {
    const stream = decodeCount(this.#meta.get(STREAMS_KEY)) + 1;
    this.#meta.putSync(STREAMS_KEY, encodeCount(stream));
    return stream;
  }

  watch(listener: () => void): () => void {
    const own = (): void => listener();
    if (this.#listeners.size === 0) this.#startPolling();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) clearInterval(this.#poll);
    };
  }

  /** Others' appends are seen by their transactions; what else they commit looks the same. */
  #startPolling(): void {
    this.#seen = this.env.getStats().lastTxnId;
    this.#poll = setInterval(() => {
      const last = this.env.getStats().lastTxnId;
      if (last === this.#seen) return;
      this.#seen = last;
      this.#tell();
    }, this.#pollInterval);
  }

  /** Lets go when both the journal and the snapshots are closed. */
  async release(user: object): Promise<void> {
    if (this.#closed.has(user)) return;
    this.#closed.add(user);
    if (!this.#isClosed) return;
    clearInterval(this.#poll);
    // Who waits for more events looks, and is told that there are none to come.
    this.#tell();
    this.#listeners.clear();
    await this.writer.close();
    clearTimeout(this.#flush);
    if (this.#flushesLater) this.#sync();
    await this.#synced;
    this.lock.closing();
    await this.env.close();
    this.lock.close();
  }
}

function open(env: LmdbEnvironment, name: string, useVersions = false): Database {
  return env.openDB<Bytes>({ name, encoding: 'binary', keyEncoding: 'binary', useVersions }) as Database;
}

function parseFormat(bytes: Bytes, path: string): FormatRecord {
  let found: Partial<FormatRecord> = {};
  try {
    found = JSON.parse(Buffer.from(bytes).toString()) as Partial<FormatRecord>;
  } catch {
    // Not one of ours, as the check below says.
  }
  if (found.format === FORMAT && DURABILITIES.includes(found.durability)) return found as FormatRecord;
  const what =
    typeof found.format === 'number'
      ? `is of format ${found.format}, which this version of the package does not know`
      : 'is no file of lmdbStore';
  throw new PersistError('ERR_PERSIST_STORE', `${OPERATION}: ${path} ${what}`);
}

function readOptions(options: LmdbStoreOptions): Required<Omit<LmdbStoreOptions, 'durability'>> {
  requireOptions(options, ['path', 'durability', 'verify', 'pollInterval'], OPERATION);
  const { path, durability, pollInterval = 50 } = options;
  const verify = options.verify === undefined || requireFlag(options.verify, 'verify', OPERATION);
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw badArgument(
      OPERATION,
      `\`path\` must be the path of a file, not ${path === '' ? "''" : kindOf(path)}`,
    );
  if (durability !== undefined && !DURABILITIES.includes(durability))
    throw badArgument(OPERATION, "`durability` must be 'flushed' or 'committed'");
  if (typeof pollInterval !== 'number' || !(pollInterval >= 1 && pollInterval <= 60_000))
    throw badArgument(OPERATION, '`pollInterval` must be a number of milliseconds from 1 to 60000');
  return { path: resolve(path), verify, pollInterval };
}

/** Opens the file of a store, or makes it. */
export function openFile(options: LmdbStoreOptions): LmdbFile {
  const { path, verify, pollInterval } = readOptions(options);
  const lmdb = loadLmdb(OPERATION);
  const openAs = (durability: Durability): LmdbEnvironment =>
    lmdb.open({
      path,
      noSubdir: true,
      maxDbs: 8,
      encoding: 'binary',
      keyEncoding: 'binary',
      noSync: durability === 'committed',
      // With it a failing flush is told to nobody.
      overlappingSync: false,
      // Otherwise a failed commit also rejects a promise that nobody can reach.
      eventTurnBatching: false,
      // Otherwise it begins with a long batch before that is whole: it would wait in it for ever for a thread that was terminated.
      batchStartThreshold: Infinity,
    });
  const openWith = (durability: Durability): LmdbFile | Durability =>
    OpeningLock.around(path, {
      open: () => openAs(durability),
      finish: (env, lock) => {
        const agreed = agree(path, env, options.durability);
        if (agreed === durability) return new LmdbFile(path, env, lock, pollInterval, agreed);
        lock.closing();
        closeQuietly(env);
        lock.close();
        return agreed;
      },
      close: closeQuietly,
    });
  try {
    const problem = problemOf(path, verify && !OpeningLock.isOpenElsewhere(path));
    if (problem !== undefined)
      throw new PersistError('ERR_PERSIST_STORE', `${OPERATION}: ${path} ${problem}`);
    const found = openWith(options.durability ?? 'flushed');
    const file = typeof found === 'string' ? openWith(found) : found;
    if (typeof file !== 'string') return file;
    throw new PersistError('ERR_PERSIST_STORE', `${OPERATION}: ${path} is being made anew by somebody else`);
  } catch (error) {
    if (error instanceof PersistError) throw error;
    throw storeFailure(OPERATION, `${path}: ${textOf(error)}`, error);
  }
}

/**
 * Makes a file this format's, or finds out that it is another one's. Waits for the disk. Returns the durability that was chosen when it was
 * made.
 */
function agree(path: string, env: LmdbEnvironment, asked: Durability | undefined): Durability {
  const meta = open(env, 'meta');
  const wanted: FormatRecord = { format: FORMAT, durability: asked ?? 'flushed' };
  const { durability } = env.transactionSync(() => {
    const stored = meta.get(FORMAT_KEY);
    if (stored !== undefined) return parseFormat(stored, path);
    meta.putSync(FORMAT_KEY, Buffer.from(JSON.stringify(wanted)));
    return wanted;
  });
  if (asked === undefined || durability === asked) return durability;
  throw new PersistError(
    'ERR_PERSIST_STORE',
    `${OPERATION}: ${path} was made with \`durability: '${durability}'\`, which is that of everybody who opens it`,
  );
}

/** It has written nothing that anybody waits for. */
function closeQuietly(env: LmdbEnvironment): void {
  env.close().catch(() => undefined);
}
