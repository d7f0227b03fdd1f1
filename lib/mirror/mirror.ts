import { beforeEngineEnds, FLUSHED, hasEngineEnded, reasonOf } from '../disk/lmdb.js';
import { OpeningStalled } from '../disk/opening-lock.js';
import { keyOf, rowIn, storedRow } from '../disk/rows.js';
import { diskFailure } from '../disk/failures.js';
import { detsFailure } from '../dets/failures.js';
import type { Store } from '../dets/store.js';
import { groupValues } from '../dets/reads.js';
import { putRows, removeKey } from '../dets/writes.js';
import { etsFailure } from '../failures.js';
import { Status } from '../native/control.js';
import type { Row } from '../types.js';

/** What every thread that opens a mirrored table is told. */
export interface MirrorNote {
  readonly file: string;
  /** Which file that is, by whatever path. */
  readonly identity: string;
  readonly mode: 'writeThrough' | 'writeBehind';
  readonly interval: number;
}

/** The rows in memory, without the mirror. */
export interface MirroredRows {
  readonly exists: () => boolean;
  readonly lookup: (key: unknown) => readonly Row[];
  readonly all: () => Iterable<readonly Row[]>;
  /** Puts back what the file says. */
  readonly restore: (key: unknown, rows: readonly Row[]) => void;
  readonly restoreAll: (rows: Iterable<Row>) => void;
}

/** What a write has touched: keys, or whatever there is. */
export type Touched = readonly unknown[] | 'all';

/**
 * Keeps one table in one file, for one thread.
 *
 * What is written to the file is never the change but the rows that a key has now, read inside of the transaction: transactions follow
 * each other, whichever thread makes them, so the last one writes what is there in the end.
 */
export class Mirror {
  readonly #store: Store;
  readonly #note: MirrorNote;
  readonly #rows: MirroredRows;
  /** Keys whose rows have changed since they were written, by their bytes on disk. */
  #dirty = new Map<string, unknown>();
  #allDirty = false;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #closed = false;
  readonly #onClose: () => void;
  readonly #forgetEnd: () => void;

  constructor(store: Store, note: MirrorNote, rows: MirroredRows, onClose: () => void) {
    this.#onClose = onClose;
    this.#store = store;
    this.#note = note;
    this.#rows = rows;
    // A thread that ends by itself leaves nothing unwritten; one that is terminated cannot be asked.
    this.#forgetEnd = beforeEngineEnds(this.#atExit);
  }

