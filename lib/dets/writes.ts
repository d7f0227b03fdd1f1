import { afterPrefix } from '../disk/order-key.js';
import {
  groupOf,
  rowIn,
  rowKey,
  sameRow,
  sequenceOf,
  soughtKey,
  soughtRow,
  storedRow,
  type StoredRow,
} from '../disk/rows.js';
import { DetsError } from '../errors.js';
import type { LmdbWrite } from '../disk/lmdb.js';
import { kindOf } from '../failures.js';
import type { Row } from '../types.js';
import { badArgument, detsFailure } from './failures.js';
import type { Acknowledgement } from './options.js';
import { DetsReads } from './reads.js';
import type { Store } from './store.js';

/** One operation of `detsTable.updateCounter`. */
export interface DetsCounterOperation {
  /** Position of the counter in the row. Default: the one after the key. */
  pos?: number;
  /** What is added. */
  incr: number | bigint;
}

/** Puts rows into the file; inside of a transaction. */
export function putRows(store: Store, rows: readonly StoredRow[], operation: string): void {
  for (const row of rows) {
    if (store.bag) putInBag(store, row, operation);
    else store.rows.putSync(row.key, row.value);
  }
}

function putInBag(store: Store, { key, value }: StoredRow, operation: string): void {
  if (store.type === 'bag' && equalEntries(store, key, value, operation).length > 0) return;
  let next = 0n;
  const last = { start: afterPrefix(key), reverse: true, limit: 2 };
  for (const found of store.rows.getKeys(last)) {
    // The engine begins with the first key behind the group, when it is there.
    if (Buffer.compare(found, last.start) >= 0) continue;
    if (Buffer.compare(groupOf(found), key) === 0) next = sequenceOf(found) + 1n;
    break;
  }
  store.rows.putSync(rowKey(key, next), value);
}

/** The keys of the entries below `key` whose rows are equal to `value`. */
function equalEntries(
  store: Store,
  key: Uint8Array,
  value: Uint8Array<ArrayBuffer>,
  operation: string,
): Uint8Array<ArrayBuffer>[] {
  const found: Uint8Array<ArrayBuffer>[] = [];
  for (const entry of store.rows.getRange({ start: key, end: afterPrefix(key) })) {
    store.requireWhole(entry.value, operation);
    if (sameRow(entry.value, value)) found.push(entry.key);
  }
  return found;
}

/** Deletes all rows of a key; inside of a transaction. */
export function removeKey(store: Store, key: Uint8Array): void {
  if (!store.bag) return void store.rows.removeSync(key);
  for (const entry of [...store.rows.getKeys({ start: key, end: afterPrefix(key) })])
    store.rows.removeSync(entry);
}

/** Whether there is a row with the key; inside of a transaction. */
function hasKey(store: Store, key: Uint8Array): boolean {
  if (!store.bag) return store.rows.doesExist(key);
  for (const _ of store.rows.getKeys({ start: key, end: afterPrefix(key), limit: 1 })) return true;
  return false;
}

/** Rows as they are stored, all or none. */
export function storedRows<R extends Row>(store: Store, rows: Iterable<R>, operation: string): StoredRow[] {
  if (typeof rows !== 'object' || rows === null || typeof rows[Symbol.iterator] !== 'function')
    throw badArgument(operation, `rows must be an iterable of rows, not ${kindOf(rows)}`);
  // An iterator is user code, and must not run between two rows.
  return [...rows].map((row, index) => storedRow(row, store, operation, index));
}

