import { ChunkIterator, chunksOf, RangeChunks, WHOLE } from '../chunks.js';
import { badArgument, etsFailure } from '../failures.js';
import { fixTable, fold } from '../fixing.js';
import { checkTable, READ, tableFirst, writeKey } from '../guards.js';
import { native } from '../native/binding.js';
import { ctl, F0, reals, STATUS, Status, TABLE } from '../native/control.js';
import { rangeOf } from '../ranges.js';
import { BACKWARD, FORWARD, NO_KEY, readAllRows, stepKey, stepRows } from '../reading.js';
import { ASK, RunAhead } from '../run-ahead.js';
import { beganAt, tellIfSlow } from '../slow.js';
import type { KeyAndRows, RangeOptions, Row } from '../types.js';
import { TableWrites } from './writes.js';

/** From key to key and over all rows. @internal */
export abstract class TableTraversal<R extends Row> extends TableWrites<R> {
  /** The steps that `next` and `prev` take. */
  #keysAhead: RunAhead<unknown> | undefined;
  /** Those of `nextLookup` and `prevLookup`; not in bags, where a step may have several rows. */
  #rowsAhead: RunAhead<R> | undefined;

  /**
   * The first key (the lowest one in an `ordered_set`); `undefined` when the table is empty.
   *
   * Time: O(1) in an `ordered_set`; in a hash table O(1) when it is about as full as it has ever been.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#first/1
   * @example
   * ```js
   * const words = ets.new('words', { type: 'ordered_set' });
   * words.first(); // undefined
   * words.insertMany([['bee'], ['ant']]);
   * words.first(); // 'ant'
   * ```
   */
  first(): unknown {
    const key = stepKey(this.id, NO_KEY, FORWARD, 'table.first');
    this.#keysAhead?.note(key, FORWARD);
    return key;
  }

  /**
   * The last key. In a hash table, as in Erlang, the same as `first`. Time: as `first`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#last/1
   * @example
   * ```js
   * const words = ets.new('words', { type: 'ordered_set' });
   * words.insertMany([['bee'], ['ant']]);
   * words.last(); // 'bee'
   * ```
   */
  last(): unknown {
    const key = stepKey(this.id, NO_KEY, BACKWARD, 'table.last');
    this.#keysAhead?.note(key, BACKWARD);
    return key;
  }

  /**
   * The key after `key`; `undefined` at the end. In an `ordered_set` `key` need not be there. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `key` is not in the table, which is no `ordered_set`, and was not deleted while
   * it is fixed (`safeFixtable`).
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#next/2
   * @example
   * ```js
   * const words = ets.new('words', { type: 'ordered_set' });
   * words.insertMany([['ant'], ['bee']]);
   * words.next('ant'); // 'bee'
   * words.next('b'); // 'bee'
   * words.next('bee'); // undefined
   * ```
   */
  next(key: unknown): unknown {
    return this.#stepKey(key, FORWARD, 'table.next');
  }

  /**
   * The key before `key`; `undefined` at the start. In a hash table, as in Erlang, the same as `next`. Time and errors: as
   * `next`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#prev/2
   * @example
   * ```js
   * const words = ets.new('words', { type: 'ordered_set' });
   * words.insertMany([['ant'], ['bee']]);
   * words.prev('bee'); // 'ant'
   * words.prev('ant'); // undefined
   * ```
   */
  prev(key: unknown): unknown {
    return this.#stepKey(key, BACKWARD, 'table.prev');
  }

  /**
   * The first key with its rows, in one atomic step; `undefined` when the table is empty. Time: as `first` and `lookup`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#first_lookup/1
   * @example
   * ```js
   * const scores = ets.new('scores', { type: 'ordered_set' });
   * scores.insertMany([[10, 'ada'], [20, 'bob']]);
   * scores.firstLookup(); // { key: 10, rows: [[10, 'ada']] }
   * ```
   */
  firstLookup(): KeyAndRows<R> | undefined {
    return stepRows(this.id, this.keypos, NO_KEY, FORWARD, 'table.firstLookup');
  }

  /**
   * The last key with its rows, in one atomic step; `undefined` when the table is empty. In a hash table the same as `firstLookup`.
   * Time: as `last` and `lookup`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#last_lookup/1
   * @example
   * ```js
   * const scores = ets.new('scores', { type: 'ordered_set' });
   * scores.insertMany([[10, 'ada'], [20, 'bob']]);
   * scores.lastLookup(); // { key: 20, rows: [[20, 'bob']] }
   * ```
   */
  lastLookup(): KeyAndRows<R> | undefined {
    return stepRows(this.id, this.keypos, NO_KEY, BACKWARD, 'table.lastLookup');
  }

