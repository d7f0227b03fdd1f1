import { rowIn } from '../disk/rows.js';
import { kindOf } from '../failures.js';
import { type CompiledQuery, compileMatchSpec, compilePattern } from '../query/compile.js';
import { allVariables, wholeRow } from '../query/forms.js';
import type { HeadPattern, SpecFor } from '../query/types.js';
import type { Row } from '../types.js';
import { badArgument } from './failures.js';
import { type Interval, intervalsOf, runProgram, Scan } from './scan.js';
import type { Store } from './store.js';
import { Turns } from './turns.js';
import { DetsWrites } from './writes.js';

/** Some results of a selection on disk, and where it goes on. */
export interface DetsChunk<T> {
  /** At most as many as the limit said, at least one. */
  readonly results: T[];
  /** `undefined`: these were the last results. */
  readonly continuation: DetsContinuation<T> | undefined;
}

/** What is left of a selection. */
interface Rest {
  readonly file: string;
  readonly query: CompiledQuery;
  readonly intervals: readonly Interval[];
  readonly carried: readonly unknown[];
  readonly limit: number;
}

let restOf: (continuation: DetsContinuation<unknown>) => Rest | undefined;

/**
 * Where a selection with a limit goes on; given to the same function again. It keeps nothing open, never changes, and belongs to the
 * thread that made it.
 */
export class DetsContinuation<T = unknown> {
  readonly #rest: Rest;
  /** What the next chunk holds. */
  declare protected readonly resultType: T;

  static {
    restOf = (continuation) => (#rest in continuation ? continuation.#rest : undefined);
  }

  /** @internal */
  constructor(rest: Rest) {
    this.#rest = rest;
    Object.freeze(this);
  }
}

/** How `traverse` goes on: nothing (with the next row), with a value that is collected, or not at all. */
export type TraverseStep<T> = undefined | { readonly continue: T } | { readonly done: T };

type Answer<T> = T[] | DetsChunk<T> | undefined;

/**
 * What goes through the file. Match specs run in native code over the bytes as they are stored; others have the event loop every few
 * milliseconds. A row that stays in the file meanwhile is met exactly once. @internal
 */
export abstract class DetsQueries<R extends Row> extends DetsWrites<R> {
  /**
   * The results of the rows that match, in the order of the file; with a limit some of them, and where it goes on (`undefined` when there
   * are none). A head or guard that says which keys can match saves going through the file. Time: O(n), or O(keys · log n).
   *
   * @throws {EtsError} `ERR_ETS_MATCH_SPEC` for a bad match spec.
   * @throws {DetsError} `ERR_DETS_BADARG` for a bad limit and for a continuation of another file; `ERR_DETS_FILE` at a damaged row.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#select/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `select-${process.pid}.dets`);
   * const ages = await dets.openFile('ages', { file, type: 'ordered_set' });
   * await ages.insertMany([['ada', 36], ['bob', 7], ['eve', 40]]);
   * const adults = [[[$1, $2], [gt($2, 17)], [$1]]];
   * await ages.select(adults); // ['ada', 'eve']
   * const { results, continuation } = await ages.select(adults, 1);
   * results; // ['ada']
   * (await ages.select(continuation)).results; // ['eve']
   * await ages.close();
   * dets.remove(file);
   * ```
   */
  select<T = unknown>(spec: SpecFor<R>): Promise<T[]>;
  select<T = unknown>(spec: SpecFor<R>, limit: number): Promise<DetsChunk<T> | undefined>;
  select<T = unknown>(continuation: DetsContinuation<T> | undefined): Promise<DetsChunk<T> | undefined>;
  async select<T>(what: SpecFor<R> | DetsContinuation<T> | undefined, limit?: number): Promise<Answer<T>> {
    return this.#ask<T>('select', what, limit, (target) => compileMatchSpec(what, target));
  }