/** Writing. What is refused is refused at once, by the promise, and nothing is written. @internal */
export abstract class DetsWrites<R extends Row> extends DetsReads<R> {
  /**
   * Stores a row. A `set` and an `ordered_set` replace the row with an equal key; a `bag` adds the row unless it is there; a
   * `duplicate_bag` adds it. Resolves once the row is committed, or flushed, as the table's `ack` says. Time: O(log n); writes that are
   * under way at the same time share one transaction.
   *
   * @throws {DetsError} `ERR_DETS_BADARG` when the row is no array or has no key; `ERR_DETS_KEY_TOO_LARGE` for a key of an `ordered_set`
   * of more than some 1960 bytes; `ERR_DETS_ACCESS` when the file was opened for reading; `ERR_DETS_IO` when the disk is full or fails.
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when something in the row cannot be stored.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#insert/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `insert-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insert(['ada', { born: 1815 }]); // 'committed'
   * users.get('ada'); // ['ada', { born: 1815 }]
   * await users.close();
   * dets.remove(file);
   * ```
   */
  insert(row: R): Promise<Acknowledgement> {
    const operation = 'detsTable.insert';
    return this.refused(() => {
      const store = this.writable(operation);
      const stored = storedRow(row, store, operation);
      return this.#alone(
        store,
        operation,
        () => store.rows.put(stored.key, stored.value),
        () => putRows(store, [stored], operation),
      );
    });
  }

  /**
   * Stores several rows: all or none of them. Time: as `insert` for each.
   *
   * @throws as `insert`; messages name the row, as `rows[3]`.
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `many-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file, ack: 'flushed' });
   * await users.insertMany([['ada', 1], ['bob', 2]]); // 'flushed'
   * users.info('size'); // 2
   * await users.close();
   * dets.remove(file);
   * ```
   */
  async insertMany(rows: Iterable<R>): Promise<Acknowledgement> {
    const operation = 'detsTable.insertMany';
    const store = this.writable(operation);
    return this.#put(store, storedRows(store, rows, operation), operation);
  }

  /**
   * Stores a row if there is none with its key; `false` when there is. Time: as `insert`.
   *
   * @throws as `insert`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#insert_new/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `new-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insertNew(['ada', 1]); // 'committed'
   * await users.insertNew(['ada', 2]); // false
   * await users.close();
   * dets.remove(file);
   * ```
   */
  async insertNew(row: R): Promise<Acknowledgement | false> {
    const operation = 'detsTable.insertNew';
    const store = this.writable(operation);
    return this.#putNew(store, [storedRow(row, store, operation)], operation);
  }

  /**
   * Stores several rows if there is none with a key of theirs; `false`, and nothing stored, when there is. Time: as `insert` for each.
   *
   * @throws as `insertMany`.
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `new-many-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insertNewMany([['ada', 1], ['bob', 2]]); // 'committed'
   * await users.insertNewMany([['bob', 3], ['eve', 3]]); // false
   * users.member('eve'); // false
   * await users.close();
   * dets.remove(file);
   * ```
   */
  async insertNewMany(rows: Iterable<R>): Promise<Acknowledgement | false> {
    const operation = 'detsTable.insertNewMany';
    const store = this.writable(operation);
    return this.#putNew(store, storedRows(store, rows, operation), operation);
  }

  /**
   * Deletes all rows with this key. Time: O(log n), in a bag and the rows of the key.
   *
   * @throws as `lookup`, and `ERR_DETS_ACCESS`, `ERR_DETS_IO` as `insert`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#delete/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `delete-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insert(['ada', 1]);
   * await users.delete('ada'); // 'committed'
   * users.member('ada'); // false
   * await users.close();
   * dets.remove(file);
   * ```
   */
  delete(key: unknown): Promise<Acknowledgement> {
    const operation = 'detsTable.delete';
    return this.refused(() => {
      const store = this.writable(operation);
      const bytes = soughtKey(key, this.type, operation);
      return this.#alone(
        store,
        operation,
        () => store.rows.remove(bytes),
        () => removeKey(store, bytes),
      );
    });
  }

  /**
   * Deletes the rows that are equal (`=:=`) to this one, all copies in a `duplicate_bag`. Time: as `delete`.
   *
   * @throws as `insert`, without `ERR_DETS_KEY_TOO_LARGE`: such a row is not there.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#delete_object/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `object-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file, type: 'bag' });
   * await users.insertMany([['ada', 1], ['ada', 2]]);
   * await users.deleteObject(['ada', 1]);
   * users.lookup('ada'); // [['ada', 2]]
   * await users.close();
   * dets.remove(file);
   * ```
   */
  async deleteObject(row: R): Promise<Acknowledgement> {
    const operation = 'detsTable.deleteObject';
    const store = this.writable(operation);
    const { key, value } = soughtRow(row, store, operation);
    await this.within(store, operation, () => {
      const found = store.bag ? undefined : store.get(key, operation);
      const equal = store.bag ? equalEntries(store, key, value, operation) : [];
      if (found !== undefined && sameRow(found, value)) equal.push(key);
      for (const entry of equal) store.rows.removeSync(entry);
    });
    return this.ack;
  }

  /**
   * Deletes all rows, in one step. Time: O(pages of the file), far less than deleting rows.
   *
   * @throws {DetsError} `ERR_DETS_ACCESS`, `ERR_DETS_IO` as `insert`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#delete_all_objects/1
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `all-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insertMany([['ada', 1], ['bob', 2]]);
   * await users.deleteAllObjects(); // 'committed'
   * users.first(); // undefined
   * await users.close();
   * dets.remove(file);
   * ```
   */
  async deleteAllObjects(): Promise<Acknowledgement> {
    const operation = 'detsTable.deleteAllObjects';
    const store = this.writable(operation);
    await this.within(store, operation, () => store.rows.clearSync());
    return this.ack;
  }

  /**
   * Adds to a counter, by default the element after the key, and resolves to what it is then. Time: as `insert`.
   *
   * @throws {DetsError} `ERR_DETS_BADKEY` when there is no such row; `ERR_DETS_TABLE_TYPE` for a bag; `ERR_DETS_COUNTER_RANGE` when a
   * number would leave the safe integers; `ERR_DETS_BADARG` for a bad operation, for an element that is no integer or of
   * the other kind, and for the position of the key.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#update_counter/3
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `counter-${process.pid}.dets`);
   * const hits = await dets.openFile('hits', { file });
   * await hits.insert(['/', 0, 0]);
   * await hits.updateCounter('/', 1); // 1
   * await hits.updateCounter('/', { pos: 2, incr: 5 }); // 5
   * await hits.close();
   * dets.remove(file);
   * ```
   */
  async updateCounter(key: unknown, op: number | bigint | DetsCounterOperation): Promise<number | bigint> {
    const operation = 'detsTable.updateCounter';
    const store = this.writable(operation);
    if (store.bag)
      throw detsFailure('ERR_DETS_TABLE_TYPE', operation, 'a key of a bag may have several rows');
    const { pos, incr } = readOperation(op, this.keypos, operation);
    const bytes = soughtKey(key, this.type, operation);
    return this.within(store, operation, () => {
      const value = store.get(bytes, operation);
      if (value === undefined) return detsFailure('ERR_DETS_BADKEY', operation, 'no row has this key');
      const row = [...rowIn(value)];
      const sum = added(row[pos], incr, operation);
      if (sum instanceof DetsError) return sum;
      row[pos] = sum;
      const stored = storedRow(row, store, operation);
      store.rows.putSync(stored.key, stored.value);
      return sum;
    });
  }

  /** One write: `alone` by the engine itself where that is possible, or else `inside` of a transaction. */
  #alone(
    store: Store,
    operation: string,
    alone: () => LmdbWrite,
    inside: () => void,
  ): Promise<Acknowledgement> {
    const other = store.lock.ready();
    if (other !== undefined) return other.then(() => this.#alone(store, operation, alone, inside));
    if (store.isPlain) return this.acknowledge(store, operation, alone());
    return this.within(store, operation, inside).then(() => this.ack);
  }

  async #put(store: Store, rows: readonly StoredRow[], operation: string): Promise<Acknowledgement> {
    if (rows.length > 0) await this.within(store, operation, () => putRows(store, rows, operation));
    return this.ack;
  }

  async #putNew(
    store: Store,
    rows: readonly StoredRow[],
    operation: string,
  ): Promise<Acknowledgement | false> {
    const stored = await this.within(store, operation, () => {
      if (rows.some(({ key }) => hasKey(store, key))) return false;
      putRows(store, rows, operation);
      return true;
    });
    return stored && this.ack;
  }
}

