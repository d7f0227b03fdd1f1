import { insertAll } from '../bulk.js';
import { etsFailure } from '../failures.js';
import * as guards from '../guards.js';
import { native } from '../native/binding.js';
import * as control from '../native/control.js';
import { beganAt, tellIfSlow } from '../slow.js';
import { takeRows } from '../taking.js';
import type { CounterOperation, Row } from '../types.js';
import { addToCounter, updateCounters, updateElements } from '../updates.js';
import { TableReads } from './reads.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, A, STATUS, TABLE, Status } = control;
const { insert, insertNew } = native;
const { requireOk, wasFound, WRITE, writeKey, writeRow } = guards;

/** Storing, changing and deleting rows. @internal */
export abstract class TableWrites<R extends Row> extends TableReads<R> {
  /**
   * Stores `row`; a row with an equal key is replaced as a whole. A bag keeps the others and adds it behind them (a `bag`
   * only when none of them equals it in every element).
   *
   * Time: O(1) in a `set` and a `duplicate_bag`, O(rows of the key) in a `bag`, O(log n) in an `ordered_set`.
   *
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when something in the row cannot be stored; the message names the path to it.
   * @throws {EtsError} `ERR_ETS_BADARG` when `row` is no array or has no key.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#insert/2
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insert(['ada', { born: 1815 }]);
   * users.insert(['ada', { born: 1815, died: 1852 }]);
   * users.tab2list(); // [['ada', { born: 1815, died: 1852 }]]
   * users.insert(['bob', { greet() {} }]); // throws ERR_TERM_UNSUPPORTED
   * users.insert([]); // throws ERR_ETS_BADARG
   * ```
   */
  insert(row: R): void {
    writeRow(this.id, this.keypos, row, 'table.insert');
    insert();
    requireOk('table.insert');
  }

  /**
   * Stores `row` unless a row with an equal key is there; says whether it did. Time and errors: as `insert`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#insert_new/2
   * @example
   * ```js
   * const locks = ets.new('locks', { access: 'public' });
   * locks.insertNew(['job-7', 'thread 1']); // true
   * locks.insertNew(['job-7', 'thread 2']); // false
   * locks.get('job-7'); // ['job-7', 'thread 1']
   * ```
   */
  insertNew(row: R): boolean {
    writeRow(this.id, this.keypos, row, 'table.insertNew');
    insertNew();
    const status = ctl[STATUS] as number;
    if (status === Status.Ok) return true;
    if (status === Status.Exists) return false;
    throw etsFailure(status, 'table.insertNew');
  }

  /**
   * Stores all rows or none; no reader in any thread sees a part of them. Of rows with equal keys the last one wins; a
   * bag keeps them in their order.
   *
   * Time: as `insert` for each. Other threads wait for the table while the rows are put in place.
   *
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when something in a row cannot be stored; the message names the path to it.
   * @throws {EtsError} `ERR_ETS_BADARG` when `rows` cannot be iterated over, or a row is no array or has no key.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#insert/2
   * @example
   * ```js
   * const users = ets.new('users', { type: 'ordered_set' });
   * users.insertMany(new Map([['bob', 1], ['ada', 2]]));
   * users.tab2list(); // [['ada', 2], ['bob', 1]]
   * users.insertMany([['eve', 3], ['mallory', () => 1]]); // throws ERR_TERM_UNSUPPORTED
   * users.info('size'); // 2
   * ```
   */
  insertMany(rows: Iterable<R>): void {
    const status = insertAll(this.id, this.keypos, rows, false, 'table.insertMany');
    if (status !== Status.Ok) throw etsFailure(status, 'table.insertMany');
  }

  /**
   * As `insertMany`, unless one of the keys is there already: then nothing is stored and the answer is `false`. Equal keys within
   * `rows` do no harm. Time and errors: as `insertMany`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#insert_new/2
   * @example
   * ```js
   * const seats = ets.new('seats', { access: 'public' });
   * seats.insertNewMany([['1A', 'ada'], ['1B', 'ada']]); // true
   * seats.insertNewMany([['1B', 'bob'], ['1C', 'bob']]); // false
   * seats.member('1C'); // false
   * ```
   */
  insertNewMany(rows: Iterable<R>): boolean {
    const status = insertAll(this.id, this.keypos, rows, true, 'table.insertNewMany');
    if (status === Status.Exists) return false;
    if (status !== Status.Ok) throw etsFailure(status, 'table.insertNewMany');
    return true;
  }

  /**
   * Deletes all rows with this key; says whether there was one. Time: as `lookup`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#delete/2
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insert(['ada', 1]);
   * users.delete('ada'); // true
   * users.delete('ada'); // false
   * ```
   */
  delete(key: unknown): boolean {
    ctl[A] = writeKey(this.id, key, WRITE, 'table.delete');
    ctl[TABLE] = this.id;
    native.delete();
    return wasFound('table.delete');
  }

  /**
   * Deletes the row that equals `row` in every element, of a `duplicate_bag` all of them; says whether there was one.
   * Elements are equal as in a `set`'s keys: `1n` is not `1`, also in an `ordered_set`. Time: as `lookup`. Errors: as `insert`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#delete_object/2
   * @example
   * ```js
   * const tags = ets.new('tags', { type: 'bag' });
   * tags.insertMany([['post', 'a'], ['post', 'b']]);
   * tags.deleteObject(['post', 'a']); // true
   * tags.deleteObject(['post', 'x']); // false
   * tags.lookup('post'); // [['post', 'b']]
   * ```
   */
  deleteObject(row: R): boolean {
    writeRow(this.id, this.keypos, row, 'table.deleteObject');
    native.deleteObject();
    return wasFound('table.deleteObject');
  }

