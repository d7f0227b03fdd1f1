import type { Continuation, SelectChunk } from '../continuations.js';
import type { HeadPattern, SpecFor } from '../query/types.js';
import { changeNow, deleteNow, type QueryTable, readNow } from '../select.js';
import type { Row } from '../types.js';
import { TableTraversal } from './traversal.js';

/**
 * Match specs over the table.
 *
 * Where the keys that can match are known (a bound key; in an `ordered_set` also a prefix of an array or comparisons of the key
 * in guards), only those rows are visited. Otherwise time is O(n), in slices: other threads wait for a part of the table
 * for well under a millisecond at a time. A row that stays is met exactly once; one that comes or goes meanwhile may be met
 * or not.
 *
 * @internal
 */
export abstract class TableQueries<R extends Row> extends TableTraversal<R> {
  /**
   * The values of the variables of `pattern`, in the order of their numbers, for each row that matches.
   *
   * With a limit, at most so many and where to go on; `undefined` when nothing matches (any more). See `select`.
   * Time: as `select`.
   *
   * @throws {EtsError} `ERR_ETS_MATCH_SPEC`: the message says what is wrong with the pattern; `ERR_ETS_BADARG`: as `select`.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#match/2
   * @example
   * ```js
   * const users = ets.new('users', { type: 'ordered_set' });
   * users.insertMany([['ada', { org: 1 }], ['bob', { org: 2 }], ['eve', { org: 1 }]]);
   * users.match([$1, { org: 1 }]); // [['ada'], ['eve']]
   * users.match([$2, { org: $1 }], 2).results; // [[1, 'ada'], [2, 'bob']]
   * ```
   */
  match(pattern: HeadPattern<R>): unknown[][];
  match(pattern: HeadPattern<R>, limit: number): SelectChunk<unknown[]> | undefined;
  match<T>(continuation: Continuation<T> | undefined): SelectChunk<T> | undefined;
  match(what: unknown, limit?: unknown): unknown {
    return readNow(this.#query, 'match', what, limit);
  }

  /**
   * The rows that `pattern` matches. Forms, time and errors: as `match`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#match_object/2
   * @example
   * ```js
   * const ports = ets.new('ports', { type: 'ordered_set' });
   * ports.insertMany([['http', 80], ['https', 443], ['www', 80]]);
   * ports.matchObject([_, 80]); // [['http', 80], ['www', 80]]
   * ```
   */
  matchObject(pattern: HeadPattern<R>): R[];
  matchObject(pattern: HeadPattern<R>, limit: number): SelectChunk<R> | undefined;
  matchObject<T>(continuation: Continuation<T> | undefined): SelectChunk<T> | undefined;
  matchObject(what: unknown, limit?: unknown): unknown {
    return readNow(this.#query, 'matchObject', what, limit);
  }

  /**
   * The results of a match spec, in key order in an `ordered_set`.
   *
   * With a limit: exactly so many as long as there are enough, and a continuation that yields the next ones; `undefined` when
   * there are none. A continuation may be given to any of `select`, `selectReverse`, `match` and `matchObject`, as in OTP; it goes
   * on after the last row it has seen, also when that was deleted, and stays good whatever the table is called meanwhile.
   *
   * Time: O(rows visited). Where the spec shows which keys can match (a bound key; in an `ordered_set` also a prefix of an array, or
   * comparisons of the key in guards), only their rows are visited, otherwise all. Other threads wait for a part of the
   * table for well under a millisecond at a time. A row that stays is met exactly once; one that comes or goes meanwhile
   * may be met or not.
   *
   * @throws {EtsError} `ERR_ETS_MATCH_SPEC`: the message says which clause is wrong and why, also when no row could match it;
   * `ERR_ETS_BADARG`: a limit that is no whole number from 1, a continuation of another table.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#select/2
   * @example
   * ```js
   * const ports = ets.new('ports', { type: 'ordered_set' });
   * ports.insertMany([['http', 80], ['https', 443], ['node', 3000]]);
   * ports.select([[[$1, $2], [gt($2, 100)], [{ name: $1 }]]]); // [{ name: 'https' }, { name: 'node' }]
   *
   * const names = [];
   * let page = ports.select([[[$1, _], [], [$1]]], 2);
   * while (page !== undefined) {
   *   names.push(page.results);
   *   page = ports.select(page.continuation);
   * }
   * names; // [['http', 'https'], ['node']]
   * ports.select([[[$1], [gt($2, 1)], [$1]]]); // throws ERR_ETS_MATCH_SPEC: $2 is not in the head
   * ```
   */
  select<T = unknown>(spec: SpecFor<R>): T[];
  select<T = unknown>(spec: SpecFor<R>, limit: number): SelectChunk<T> | undefined;
  select<T>(continuation: Continuation<T> | undefined): SelectChunk<T> | undefined;
  select(what: unknown, limit?: unknown): unknown {
    return readNow(this.#query, 'select', what, limit);
  }

  /**
   * As `select`, an `ordered_set` from its end. Hash tables have one order only, so there it is the same as `select`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#select_reverse/2
   * @example
   * ```js
   * const scores = ets.new('scores', { type: 'ordered_set' });
   * scores.insertMany([[120, 'bob'], [250, 'eve'], [310, 'ada']]);
   * scores.selectReverse([[[_, $1], [], [$1]]], 2).results; // ['ada', 'eve']
   * ```
   */
  selectReverse<T = unknown>(spec: SpecFor<R>): T[];
  selectReverse<T = unknown>(spec: SpecFor<R>, limit: number): SelectChunk<T> | undefined;
  selectReverse<T>(continuation: Continuation<T> | undefined): SelectChunk<T> | undefined;
  selectReverse(what: unknown, limit?: unknown): unknown {
    return readNow(this.#query, 'selectReverse', what, limit);
  }

  /**
   * How many rows give exactly `true`. Nothing of them is copied. Time and errors: as `select`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#select_count/2
   * @example
   * ```js
   * const ports = ets.new('ports');
   * ports.insertMany([['http', 80], ['https', 443], ['node', 3000]]);
   * ports.selectCount([[[_, $1], [lt($1, 1024)], [true]]]); // 2
   * ```
   */
  selectCount(spec: SpecFor<R>): number {
    return changeNow(this.#query, 'selectCount', spec).affected;
  }

  /**
   * Deletes the rows that give exactly `true`; returns how many. Each row goes for itself, except that
   * `[[_, [], [true]]]` deletes all rows at once, as `deleteAllObjects` does. Time and errors: as `select`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#select_delete/2
   * @example
   * ```js
   * const sessions = ets.new('sessions', { access: 'public' });
   * sessions.insertMany([['a', { expires: 100 }], ['b', { expires: 900 }]]);
   * const now = 500;
   * sessions.selectDelete([[[_, { expires: $1 }], [lt($1, now)], [true]]]); // 1
   * [...sessions.keys()]; // ['b']
   * ```
   */
  selectDelete(spec: SpecFor<R>): number {
    return deleteNow(this.#query, 'selectDelete', spec);
  }

  /**
   * Deletes the rows that `pattern` matches, all at once when it is `_`; returns how many. Errors: as `match`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#match_delete/2
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insertMany([['ada', 'admin'], ['bob', 'guest']]);
   * users.matchDelete([_, 'guest']); // 1
   * users.tab2list(); // [['ada', 'admin']]
   * ```
   */
  matchDelete(pattern: HeadPattern<R>): number {
    return deleteNow(this.#query, 'matchDelete', pattern);
  }

  /**
   * Puts the result of each matching row in the place of the row; returns how many were replaced. To find a row and to replace
   * it is one atomic step, which makes a compare-and-swap of `[[old, [], [constant(changed)]]]`.
   *
   * The key must stay as it is, and the spec must show it: a body is `$_`, or, when the head is an array with the key's element, an
   * array or `constant(array)` with the head's own key pattern or `element(keypos, $_)` in the key's place. Time: as `select`.
   *
   * @throws {EtsError} `ERR_ETS_MATCH_SPEC` also when a body does not keep the key; `ERR_ETS_TABLE_TYPE` for a `bag`.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#select_replace/2
   * @example
   * ```js
   * const stock = ets.new('stock', { access: 'public' });
   * stock.insert(['apple', 3]);
   * stock.selectReplace([[['apple', 3], [], [['apple', 30]]]]); // 1: it still was 3
   * stock.selectReplace([[['apple', 3], [], [['apple', 99]]]]); // 0
   * stock.selectReplace([[[$1, $2], [gt($2, 10)], [[$1, sub($2, 10)]]]]); // 1
   * stock.get('apple'); // ['apple', 20]
   * ```
   */
  selectReplace(spec: SpecFor<R>): number {
    return changeNow(this.#query, 'selectReplace', spec).affected;
  }

  /**
   * Deletes the rows that give exactly `true`, as `selectDelete` does, and returns them: what two threads take at the same time,
   * one of them gets. The rows are decoded after they were deleted: those that the thread's stack is too small to decode, because
   * they are nested deeply, are lost, unlike with `take`. Time and errors: as `select`.
   *
   * @example
   * ```js
   * const jobs = ets.new('jobs', { access: 'public', type: 'ordered_set' });
   * jobs.insertMany([[1, 'mail'], [2, 'print'], [3, 'mail']]);
   * jobs.selectTake([[[_, 'mail'], [], [true]]]); // [[1, 'mail'], [3, 'mail']]
   * jobs.tab2list(); // [[2, 'print']]
   * ```
   */
  selectTake(spec: SpecFor<R>): R[] {
    return changeNow<R>(this.#query, 'selectTake', spec).results;
  }

  /** `this`, as query code looks at it. */
  get #query(): QueryTable {
    return { id: this.id, keypos: this.keypos, type: this.type };
  }
}
