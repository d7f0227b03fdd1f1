import { existsSync } from 'node:fs';
import type { DetsError } from '../errors.js';
import type { Row, TableType } from '../types.js';
import {
  hasEngineEnded,
  type LmdbDatabase,
  type LmdbEnvironment,
  type LmdbModule,
  loadLmdb,
} from '../disk/lmdb.js';
import { identityOf } from '../disk/identity.js';
import { OpeningLock } from '../disk/opening-lock.js';
import { isWhole, rowIn, type RowFormat } from '../disk/rows.js';
import { atOnce } from '../disk/verify.js';
import { diskFailure } from '../disk/failures.js';
import { detsFailure, fileFailure } from './failures.js';
import { checkAll, decodeHeader, encodeHeader, HEADER_KEY, isWritable, lookAt, ROWS_NAME } from './header.js';
import type { OpenPlan } from './options.js';
import { salvage, type RepairReport } from './repair.js';
import { RowStream } from './stream.js';
import { inTurns } from './turns.js';

export type RowDatabase = LmdbDatabase<Uint8Array<ArrayBuffer>>;

/** The files that this thread has open, by identity. */
const stores = new Map<string, Store>();
/** Whether this thread has `file` open, for handles of its own or for a mirror. */
export function isOpenHere(file: string): boolean {
  return stores.has(identityOf(file));
}

/** What is being repaired, by identity. */
const repairs = new Map<string, Promise<unknown>>();

/** Bytes as the engine wants them, and as it gives them: copies of what lies in a buffer that it uses again. */
const asBytes = {
  encode: (value: Uint8Array): Uint8Array => value,
  decode: (bytes: Uint8Array, size?: unknown): Uint8Array =>
    Uint8Array.prototype.slice.call(bytes, 0, typeof size === 'number' ? size : bytes.length),
};

/** What is known of a file before it is opened. */
interface Known {
  /** All its pages were looked at, or somebody has it open who did. */
  readonly checked?: boolean;
  readonly repaired?: RepairReport | undefined;
}

/** One open file of this thread, shared by all handles of it. The engine itself is shared by all threads of the process. */
export class Store {
  readonly file: string;
  readonly type: TableType;
  readonly keypos: number;
  readonly bag: boolean;
  readonly ramFile: boolean;
  /** What `repair: 'force'` found; `undefined` when the file was whole. */
  readonly repaired: RepairReport | undefined;
  readonly rows: RowDatabase;
  readonly environment: LmdbEnvironment;
  /** Asked before every commit. */
  readonly lock: OpeningLock;
  /** Transactions under way that ask this thread what to write. What needs no answer would overtake them. */
  asking = 0;
  readonly #identity: string;
  #stream: RowStream | undefined;
  #users = 1;
  #saver: NodeJS.Timeout | undefined;
  #unsaved = false;
  /** The last flush of a `ramFile`, once it has ended in whatever way. */
  #syncing: Promise<void> = Promise.resolve();

  private constructor(
    file: string,
    format: RowFormat,
    ramFile: boolean,
    { environment, rows, lock }: OpenEngine,
    repaired: RepairReport | undefined,
  ) {
    this.file = file;
    this.#identity = identityOf(file);
    this.type = format.type;
    this.keypos = format.keypos;
    this.bag = format.type === 'bag' || format.type === 'duplicate_bag';
    this.ramFile = ramFile;
    this.environment = environment;
    this.rows = rows;
    this.lock = lock;
    this.repaired = repaired;
  }

  /** Opens a file, or takes the one that is open; repairs it first where that is wanted. */
  static async open(plan: OpenPlan, operation: string): Promise<Store> {
    const { file } = plan;
    if (isOpenHere(file)) return Store.openNow(plan, operation);
    if (!plan.force) {
      await checkInTurns(file, operation);
      return Store.openNow(plan, operation, { checked: true });
    }
    const identity = identityOf(file);
    const repair = (repairs.get(identity) ?? Promise.resolve()).then(() => salvage(file, plan, operation));
    repairs.set(
      identity,
      repair.catch(() => undefined),
    );
    return Store.openNow(plan, operation, { checked: true, repaired: await repair });
  }

