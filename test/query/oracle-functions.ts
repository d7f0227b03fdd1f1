import { threadId } from 'node:worker_threads';
import { compareTerms, entriesOf, exactlyEqual } from './order.js';

/* The functions of guards and bodies on JavaScript values, written from their description and not from the interpreter. */

/** What Erlang would raise. */
export class Exception extends Error {}

const fail = (): never => {
  throw new Exception();
};

function boolean(value: unknown): boolean {
  return typeof value === 'boolean' ? value : fail();
}

type Num = number | bigint;

function num(value: unknown): Num {
  return typeof value === 'number' || typeof value === 'bigint' ? value : fail();
}

/** A bigint of any size, or a number that stays finite when the operands are. */
function arithmetic(
  a: Num,
  b: Num,
  big: (a: bigint, b: bigint) => bigint,
  real: (a: number, b: number) => number,
): Num {
  if (typeof a === 'bigint' && typeof b === 'bigint') return big(a, b);
  const [x, y] = [toReal(a), toReal(b)];
  const result = real(x, y);
  return Number.isFinite(result) || !Number.isFinite(x) || !Number.isFinite(y) ? result : fail();
}

function toReal(value: Num): number {
  const real = Number(value);
  return typeof value === 'bigint' && !Number.isFinite(real) ? fail() : real;
}

/** Both bigints, or both safe integers with a safe integer as result. */
function integers(a: unknown, b: unknown, operate: (a: bigint, b: bigint) => bigint): Num {
  if (typeof a === 'bigint' && typeof b === 'bigint') return operate(a, b);
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return fail();
  const result = Number(operate(BigInt(a as number), BigInt(b as number)));
  return Number.isSafeInteger(result) ? result : fail();
}

const divisor = (b: bigint): bigint => (b === 0n ? fail() : b);

const MOST_BITS = 2n ** 20n;

function shift(a: bigint, count: bigint): bigint {
  if (count <= 0n) return -count > MOST_BITS ? (a < 0n ? -1n : 0n) : a >> -count;
  if (a === 0n) return 0n;
  return count > MOST_BITS ? fail() : a << count;
}

function rounding(value: unknown, round: (x: number) => number): Num {
  const x = num(value);
  return typeof x === 'bigint' || !Number.isFinite(x) ? x : round(x);
}

function roundAway(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
}

const isObject = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;
const isMapLike = (x: unknown): x is object => isObject(x) || x instanceof Map;
const array = (x: unknown): unknown[] => (Array.isArray(x) ? (x as unknown[]) : fail());
const filled = (x: unknown): unknown[] => (array(x).length > 0 ? (x as unknown[]) : fail());
const mapLike = (x: unknown): object => (isMapLike(x) ? x : fail());
const entry = (key: unknown, map: unknown): [unknown, unknown] | undefined =>
  entriesOf(mapLike(map)).find(([name]) => exactlyEqual(name, key));

function byteSize(x: unknown): number {
  if (typeof x === 'string') return Buffer.byteLength(x);
  return x instanceof Uint8Array ? x.length : fail();
}

function size(x: unknown): number {
  if (Array.isArray(x)) return x.length;
  return isMapLike(x) ? entriesOf(x).length : byteSize(x);
}

/** An integral number or bigint, as a number. */
function integer(value: unknown): number {
  return Number.isInteger(Number(num(value))) ? Number(value) : fail();
}

function element(index: unknown, x: unknown): unknown {
  const [i, items] = [integer(index), array(x)];
  return i >= 0 && i < items.length ? items[i] : fail();
}

function binaryPart(x: unknown, from: unknown, count: unknown): unknown {
  const bytes = typeof x === 'string' ? Buffer.from(x) : x instanceof Uint8Array ? x : fail();
  const [start, length] = [integer(from), integer(count)];
  const [first, last] = length < 0 ? [start + length, start] : [start, start + length];
  if (start < 0 || first < 0 || last > bytes.length || start > bytes.length) return fail();
  const part = bytes.slice(first, last);
  if (typeof x !== 'string') return new Uint8Array(part);
  const text = Buffer.from(part).toString();
  return Buffer.from(text).equals(part) ? text : fail();
}

type Evaluated = (...args: readonly unknown[]) => unknown;