  /**
   * The variables of the rows that match, as `select` with the body `[$$]`. Time: as `select`.
   *
   * @throws as `select`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#match/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `match-${process.pid}.dets`);
   * const ages = await dets.openFile('ages', { file });
   * await ages.insertMany([['ada', 36], ['bob', 7]]);
   * await ages.match([$1, 7]); // [['bob']]
   * await ages.close();
   * dets.remove(file);
   * ```
   */
  match<T = unknown[]>(pattern: HeadPattern<R>): Promise<T[]>;
  match<T = unknown[]>(pattern: HeadPattern<R>, limit: number): Promise<DetsChunk<T> | undefined>;
  match<T = unknown[]>(continuation: DetsContinuation<T> | undefined): Promise<DetsChunk<T> | undefined>;
  async match<T>(what: HeadPattern<R> | DetsContinuation<T> | undefined, limit?: number): Promise<Answer<T>> {
    return this.#ask<T>('match', what, limit, (target) => compilePattern(what, allVariables, target));
  }

  /**
   * The rows that match, as `select` with the body `[$_]`. Time: as `select`.
   *
   * @throws as `select`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#match_object/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `objects-${process.pid}.dets`);
   * const ages = await dets.openFile('ages', { file });
   * await ages.insertMany([['ada', 36], ['bob', 7]]);
   * await ages.matchObject([_, 7]); // [['bob', 7]]
   * await ages.close();
   * dets.remove(file);
   * ```
   */
  matchObject(pattern: HeadPattern<R>): Promise<R[]>;
  matchObject(pattern: HeadPattern<R>, limit: number): Promise<DetsChunk<R> | undefined>;
  matchObject(continuation: DetsContinuation<R> | undefined): Promise<DetsChunk<R> | undefined>;
  async matchObject(
    what: HeadPattern<R> | DetsContinuation<R> | undefined,
    limit?: number,
  ): Promise<Answer<R>> {
    return this.#ask<R>('matchObject', what, limit, (target) => compilePattern(what, wholeRow, target));
  }

