import { statSync } from 'node:fs';
import { etsFailure, kindOf } from '../failures.js';
import type { TaskOptions } from '../files/options.js';
import { readTask } from '../files/options.js';
import { fillings } from '../disk/opened.js';
import { storedRow, type StoredRow } from '../disk/rows.js';
import { checkTable, WRITE } from '../guards.js';
import { readInfo } from '../handle.js';
import { Status } from '../native/control.js';
import { Table } from '../table.js';
import type { Row, TableType } from '../types.js';
import { badArgument } from './failures.js';
import { type Acknowledgement, requireNames, translated } from './options.js';
import { DetsQueries } from './queries.js';
import type { Store } from './store.js';
import { fillTable, storedBatches } from './transfer.js';
import { putRows } from './writes.js';
import { Turns } from './turns.js';

/** What `detsTable.info()` tells. */
export interface DetsInfo {
  readonly name: string;
  /** The path of the file. */
  readonly filename: string;
  readonly type: TableType;
  readonly keypos: number;
  /** Rows in the file. */
  readonly size: number;
  /** Bytes of the file. */
  readonly fileSize: number;
  readonly access: 'read' | 'read_write';
  readonly ack: Acknowledgement;
  readonly autoSave: number;
  readonly ramFile: boolean;
}

/** What `detsTable.info(item)` tells beyond `detsTable.info()`. */
export interface DetsInfoItems extends DetsInfo {
  /** How many keys there are. In a bag this goes through the keys. */
  readonly noKeys: number;
}

/** Rows of one transaction of `initTable`. */
const INIT_ROWS = 4096;

/** The table as a whole. @internal */
export abstract class DetsAdmin<R extends Row> extends DetsQueries<R> {
  /**
   * What there is to know about the table, or one item of it; `undefined` when this handle was closed. Time: O(1), `noKeys` of a bag
   * O(keys).
   *
   * @throws {DetsError} `ERR_DETS_BADARG` when there is no such item.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#info/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `info-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file, type: 'bag' });
   * await users.insertMany([['ada', 1], ['ada', 2]]);
   * users.info('size'); // 2
   * users.info('noKeys'); // 1
   * await users.close();
   * users.info(); // undefined
   * dets.remove(file);
   * ```
   */
  info(): DetsInfo | undefined;
  info<K extends keyof DetsInfoItems>(item: K): DetsInfoItems[K] | undefined;
  info(item?: keyof DetsInfoItems): unknown {
    const operation = 'detsTable.info';
    const names = ['name', 'filename', 'type', 'keypos', 'size', 'fileSize', 'access', 'ack', 'autoSave'];
    if (item !== undefined && ![...names, 'ramFile', 'noKeys'].includes(item))
      throw badArgument(operation, 'there is no such item');
    if (!this.isOpen) return undefined;
    const store = this.store(operation);
    store.rows.resetReadTxn();
    const size = store.rows.getStats().entryCount;
    if (item === 'noKeys') {
      if (!store.bag) return size;
      let keys = 0;
      for (const _ of this.groups(store)) keys++;
      return keys;
    }
    const { name, file, type, keypos, access, ack, autoSave } = this;
    const fileSize = statSync(file).size;
    const { ramFile } = store;
    const info: DetsInfo = {
      name,
      filename: file,
      type,
      keypos,
      size,
      fileSize,
      access,
      ack,
      autoSave,
      ramFile,
    };
    return item === undefined ? info : info[item];
  }

  /**
   * Waits until everything that was acknowledged, by whatever thread, has reached the disk and survives a power failure. Time: that of
   * the disk.
   *
   * @throws {DetsError} `ERR_DETS_IO` when the disk says that it has not.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#sync/1
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `sync-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insert(['ada', 1]); // 'committed'
   * await users.sync(); // 'flushed'
   * await users.close();
   * dets.remove(file);
   * ```
   */
  async sync(): Promise<'flushed'> {
    const operation = 'detsTable.sync';
    const store = this.store(operation);
    await this.settled(store, operation, store.flush());
    return 'flushed';
  }

  /**
   * Lets go of the file, after everything has reached the disk. The last handle of the last thread closes it. Closing twice is closing
   * once. Time: that of the disk.
   *
   * @throws {DetsError} `ERR_DETS_IO` as `sync`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#close/1
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `close-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.close();
   * users.lookup('ada'); // throws ERR_DETS_NOT_OPEN
   * dets.remove(file);
   * ```
   */
  async close(): Promise<void> {
    await this.release('detsTable.close');
  }