  /** Does `change`, which writes to the table in memory, and what the mode promises. `touched` is asked after it. */
  write<T>(operation: string, change: () => T, touched: (result: T) => Touched): T {
    if (this.#closed) return change();
    if (hasEngineEnded())
      throw detsFailure('ERR_DETS_NOT_OPEN', operation, `${this.#note.file}: this thread is ending`);
    if (this.#note.mode === 'writeBehind') {
      const result = change();
      this.#mark(touched(result), operation);
      return result;
    }
    let keys: Touched = [];
    try {
      return this.#transactNow(() => {
        const result = change();
        keys = touched(result);
        this.#put(keys, operation);
        return result;
      });
    } catch (error) {
      this.#restore(keys, operation);
      throw this.#explain(error, operation, keys);
    }
  }

  #transactNow<T>(action: () => T): T {
    const { environment, lock } = this.#store;
    return lock.whileHeld(() => environment.transactionSync(action, FLUSHED));
  }

  /** Throws when a key is too long for the file; before anything is changed. */
  requireKeys(operation: string, keys: Iterable<unknown>): void {
    if (this.#store.type !== 'ordered_set') return;
    for (const key of keys) if (key !== undefined) keyOf(key, 'ordered_set', operation);
  }

  /** As write(), for a change that was made already. */
  async wrote(operation: string, keys: Touched): Promise<void> {
    this.write(
      operation,
      () => undefined,
      () => keys,
    );
    if (this.#note.mode === 'writeThrough') await Promise.resolve();
  }

  /**
   * Waits until everything that this thread has changed has reached the disk.
   *
   * @throws {EtsError} `ERR_ETS_ID` when another thread has dropped the table before.
   */
  async sync(operation: string): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    await this.#flush(operation);
    if (!this.#closed) await this.#store.flush();
  }

  /** Writes what is left, and lets go of the file. */
  close(operation: string): void {
    if (this.#closed) return;
    try {
      this.#flushNow(operation);
    } finally {
      this.#closed = true;
      clearTimeout(this.#timer);
      this.#forgetEnd();
      this.#onClose();
      // Everything is in the file; what may still go wrong is only the closing.
      this.#store.leave().catch(() => undefined);
    }
  }

  #explain(error: unknown, operation: string, keys: Touched): unknown {
    // What the change itself threw is what the caller is told.
    return keys.length === 0 && !(error instanceof OpeningStalled)
      ? error
      : diskFailure(operation, this.#note.file, error);
  }

  #mark(keys: Touched, operation: string): void {
    if (keys === 'all') {
      this.#allDirty = true;
      this.#dirty.clear();
    } else if (!this.#allDirty) {
      for (const key of keys) this.#dirty.set(this.#nameOf(key, operation), key);
    }
    if (this.#allDirty || this.#dirty.size > 0) this.#later();
  }

  #nameOf(key: unknown, operation: string): string {
    return Buffer.from(keyOf(key, this.#store.type, operation)).toString('latin1');
  }

  #later(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const due = (): void => {
      this.#timer = undefined;
      // Nobody waits for it: it is tried again, and sync() tells.
      this.#flush('table.mirror').catch(() => this.#later());
    };
    this.#timer = setTimeout(due, this.#note.interval).unref();
  }

  /**
   * In one transaction that the engine makes beside the event loop. What has changed is taken inside of it: the file then has all that this
   * thread did before, and nothing that it did after.
   */
  async #flush(operation: string): Promise<void> {
    if (!this.#allDirty && this.#dirty.size === 0) return;
    let taken: Touched | undefined;
    let lost = false;
    const work = async (): Promise<void> => {
      const { environment, lock } = this.#store;
      const failed = await lock.commit(() =>
        environment.transaction(() => {
          taken = this.#take();
          lost = taken !== undefined && !this.#rows.exists();
          return taken === undefined ? undefined : this.#tryPut(taken, operation);
        }),
      );
      if (failed !== undefined) throw failed;
      // Dropped by another thread: nothing is left to do.
      if (!this.#rows.exists()) this.close(operation);
      if (lost) throw etsFailure(Status.NoTable, operation);
      if (this.#closed) return;
      await this.#store.flush();
    };
    this.#flushing = work();
    try {
      await this.#flushing;
    } catch (error) {
      if (taken !== undefined) this.#mark(taken, operation);
      throw diskFailure(operation, this.#note.file, await reasonOf(error));
    } finally {
      this.#flushing = undefined;
    }
  }

  #tryPut(keys: Touched, operation: string): Error | undefined {
    try {
      this.#put(keys, operation);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  #flushNow(operation: string): void {
    const taken = this.#take();
    if (taken === undefined) return;
    try {
      this.#transactNow(() => this.#put(taken, operation));
    } catch (error) {
      this.#mark(taken, operation);
      throw diskFailure(operation, this.#note.file, error);
    }
  }

  readonly #atExit = (): void => {
    try {
      this.#flushNow('table.mirror');
    } catch {
      // The process ends; there is nobody to tell.
    }
  };

  #take(): Touched | undefined {
    const taken = this.#allDirty ? 'all' : [...this.#dirty.values()];
    this.#allDirty = false;
    this.#dirty.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return taken.length === 0 || this.#closed ? undefined : taken;
  }

  /** Inside of a transaction: the file gets what the table in memory has. */
  #put(keys: Touched, operation: string): void {
    const store = this.#store;
    // Dropped meanwhile, by whomever: the file keeps what it has.
    if (!this.#rows.exists()) return;
    if (keys === 'all') {
      store.rows.clearSync();
      for (const rows of this.#rows.all())
        putRows(
          store,
          rows.map((row) => storedRow(row, store, operation)),
          operation,
        );
      return;
    }
    for (const key of keys) {
      const rows = this.#rows.lookup(key).map((row) => storedRow(row, store, operation));
      if (store.bag || rows.length === 0) removeKey(store, keyOf(key, store.type, operation));
      putRows(store, rows, operation);
    }
  }

  /** The table in memory gets what the file has: a write that could not be kept is none. */
  #restore(keys: Touched, operation: string): void {
    const store = this.#store;
    if (keys.length === 0 || !this.#rows.exists()) return;
    store.rows.resetReadTxn();
    if (keys === 'all') return this.#rows.restoreAll(store.all(operation));
    for (const key of keys) {
      const bytes = keyOf(key, store.type, operation);
      const value = store.bag ? undefined : store.get(bytes, operation);
      const values = store.bag ? groupValues(store, bytes, operation) : value === undefined ? [] : [value];
      this.#rows.restore(
        key,
        values.map((one) => rowIn(one)),
      );
    }
  }
}