  /**
   * How many rows give exactly `true`. OTP's dets has no such function. Time: as `select`.
   *
   * @throws as `select`.
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `count-${process.pid}.dets`);
   * const ages = await dets.openFile('ages', { file });
   * await ages.insertMany([['ada', 36], ['bob', 7]]);
   * await ages.selectCount([[[_, $1], [gt($1, 17)], [true]]]); // 1
   * await ages.close();
   * dets.remove(file);
   * ```
   */
  async selectCount(spec: SpecFor<R>): Promise<number> {
    const operation = 'detsTable.selectCount';
    const store = this.store(operation);
    const query = compileMatchSpec(spec, this.#target(operation));
    const scan = new Scan(store, operation, intervalsOf(query, store, operation));
    const turns = new Turns();
    let count = 0;
    while (!scan.done) {
      count += runProgram(query.program, scan.step().values, true, operation).length;
      await turns.next();
      this.store(operation);
    }
    return count;
  }

  /**
   * Deletes the rows that give exactly `true`; resolves to how many, once that is committed or flushed. Each step of some 2000 rows is one
   * transaction, the whole is not. Time: as `select`, and O(log n) for each row that goes.
   *
   * @throws as `select`, and `ERR_DETS_ACCESS`, `ERR_DETS_IO` as `insert`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#select_delete/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `selected-${process.pid}.dets`);
   * const ages = await dets.openFile('ages', { file });
   * await ages.insertMany([['ada', 36], ['bob', 7]]);
   * await ages.selectDelete([[[_, $1], [lt($1, 18)], [true]]]); // 1
   * ages.member('bob'); // false
   * await ages.close();
   * dets.remove(file);
   * ```
   */
  async selectDelete(spec: SpecFor<R>): Promise<number> {
    const operation = 'detsTable.selectDelete';
    const store = this.writable(operation);
    return this.#delete(store, compileMatchSpec(spec, this.#target(operation)), operation);
  }

  /**
   * Deletes the rows that match; resolves to how many. Time: as `selectDelete`.
   *
   * @throws as `selectDelete`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#match_delete/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `matched-${process.pid}.dets`);
   * const ages = await dets.openFile('ages', { file });
   * await ages.insertMany([['ada', 36], ['bob', 7]]);
   * await ages.matchDelete([_, 7]); // 1
   * await ages.close();
   * dets.remove(file);
   * ```
   */
  async matchDelete(pattern: HeadPattern<R>): Promise<number> {
    const operation = 'detsTable.matchDelete';
    const store = this.writable(operation);
    return this.#delete(store, compilePattern(pattern, true, this.#target(operation)), operation);
  }

  /**
   * `fn(row, acc)` for every row in the order of the file; resolves to the last result. Time: O(n).
   *
   * @throws {DetsError} `ERR_DETS_BADARG` when `fn` is no function; `ERR_DETS_FILE` at a damaged row. Rejects with what `fn` throws.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#foldl/3
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `foldl-${process.pid}.dets`);
   * const ages = await dets.openFile('ages', { file, type: 'ordered_set' });
   * await ages.insertMany([['ada', 36], ['bob', 7]]);
   * await ages.foldl(([name], names) => names + name, ''); // 'adabob'
   * await ages.foldr(([name], names) => names + name, ''); // 'bobada'
   * await ages.close();
   * dets.remove(file);
   * ```
   */
  async foldl<A>(fn: (row: R, acc: A) => A, acc: A): Promise<A> {
    return this.#fold('detsTable.foldl', fn, acc, false);
  }

  /**
   * As `foldl`, from the end of the file. Time: O(n).
   *
   * @throws as `foldl`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#foldr/3
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `foldr-${process.pid}.dets`);
   * const numbers = await dets.openFile('numbers', { file, type: 'ordered_set' });
   * await numbers.insertMany([[1], [2], [3]]);
   * await numbers.foldr(([n], all) => [...all, n], []); // [3, 2, 1]
   * await numbers.close();
   * dets.remove(file);
   * ```
   */
  async foldr<A>(fn: (row: R, acc: A) => A, acc: A): Promise<A> {
    return this.#fold('detsTable.foldr', fn, acc, true);
  }

  /**
   * `fn(row)` for row after row until it says that this is enough: `undefined` goes on, `{ continue: value }` collects `value` and goes on,
   * `{ done: value }` collects it and ends. Resolves to what was collected. Time: O(rows that were looked at).
   *
   * @throws as `foldl`, and `ERR_DETS_BADARG` when `fn` returns something else.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#traverse/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `traverse-${process.pid}.dets`);
   * const numbers = await dets.openFile('numbers', { file, type: 'ordered_set' });
   * await numbers.insertMany([[1], [2], [3], [4]]);
   * const step = ([n]) => (n === 3 ? { done: n } : n % 2 === 1 ? { continue: n } : undefined);
   * await numbers.traverse(step); // [1, 3]
   * await numbers.close();
   * dets.remove(file);
   * ```
   */
  async traverse<T>(fn: (row: R) => TraverseStep<T>): Promise<T[]> {
    const operation = 'detsTable.traverse';
    const collected: T[] = [];
    this.store(operation);
    requireFunction(fn, operation);
    for await (const row of this.rowsOf(operation)) {
      const step = fn(row);
      if (step === undefined) continue;
      if (typeof step !== 'object' || step === null || !('continue' in step || 'done' in step))
        throw badArgument(
          operation,
          `\`fn\` must return undefined, { continue } or { done }, not ${kindOf(step)}`,
        );
      if ('done' in step) return [...collected, step.done];
      collected.push(step.continue);
    }
    return collected;
  }

  /** Row after row. Where a step ends, others have the event loop. */
  protected async *rowsOf(operation: string, reverse = false): AsyncGenerator<R> {
    const scan = new Scan(this.store(operation), operation, undefined, reverse);
    const turns = new Turns();
    while (!scan.done) {
      for (const value of scan.step().values) yield rowIn<R>(value);
      await turns.next();
      this.store(operation);
    }
  }

  async #fold<A>(operation: string, fn: (row: R, acc: A) => A, acc: A, reverse: boolean): Promise<A> {
    const scan = new Scan(this.store(operation), operation, undefined, reverse);
    requireFunction(fn, operation);
    const turns = new Turns();
    let result = acc;
    while (!scan.done) {
      for (const value of scan.step().values) result = fn(rowIn<R>(value), result);
      await turns.next();
      this.store(operation);
    }
    return result;
  }

