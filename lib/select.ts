import { Continuation, restOf, type SelectChunk } from './continuations.js';
import { badArgument, etsFailure, kindOf } from './failures.js';
import { checkTable, READ, requireOk, tableFirst, WRITE } from './guards.js';
import { native } from './native/binding.js';
import * as control from './native/control.js';
import { type CompiledQuery, compileMatchSpec, compilePattern } from './query/compile.js';
import { allVariables, wholeRow } from './query/forms.js';
import { runNow, Selection, type Source } from './selection.js';
import { beganAt, tellIfSlow } from './slow.js';
import type { TableType } from './types.js';

const { ctl, MODE_COUNT, MODE_DELETE, MODE_REPLACE, MODE_RESULTS, MODE_ROWS, MODE_TAKE, reals } = control;
const { RESULT0, Status, TABLE } = control;

/** What a query needs to know of its table. */
export interface QueryTable {
  readonly id: number;
  readonly keypos: number;
  readonly type: TableType;
}

/** A query that was understood: run its selection to the end, then take the answer. */
export interface Question<T, A> {
  readonly selection: Selection<T>;
  readonly answer: () => A;
}

type RowsAnswer<T> = T[] | SelectChunk<T> | undefined;

/** Functions that deliver results, and how they read their first argument. */
const READERS = {
  select: compileMatchSpec,
  selectReverse: compileMatchSpec,
  match: (pattern: unknown, target: Target) => compilePattern(pattern, allVariables, target),
  matchObject: (pattern: unknown, target: Target) => compilePattern(pattern, wholeRow, target),
} as const;

/** Functions that change or count rows. */
const CHANGERS = {
  selectCount: MODE_COUNT,
  selectDelete: MODE_DELETE,
  matchDelete: MODE_DELETE,
  selectTake: MODE_TAKE,
  selectReplace: MODE_REPLACE,
} as const;

export type ReaderName = keyof typeof READERS;
export type ChangerName = keyof typeof CHANGERS;

interface Target {
  readonly operation: string;
  readonly keypos: number;
  readonly ordered: boolean;
  readonly forReplace?: boolean;
}

function targetOf(table: QueryTable, operation: string): Target {
  return { operation, keypos: table.keypos, ordered: table.type === 'ordered_set' };
}

function requireLimit(limit: unknown, operation: string): number {
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1) return limit;
  const what = typeof limit === 'number' ? String(limit) : kindOf(limit);
  throw badArgument(operation, `the limit must be a whole number from 1, not ${what}`);
}

/** A selection that ended before it began, for the end of another one. */
function nothing<T>(id: number, operation: string): Selection<T> {
  const source = { id, mode: MODE_ROWS, query: undefined, reverse: false };
  return new Selection<T>(source, operation, 0);
}

/**
 * `select` and the like in all forms: `(spec)`, `(spec, limit)`, `(continuation)`. `undefined` as the only argument is what the
 * last chunk had in the place of a continuation.
 */
export function askRows<T>(
  table: QueryTable,
  name: ReaderName,
  operation: string,
  what: unknown,
  limit: unknown,
): Question<T, RowsAnswer<T>> {
  const { id } = table;
  if (what instanceof Continuation || (what === undefined && limit === undefined)) {
    checkTable(id, READ, operation);
    if (limit !== undefined) throw badArgument(operation, 'a continuation has its limit already');
    if (what === undefined) return chunkOf(nothing<T>(id, operation), undefined, 0);
    const rest = restOf(what);
    if (rest === undefined) throw badArgument(operation, 'no selection has made this continuation');
    const { source, place, limit: kept } = rest;
    if (source.id !== id) throw badArgument(operation, 'the continuation is one of another table');
    return chunkOf(new Selection<T>(source, operation, kept, place), source, kept);
  }
  const source = tableFirst(id, READ, operation, (): Source => {
    if (limit !== undefined) requireLimit(limit, operation);
    const query = READERS[name](what, targetOf(table, operation));
    const reverse = name === 'selectReverse' && table.type === 'ordered_set';
    return { id, mode: query.resultIsRow ? MODE_ROWS : MODE_RESULTS, query, reverse };
  });
  if (limit !== undefined) {
    const most = limit as number;
    return chunkOf(begun(new Selection<T>(source, operation, most), id, READ, operation), source, most);
  }
  const selection = begun(new Selection<T>(source, operation), id, READ, operation);
  return { selection, answer: () => selection.results };
}

