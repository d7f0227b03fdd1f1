import { TermStoreError } from '../errors.js';
import { native } from '../native/binding.js';
import * as control from '../native/control.js';
import { appendKey, begin } from '../term/encode.js';

/* Ranges of keys in the order of ordered tables. A range may be too wide, never too narrow. */

const { A, B, ctl, R0, STATUS, Status } = control;
const { BOUND_EXCLUSIVE, BOUND_INCLUSIVE, BOUND_NONE, BOUND_PREFIX } = control;

/** One end of a range: a kind of bound (`BOUND_…`) and the key. Only an upper edge is ever `BOUND_PREFIX`, or more: deeper ones. */
export interface Edge {
  readonly kind: number;
  readonly key: unknown;
}

/** Keys between two edges; `undefined` stands for no key at all. */
export interface Interval {
  readonly lower: Edge;
  readonly upper: Edge;
}

const OPEN: Edge = { kind: BOUND_NONE, key: undefined };

export const EVERYTHING: Interval = { lower: OPEN, upper: OPEN };

/** The keys that are equal (`==`) to `key`. */
export function only(key: unknown): Interval {
  const edge = { kind: BOUND_INCLUSIVE, key };
  return { lower: edge, upper: edge };
}

/** The arrays that begin with the elements of `prefix`; with `depth` the last of them is a prefix as well, that many levels down. */
export function startingWith(prefix: readonly unknown[], depth: number): Interval {
  // An array comes before all longer ones that begin with it.
  return {
    lower: { kind: BOUND_INCLUSIVE, key: prefix },
    upper: { kind: BOUND_PREFIX + depth, key: prefix },
  };
}

export function below(key: unknown, inclusive: boolean): Interval {
  return { lower: OPEN, upper: { kind: inclusive ? BOUND_INCLUSIVE : BOUND_EXCLUSIVE, key } };
}

export function above(key: unknown, inclusive: boolean): Interval {
  return { lower: { kind: inclusive ? BOUND_INCLUSIVE : BOUND_EXCLUSIVE, key }, upper: OPEN };
}

export function intersection(a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === EVERYTHING) return b;
  if (b === EVERYTHING) return a;
  const lower = compareLower(a.lower, b.lower) >= 0 ? a.lower : b.lower;
  const upper = compareUpper(a.upper, b.upper) <= 0 ? a.upper : b.upper;
  return isEmpty(lower, upper) ? undefined : { lower, upper };
}

/** The smallest range that holds both. */
export function hull(a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return {
    lower: compareLower(a.lower, b.lower) <= 0 ? a.lower : b.lower,
    upper: compareUpper(a.upper, b.upper) >= 0 ? a.upper : b.upper,
  };
}

function isEmpty(lower: Edge, upper: Edge): boolean {
  if (lower.kind === BOUND_NONE || upper.kind === BOUND_NONE) return false;
  const order = compareKeys(lower.key, upper.key);
  if (order < 0) return false;
  if (isPrefix(upper)) return !beginsWith(lower.key, upper);
  return order > 0 || lower.kind === BOUND_EXCLUSIVE || upper.kind === BOUND_EXCLUSIVE;
}

function compareLower(a: Edge, b: Edge): number {
  if (a.kind === BOUND_NONE || b.kind === BOUND_NONE) return rank(b, BOUND_NONE) - rank(a, BOUND_NONE);
  return compareKeys(a.key, b.key) || rank(a, BOUND_EXCLUSIVE) - rank(b, BOUND_EXCLUSIVE);
}

function compareUpper(a: Edge, b: Edge): number {
  if (a.kind === BOUND_NONE || b.kind === BOUND_NONE) return rank(a, BOUND_NONE) - rank(b, BOUND_NONE);
  // A prefix ends behind every key that begins with it.
  const aHolds = isPrefix(a) && beginsWith(b.key, a);
  const bHolds = isPrefix(b) && beginsWith(a.key, b);
  if (aHolds !== bHolds) return aHolds ? 1 : -1;
  // The same prefix: the deeper one holds more.
  if (aHolds) return a.kind - b.kind;
  return compareKeys(a.key, b.key) || rank(b, BOUND_EXCLUSIVE) - rank(a, BOUND_EXCLUSIVE);
}

/** 1 when the edge is of this kind. */
function rank(edge: Edge, kind: number): number {
  return edge.kind === kind ? 1 : 0;
}

function isPrefix({ kind }: Edge): boolean {
  return kind >= BOUND_PREFIX;
}

function beginsWith(key: unknown, { kind, key: prefix }: Edge): boolean {
  if (!Array.isArray(key) || !Array.isArray(prefix) || key.length < prefix.length) return false;
  if (kind === BOUND_PREFIX || prefix.length === 0)
    return compareKeys(key.slice(0, prefix.length), prefix) === 0;
  const last = prefix.length - 1;
  return (
    compareKeys(key.slice(0, last), prefix.slice(0, last)) === 0 &&
    beginsWith(key[last], { kind: kind - 1, key: prefix[last] })
  );
}

/** The order of ordered tables: native has it. REQUIRES: terms. */
function compareKeys(a: unknown, b: unknown): number {
  begin();
  const first = appendKey(a);
  const second = appendKey(b);
  ctl[A] = first;
  ctl[B] = second;
  native.compareTerms();
  // Cannot happen: both were just encoded.
  if (ctl[STATUS] !== Status.Ok) throw new TermStoreError('ERR_TERM_DAMAGED', 'two keys cannot be compared');
  return ctl[R0] as number;
}