  /** Opens a file, or takes the one that is open, as it is. */
  static openNow(plan: OpenPlan, operation: string, known: Known = {}): Store {
    if (hasEngineEnded())
      throw detsFailure('ERR_DETS_NOT_OPEN', operation, `${plan.file}: this thread is ending`);
    const found = stores.get(identityOf(plan.file));
    if (found === undefined) return Store.#create(plan, operation, known);
    requireSame(found, plan, operation);
    if (plan.ramFile !== found.ramFile) throw mismatch(operation, plan.file, '`ramFile`');
    found.#users++;
    return found;
  }

  static #create(plan: OpenPlan, operation: string, { checked, repaired }: Known): Store {
    const { file } = plan;
    const seen = lookAtSettled(file, operation);
    if (checked !== true) atOnce(checkAll(file, operation));
    if (seen === undefined && plan.access === 'read')
      throw fileFailure(operation, file, 'there is no such file');
    if (seen !== undefined) requireSame(seen, plan, operation);
    const readOnly = seen !== undefined && plan.access === 'read' && !isWritable(file);
    const format: RowFormat = seen ?? { type: plan.type ?? 'set', keypos: plan.keypos ?? 0 };
    const mode: EngineMode = { readOnly, ramFile: plan.ramFile };
    try {
      // It takes longer to load than to open a file.
      const lmdb = loadLmdb(operation);
      return OpeningLock.around(file, {
        open: () => openEngine(lmdb, file, mode),
        finish: (environment, lock) => {
          const rows = openRows(environment, file, format, mode, operation);
          const actual = decodeHeader(new Uint8Array(environment.get(HEADER_KEY) ?? []));
          if (typeof actual === 'string') throw fileFailure(operation, file, actual);
          // Another thread or process may have made it meanwhile.
          if (seen === undefined) requireSame(actual, plan, operation);
          const store = new Store(file, actual, plan.ramFile, { environment, rows, lock }, repaired);
          stores.set(store.#identity, store);
          return store;
        },
        close: (environment) => void environment.close().catch(() => undefined),
      });
    } catch (error) {
      throw diskFailure(operation, file, error);
    }
  }

  /** Whether one row can be put or removed by its key alone, by the engine itself: without a turn of this thread inside of its transaction. */
  get isPlain(): boolean {
    return !this.bag && this.asking === 0;
  }

  /** All rows, oldest of a key first. */
  *all(operation: string): Generator<Row> {
    for (const { value } of this.rows.getRange({})) {
      this.requireWhole(value, operation);
      yield rowIn(value);
    }
  }

  /** The value under `key`, whose checksum is right. */
  get(key: Uint8Array, operation: string): Uint8Array<ArrayBuffer> | undefined {
    const value = this.rows.get(key);
    if (value !== undefined) this.requireWhole(value, operation);
    return value;
  }

  requireWhole(value: Uint8Array<ArrayBuffer>, operation: string): void {
    if (!isWhole(value, value.length)) throw this.damagedRow(operation);
  }

  damagedRow(operation: string): DetsError {
    return fileFailure(operation, this.file, "a row is damaged; `repair: 'force'` saves the others");
  }

  /** All rows, one after the other. */
  get stream(): RowStream {
    return (this.#stream ??= new RowStream(this.environment));
  }

  /** Notes that something was committed which nobody has flushed. */
  written(autoSave: number): void {
    if (!this.ramFile) return;
    this.#unsaved = true;
    if (this.#saver !== undefined || autoSave === Infinity) return;
    const save = (): void => {
      this.#saver = undefined;
      // Who waits for the disk calls sync(), and hears of what is wrong with it.
      this.flush().catch(() => undefined);
    };
    this.#saver = setTimeout(save, Math.min(autoSave, 2 ** 31 - 1)).unref();
  }

  /** Resolves once what was just given to the engine has reached the disk. */
  flushing(): Promise<unknown> {
    const flushed = new Promise((resolve, reject) => {
      void this.environment.flushed.then(resolve, reject);
    });
    // Who waits for the commit hears of its failure first.
    flushed.catch(() => undefined);
    return flushed;
  }

  /** Waits until everything that was committed has reached the disk. */
  async flush(): Promise<void> {
    await this.environment.committed;
    if (!this.ramFile) return void (await this.environment.flushed);
    // One after the other: what another one is flushing is not on the disk yet, and the engine must not be closed under it.
    const synced = this.#syncing.then(() => this.#sync());
    this.#syncing = synced.catch(() => undefined);
    await synced;
  }

  async #sync(): Promise<void> {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    try {
      await new Promise<void>((resolve, reject) =>
        this.environment.sync((error) => (error === undefined || error === null ? resolve() : reject(error))),
      );
    } catch (error) {
      this.#unsaved = true;
      throw error;
    }
  }

