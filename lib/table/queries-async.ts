import { type AsyncOptions, changeLater, listLater, type ListOptions, readLater } from '../async.js';
import type { Continuation, SelectChunk } from '../continuations.js';
import type { HeadPattern, SpecFor } from '../query/types.js';
import type { QueryTable } from '../select.js';
import type { Row } from '../types.js';
import { TableQueries } from './queries.js';

/**
 * Queries that run off the event loop: in slices in the thread pool, between which the loop turns.
 *
 * Arguments are read before the call returns. Whatever is wrong with them, or with the table at any slice, rejects the promise
 * with the error that the form without `Async` throws. With a `signal` an operation ends at its next slice and rejects with
 * the signal's reason. What a slice has changed stays, whatever happens afterwards.
 *
 * @internal
 */
export abstract class TableQueriesAsync<R extends Row> extends TableQueries<R> {
  /**
   * As `match`, off the event loop: see `selectAsync`.
   *
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insertMany([['ada', 1], ['bob', 2]]);
   * await users.matchAsync([$1, 2]); // [['bob']]
   * ```
   */
  matchAsync(pattern: HeadPattern<R>, options?: AsyncOptions): Promise<unknown[][]>;
  matchAsync(
    pattern: HeadPattern<R>,
    limit: number,
    options?: AsyncOptions,
  ): Promise<SelectChunk<unknown[]> | undefined>;
  matchAsync<T>(
    continuation: Continuation<T> | undefined,
    options?: AsyncOptions,
  ): Promise<SelectChunk<T> | undefined>;
  matchAsync(what: unknown, limit?: unknown, options?: unknown): Promise<unknown> {
    return readLater(this.#query, 'match', what, limit, options);
  }

  /**
   * As `matchObject`, off the event loop: see `selectAsync`.
   *
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insertMany([['ada', 1], ['bob', 2]]);
   * await users.matchObjectAsync([_, 2]); // [['bob', 2]]
   * ```
   */
  matchObjectAsync(pattern: HeadPattern<R>, options?: AsyncOptions): Promise<R[]>;
  matchObjectAsync(
    pattern: HeadPattern<R>,
    limit: number,
    options?: AsyncOptions,
  ): Promise<SelectChunk<R> | undefined>;
  matchObjectAsync<T>(
    continuation: Continuation<T> | undefined,
    options?: AsyncOptions,
  ): Promise<SelectChunk<T> | undefined>;
  matchObjectAsync(what: unknown, limit?: unknown, options?: unknown): Promise<unknown> {
    return readLater(this.#query, 'matchObject', what, limit, options);
  }

  /**
   * As `select`, off the event loop: a table of millions of rows is searched while this thread does other work. The search goes in
   * slices in the thread pool, between which the event loop turns. Of hundreds of thousands of results V8's collector holds this
   * thread for some milliseconds now and then, because it moves all of them: a `limit` delivers pages.
   *
   * Arguments are read before the call returns. Whatever is wrong with them, or with the table at any slice, rejects the promise
   * with the error that `select` throws; when `signal` is aborted, the next slice rejects it with the signal's reason.
   *
   * @example
   * ```js
   * const ports = ets.new('ports');
   * ports.insertMany([['http', 80], ['node', 3000]]);
   * await ports.selectAsync([[[$1, $2], [gt($2, 1024)], [$1]]]); // ['node']
   * await ports.selectAsync([[_, [], [$_]]], { signal: AbortSignal.timeout(60_000) }).then((rows) => rows.length); // 2
   * ```
   */
  selectAsync<T = unknown>(spec: SpecFor<R>, options?: AsyncOptions): Promise<T[]>;
  selectAsync<T = unknown>(
    spec: SpecFor<R>,
    limit: number,
    options?: AsyncOptions,
  ): Promise<SelectChunk<T> | undefined>;
  selectAsync<T>(
    continuation: Continuation<T> | undefined,
    options?: AsyncOptions,
  ): Promise<SelectChunk<T> | undefined>;
  selectAsync(what: unknown, limit?: unknown, options?: unknown): Promise<unknown> {
    return readLater(this.#query, 'select', what, limit, options);
  }

  /**
   * As `selectReverse`, off the event loop: see `selectAsync`.
   *
   * @example
   * ```js
   * const scores = ets.new('scores', { type: 'ordered_set' });
   * scores.insertMany([[120, 'bob'], [310, 'ada']]);
   * (await scores.selectReverseAsync([[_, [], [$_]]], 1)).results; // [[310, 'ada']]
   * ```
   */
  selectReverseAsync<T = unknown>(spec: SpecFor<R>, options?: AsyncOptions): Promise<T[]>;
  selectReverseAsync<T = unknown>(
    spec: SpecFor<R>,
    limit: number,
    options?: AsyncOptions,
  ): Promise<SelectChunk<T> | undefined>;
  selectReverseAsync<T>(
    continuation: Continuation<T> | undefined,
    options?: AsyncOptions,
  ): Promise<SelectChunk<T> | undefined>;
  selectReverseAsync(what: unknown, limit?: unknown, options?: unknown): Promise<unknown> {
    return readLater(this.#query, 'selectReverse', what, limit, options);
  }

  /**
   * As `selectCount`, off the event loop: see `selectAsync`.
   *
   * @example
   * ```js
   * const ports = ets.new('ports');
   * ports.insertMany([['http', 80], ['node', 3000]]);
   * await ports.selectCountAsync([[[_, $1], [lt($1, 1024)], [true]]]); // 1
   * ```
   */
  selectCountAsync(spec: SpecFor<R>, options?: AsyncOptions): Promise<number> {
    return changeLater(this.#query, 'selectCount', spec, options, ({ affected }) => affected);
  }

  /**
   * As `selectDelete`, off the event loop: see `selectAsync`. Rows go slice by slice, also when all of them do; those that are
   * gone when the promise is rejected stay so.
   *
   * @example
   * ```js
   * const sessions = ets.new('sessions');
   * sessions.insertMany([['a', 100], ['b', 900]]);
   * await sessions.selectDeleteAsync([[[_, $1], [lt($1, 500)], [true]]]); // 1
   * sessions.info('size'); // 1
   * ```
   */
  selectDeleteAsync(spec: SpecFor<R>, options?: AsyncOptions): Promise<number> {
    return changeLater(this.#query, 'selectDelete', spec, options, ({ affected }) => affected);
  }

  /**
   * As `selectReplace`, off the event loop: see `selectAsync`. Rows that were replaced when the promise is rejected stay so.
   *
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insertMany([['ada', 1], ['bob', 2]]);
   * await users.selectReplaceAsync([[[$1, $2], [], [[$1, { level: $2 }]]]]); // 2
   * users.get('ada'); // ['ada', { level: 1 }]
   * ```
   */
  selectReplaceAsync(spec: SpecFor<R>, options?: AsyncOptions): Promise<number> {
    return changeLater(this.#query, 'selectReplace', spec, options, ({ affected }) => affected);
  }

  /**
   * As `selectTake`, off the event loop: see `selectAsync`. Rows that were taken before the promise is rejected are lost.
   *
   * @example
   * ```js
   * const jobs = ets.new('jobs');
   * jobs.insertMany([[1, 'mail'], [2, 'print']]);
   * await jobs.selectTakeAsync([[[_, 'mail'], [], [true]]]); // [[1, 'mail']]
   * ```
   */
  selectTakeAsync(spec: SpecFor<R>, options?: AsyncOptions): Promise<R[]> {
    return changeLater<R, R[]>(this.#query, 'selectTake', spec, options, ({ results }) => results);
  }

  /**
   * As `tab2list`, off the event loop, but not as a snapshot: a row that stays is delivered exactly once. `onProgress` is told the
   * number of rows so far.
   *
   * @example
   * ```js
   * const users = ets.new('users', { type: 'ordered_set' });
   * users.insertMany([['ada'], ['bob']]);
   * await users.tab2listAsync(); // [['ada'], ['bob']]
   * ```
   */
  tab2listAsync(options?: ListOptions): Promise<R[]> {
    return listLater<R>(this.#query, options);
  }

  /** `this`, as query code looks at it. */
  get #query(): QueryTable {
    return { id: this.id, keypos: this.keypos, type: this.type };
  }
}
