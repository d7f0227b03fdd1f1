/// <reference lib="esnext.disposable" preserve="true" />
import { insertAll } from './bulk.js';
import { HashChunks, KeyIterator, NO_LIMIT, RangeChunks, RowIterator, WHOLE } from './chunks.js';
import type { ChunkSource } from './chunks.js';
import { badArgument, etsFailure, kindOf } from './failures.js';
import * as guards from './guards.js';
import { isInfoItem, readInfo, type TableHandle } from './handle.js';
import { native } from './native/binding.js';
import * as control from './native/control.js';
import { rangeOf } from './ranges.js';
import * as reading from './reading.js';
import { appendTerm, begin } from './term/encode.js';
import type { CounterOperation, KeyAndRows, RangeOptions, Row, TableInfo, Tid } from './types.js';
import { addToCounter, requirePosition, updateCounters, updateElements } from './updates.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, A, B, STATUS, TABLE, Status } = control;
const { lookupElement, insert, insertNew, member } = native;
const { checkTable, READ, requireOk, tableFirst, wasFound, WRITE, writeKey, writeRow } = guards;
const { BACKWARD, findRow, FORWARD, NO_KEY, readRow, readTerm, stepKey, stepRows } = reading;

/**
 * A table that every thread of the process shares.
 *
 * Made by `ets.new`, found by `ets.table`. An instance is a handle of one thread; several may name the same table. Rows are
 * copied in and out: changing a row that was read does not change the table.
 *
 * Every method throws `EtsError` with code `ERR_ETS_ID` when the table does not exist any more and `ERR_ETS_ACCESS` when this
 * thread may not use it that way; a method that throws has changed nothing. Times are for one call, n is the number of
 * rows in the table; add the size of what is copied.
 */
export class Table<R extends Row = Row> {
  /** Names this table for ever, in every thread. */
  readonly tid: Tid;
  readonly #id: number;
  readonly #keypos: number;
  readonly #ordered: boolean;
  #name: string;

  /** @internal Use `ets.new` or `ets.table`. */
  constructor(handle: TableHandle) {
    this.tid = handle.tid;
    this.#id = handle.tid | 0;
    this.#keypos = handle.keypos;
    this.#ordered = handle.type === 'ordered_set';
    this.#name = handle.name;
  }

  /** The table's name, registered or not; the last one known after the table was dropped. */
  get name(): string {
    const info = readInfo(this.tid);
    if (info !== undefined) this.#name = info.name;
    return this.#name;
  }

  // --- Reading one row ---