  /**
   * Deletes all rows at once: no reader sees a part of them. The table stays. Time: O(1) for other threads, O(n) for this one.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#delete_all_objects/1
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insertMany([['ada'], ['bob']]);
   * users.deleteAllObjects();
   * users.info('size'); // 0
   * ```
   */
  deleteAllObjects(): void {
    const began = beganAt();
    ctl[TABLE] = this.id;
    native.deleteAll();
    requireOk('table.deleteAllObjects');
    tellIfSlow(began, 'table.deleteAllObjects', this.id);
  }

  /**
   * Deletes all rows with this key and returns what was deleted, in one atomic step: of several threads one gets a row.
   * Time: as `lookup`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#take/2
   * @example
   * ```js
   * const jobs = ets.new('jobs', { access: 'public' });
   * jobs.insert([7, 'send mail']);
   * jobs.take(7); // [[7, 'send mail']]
   * jobs.take(7); // []
   * ```
   */
  take(key: unknown): R[] {
    return takeRows<R>(this.id, this.keypos, this.bag, key);
  }

  /**
   * Adds to counters in the row with this key and returns the new value, or the values for a list of operations. All
   * operations of a list happen in one atomic step, in order, or none does.
   *
   * A `number` counter stays a safe integer; a `bigint` counter has any size. With `defaultRow` a missing row is made
   * from it first, with `key` as its key. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADKEY` (no row, no default), `ERR_ETS_POSITION`, `ERR_ETS_KEYPOS` (the key is no counter),
   * `ERR_ETS_COUNTER_RANGE`, `ERR_ETS_TABLE_TYPE` (a bag), `ERR_ETS_BADARG` (no integer; a number for a bigint counter or the other way round).
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#update_counter/3
   * @example
   * ```js
   * const hits = ets.new('hits', { access: 'public' });
   * hits.updateCounter('home', 1, ['home', 0]); // 1: made from the default row
   * hits.updateCounter('home', 5); // 6
   * hits.updateCounter('home', { incr: 1, threshold: 6, set: 0 }); // 0
   * hits.updateCounter('home', [{ pos: 1, incr: 4 }, -1]); // [4, 3]
   *
   * hits.insert(['big', 2n ** 64n]);
   * hits.updateCounter('big', 1n); // 18446744073709551617n
   * hits.updateCounter('about', 1); // throws ERR_ETS_BADKEY
   * hits.updateCounter('home', Number.MAX_SAFE_INTEGER); // throws ERR_ETS_COUNTER_RANGE
   * ```
   */
  updateCounter<T extends number | bigint>(
    key: unknown,
    op: T,
    defaultRow?: R,
  ): T extends bigint ? bigint : number;
  updateCounter(key: unknown, op: number | bigint | CounterOperation, defaultRow?: R): number | bigint;
  updateCounter(
    key: unknown,
    op: readonly (number | bigint | CounterOperation)[],
    defaultRow?: R,
  ): (number | bigint)[];
  updateCounter(
    key: unknown,
    op: number | bigint | CounterOperation | readonly (number | bigint | CounterOperation)[],
    defaultRow?: R,
  ): number | bigint | (number | bigint)[];
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
      return addToCounter(this.id, this.keypos, key, op, operation);
    }
    return updateCounters(this.id, this.keypos, key, op, defaultRow, operation);
  }

  /**
   * Replaces element `pos` of the row with this key; says whether there was a row. With `defaultRow` a missing row is made
   * from it, with `key` as its key; the answer is `true` then. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_POSITION`, `ERR_ETS_KEYPOS` (the key cannot be changed), `ERR_ETS_TABLE_TYPE` (a bag).
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when `value` cannot be stored.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#update_element/4
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insert(['ada', 'Ada', 0]);
   * users.updateElement('ada', 1, 'Ada Lovelace'); // true
   * users.get('ada'); // ['ada', 'Ada Lovelace', 0]
   * users.updateElement('bob', 1, 'Bob'); // false
   * users.updateElement('bob', 1, 'Bob', ['', '', 0]); // true
   * users.get('bob'); // ['bob', 'Bob', 0]
   * users.updateElement('ada', 0, 'ida'); // throws ERR_ETS_KEYPOS
   * ```
   */
  updateElement(key: unknown, pos: number, value: unknown, defaultRow?: R): boolean {
    return updateElements(this.id, this.keypos, key, [[pos, value]], defaultRow, 'table.updateElement');
  }

  /**
   * As `updateElement` for several elements in one atomic step; the last value for a position wins. Time and errors: as
   * `updateElement`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#update_element/4
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insert(['ada', 'Ada', 0]);
   * users.updateElements('ada', [[1, 'Ada Lovelace'], [2, 1815]]); // true
   * users.get('ada'); // ['ada', 'Ada Lovelace', 1815]
   * ```
   */
  updateElements(key: unknown, changes: readonly (readonly [number, unknown])[], defaultRow?: R): boolean {
    return updateElements(this.id, this.keypos, key, changes, defaultRow, 'table.updateElements');
  }
}