function chunkOf<T>(
  selection: Selection<T>,
  source: Source | undefined,
  limit: number,
): Question<T, SelectChunk<T> | undefined> {
  return {
    selection,
    answer: () => {
      const { place, results } = selection;
      if (results.length === 0) return undefined;
      const rest = place === undefined || source === undefined;
      return { results, continuation: rest ? undefined : new Continuation<T>(source, place, limit) };
    },
  };
}

/** A selection that needs no slice meets no check either. */
function begun<T>(selection: Selection<T>, id: number, right: number, operation: string): Selection<T> {
  if (selection.finished) checkTable(id, right, operation);
  return selection;
}

/** `selectCount` and the functions that change rows. */
export function askChange<T>(
  table: QueryTable,
  name: ChangerName,
  operation: string,
  what: unknown,
): Question<T, Selection<T>> & { readonly query: CompiledQuery } {
  const { id } = table;
  const mode = CHANGERS[name];
  const right = mode === MODE_COUNT ? READ : WRITE;
  // As in OTP, that is said before anything about the match spec.
  if (mode === MODE_REPLACE && table.type === 'bag') {
    checkTable(id, right, operation);
    throw etsFailure(Status.TableType, operation);
  }
  const query = tableFirst(id, right, operation, () => {
    const target = targetOf(table, operation);
    if (name === 'matchDelete') return compilePattern(what, true, target);
    return compileMatchSpec(what, { ...target, forReplace: mode === MODE_REPLACE });
  });
  const source = { id, mode, query, reverse: false };
  const selection = begun(new Selection<T>(source, operation), id, right, operation);
  return { selection, query, answer: () => selection };
}

/** All rows of a table, in key order in an ordered one. */
export function askAll<T>(table: QueryTable, operation: string): Question<T, T[]> {
  const source = { id: table.id, mode: MODE_ROWS, query: undefined, reverse: false };
  const selection = new Selection<T>(source, operation);
  return { selection, answer: () => selection.results };
}

/** `select` and the like, here and now. */
export function readNow<T>(
  table: QueryTable,
  name: ReaderName,
  what: unknown,
  limit: unknown,
): RowsAnswer<T> {
  const began = beganAt();
  const operation = `table.${name}`;
  const { selection, answer } = askRows<T>(table, name, operation, what, limit);
  runNow(selection);
  tellIfSlow(began, operation, table.id);
  return answer();
}

/** `selectCount`, `selectReplace` and `selectTake`, here and now. */
export function changeNow<T>(table: QueryTable, name: ChangerName, what: unknown): Selection<T> {
  const began = beganAt();
  const operation = `table.${name}`;
  const { selection } = askChange<T>(table, name, operation, what);
  runNow(selection);
  tellIfSlow(began, operation, table.id);
  return selection;
}

/** `selectDelete` and `matchDelete`, here and now: all rows at once when every row is meant, as in OTP. */
export function deleteNow(table: QueryTable, name: 'selectDelete' | 'matchDelete', what: unknown): number {
  const began = beganAt();
  const operation = `table.${name}`;
  const { selection, query } = askChange(table, name, operation, what);
  if (!query.isTrueForAll) {
    runNow(selection);
    tellIfSlow(began, operation, table.id);
    return selection.affected;
  }
  ctl[TABLE] = table.id;
  native.deleteAll();
  requireOk(operation);
  const rows = reals[RESULT0] as number;
  tellIfSlow(began, operation, table.id);
  return rows;
}