function readOperation(
  op: unknown,
  keypos: number,
  operation: string,
): { pos: number; incr: number | bigint } {
  const given =
    typeof op === 'number' || typeof op === 'bigint' ? { incr: op } : (op as DetsCounterOperation);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badArgument(
      operation,
      `the operation must be a number, a bigint or an object with \`incr\`, not ${kindOf(op)}`,
    );
  for (const name of Object.keys(given))
    if (name !== 'pos' && name !== 'incr')
      throw badArgument(operation, `the operation has no \`${name}\` here`);
  const { pos = keypos + 1, incr } = given;
  if (typeof incr !== 'bigint' && !Number.isSafeInteger(incr))
    throw badArgument(operation, `\`incr\` must be a safe integer or a bigint, not ${kindOf(incr)}`);
  if (!Number.isInteger(pos) || pos < 0)
    throw badArgument(operation, `\`pos\` must be a whole number from 0, not ${kindOf(pos)}`);
  if (pos === keypos)
    throw badArgument(operation, '`pos` is the position of the key, which cannot be changed');
  return { pos, incr };
}

/** The sum; an error says why there is none. */
function added(value: unknown, incr: number | bigint, operation: string): number | bigint | DetsError {
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value))
    return badArgument(operation, 'the element is not there or not an integer');
  if (typeof value !== typeof incr)
    return badArgument(operation, 'a number counter takes numbers and a bigint counter takes bigints');
  if (typeof value === 'bigint') return value + (incr as bigint);
  const sum = (value as number) + (incr as number);
  if (Number.isSafeInteger(sum)) return sum;
  return detsFailure(
    'ERR_DETS_COUNTER_RANGE',
    operation,
    'the counter would leave the safe integers; use a bigint counter for more',
  );
}
