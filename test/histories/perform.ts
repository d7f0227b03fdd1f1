import { $1, $2, $3, $_, _, type Row, type Table, TermStoreError } from 'termstore';
import { add } from 'termstore/ms';
import { type Calls, type Cell, type Name, type Operation } from './model.js';
import { idOf, textOf } from './texts.js';

/* The operations of a history, done to a table. */

/** The keys that threads fight for: small, a number, longer than what is compared in registers, and an array. */
const KEYS: readonly unknown[] = ['hot', 7, 'a key of more than sixteen bytes', [1, 'x'], 2n ** 70n];

export const MOST_KEYS = KEYS.length;

const numbers = new Map(KEYS.map((key, number) => [String(key), number]));

export function rowOf(key: number, [counter, tag, text]: Cell): Row {
  return [KEYS[key], counter, tag, textOf(text)];
}

export function cellOf(row: Row): Cell {
  return [row[1] as number, row[2] as number, idOf(row[3])];
}

const rowsOf = (rows: Calls['insertMany']['rows']): Row[] => rows.map(([key, cell]) => rowOf(key, cell));

const ANY = [[[_, _, _, _], [], [$_]]] as never;

const PERFORM: { readonly [N in Name]: (table: Table, operation: Operation<N>) => unknown } = {
  insert: (table, { key, cell }) => table.insert(rowOf(key, cell)),
  insertNew: (table, { key, cell }) => table.insertNew(rowOf(key, cell)),
  lookup: (table, { key }) => table.lookup(KEYS[key]),
  get: (table, { key }) => table.get(KEYS[key]),
  member: (table, { key }) => table.member(KEYS[key]),
  lookupElement: (table, { key, pos }) => table.lookupElement(KEYS[key], pos),
  select: (table, { key }) => table.select([[[KEYS[key], _, _, _], [], [$_]]]),
  delete: (table, { key }) => table.delete(KEYS[key]),
  take: (table, { key }) => table.take(KEYS[key]),
  deleteObject: (table, { key, cell }) => table.deleteObject(rowOf(key, cell)),
  updateCounter: (table, { key, incr }) => table.updateCounter(KEYS[key], incr),
  updateCounterBelow: (table, { key, incr, threshold, set }) =>
    table.updateCounter(KEYS[key], { pos: 1, incr, threshold, set }),
  updateCounterTwice: (table, { key, incr, cell }) =>
    table.updateCounter(KEYS[key], [incr, { pos: 1, incr: -1 }], rowOf(key, cell)),
  updateElement: (table, { key, pos, value }) =>
    table.updateElement(KEYS[key], pos, pos === 3 ? textOf(value) : value),
  swap: (table, { key, tag, to }) =>
    table.selectReplace([[[KEYS[key], $1, tag, $2], [], [[KEYS[key], add($1, 1), to, $2]]]]),
  selectDelete: (table, { key, tag }) => table.selectDelete([[[KEYS[key], _, tag, _], [], [true]]]),
  selectTake: (table, { key }) => table.selectTake([[[KEYS[key], $1, $2, $3], [], [true]]]),
  insertMany: (table, { rows }) => table.insertMany(rowsOf(rows)),
  insertNewMany: (table, { rows }) => table.insertNewMany(rowsOf(rows)),
  deleteAllObjects: (table) => table.deleteAllObjects(),
  tab2list: (table) => table.tab2list(),
  selectAll: (table) => table.select(ANY),
  size: (table) => table.info('size'),
};

/** What the table answers, or the code with which it refuses. Anything else that is thrown is thrown. */
export function perform(table: Table, operation: Operation): unknown {
  try {
    return (PERFORM[operation.name] as (table: Table, operation: Operation) => unknown)(table, operation);
  } catch (error) {
    if (error instanceof TermStoreError) return error.code;
    throw error;
  }
}

function cellsByKey(rows: readonly Row[], keys: number): (Cell | null)[] {
  const cells = Array.from({ length: keys }, (): Cell | null => null);
  for (const row of rows) {
    const key = numbers.get(String(row[0]));
    if (key === undefined || cells[key] !== null)
      throw new Error(`a scan met the key ${String(row[0])} twice or never`);
    cells[key] = cellOf(row);
  }
  return cells;
}

/** An answer in the words of the model. */
export function answerOf({ name, ...args }: Operation, answer: unknown, keys: number): unknown {
  if (answer === undefined) return null;
  if (name === 'tab2list' || name === 'selectAll') return cellsByKey(answer as Row[], keys);
  if (name === 'get') return cellOf(answer as Row);
  if (name === 'lookupElement' && (args as Calls['lookupElement']).pos === 3 && !isRefusal(answer))
    return idOf(answer);
  if (Array.isArray(answer) && name !== 'updateCounterTwice') return (answer as Row[]).map(cellOf);
  return answer;
}

function isRefusal(answer: unknown): boolean {
  return typeof answer === 'string' && answer.startsWith('ERR_');
}