  /**
   * All rows with this key: none or one.
   *
   * Time: O(1) in a `set`, O(log n) in an `ordered_set`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#lookup/2
   */
  lookup(key: unknown): R[] {
    const row = findRow<R>(this.#id, this.#keypos, key, 'table.lookup');
    return row === undefined ? [] : [row];
  }

  /**
   * The row with this key, or `undefined`.
   *
   * Time: O(1) in a `set`, O(log n) in an `ordered_set`.
   */
  get(key: unknown): R | undefined {
    return findRow<R>(this.#id, this.#keypos, key, 'table.get');
  }

  /** Whether a row has this key. Time: as `lookup`, without copying the row. */
  member(key: unknown): boolean {
    const size = writeKey(this.#id, key, READ, 'table.member');
    ctl[TABLE] = this.#id;
    ctl[A] = size;
    member();
    return wasFound('table.member');
  }

  /**
   * Element `pos` of the row with this key, without decoding the others. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADKEY` when there is no such row and no `defaultValue`; `ERR_ETS_POSITION` when the row has no
   * element `pos`, also with a `defaultValue`.
   */
  lookupElement(key: unknown, pos: number, defaultValue?: unknown): unknown {
    const operation = 'table.lookupElement';
    const position =
      typeof pos === 'number' && pos >= 0 && (pos | 0) === pos ? pos : this.#position(pos, operation);
    const size = writeKey(this.#id, key, READ, operation);
    ctl[TABLE] = this.#id;
    ctl[A] = size;
    ctl[B] = position;
    lookupElement();
    const length = ctl[STATUS] as number;
    if (length > 0) return readTerm(length, operation);
    // Not `defaultValue !== undefined`: undefined is a value like any other.
    if (length === Status.NotFound && arguments.length > 2) return defaultValue;
    throw etsFailure(length === Status.NotFound ? Status.BadKey : length, operation);
  }

  /**
   * Several elements of the row with this key, in the order of `positions`, in one crossing. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADKEY` when there is no such row; `ERR_ETS_POSITION` when the row is too short.
   */
  lookupElements(key: unknown, positions: readonly number[]): unknown[] {
    const operation = 'table.lookupElements';
    const wanted = tableFirst(this.#id, READ, operation, () => {
      if (!Array.isArray(positions))
        throw badArgument(operation, `positions must be an array, not ${kindOf(positions)}`);
      return positions.map((pos) => requirePosition(pos, 'a position', operation));
    });
    const row = findRow(this.#id, this.#keypos, key, operation);
    if (row === undefined) throw etsFailure(Status.BadKey, operation);
    return wanted.map((pos) => {
      if (pos >= row.length) throw etsFailure(Status.Position, operation);
      return row[pos];
    });
  }

  // --- Writing ---

  /**
   * Stores `row`; a row with an equal key is replaced as a whole.
   *
   * Time: O(1) in a `set`, O(log n) in an `ordered_set`.
   *
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when something in the row cannot be stored; the message names the path to it.
   * @throws {EtsError} `ERR_ETS_BADARG` when `row` is no array or has no key.
   */
  insert(row: R): void {
    writeRow(this.#id, this.#keypos, row, 'table.insert');
    insert();
    requireOk('table.insert');
  }

  /** Stores `row` unless a row with an equal key is there; says whether it did. Time and errors: as `insert`. */
  insertNew(row: R): boolean {
    writeRow(this.#id, this.#keypos, row, 'table.insertNew');
    insertNew();
    const status = ctl[STATUS] as number;
    if (status === Status.Ok) return true;
    if (status === Status.Exists) return false;
    throw etsFailure(status, 'table.insertNew');
  }

  /**
   * Stores all rows or none; no reader in any thread sees a part of them. Of rows with equal keys the last one wins.
   *
   * Time: as `insert` for each. Other threads wait for the table while the rows are put in place.
   */
  insertMany(rows: Iterable<R>): void {
    const status = insertAll(this.#id, this.#keypos, rows, false, 'table.insertMany');
    if (status !== Status.Ok) throw etsFailure(status, 'table.insertMany');
  }

  /** As `insertMany`, unless one of the keys is there already: then nothing is stored and the answer is false. */
  insertNewMany(rows: Iterable<R>): boolean {
    const status = insertAll(this.#id, this.#keypos, rows, true, 'table.insertNewMany');
    if (status === Status.Exists) return false;
    if (status !== Status.Ok) throw etsFailure(status, 'table.insertNewMany');
    return true;
  }

  /** Deletes the row with this key; says whether there was one. Time: as `lookup`. */
  delete(key: unknown): boolean {
    ctl[A] = writeKey(this.#id, key, WRITE, 'table.delete');
    ctl[TABLE] = this.#id;
    native.delete();
    return wasFound('table.delete');
  }

  /** Deletes the row that equals `row` in every element; says whether there was one. Time: as `lookup`. */
  deleteObject(row: R): boolean {
    writeRow(this.#id, this.#keypos, row, 'table.deleteObject');
    native.deleteObject();
    return wasFound('table.deleteObject');
  }

  /** Deletes all rows at once: no reader sees a part of them. */
  deleteAllObjects(): void {
    ctl[TABLE] = this.#id;
    native.deleteAll();
    requireOk('table.deleteAllObjects');
  }

  /** Deletes the row with this key and returns what was deleted, in one atomic step. Time: as `lookup`. */
  take(key: unknown): R[] {
    ctl[A] = writeKey(this.#id, key, WRITE, 'table.take');
    ctl[TABLE] = this.#id;
    native.take();
    const length = ctl[STATUS] as number;
    return length === Status.NotFound ? [] : [readRow<R>(length, 'table.take')];
  }

  /**
   * Adds to counters in the row with this key and returns the new value, or the values for a list of operations. All
   * operations of a list happen in one atomic step, in order, or none does.
   *
   * A `number` counter stays a safe integer; a `bigint` counter has any size. With `defaultRow` a missing row is made
   * from it first, with `key` as its key. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADKEY` (no row, no default), `ERR_ETS_POSITION`, `ERR_ETS_KEYPOS` (the key is no counter),
   * `ERR_ETS_COUNTER_RANGE`, `ERR_ETS_BADARG` (no integer; a number for a bigint counter or the other way round).
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#update_counter/3
   */
  updateCounter<T extends number | bigint>(
    key: unknown,
    op: T,
    defaultRow?: R,
  ): T extends bigint ? bigint : number;
  updateCounter(key: unknown, op: CounterOperation, defaultRow?: R): number | bigint;
  updateCounter(
    key: unknown,
    op: readonly (number | bigint | CounterOperation)[],
    defaultRow?: R,
  ): (number | bigint)[];
  updateCounter(
    key: unknown,
    op: number | bigint | CounterOperation | readonly unknown[],
    defaultRow?: R,
  ): unknown {
    const operation = 'table.updateCounter';
    // The counter that everybody has: a small step, no default row, a key that cannot be refused.
    if (
      typeof op === 'number' &&
      (op | 0) === op &&
      defaultRow === undefined &&
      (typeof key === 'string' || typeof key === 'number')
    ) {
      return addToCounter(this.#id, this.#keypos, key, op, operation);
    }
    return updateCounters(this.#id, this.#keypos, key, op, defaultRow, operation);
  }

  /**
   * Replaces element `pos` of the row with this key; says whether there was a row. With `defaultRow` a missing row is made
   * from it, with `key` as its key. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_POSITION`, `ERR_ETS_KEYPOS` (the key cannot be changed).
   */
  updateElement(key: unknown, pos: number, value: unknown, defaultRow?: R): boolean {
    return updateElements(this.#id, this.#keypos, key, [[pos, value]], defaultRow, 'table.updateElement');
  }

  /** As `updateElement` for several elements in one atomic step; the last value for a position wins. */
  updateElements(key: unknown, changes: readonly (readonly [number, unknown])[], defaultRow?: R): boolean {
    return updateElements(this.#id, this.#keypos, key, changes, defaultRow, 'table.updateElements');
  }

  // --- Traversal ---

  /** The first key (the lowest one in an `ordered_set`); `undefined` when the table is empty. */
  first(): unknown {
    return stepKey(this.#id, NO_KEY, FORWARD, 'table.first');
  }

  /** The last key. In a `set`, as in Erlang, the same as `first`. */
  last(): unknown {
    return stepKey(this.#id, NO_KEY, BACKWARD, 'table.last');
  }

  /**
   * The key after `key`; `undefined` at the end. In an `ordered_set` `key` need not be there.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `key` is not in the `set`.
   */
  next(key: unknown): unknown {
    return stepKey(this.#id, writeKey(this.#id, key, READ, 'table.next'), FORWARD, 'table.next');
  }

  /** The key before `key`; `undefined` at the start. In a `set`, as in Erlang, the same as `next`. */
  prev(key: unknown): unknown {
    return stepKey(this.#id, writeKey(this.#id, key, READ, 'table.prev'), BACKWARD, 'table.prev');
  }

  /** The first key with its rows, in one atomic step; `undefined` when the table is empty. */
  firstLookup(): KeyAndRows<R> | undefined {
    return stepRows(this.#id, this.#keypos, NO_KEY, FORWARD, 'table.firstLookup');
  }

  /** The last key with its rows. */
  lastLookup(): KeyAndRows<R> | undefined {
    return stepRows(this.#id, this.#keypos, NO_KEY, BACKWARD, 'table.lastLookup');
  }

  /** The key after `key` with its rows; `undefined` at the end. Errors: as `next`. */
  nextLookup(key: unknown): KeyAndRows<R> | undefined {
    const size = writeKey(this.#id, key, READ, 'table.nextLookup');
    return stepRows(this.#id, this.#keypos, size, FORWARD, 'table.nextLookup');
  }

  /** The key before `key` with its rows; `undefined` at the start. Errors: as `prev`. */
  prevLookup(key: unknown): KeyAndRows<R> | undefined {
    const size = writeKey(this.#id, key, READ, 'table.prevLookup');
    return stepRows(this.#id, this.#keypos, size, BACKWARD, 'table.prevLookup');
  }

  /**
   * The rows of a part of an `ordered_set`, in key order. Iterate over it as often as you like: each time it is read
   * anew, in chunks; a row that stays in the table meanwhile is met exactly once.
   *
   * Time: O(log n) for each chunk, O(1) for each row.
   *
   * @throws {EtsError} `ERR_ETS_TABLE_TYPE` for a `set`.
   */
  range(options: RangeOptions = {}): Iterable<R> {
    const operation = 'table.range';
    const { lower, upper, reverse, limit } = tableFirst(this.#id, READ, operation, () =>
      rangeOf(options, operation),
    );
    checkTable(this.#id, READ, operation);
    if (!this.#ordered) throw etsFailure(Status.TableType, operation);
    return {
      [Symbol.iterator]: () =>
        new RowIterator(new RangeChunks<R>(this.#id, lower, upper, reverse, operation), limit),
    };
  }

  /** All rows, in key order in an `ordered_set`. As a snapshot against `insertMany`, not against single writes. Time: O(n). */
  tab2list(): R[] {
    const source = this.#chunks('table.tab2list');
    let { rows, done } = source.next(Infinity, WHOLE);
    while (!done) {
      const chunk = source.next(Infinity, WHOLE);
      rows = rows.concat(chunk.rows);
      done = chunk.done;
    }
    return rows;
  }

  /**
   * Iterates over all rows, in key order in an `ordered_set`, in chunks. Safe under concurrent change: a row that stays
   * in the table is met exactly once; one that comes or goes meanwhile may be met or not.
   */
  [Symbol.iterator](): IterableIterator<R> {
    return new RowIterator(this.#chunks('table iteration'));
  }

  /** Iterates over all keys; the promises are those of the iteration over rows. */
  keys(): IterableIterator<unknown> {
    return new KeyIterator(this.#chunks('table.keys'), this.#keypos);
  }

  // --- The table itself ---

  /** What there is to know about the table, or one item of it; `undefined` when it does not exist any more. */
  info(): TableInfo | undefined;
  info<K extends keyof TableInfo>(item: K): TableInfo[K] | undefined;
  info(item?: keyof TableInfo): unknown {
    const info = readInfo(this.tid);
    if (arguments.length === 0) return info;
    if (!isInfoItem(item)) throw badArgument('table.info', 'there is no such item');
    return info?.[item];
  }

  /** Gives the table another name; lookups by name see one of the two at any time. Needs the right to write. */
  rename(name: string): void {
    const operation = 'table.rename';
    if (typeof name !== 'string')
      throw badArgument(operation, `the name must be a string, not ${kindOf(name)}`);
    begin();
    ctl[A] = appendTerm(name, 'name');
    ctl[TABLE] = this.#id;
    native.rename();
    requireOk(operation);
  }

  /** Deletes the table with all its rows; its name is free at once. Needs the right to write. */
  drop(): void {
    ctl[TABLE] = this.#id;
    native.drop();
    requireOk('table.drop');
  }

  /** Drops the table if it still exists, for `using`. */
  [Symbol.dispose](): void {
    ctl[TABLE] = this.#id;
    native.drop();
    if (ctl[STATUS] !== Status.NoTable) requireOk('table[Symbol.dispose]');
  }

  #position(pos: unknown, operation: string): number {
    return tableFirst(this.#id, READ, operation, () => requirePosition(pos, '`pos`', operation));
  }

  #chunks(operation: string): ChunkSource<R> {
    checkTable(this.#id, READ, operation);
    if (this.#ordered) return new RangeChunks<R>(this.#id, NO_LIMIT, NO_LIMIT, false, operation);
    return new HashChunks<R>(this.#id, operation);
  }
}
