import { type AsyncOptions, changeLater, listLater, readLater } from '../async.js';
import type { Continuation, SelectChunk } from '../continuations.js';
import type { HeadPattern, MatchSpec } from '../query/types.js';
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
  /** As `match`, off the event loop. */
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

  /** As `matchObject`, off the event loop. */
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

  /** As `select`, off the event loop. */
  selectAsync<T = unknown>(spec: MatchSpec<R>, options?: AsyncOptions): Promise<T[]>;
  selectAsync<T = unknown>(
    spec: MatchSpec<R>,
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

  /** As `selectReverse`, off the event loop. */
  selectReverseAsync<T = unknown>(spec: MatchSpec<R>, options?: AsyncOptions): Promise<T[]>;
  selectReverseAsync<T = unknown>(
    spec: MatchSpec<R>,
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

  /** As `selectCount`, off the event loop. */
  selectCountAsync(spec: MatchSpec<R>, options?: AsyncOptions): Promise<number> {
    return changeLater(this.#query, 'selectCount', spec, options, ({ affected }) => affected);
  }

  /** As `selectDelete`, off the event loop. Rows go slice by slice, also when all of them do. */
  selectDeleteAsync(spec: MatchSpec<R>, options?: AsyncOptions): Promise<number> {
    return changeLater(this.#query, 'selectDelete', spec, options, ({ affected }) => affected);
  }

  /** As `selectReplace`, off the event loop. */
  selectReplaceAsync(spec: MatchSpec<R>, options?: AsyncOptions): Promise<number> {
    return changeLater(this.#query, 'selectReplace', spec, options, ({ affected }) => affected);
  }

  /** As `selectTake`, off the event loop. Rows that were taken before the promise is rejected are lost. */
  selectTakeAsync(spec: MatchSpec<R>, options?: AsyncOptions): Promise<R[]> {
    return changeLater<R, R[]>(this.#query, 'selectTake', spec, options, ({ results }) => results);
  }

  /** As `tab2list`, off the event loop, but not as a snapshot: a row that stays is delivered exactly once. */
  tab2listAsync(options?: AsyncOptions): Promise<R[]> {
    return listLater<R>(this.#query, options);
  }

  /** `this`, as query code looks at it. */
  get #query(): QueryTable {
    return { id: this.id, keypos: this.keypos, type: this.type };
  }
}