  /**
   * As `close`: for `await using`, which closes the table at the end of the block. Time: as `close`.
   *
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `using-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users[Symbol.asyncDispose](); // what `await using users = …` does in the end
   * users.info(); // undefined
   * dets.remove(file);
   * ```
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Deletes all rows, then inserts those of `rows`, some thousand in a transaction. Not atomic: when it fails, the rows so far are in the
   * file. Time: as `insert` for each.
   *
   * @throws as `insertMany`; `ERR_DETS_BADARG` when `rows` cannot be iterated over.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#init_table/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `init-${process.pid}.dets`);
   * const squares = await dets.openFile('squares', { file, type: 'ordered_set' });
   * async function* rows() {
   *   for (let n = 1; n <= 3; n++) yield [n, n * n];
   * }
   * await squares.initTable(rows()); // 'committed'
   * squares.get(3); // [3, 9]
   * await squares.close();
   * dets.remove(file);
   * ```
   */
  async initTable(rows: Iterable<R> | AsyncIterable<R>, options: TaskOptions = {}): Promise<Acknowledgement> {
    const operation = 'detsTable.initTable';
    const store = this.writable(operation);
    requireNames(options, ['signal', 'onProgress'], operation);
    const task = translated(() => readTask(options, operation));
    if (!isRowIterable(rows))
      throw badArgument(operation, `rows must be an iterable of rows, not ${kindOf(rows)}`);
    task.signal?.throwIfAborted();
    await this.deleteAllObjects();
    const turns = new Turns();
    let batch: StoredRow[] = [];
    let count = 0;
    const put = async (): Promise<void> => {
      const full = batch;
      batch = [];
      await this.within(store, operation, () => putRows(store, full, operation));
      this.store(operation);
      task.onProgress?.(count);
    };
    try {
      for await (const row of rows) {
        batch.push(storedRow(row, store, operation, count++));
        if (batch.length === INIT_ROWS) await put();
        await turns.next();
        task.signal?.throwIfAborted();
      }
    } catch (error) {
      // What went wrong first is what the caller is told.
      if (batch.length > 0)
        await this.within(store, operation, () => putRows(store, batch, operation)).catch(() => undefined);
      throw error;
    }
    await put();
    return this.ack;
  }

  /**
   * Copies all rows into a table in memory, where rows that are there stay unless they are replaced. The bytes go as they are, checked and
   * stored in the thread pool. Time: O(n).
   *
   * @throws {DetsError} `ERR_DETS_BADARG` when `table` is no table, or its `keypos` is another one.
   * @throws {EtsError} `ERR_ETS_ID`, `ERR_ETS_ACCESS` as `table.insert`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#to_ets/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `to-ets-${process.pid}.dets`);
   * const saved = await dets.openFile('saved', { file });
   * await saved.insertMany([['ada', 1], ['bob', 2]]);
   * const users = ets.new('users');
   * await saved.toEts(users); // 2: so many rows
   * users.get('bob'); // ['bob', 2]
   * await saved.close();
   * dets.remove(file);
   * ```
   */
  async toEts(table: Table<R>, options: TaskOptions = {}): Promise<number> {
    const operation = 'detsTable.toEts';
    const store = this.store(operation);
    const memory = this.#memory(table, operation);
    requireNames(options, ['signal', 'onProgress'], operation);
    const task = translated(() => readTask(options, operation));
    checkTable(memory.id, WRITE, operation);
    const filling = fillings.get(table);
    if (store.type !== 'ordered_set') filling?.requireKeys(operation, keysIn(store, operation));
    try {
      return await fillTable(store, memory, task, operation);
    } finally {
      await filling?.filled();
    }
  }

  /**
   * Deletes all rows, then copies those of a table in memory. Others may change it meanwhile: a row that stays is copied. Not atomic.
   * Time: O(n log n).
   *
   * @throws as `toEts`, and `ERR_DETS_ACCESS`, `ERR_DETS_IO` as `insert`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#from_ets/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `from-ets-${process.pid}.dets`);
   * const users = ets.new('users');
   * users.insertMany([['ada', 1], ['bob', 2]]);
   * const saved = await dets.openFile('saved', { file });
   * await saved.fromEts(users); // 2: so many rows
   * saved.get('bob'); // ['bob', 2]
   * await saved.close();
   * dets.remove(file);
   * ```
   */
  async fromEts(table: Table<R>, options: TaskOptions = {}): Promise<number> {
    const operation = 'detsTable.fromEts';
    const store = this.writable(operation);
    const memory = this.#memory(table, operation);
    requireNames(options, ['signal', 'onProgress'], operation);
    const task = translated(() => readTask(options, operation));
    task.signal?.throwIfAborted();
    await this.deleteAllObjects();
    let rows = 0;
    table.safeFixtable(true);
    try {
      for await (const batch of storedBatches(store, memory, operation)) {
        task.signal?.throwIfAborted();
        if (batch.length === 0) continue;
        await this.within(store, operation, () => putRows(store, batch, operation));
        rows += batch.length;
        task.onProgress?.(rows);
      }
    } finally {
      if (readInfo(table.tid) !== undefined) table.safeFixtable(false);
    }
    return rows;
  }

  #memory(table: unknown, operation: string): { id: number; keypos: number } {
    if (!(table instanceof Table))
      throw badArgument(operation, `expected a table of \`ets\`, not ${kindOf(table)}`);
    const info = readInfo(table.tid);
    if (info === undefined) throw etsFailure(Status.NoTable, operation);
    if (info.keypos !== this.keypos)
      throw badArgument(operation, `the table has its keys at ${info.keypos}, the file at ${this.keypos}`);
    return { id: table.tid | 0, keypos: info.keypos };
  }
}

function isRowIterable(rows: unknown): boolean {
  const source = rows as Partial<AsyncIterable<Row> & Iterable<Row>> | null | undefined;
  return (
    typeof source === 'object' &&
    source !== null &&
    (typeof source[Symbol.asyncIterator] === 'function' || typeof source[Symbol.iterator] === 'function')
  );
}

function* keysIn(store: Store, operation: string): Generator<unknown> {
  for (const row of store.all(operation)) yield row[store.keypos];
}
