import { types } from 'node:util';
import { HashChunks, KeyIterator, NO_LIMIT, RangeChunks, RowIterator, takeSpilled, WHOLE } from './chunks.js';
import type { ChunkSource } from './chunks.js';
import { badArgument, etsFailure, kindOf } from './failures.js';
import { readInfo, type TableHandle } from './handle.js';
import { native, REPLY_BYTES } from './native/binding.js';
import * as control from './native/control.js';
import { rangeOf } from './ranges.js';
import * as decode from './term/decode.js';
import * as encode from './term/encode.js';
import { readCounterResults } from './results.js';
import type { CounterOperation, KeyAndRows, RangeOptions, Row, TableInfo, Tid } from './types.js';
import { requirePosition, writeCounterRequest, writeElementRequest } from './updates.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, reals, A, B, C, D, E, F0, F1, F2, RESULT0, STATUS, TABLE, Status } = control;
const { lookup, member, lookupElement, insert, insertNew, updateCounter } = native;
const { decodeReplyRow, decodeReplyRowOf, decodeReplyRows, decodeReplyTerm, decodeRowAt, decodeRows, decodeTermAt } = decode;
const { appendRow, appendTerm, appendU32, begin, encodeFlatRow, encodeKey, encodeRow, request } = encode;

/** Rights that `#refuse` checks before it blames an argument. */
const READ = 1;
const WRITE = 2;