export const EVALUATED: Readonly<Record<string, Evaluated>> = {
  lt: (a, b) => compareTerms(a, b) < 0,
  le: (a, b) => compareTerms(a, b) <= 0,
  gt: (a, b) => compareTerms(a, b) > 0,
  ge: (a, b) => compareTerms(a, b) >= 0,
  eq: (a, b) => compareTerms(a, b) === 0,
  ne: (a, b) => compareTerms(a, b) !== 0,
  exactEq: exactlyEqual,
  exactNe: (a, b) => !exactlyEqual(a, b),
  not: (x) => !boolean(x),
  and: (...args) => args.map(boolean).every((x) => x),
  or: (...args) => args.map(boolean).some((x) => x),
  xor: (a, b) => boolean(a) !== boolean(b),
  add: (a, ...b) =>
    b.length === 0
      ? num(a)
      : arithmetic(
          num(a),
          num(b[0]),
          (x, y) => x + y,
          (x, y) => x + y,
        ),
  sub: (a, ...b) =>
    b.length === 0
      ? -num(a)
      : arithmetic(
          num(a),
          num(b[0]),
          (x, y) => x - y,
          (x, y) => x - y,
        ),
  mul: (a, b) =>
    arithmetic(
      num(a),
      num(b),
      (x, y) => x * y,
      (x, y) => x * y,
    ),
  div: (a, b) => {
    const [x, y] = [toReal(num(a)), toReal(num(b))];
    return y === 0 ? fail() : arithmetic(x, y, fail, () => x / y);
  },
  idiv: (a, b) => integers(a, b, (x, y) => x / divisor(y)),
  rem: (a, b) => integers(a, b, (x, y) => x % divisor(y)),
  abs: (x) => (num(x) < 0 ? -num(x) : num(x)),
  round: (x) => rounding(x, roundAway),
  trunc: (x) => rounding(x, Math.trunc),
  floor: (x) => rounding(x, Math.floor),
  ceil: (x) => rounding(x, Math.ceil),
  min: (a, b) => (compareTerms(b, a) < 0 ? b : a),
  max: (a, b) => (compareTerms(b, a) > 0 ? b : a),
  band: (a, b) => integers(a, b, (x, y) => x & y),
  bor: (a, b) => integers(a, b, (x, y) => x | y),
  bxor: (a, b) => integers(a, b, (x, y) => x ^ y),
  bnot: (x) => integers(x, x, (y) => ~y),
  bsl: (a, b) => integers(a, b, shift),
  bsr: (a, b) => integers(a, b, (x, y) => shift(x, -y)),
  isNumber: (x) => typeof x === 'number' || typeof x === 'bigint',
  isBigint: (x) => typeof x === 'bigint',
  isFloat: (x) => typeof x === 'number',
  isInteger: (x) => typeof x === 'bigint' || Number.isInteger(x),
  isString: (x) => typeof x === 'string',
  isAtom: (x) => x === null || ['undefined', 'boolean', 'symbol'].includes(typeof x),
  isBoolean: (x) => typeof x === 'boolean',
  isArray: (x) => Array.isArray(x),
  isObject,
  isMap: (x) => x instanceof Map,
  isSet: (x) => x instanceof Set,
  isBinary: (x) => x instanceof Uint8Array,
  isDate: (x) => x instanceof Date,
  element,
  hd: (x) => filled(x)[0],
  tl: (x) => filled(x).slice(1),
  length: (x) => array(x).length,
  size,
  byteSize,
  mapSize: (x) => entriesOf(mapLike(x)).length,
  mapGet: (key, map) => (entry(key, map) ?? fail())[1],
  isMapKey: (key, map) => entry(key, map) !== undefined,
  self: () => threadId,
  float: (x) => toReal(num(x)),
  binaryPart: (x, ...part) => {
    if (part.length === 2) return binaryPart(x, part[0], part[1]);
    const range = array(part[0]);
    return range.length === 2 ? binaryPart(x, range[0], range[1]) : fail();
  },
};

/** `andalso` (`stop` is false) and `orelse` (true) of arguments that are evaluated one by one. */
export function shortCircuit(stop: boolean, args: readonly (() => unknown)[]): unknown {
  for (const argument of args.slice(0, -1)) if (boolean(argument()) === stop) return stop;
  return args.at(-1)?.();
}