  /**
   * The key after `key` with its rows, in one atomic step; `undefined` at the end. Time and errors: as `next`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#next_lookup/2
   * @example
   * ```js
   * const scores = ets.new('scores', { type: 'ordered_set' });
   * scores.insertMany([[10, 'ada'], [20, 'bob']]);
   * scores.nextLookup(15); // { key: 20, rows: [[20, 'bob']] }
   * scores.nextLookup(20); // undefined
   * ```
   */
  nextLookup(key: unknown): KeyAndRows<R> | undefined {
    return this.#stepRows(key, FORWARD, 'table.nextLookup');
  }

  /**
   * The key before `key` with its rows, in one atomic step; `undefined` at the start. Time and errors: as `prev`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#prev_lookup/2
   * @example
   * ```js
   * const scores = ets.new('scores', { type: 'ordered_set' });
   * scores.insertMany([[10, 'ada'], [20, 'bob']]);
   * scores.prevLookup(15); // { key: 10, rows: [[10, 'ada']] }
   * ```
   */
  prevLookup(key: unknown): KeyAndRows<R> | undefined {
    return this.#stepRows(key, BACKWARD, 'table.prevLookup');
  }

  /**
   * The rows of a part of an `ordered_set`, in key order. Iterate over it as often as you like: each time it is read
   * anew, in chunks; a row that stays in the table meanwhile is met exactly once.
   *
   * Time: O(log n) for each chunk, O(1) for each row.
   *
   * @throws {EtsError} `ERR_ETS_TABLE_TYPE` for any other type; `ERR_ETS_BADARG` for a bad option or bounds that exclude each other.
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when a bound is no term.
   * @example
   * ```js
   * const words = ets.new('words', { type: 'ordered_set' });
   * words.insertMany([['ape'], ['bat'], ['bee'], ['cow']]);
   * [...words.range({ gte: 'bat', lt: 'cow' })]; // [['bat'], ['bee']]
   * [...words.range({ prefix: 'b', reverse: true })]; // [['bee'], ['bat']]
   * [...words.range({ limit: 1 })]; // [['ape']]
   *
   * const scores = ets.new('scores', { type: 'ordered_set' });
   * scores.insertMany([[['eu', 1]], [['eu', 2]], [['us', 1]]]);
   * [...scores.range({ prefix: ['eu'] })]; // [[['eu', 1]], [['eu', 2]]]
   * ```
   */
  range(options: RangeOptions = {}): Iterable<R> {
    const operation = 'table.range';
    const { lower, upper, reverse, limit } = tableFirst(this.id, READ, operation, () =>
      rangeOf(options, operation),
    );
    checkTable(this.id, READ, operation);
    if (this.type !== 'ordered_set') throw etsFailure(Status.TableType, operation);
    return {
      [Symbol.iterator]: () =>
        new ChunkIterator(new RangeChunks<R>(this.id, 'rows', lower, upper, reverse, operation), limit),
    };
  }

  /**
   * All rows, in key order in an `ordered_set`. A snapshot against `insertMany`, not against single writes. Time: O(n).
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#tab2list/1
   * @example
   * ```js
   * const users = ets.new('users', { type: 'ordered_set' });
   * users.insertMany([['bob', 2], ['ada', 1]]);
   * users.tab2list(); // [['ada', 1], ['bob', 2]]
   * ```
   */
  tab2list(): R[] {
    const began = beganAt();
    const source = chunksOf<R>(this.id, this.type, 'rows', 'table.tab2list');
    let { rows, done } = source.next(Infinity, WHOLE);
    while (!done) {
      const chunk = source.next(Infinity, WHOLE);
      rows = rows.concat(chunk.rows);
      done = chunk.done;
    }
    tellIfSlow(began, 'table.tab2list', this.id);
    return rows;
  }

  /**
   * Iterates over all rows, in key order in an `ordered_set`, in chunks. Safe under concurrent change: a row that stays
   * in the table is met exactly once; one that comes or goes meanwhile may be met or not. Time: O(1) for each row.
   *
   * @example
   * ```js
   * const stock = ets.new('stock', { type: 'ordered_set' });
   * stock.insertMany([['apple', 3], ['pear', 0]]);
   * for (const [fruit, count] of stock) if (count === 0) stock.delete(fruit);
   * [...stock]; // [['apple', 3]]
   * ```
   */
  [Symbol.iterator](): IterableIterator<R> {
    return new ChunkIterator(chunksOf<R>(this.id, this.type, 'rows', 'table iteration'));
  }

  /**
   * Iterates over all keys, each once; the promises are those of the iteration over rows, whose other elements it does not copy.
   * Time: O(1) for each key.
   *
   * @example
   * ```js
   * const users = ets.new('users', { type: 'ordered_set' });
   * users.insertMany([['bob', 2], ['ada', 1]]);
   * [...users.keys()]; // ['ada', 'bob']
   * ```
   */
  keys(): IterableIterator<unknown> {
    return new ChunkIterator(chunksOf<unknown>(this.id, this.type, 'keys', 'table.keys'));
  }

