import type { Table } from 'termstore';

/** A call that must be refused with this code and a message that says this. */
export interface BadCall {
  readonly operation: string;
  readonly what: string;
  readonly code: string;
  readonly message: RegExp;
  readonly call: (table: Table) => unknown;
}

class Custom {
  readonly x = 1;
}

export function nested(depth: number): unknown {
  let value: unknown = 'bottom';
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

function cycle(): unknown {
  const object: Record<string, unknown> = {};
  object['self'] = [object];
  return object;
}

/** Values that are no terms. */
export const NO_TERMS: readonly (readonly [what: string, value: unknown, code?: string])[] = [
  ['a function', () => 0],
  ['an unregistered symbol', Symbol('local')],
  ['a class instance', new Custom()],
  ['a cycle', cycle()],
  ['a Proxy', new Proxy({}, {})],
  ['a WeakMap', new WeakMap()],
  ['a Promise', Promise.resolve()],

  ['a sparse array', [1, , 2]],
  ['a RegExp', /x/],
  ['a boxed number', Object(1)],
  ['a SharedArrayBuffer', new SharedArrayBuffer(8)],
  ['a function deep inside', { a: [{ b: () => 0 }] }],
  ['10 000 arrays in each other', nested(10_000), 'ERR_TERM_TOO_LARGE'],
];

export const NO_STRINGS: readonly unknown[] = [
  undefined,
  null,
  1,
  1n,
  true,
  Symbol.for('x'),
  {},
  ['name'],
  () => 'name',
];
export const NO_POSITIONS: readonly unknown[] = [undefined, null, '1', 1.5, NaN, Infinity, 1n, [1], {}];
export const NO_ROWS: readonly unknown[] = [
  undefined,
  null,
  'row',
  1,
  { 0: 'key', length: 1 },
  new Map(),
  new Uint8Array(3),
  [],
  [undefined, 1],
];
export const NO_ITERABLES: readonly unknown[] = [undefined, null, 5, 'rows', {}, { length: 1, 0: ['key'] }];
export const NO_OPERATIONS: readonly unknown[] = [
  new Map([['incr', 1]]),
  Object.create({ incr: 1 }),
  undefined,
  null,
  'one',
  1.5,
  NaN,
  2 ** 53,
  true,
  {},
  { incr: '1' },
  [1, , 1],
  { incr: 1.5 },
  { incr: 1, pos: 'x' },
  { incr: 1, pos: 0.5 },
  { incr: 1, threshold: 5 },
  { incr: 1, set: 5 },
  { incr: 1, position: 2 },
  { incr: 1, threshold: 'x', set: 1 },
  { incr: 1, threshold: 1, set: 2 ** 60 },
  [undefined],
  [[1]],
  [1, 'x'],
  [{ incr: 1 }, null],
];
export const NO_OPTIONS: readonly unknown[] = [
  null,
  5,
  'set',
  ['set'],
  new Map(),
  new Set(['named']),
  new Date(0),
  new Error('named'),
  new Custom(),
  Object.create({ named: true }),
  new Proxy({}, {}),
];

export type Method = {
  [K in keyof Table]: Table[K] extends (...args: never[]) => unknown ? K : never;
}[keyof Table] &
  string;

/** Calls `table[method](...args)` past the type checker. */
export function invoke(method: Method, ...args: unknown[]): (table: Table) => unknown {
  return (table) => (table[method] as (...args: unknown[]) => unknown)(...args);
}

/** The kind of an object that is no plain one. */
const kindOf = (value: object): string =>
  Object.prototype.toString.call(value).slice(8, -1).replace('Object', '');

const say = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(say).join()}]`
    : typeof value === 'object' && value !== null
      ? `${kindOf(value)}{${Object.keys(value).join()}}`
      : String(value);

export function each(
  operation: string,
  argument: string,
  values: readonly unknown[],
  message: RegExp,
  call: (value: unknown) => (table: Table) => unknown,
): BadCall[] {
  return values.map((value) => ({
    operation,
    what: `${argument} is ${say(value)}`,
    code: 'ERR_ETS_BADARG',
    message,
    call: call(value),
  }));
}

/** Values that are no thread ids; -1 is the one that a worker has after its end. */
export const NO_THREADS: readonly unknown[] = [
  undefined,
  null,
  -2,
  0.5,
  NaN,
  Infinity,
  2 ** 32,
  '0',
  1n,
  true,
  {},
  [0],
];
/** Values that are no heirs. */
export const NO_HEIRS: readonly unknown[] = [
  null,
  0,
  true,
  'nobody',
  '',
  {},
  [],
  [0, 'data'],
  { data: 1 },
  { thread: 0, date: 1 },
  () => 0,
  ...NO_THREADS.map((thread) => ({ thread })),
];
