/* What tables promise, one operation after the other: the sequential specification that histories are held against. */

/**
 * What a history says of a row `[key, counter, tag, text]`: a number that is counted with, one that is new with every write,
 * and the number whose text (texts.ts) the row holds.
 */
export type Cell = readonly [counter: number, tag: number, text: number];

/** The rows of a table, by the number of their key. */
export type State = readonly (Cell | null)[];

/** The operations, by their names, and what they are called with. `key` is the number of a key. */
export interface Calls {
  insert: { key: number; cell: Cell };
  insertNew: { key: number; cell: Cell };
  lookup: { key: number };
  get: { key: number };
  member: { key: number };
  /** `pos` as in a row; a missing key is refused. */
  lookupElement: { key: number; pos: 1 | 2 | 3 };
  /** By a match spec with the key in its head. */
  select: { key: number };
  delete: { key: number };
  take: { key: number };
  deleteObject: { key: number; cell: Cell };
  updateCounter: { key: number; incr: number };
  /** Beyond `threshold` the counter becomes `set`. */
  updateCounterBelow: { key: number; incr: number; threshold: number; set: number };
  /** Two steps in one operation, on a default row where there is none. */
  updateCounterTwice: { key: number; incr: number; cell: Cell };
  updateElement: { key: number; pos: 2 | 3; value: number };
  /** selectReplace as compare-and-swap: only a row with `tag` gets the tag `to`, and one more on its counter. */
  swap: { key: number; tag: number; to: number };
  /** Deletes the row if it has this tag. */
  selectDelete: { key: number; tag: number };
  selectTake: { key: number };
  insertMany: { rows: readonly (readonly [key: number, cell: Cell])[] };
  insertNewMany: { rows: readonly (readonly [key: number, cell: Cell])[] };
  deleteAllObjects: object;
  tab2list: object;
  /** Of all rows. */
  selectAll: object;
  size: object;
}

export type Name = keyof Calls;
export type Operation<N extends Name = Name> = { [M in N]: { readonly name: M } & Readonly<Calls[M]> }[N];

/** What an operation answers when it is refused. */
export const BAD_KEY = 'ERR_ETS_BADKEY';

interface Step {
  readonly result: unknown;
  readonly state: State;
}

function withCell(state: State, key: number, cell: Cell | null): State {
  const next = [...state];
  next[key] = cell;
  return next;
}

/** `change` on the row of `key`, or `refused` when there is none. */
function onRow(state: State, key: number, refused: unknown, change: (cell: Cell) => Step): Step {
  const cell = state[key];
  return cell ? change(cell) : { result: refused, state };
}

const rowsOf = (state: State, key: number): Cell[] => {
  const cell = state[key];
  return cell ? [cell] : [];
};

function counted(state: State, key: number, counter: number, [, tag, text]: Cell, result: unknown): Step {
  return { result, state: withCell(state, key, [counter, tag, text]) };
}

export function isSameCell(a: Cell, b: Cell): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

function put(state: State, rows: Calls['insertMany']['rows']): State {
  return rows.reduce((now, [key, cell]) => withCell(now, key, cell), state);
}

const STEPS: { readonly [N in Name]: (state: State, operation: Operation<N>) => Step } = {
  insert: (state, { key, cell }) => ({ result: null, state: withCell(state, key, cell) }),
  insertNew: (state, { key, cell }) =>
    state[key] ? { result: false, state } : { result: true, state: withCell(state, key, cell) },
  lookup: (state, { key }) => ({ result: rowsOf(state, key), state }),
  get: (state, { key }) => ({ result: state[key], state }),
  member: (state, { key }) => ({ result: state[key] !== null, state }),
  lookupElement: (state, { key, pos }) =>
    onRow(state, key, BAD_KEY, (cell) => ({ result: cell[pos - 1], state })),
  select: (state, { key }) => ({ result: rowsOf(state, key), state }),
  delete: (state, { key }) => ({ result: state[key] !== null, state: withCell(state, key, null) }),
  take: (state, { key }) => ({ result: rowsOf(state, key), state: withCell(state, key, null) }),
  deleteObject: (state, { key, cell }) =>
    onRow(state, key, false, (present) =>
      isSameCell(present, cell)
        ? { result: true, state: withCell(state, key, null) }
        : { result: false, state },
    ),
  updateCounter: (state, { key, incr }) =>
    onRow(state, key, BAD_KEY, (cell) => counted(state, key, cell[0] + incr, cell, cell[0] + incr)),
  updateCounterBelow: (state, { key, incr, threshold, set }) =>
    onRow(state, key, BAD_KEY, (cell) => {
      const counter = cell[0] + incr > threshold ? set : cell[0] + incr;
      return counted(state, key, counter, cell, counter);
    }),
  updateCounterTwice: (state, { key, incr, cell }) => {
    const present = state[key] ?? cell;
    const once = present[0] + incr;
    return counted(state, key, once - 1, present, [once, once - 1]);
  },
  updateElement: (state, { key, pos, value }) =>
    onRow(state, key, false, ([counter, tag, text]) => ({
      result: true,
      state: withCell(state, key, pos === 2 ? [counter, value, text] : [counter, tag, value]),
    })),
  swap: (state, { key, tag, to }) =>
    onRow(state, key, 0, (cell) =>
      cell[1] === tag
        ? { result: 1, state: withCell(state, key, [cell[0] + 1, to, cell[2]]) }
        : { result: 0, state },
    ),
  selectDelete: (state, { key, tag }) =>
    onRow(state, key, 0, (cell) =>
      cell[1] === tag ? { result: 1, state: withCell(state, key, null) } : { result: 0, state },
    ),
  selectTake: (state, { key }) => ({ result: rowsOf(state, key), state: withCell(state, key, null) }),
  insertMany: (state, { rows }) => ({ result: null, state: put(state, rows) }),
  insertNewMany: (state, { rows }) =>
    rows.some(([key]) => state[key]) ? { result: false, state } : { result: true, state: put(state, rows) },
  deleteAllObjects: (state) => ({ result: null, state: state.map(() => null) }),
  tab2list: (state) => ({ result: state, state }),
  selectAll: (state) => ({ result: state, state }),
  size: (state) => ({ result: state.filter((cell) => cell !== null).length, state }),
};

/** What `operation` answers in `state`, and the state after it. */
export function step(state: State, operation: Operation): Step {
  return (STEPS[operation.name] as (state: State, operation: Operation) => Step)(state, operation);
}

const READS: ReadonlySet<Name> = new Set([
  'lookup',
  'get',
  'member',
  'lookupElement',
  'select',
  'tab2list',
  'selectAll',
  'size',
]);

/** Whether an operation with this answer cannot have changed anything, whatever the state was. */
export function changedNothing({ name }: Operation, result: unknown): boolean {
  if (READS.has(name) || result === false || result === 0 || result === BAD_KEY) return true;
  return (name === 'take' || name === 'selectTake') && (result as unknown[]).length === 0;
}

/** The number of the key, of an operation that looks at one row only. */
export function keyOf(operation: Operation): number | undefined {
  return 'key' in operation ? operation.key : undefined;
}