/** Size of `native.step` for "no key": the first or the last. */
const NO_KEY = -1;

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
    const row = this.#find(key, 'table.lookup');
    return row === undefined ? [] : [row];
  }

  /**
   * The row with this key, or `undefined`.
   *
   * Time: O(1) in a `set`, O(log n) in an `ordered_set`.
   */
  get(key: unknown): R | undefined {
    return this.#find(key, 'table.get');
  }

  #find(key: unknown, operation: string): R | undefined {
    const size = this.#encodeKey(key, READ, operation);
    ctl[TABLE] = this.#id;
    ctl[A] = size;
    lookup();
    const length = ctl[STATUS] as number;
    if (length > 0 && length <= REPLY_BYTES) return decodeReplyRowOf(length, this.#keypos, key, size) as unknown as R;
    if (length === Status.NotFound) return undefined;
    return this.#readRow(length, operation);
  }

  /** Whether a row has this key. Time: as `lookup`, without copying the row. */
  member(key: unknown): boolean {
    const size = this.#encodeKey(key, READ, 'table.member');
    ctl[TABLE] = this.#id;
    ctl[A] = size;
    member();
    const status = ctl[STATUS] as number;
    if (status === Status.Ok) return true;
    if (status === Status.NotFound) return false;
    throw etsFailure(status, 'table.member');
  }

  /**
   * Element `pos` of the row with this key, without decoding the others. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADKEY` when there is no such row and no `defaultValue`; `ERR_ETS_POSITION` when the row has no
   * element `pos`, also with a `defaultValue`.
   */
  lookupElement(key: unknown, pos: number, defaultValue?: unknown): unknown {
    const operation = 'table.lookupElement';
    const position = requirePosition(pos, '`pos`', operation);
    ctl[A] = this.#encodeKey(key, READ, operation);
    ctl[TABLE] = this.#id;
    ctl[B] = position;
    lookupElement();
    const length = ctl[STATUS] as number;
    if (length > 0) {
      return length <= REPLY_BYTES ? decodeReplyTerm(length) : decodeTermAt(takeSpilled(operation), 0, length);
    }
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
    if (!Array.isArray(positions)) throw badArgument(operation, `positions must be an array, not ${kindOf(positions)}`);
    const wanted = positions.map((pos) => requirePosition(pos, 'a position', operation));
    const row = this.#find(key, operation);
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
    this.#writeRow(row, 'table.insert');
    insert();
    if (ctl[STATUS] !== Status.Ok) throw etsFailure(ctl[STATUS] as number, 'table.insert');
  }

  /** Stores `row` unless a row with an equal key is there; says whether it did. Time and errors: as `insert`. */
  insertNew(row: R): boolean {
    this.#writeRow(row, 'table.insertNew');
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
    const status = this.#insertAll(rows, false, 'table.insertMany');
    if (status !== Status.Ok) throw etsFailure(status, 'table.insertMany');
  }

  /** As `insertMany`, unless one of the keys is there already: then nothing is stored and the answer is false. */
  insertNewMany(rows: Iterable<R>): boolean {
    const status = this.#insertAll(rows, true, 'table.insertNewMany');
    if (status === Status.Exists) return false;
    if (status !== Status.Ok) throw etsFailure(status, 'table.insertNewMany');
    return true;
  }

  /** Deletes the row with this key; says whether there was one. Time: as `lookup`. */
  delete(key: unknown): boolean {
    ctl[A] = this.#encodeKey(key, WRITE, 'table.delete');
    ctl[TABLE] = this.#id;
    native.delete();
    return this.#answer('table.delete');
  }

  /** Deletes the row that equals `row` in every element; says whether there was one. Time: as `lookup`. */
  deleteObject(row: R): boolean {
    this.#writeRow(row, 'table.deleteObject');
    native.deleteObject();
    return this.#answer('table.deleteObject');
  }

  /** Deletes all rows at once: no reader sees a part of them. */
  deleteAllObjects(): void {
    ctl[TABLE] = this.#id;
    native.deleteAll();
    this.#require('table.deleteAllObjects');
  }

  /** Deletes the row with this key and returns what was deleted, in one atomic step. Time: as `lookup`. */
  take(key: unknown): R[] {
    ctl[A] = this.#encodeKey(key, WRITE, 'table.take');
    ctl[TABLE] = this.#id;
    native.take();
    const length = ctl[STATUS] as number;
    return length === Status.NotFound ? [] : [this.#readRow(length, 'table.take')];
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
  updateCounter<T extends number | bigint>(key: unknown, op: T, defaultRow?: R): T extends bigint ? bigint : number;
  updateCounter(key: unknown, op: CounterOperation, defaultRow?: R): number | bigint;
  updateCounter(key: unknown, op: readonly (number | bigint | CounterOperation)[], defaultRow?: R): (number | bigint)[];
  updateCounter(key: unknown, op: number | bigint | CounterOperation | readonly unknown[], defaultRow?: R): unknown {
    const operation = 'table.updateCounter';
    // The counter that everybody has: a small step, no default row, a key that cannot be refused.
    if (typeof op === 'number' && (op | 0) === op && defaultRow === undefined && (typeof key === 'string' || typeof key === 'number')) {
      ctl[A] = encodeKey(key);
      ctl[B] = this.#keypos + 1;
      ctl[C] = ctl[D] = ctl[E] = 0;
      reals[F0] = op;
      reals[F1] = reals[F2] = 0;
      return this.#runCounter(operation);
    }
    const plain = this.#blameLate(WRITE, operation, () => {
      this.#requireKey(key, operation);
      return writeCounterRequest(key, op, defaultRow, this.#keypos, operation);
    });
    if (plain) return this.#runCounter(operation);
    ctl[TABLE] = this.#id;
    native.updateCounters();
    const length = ctl[STATUS] as number;
    if (length < 0) throw etsFailure(length === Status.NotFound ? Status.BadKey : length, operation);
    const results = readCounterResults(length, ctl[B] as number, operation);
    return Array.isArray(op) ? results : results[0];
  }

  /**
   * Replaces element `pos` of the row with this key; says whether there was a row. With `defaultRow` a missing row is made
   * from it, with `key` as its key. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_POSITION`, `ERR_ETS_KEYPOS` (the key cannot be changed).
   */
  updateElement(key: unknown, pos: number, value: unknown, defaultRow?: R): boolean {
    return this.#updateElements(key, [[pos, value]], defaultRow, 'table.updateElement');
  }

  /** As `updateElement` for several elements in one atomic step; the last value for a position wins. */
  updateElements(key: unknown, changes: readonly (readonly [number, unknown])[], defaultRow?: R): boolean {
    if (!Array.isArray(changes)) throw badArgument('table.updateElements', `changes must be an array, not ${kindOf(changes)}`);
    return this.#updateElements(key, changes, defaultRow, 'table.updateElements');
  }

  // --- Traversal ---

  /** The first key (the lowest one in an `ordered_set`); `undefined` when the table is empty. */
  first(): unknown {
    return this.#stepKey(NO_KEY, 0, 'table.first');
  }

  /** The last key. In a `set`, as in Erlang, the same as `first`. */
  last(): unknown {
    return this.#stepKey(NO_KEY, 1, 'table.last');
  }

  /**
   * The key after `key`; `undefined` at the end. In an `ordered_set` `key` need not be there.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `key` is not in the `set`.
   */
  next(key: unknown): unknown {
    return this.#stepKey(this.#encodeKey(key, READ, 'table.next'), 0, 'table.next');
  }

  /** The key before `key`; `undefined` at the start. In a `set`, as in Erlang, the same as `next`. */
  prev(key: unknown): unknown {
    return this.#stepKey(this.#encodeKey(key, READ, 'table.prev'), 1, 'table.prev');
  }

  /** The first key with its rows, in one atomic step; `undefined` when the table is empty. */
  firstLookup(): KeyAndRows<R> | undefined {
    return this.#stepRows(NO_KEY, 0, 'table.firstLookup');
  }

  /** The last key with its rows. */
  lastLookup(): KeyAndRows<R> | undefined {
    return this.#stepRows(NO_KEY, 1, 'table.lastLookup');
  }

  /** The key after `key` with its rows; `undefined` at the end. Errors: as `next`. */
  nextLookup(key: unknown): KeyAndRows<R> | undefined {
    return this.#stepRows(this.#encodeKey(key, READ, 'table.nextLookup'), 0, 'table.nextLookup');
  }

  /** The key before `key` with its rows; `undefined` at the start. Errors: as `prev`. */
  prevLookup(key: unknown): KeyAndRows<R> | undefined {
    return this.#stepRows(this.#encodeKey(key, READ, 'table.prevLookup'), 1, 'table.prevLookup');
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
    const { lower, upper, reverse, limit } = this.#blameLate(READ, operation, () => rangeOf(options, operation));
    this.#check(READ, operation);
    if (!this.#ordered) throw etsFailure(Status.TableType, operation);
    return { [Symbol.iterator]: () => new RowIterator(new RangeChunks<R>(this.#id, lower, upper, reverse, operation), limit) };
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
    if (typeof item !== 'string' || !INFO_ITEMS.has(item)) throw badArgument('table.info', 'there is no such item');
    return info?.[item];
  }

  /** Gives the table another name; lookups by name see one of the two at any time. Needs the right to write. */
  rename(name: string): void {
    const operation = 'table.rename';
    if (typeof name !== 'string') throw badArgument(operation, `the name must be a string, not ${kindOf(name)}`);
    begin();
    ctl[A] = appendTerm(name, 'name');
    ctl[TABLE] = this.#id;
    native.rename();
    this.#require(operation);
  }

  /** Deletes the table with all its rows; its name is free at once. Needs the right to write. */
  drop(): void {
    ctl[TABLE] = this.#id;
    native.drop();
    this.#require('table.drop');
  }

  /** Drops the table if it still exists, for `using`. */
  [Symbol.dispose](): void {
    ctl[TABLE] = this.#id;
    native.drop();
    if (ctl[STATUS] !== Status.NoTable) this.#require('table[Symbol.dispose]');
  }

  // --- Parts ---

  #encodeKey(key: unknown, right: number, operation: string): number {
    // The common keys cannot be refused, so they need no net.
    if (typeof key === 'string' || typeof key === 'number') return encodeKey(key);
    return this.#blameLate(right, operation, () => {
      this.#requireKey(key, operation);
      return encodeKey(key);
    });
  }

  #requireKey(key: unknown, operation: string): void {
    if (key === undefined) throw badArgument(operation, 'undefined cannot be a key: it marks the end of a table');
  }

  /** Runs `encode`; when it refuses an argument of a table that is not there or not allowed, says that instead, as OTP does. */
  #blameLate<T>(right: number, operation: string, encode: () => T): T {
    try {
      return encode();
    } catch (error) {
      this.#check(right, operation);
      throw error;
    }
  }

  #check(right: number, operation: string): void {
    ctl[TABLE] = this.#id;
    ctl[B] = right;
    native.check();
    this.#require(operation);
  }

  #require(operation: string): void {
    if (ctl[STATUS] !== Status.Ok) throw etsFailure(ctl[STATUS] as number, operation);
  }

  #answer(operation: string): boolean {
    const status = ctl[STATUS] as number;
    if (status === Status.Ok) return true;
    if (status === Status.NotFound) return false;
    throw etsFailure(status, operation);
  }

  #writeRow(row: R, operation: string): void {
    let size = encodeFlatRow(row, this.#keypos);
    if (size === 0) {
      size = this.#blameLate(WRITE, operation, () => {
        this.#requireRow(row, operation, 'the row');
        return encodeRow(row, this.#keypos);
      });
    }
    ctl[TABLE] = this.#id;
    ctl[A] = size;
    ctl[B] = request.canonicalLength;
  }

  #requireRow(row: R, operation: string, what: string): void {
    if (!Array.isArray(row)) throw badArgument(operation, `${what} must be an array, not ${kindOf(row)}`);
    // A Proxy's traps must not run; the encoder refuses it by name.
    if (types.isProxy(row)) return;
    if (row.length <= this.#keypos) throw badArgument(operation, `${what} has no key: nothing at position ${this.#keypos}`);
    if (row[this.#keypos] === undefined) throw badArgument(operation, `the key of ${what} is undefined, which cannot be a key`);
  }

  #insertAll(rows: Iterable<R>, onlyNew: boolean, operation: string): number {
    let count = 0;
    this.#blameLate(WRITE, operation, () => {
      if (typeof rows !== 'object' || rows === null || typeof rows[Symbol.iterator] !== 'function') {
        throw badArgument(operation, `rows must be an iterable of rows, not ${kindOf(rows)}`);
      }
      // Gathered first: an iterator is user code, which may use tables itself.
      const list = Array.isArray(rows) ? (rows as R[]) : [...rows];
      begin();
      for (; count < list.length; count++) {
        const row = list[count] as R;
        this.#requireRow(row, operation, `rows[${count}]`);
        const header = request.pos;
        appendU32(0);
        appendU32(0);
        const size = appendRow(row, this.#keypos, count);
        request.view.setUint32(header, size, true);
        request.view.setUint32(header + 4, request.canonicalLength, true);
      }
    });
    ctl[TABLE] = this.#id;
    ctl[A] = count === 0 ? 0 : request.pos;
    ctl[B] = count;
    ctl[C] = onlyNew ? 1 : 0;
    native.insertMany();
    return ctl[STATUS] as number;
  }

  #runCounter(operation: string): number {
    ctl[TABLE] = this.#id;
    updateCounter();
    const status = ctl[STATUS] as number;
    if (status === Status.Ok) return reals[RESULT0] as number;
    throw etsFailure(status === Status.NotFound ? Status.BadKey : status, operation);
  }

  #updateElements(key: unknown, changes: readonly (readonly [number, unknown])[], defaultRow: R | undefined, operation: string): boolean {
    this.#blameLate(WRITE, operation, () => {
      this.#requireKey(key, operation);
      writeElementRequest(key, changes, defaultRow, this.#keypos, operation);
    });
    ctl[TABLE] = this.#id;
    native.updateElements();
    return this.#answer(operation);
  }

  #readRow(length: number, operation: string): R {
    if (length < 0) throw etsFailure(length, operation);
    if (length <= REPLY_BYTES) return decodeReplyRow(length) as unknown as R;
    return decodeRowAt(takeSpilled(operation), 0, length) as unknown as R;
  }

  #step(keyBytes: number, direction: number, part: number, operation: string): number {
    ctl[TABLE] = this.#id;
    ctl[A] = keyBytes;
    ctl[B] = direction;
    ctl[C] = part;
    native.step();
    const length = ctl[STATUS] as number;
    if (length > 0 || length === Status.NotFound) return length;
    // OTP gives no cause here: a key that is not there is a bad argument like any other.
    if (length === Status.BadKey) throw badArgument(operation, 'the key is not in the table');
    throw etsFailure(length, operation);
  }

  #stepKey(keyBytes: number, direction: number, operation: string): unknown {
    const length = this.#step(keyBytes, direction, 0, operation);
    if (length < 0) return undefined;
    return length <= REPLY_BYTES ? decodeReplyTerm(length) : decodeTermAt(takeSpilled(operation), 0, length);
  }

  #stepRows(keyBytes: number, direction: number, operation: string): KeyAndRows<R> | undefined {
    const length = this.#step(keyBytes, direction, 1, operation);
    if (length < 0) return undefined;
    const rows = length <= REPLY_BYTES ? decodeReplyRows(length, 1) : decodeRows(takeSpilled(operation), 0, 1, length);
    return { key: rows[0]?.[this.#keypos], rows: rows as unknown as R[] };
  }

  #chunks(operation: string): ChunkSource<R> {
    this.#check(READ, operation);
    if (this.#ordered) return new RangeChunks<R>(this.#id, NO_LIMIT, NO_LIMIT, false, operation);
    return new HashChunks<R>(this.#id, operation);
  }
}

const INFO_ITEMS: ReadonlySet<string> = new Set<keyof TableInfo>([
  'id',
  'name',
  'namedTable',
  'type',
  'protection',
  'owner',
  'keypos',
  'size',
  'memory',
  'writeConcurrency',
]);