  #target(operation: string): { operation: string; keypos: number; ordered: boolean } {
    return { operation, keypos: this.keypos, ordered: this.type === 'ordered_set' };
  }

  async #delete(store: Store, query: CompiledQuery, operation: string): Promise<number> {
    const scan = new Scan(store, operation, intervalsOf(query, store, operation));
    let deleted = 0;
    while (!scan.done) {
      deleted += await this.within(store, operation, () => {
        const { keys, values } = scan.step();
        const matching = runProgram(query.program, values, true, operation) as number[];
        for (const index of matching) store.rows.removeSync(keys[index]!);
        return matching.length;
      });
      this.store(operation);
    }
    return deleted;
  }

  async #ask<T>(
    name: string,
    what: unknown,
    limit: unknown,
    compile: (target: { operation: string; keypos: number; ordered: boolean }) => CompiledQuery,
  ): Promise<Answer<T>> {
    const operation = `detsTable.${name}`;
    const store = this.store(operation);
    if (what === undefined && limit === undefined) return undefined;
    if (what instanceof DetsContinuation)
      return this.#chunk<T>(this.#restOf(what, limit, operation), operation);
    if (limit !== undefined && (!Number.isSafeInteger(limit) || (limit as number) < 1))
      throw badArgument(operation, `the limit must be a whole number from 1, not ${kindOf(limit)}`);
    const query = compile(this.#target(operation));
    const intervals = intervalsOf(query, store, operation);
    const most = limit === undefined ? Infinity : (limit as number);
    const rest = { file: this.file, query, intervals, carried: [], limit: most };
    const chunk = await this.#chunk<T>(rest, operation);
    return limit === undefined ? (chunk?.results ?? []) : chunk;
  }

  #restOf(what: DetsContinuation<unknown>, limit: unknown, operation: string): Rest {
    const rest = restOf(what);
    if (limit !== undefined) throw badArgument(operation, 'a continuation has its limit already');
    if (rest === undefined) throw badArgument(operation, 'no selection has made this continuation');
    if (rest.file !== this.file) throw badArgument(operation, 'the continuation is one of another file');
    return rest;
  }

  async #chunk<T>(rest: Rest, operation: string): Promise<DetsChunk<T> | undefined> {
    const { query, limit } = rest;
    const scan = new Scan(this.store(operation), operation, rest.intervals);
    const turns = new Turns();
    const found = [...rest.carried];
    while (!scan.done && found.length < limit) {
      // Of a few results, not more rows are read than have to be.
      const { values } = scan.step(limit === Infinity ? undefined : Math.max(16, limit - found.length));
      for (const result of runProgram(query.program, values, false, operation)) found.push(result);
      await turns.next();
      this.store(operation);
    }
    if (found.length === 0) return undefined;
    const results = (found.length > limit ? found.slice(0, limit) : found) as T[];
    const carried = found.slice(results.length);
    if (scan.done && carried.length === 0) return { results, continuation: undefined };
    return { results, continuation: new DetsContinuation<T>({ ...rest, intervals: scan.rest, carried }) };
  }
}

function requireFunction(fn: unknown, operation: string): void {
  if (typeof fn !== 'function') throw badArgument(operation, `\`fn\` must be a function, not ${kindOf(fn)}`);
}
