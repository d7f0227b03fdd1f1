import type { Random } from '../support/random.js';
import type { Calls, Cell, Name, Operation } from './model.js';

/* Which operations the threads of a history do, at random. */

/** What a round is made of. Names that are left out do not come. */
export interface Mix {
  readonly title: string;
  /** Keys that all threads fight for. */
  readonly keys: number;
  readonly weights: Readonly<Partial<Record<Name, number>>>;
  /** Whether the threads also keep rows of their own coming and going, so that the table grows, shrinks and is divided. */
  readonly filler: boolean;
}

const POINT_READS = { lookup: 6, get: 6, member: 3, lookupElement: 5 } as const;
const POINT_WRITES = {
  insert: 8,
  insertNew: 4,
  delete: 3,
  take: 3,
  deleteObject: 3,
  updateCounter: 4,
  updateCounterBelow: 3,
  updateCounterTwice: 3,
  updateElement: 4,
  swap: 4,
  selectDelete: 1,
  selectTake: 1,
} as const;
const BATCHES = { insertMany: 8, insertNewMany: 4, deleteAllObjects: 3 } as const;

/** Reads so often that a row is mostly read several times before it changes, as caches like it. */
const READ_MOSTLY = 10;
const scaled = (weights: typeof POINT_READS): Mix['weights'] =>
  Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight * READ_MOSTLY]));

export const MIXES: readonly Mix[] = [
  {
    title: 'one row at a time',
    keys: 3,
    weights: { ...POINT_READS, ...POINT_WRITES, select: 1 },
    filler: true,
  },
  {
    title: 'mostly reads',
    keys: 3,
    weights: { ...scaled(POINT_READS), ...POINT_WRITES },
    filler: false,
  },
  {
    // Readers copy rows without a lock while they are written to.
    title: 'one row, written and read',
    keys: 1,
    weights: { get: 8, lookup: 6, lookupElement: 4, insert: 6, updateElement: 4 },
    filler: false,
  },
  {
    title: 'counters and swaps',
    keys: 1,
    weights: {
      ...POINT_READS,
      insert: 1,
      updateCounter: 10,
      updateCounterTwice: 5,
      updateElement: 10,
      swap: 10,
    },
    filler: false,
  },
  {
    // Scans see all of a batch or nothing; of rows that were written one by one they promise no such thing.
    title: 'batches, and all ways to read',
    keys: 5,
    weights: { ...POINT_READS, ...BATCHES, tab2list: 5, selectAll: 5, size: 5 },
    filler: false,
  },
  {
    title: 'batches among single rows',
    keys: 4,
    weights: { ...POINT_READS, ...POINT_WRITES, ...BATCHES },
    filler: true,
  },
];

/** Numbers of one thread, which no other thread writes. */
class Fresh {
  #next: number;

  constructor(thread: number) {
    this.#next = thread * 1_000_000;
  }

  number(): number {
    return ++this.#next;
  }
}

/** What an operation needs to know of the thread that plans it. */
interface Planning {
  readonly random: Random;
  readonly fresh: Fresh;
  readonly keys: number;
}

const key = ({ random, keys }: Planning): number => random.below(keys);

function cell({ random, fresh }: Planning): Cell {
  const tag = fresh.number();
  return [random.below(100), tag, tag];
}

/** Several keys, with cells that belong together. */
function rows(planning: Planning): Calls['insertMany'] {
  const { keys, random } = planning;
  const all = Array.from({ length: keys }, (_none, i): [number, Cell] => [i, cell(planning)]);
  // Mostly all of them, in either order: the locks of a batch have an order of their own.
  const some = random.below(3) === 0 ? all.slice(random.below(keys - 1)) : all;
  return { rows: random.below(2) === 0 ? some : some.reverse() };
}

/** Stands for the tag, or the row, that the thread saw last under the key; see Planned. */
const NO_TAG = 0;
const NO_CELL: Cell = [0, NO_TAG, 0];

const PLANS: { readonly [N in Name]: (planning: Planning) => Calls[N] } = {
  insert: (now) => ({ key: key(now), cell: cell(now) }),
  insertNew: (now) => ({ key: key(now), cell: cell(now) }),
  lookup: (now) => ({ key: key(now) }),
  get: (now) => ({ key: key(now) }),
  member: (now) => ({ key: key(now) }),
  lookupElement: (now) => ({ key: key(now), pos: now.random.pick([1, 2, 3] as const) }),
  select: (now) => ({ key: key(now) }),
  delete: (now) => ({ key: key(now) }),
  take: (now) => ({ key: key(now) }),
  deleteObject: (now) => ({ key: key(now), cell: NO_CELL }),
  updateCounter: (now) => ({ key: key(now), incr: 1 + now.random.below(3) }),
  updateCounterBelow: (now) => ({ key: key(now), incr: 10, threshold: 120, set: 0 }),
  updateCounterTwice: (now) => ({ key: key(now), incr: 1 + now.random.below(3), cell: cell(now) }),
  updateElement: (now) => ({
    key: key(now),
    pos: now.random.pick([2, 3] as const),
    value: now.fresh.number(),
  }),
  swap: (now) => ({ key: key(now), tag: NO_TAG, to: now.fresh.number() }),
  selectDelete: (now) => ({ key: key(now), tag: NO_TAG }),
  selectTake: (now) => ({ key: key(now) }),
  insertMany: rows,
  insertNewMany: rows,
  deleteAllObjects: () => ({}),
  tab2list: () => ({}),
  selectAll: () => ({}),
  size: () => ({}),
};

/** `count` operations of thread `thread`. */
export function plan(mix: Mix, random: Random, thread: number, count: number): Operation[] {
  const names = Object.entries(mix.weights).flatMap(([name, weight]) =>
    Array.from({ length: weight }, () => name as Name),
  );
  // From 1 on: text 0 and tag 0 are in no row.
  const planning = { random, fresh: new Fresh(thread + 1), keys: mix.keys };
  return Array.from({ length: count }, () => {
    const name = random.pick(names);
    return { name, ...PLANS[name](planning) } as Operation;
  });
}

/** Whether the operation is about a row as the thread saw it last; without one it finds nothing. */
export function needsSeen(
  operation: Operation,
): operation is Operation<'deleteObject' | 'swap' | 'selectDelete'> {
  return operation.name === 'deleteObject' || operation.name === 'swap' || operation.name === 'selectDelete';
}

/** The operation about `seen`. */
export function withSeen(
  operation: Operation<'deleteObject' | 'swap' | 'selectDelete'>,
  seen: Cell,
): Operation {
  return operation.name === 'deleteObject' ? { ...operation, cell: seen } : { ...operation, tag: seen[1] };
}
