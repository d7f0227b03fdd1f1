import type { Continuation, SelectChunk } from '../continuations.js';
import type { HeadPattern, MatchSpec } from '../query/types.js';
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
   *
   * @throws {EtsError} `ERR_ETS_MATCH_SPEC`: the message says what is wrong with the pattern.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#match/2
   */
  match(pattern: HeadPattern<R>): unknown[][];
  match(pattern: HeadPattern<R>, limit: number): SelectChunk<unknown[]> | undefined;
  match<T>(continuation: Continuation<T> | undefined): SelectChunk<T> | undefined;
  match(what: unknown, limit?: unknown): unknown {
    return readNow(this.#query, 'match', what, limit);
  }

  /** The rows that `pattern` matches. Forms and errors: as `match`. */
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
   * @throws {EtsError} `ERR_ETS_MATCH_SPEC`: the message says which clause is wrong and why, also when no row could match it;
   * `ERR_ETS_BADARG`: a limit that is no whole number from 1, a continuation of another table.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#select/2
   */
  select<T = unknown>(spec: MatchSpec<R>): T[];
  select<T = unknown>(spec: MatchSpec<R>, limit: number): SelectChunk<T> | undefined;
  select<T>(continuation: Continuation<T> | undefined): SelectChunk<T> | undefined;
  select(what: unknown, limit?: unknown): unknown {
    return readNow(this.#query, 'select', what, limit);
  }

  /** As `select`, an `ordered_set` from its end. Hash tables have one order only, so there it is the same as `select`. */
  selectReverse<T = unknown>(spec: MatchSpec<R>): T[];
  selectReverse<T = unknown>(spec: MatchSpec<R>, limit: number): SelectChunk<T> | undefined;
  selectReverse<T>(continuation: Continuation<T> | undefined): SelectChunk<T> | undefined;
  selectReverse(what: unknown, limit?: unknown): unknown {
    return readNow(this.#query, 'selectReverse', what, limit);
  }

  /** How many rows give exactly `true`. Nothing of them is copied. Errors: as `select`. */
  selectCount(spec: MatchSpec<R>): number {
    return changeNow(this.#query, 'selectCount', spec).affected;
  }

  /**
   * Deletes the rows that give exactly `true`; returns how many. Each row goes for itself, except that
   * `[[_, [], [true]]]` deletes all rows at once, as `deleteAllObjects` does. Errors: as `select`.
   */
  selectDelete(spec: MatchSpec<R>): number {
    return deleteNow(this.#query, 'selectDelete', spec);
  }

  /** Deletes the rows that `pattern` matches, all at once when it is `_`. Errors: as `match`. */
  matchDelete(pattern: HeadPattern<R>): void {
    deleteNow(this.#query, 'matchDelete', pattern);
  }

  /**
   * Puts the result of each matching row in the place of the row; returns how many were replaced. To find a row and to replace
   * it is one atomic step, which makes a compare-and-swap of `[[old, [], [constant(changed)]]]`.
   *
   * The key must stay as it is, and the spec must show it: a body is `$_`, or an array or `constant(array)` with the head's own key
   * pattern or `element(keypos, $_)` in the key's place.
   *
   * @throws {EtsError} `ERR_ETS_MATCH_SPEC` also when a body does not keep the key; `ERR_ETS_TABLE_TYPE` for a `bag`.
   */
  selectReplace(spec: MatchSpec<R>): number {
    return changeNow(this.#query, 'selectReplace', spec).affected;
  }

  /** Deletes the rows that give exactly `true`, as `selectDelete` does, and returns them. Errors: as `select`. */
  selectTake(spec: MatchSpec<R>): R[] {
    return changeNow<R>(this.#query, 'selectTake', spec).results;
  }

  /** `this`, as query code looks at it. */
  get #query(): QueryTable {
    return { id: this.id, keypos: this.keypos, type: this.type };
  }
}