  /** One handle less; the last one of the thread closes the file for it. */
  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    // Who opens the file from now on opens it anew; the engine counts.
    stores.delete(this.#identity);
    clearTimeout(this.#saver);
    try {
      // Writes that wait for somebody else to open the file are still to come.
      await this.lock.quiet();
      await this.flush();
    } finally {
      this.lock.closing();
      await this.environment.close();
      this.lock.close();
    }
  }
}

/** For so many times 10 ms a file may look as if it was damaged because somebody is making it. */
const MAKING_TURNS = 50;

/** As lookAt(); waits for another thread or process that is making the file at this moment, which then has a file of locks beside it. */
function lookAtSettled(file: string, operation: string): ReturnType<typeof lookAt> {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let turn = 0; ; turn++) {
    try {
      return lookAt(file, operation);
    } catch (error) {
      if (turn === MAKING_TURNS || !existsSync(`${file}-lock`)) throw error;
      Atomics.wait(clock, 0, 0, 10);
    }
  }
}

/** The same looks as openNow() has, with turns of the event loop in between. */
async function checkInTurns(file: string, operation: string): Promise<void> {
  if (hasEngineEnded() || lookAtSettled(file, operation) === undefined) return;
  await inTurns(checkAll(file, operation));
}

interface OpenEngine {
  readonly environment: LmdbEnvironment;
  readonly rows: RowDatabase;
  readonly lock: OpeningLock;
}

interface EngineMode {
  readonly readOnly: boolean;
  readonly ramFile: boolean;
}

const BYTES = { encoding: 'binary', keyEncoding: 'binary' };

function openEngine(lmdb: LmdbModule, file: string, { readOnly, ramFile }: EngineMode): LmdbEnvironment {
  return lmdb.open({
    path: file,
    noSubdir: true,
    maxDbs: 2,
    // Both threads and processes may have files open in numbers.
    maxReaders: 1024,
    separateFlushed: true,
    // With it a commit that fails rejects a promise that nobody has.
    eventTurnBatching: false,
    // Otherwise it begins after the first few writes of a turn, and the last ones are a transaction more.
    txnStartThreshold: Infinity,
    readOnly,
    ...(ramFile ? { noSync: true } : {}),
    ...BYTES,
  });
}

/** The rows of an open file, which is made a table's when it is new. */
function openRows(
  environment: LmdbEnvironment,
  file: string,
  format: RowFormat,
  { readOnly }: EngineMode,
  operation: string,
): RowDatabase {
  if (!readOnly) {
    // Whoever comes first decides; a transaction, because another process may come at the same time.
    environment.transactionSync(() => {
      if (environment.get(HEADER_KEY) === undefined) environment.putSync(HEADER_KEY, encodeHeader(format));
    }, 3);
  }
  const rows = environment.openDB<Uint8Array<ArrayBuffer>>({ name: ROWS_NAME, encoder: asBytes, ...BYTES });
  if (rows === undefined) throw fileFailure(operation, file, 'the rows are missing');
  return rows;
}

function mismatch(operation: string, file: string, what: string): Error {
  return detsFailure(
    'ERR_DETS_ARGUMENTS_MISMATCH',
    operation,
    `${file} is a file with another ${what}, or is open with another one`,
  );
}

function requireSame(found: RowFormat, plan: OpenPlan, operation: string): void {
  if (plan.type !== undefined && plan.type !== found.type)
    throw mismatch(operation, plan.file, `\`type\`: ${found.type}`);
  if (plan.keypos !== undefined && plan.keypos !== found.keypos)
    throw mismatch(operation, plan.file, `\`keypos\`: ${found.keypos}`);
}