  /**
   * The rows of one bucket (hash tables) or row number `index` (`ordered_set`), as a list; `undefined` for the first index
   * beyond the last. Buckets divide and join as rows come and go.
   *
   * Time: O(rows of the bucket) in hash tables; O(n / 100) in an `ordered_set`.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `index` is no whole number or lies beyond the end.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#slot/2
   * @example
   * ```js
   * const words = ets.new('words', { type: 'ordered_set' });
   * words.insertMany([['bee'], ['ant']]);
   * words.slot(0); // [['ant']]
   * words.slot(2); // undefined
   * words.slot(3); // throws ERR_ETS_BADARG
   * ```
   */
  slot(index: number): R[] | undefined {
    const operation = 'table.slot';
    const beyond = (): Error =>
      badArgument(operation, 'index must be a whole number up to the number of slots');
    tableFirst(this.id, READ, operation, () => {
      if (!Number.isSafeInteger(index) || index < 0) throw beyond();
    });
    ctl[TABLE] = this.id;
    reals[F0] = index;
    native.slot();
    const length = ctl[STATUS] as number;
    if (length === Status.NotFound) return undefined;
    if (length === Status.BadArg) throw beyond();
    return length === 0 ? [] : readAllRows<R>(length, operation);
  }

  /**
   * `fn(row, acc)` for each row, from the first to the last; returns the last result. Rows that `fn` inserts may be met or
   * not. The table is fixed meanwhile. Time: O(n) calls.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `fn` is no function; what `fn` throws ends the fold and is thrown here.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#foldl/3
   * @example
   * ```js
   * const stock = ets.new('stock', { type: 'ordered_set' });
   * stock.insertMany([['apple', 3], ['pear', 4]]);
   * stock.foldl(([, count], sum) => sum + count, 0); // 7
   * ```
   */
  foldl<T>(fn: (row: R, acc: T) => T, acc: T): T {
    return fold(this.id, this.keypos, FORWARD, fn, acc, 'table.foldl');
  }

  /**
   * As `foldl`, from the last row to the first.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#foldr/3
   * @example
   * ```js
   * const words = ets.new('words', { type: 'ordered_set' });
   * words.insertMany([['ant'], ['bee']]);
   * words.foldr(([word], text) => text + word, ''); // 'beeant'
   * ```
   */
  foldr<T>(fn: (row: R, acc: T) => T, acc: T): T {
    return fold(this.id, this.keypos, BACKWARD, fn, acc, 'table.foldr');
  }

  /**
   * Fixes the table for walking through it with `next`, or releases it. While it is fixed, `next` goes on from a key that
   * was deleted meanwhile. Counts per thread: each `true` needs a `false`; a thread that ends releases what it holds.
   * Releasing what this thread has not fixed does nothing. Needs the right to read. Iterators, `tab2list` and folds need no fixing.
   *
   * Time: O(1), for the last release O(keys that were deleted). Costs their memory until then. An `ordered_set` counts and does nothing else.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `on` is no boolean.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#safe_fixtable/2
   * @example
   * ```js
   * const jobs = ets.new('jobs');
   * jobs.insertMany([[1], [2], [3]]);
   * jobs.safeFixtable(true);
   * for (let key = jobs.first(); key !== undefined; key = jobs.next(key)) jobs.delete(key);
   * jobs.safeFixtable(false);
   * jobs.info('size'); // 0
   * ```
   */
  safeFixtable(on: boolean): void {
    fixTable(this.id, on, 'table.safeFixtable');
  }

  #stepKey(key: unknown, direction: number, operation: string): unknown {
    const ahead = (this.#keysAhead ??= new RunAhead(this.id, 'keys', (item: unknown) => item));
    const known = ahead.step(key, direction, operation);
    if (known !== ASK) return known;
    const found = stepKey(this.id, writeKey(this.id, key, READ, operation), direction, operation);
    ahead.note(found, direction);
    return found;
  }

  #stepRows(key: unknown, direction: number, operation: string): KeyAndRows<R> | undefined {
    const { id, keypos } = this;
    if (this.bag) return stepRows(id, keypos, writeKey(id, key, READ, operation), direction, operation);
    const ahead = (this.#rowsAhead ??= new RunAhead<R>(id, 'rows', (row) => row[keypos]));
    const known = ahead.step(key, direction, operation);
    if (known !== ASK) return known && { key: known[keypos], rows: [known] };
    const found = stepRows<R>(id, keypos, writeKey(id, key, READ, operation), direction, operation);
    ahead.note(found?.key, direction);
    return found;
  }
}
