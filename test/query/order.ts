import { equalKeys } from '../support/terms.js';

/* The order of terms on JavaScript values, for the kinds that the oracle's tests make: no Sets, dates and errors. */

const RANKS = ['number', 'atom', 'object', 'array', 'string', 'binary'] as const;

function rankOf(value: unknown): (typeof RANKS)[number] {
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'string') return 'string';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Uint8Array) return 'binary';
  return typeof value === 'object' && value !== null ? 'object' : 'atom';
}

export function compareTerms(a: unknown, b: unknown): number {
  const [rank, other] = [RANKS.indexOf(rankOf(a)), RANKS.indexOf(rankOf(b))];
  if (rank !== other) return rank - other;
  switch (RANKS[rank]) {
    case 'number':
      return compareNumbers(a as number, b as number);
    case 'atom':
      return compareAtoms(a, b);
    case 'string':
      return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string));
    case 'binary':
      return Buffer.compare(a as Uint8Array, b as Uint8Array);
    case 'array':
      return compareArrays(a as unknown[], b as unknown[]);
    default:
      return compareMaps(a as object, b as object);
  }
}

/** Also of bigints, and of one with the other, which JavaScript compares exactly. */
function compareNumbers(a: number, b: number): number {
  const [noA, noB] = [Number.isNaN(a), Number.isNaN(b)];
  if (noA || noB) return Number(noA) - Number(noB);
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareAtoms(a: unknown, b: unknown): number {
  const name = (value: unknown): string =>
    typeof value === 'symbol' ? (Symbol.keyFor(value) as string) : String(value);
  const isSymbol = (value: unknown): number => Number(typeof value === 'symbol');
  return Buffer.compare(Buffer.from(name(a)), Buffer.from(name(b))) || isSymbol(a) - isSymbol(b);
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareTerms(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The entries of an object or a Map, by their keys (which are strings here). */
export function entriesOf(value: object): [unknown, unknown][] {
  const entries: [unknown, unknown][] =
    value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  return entries.sort(([a], [b]) => compareTerms(a, b));
}

function compareMaps(a: object, b: object): number {
  const [some, others] = [entriesOf(a), entriesOf(b)];
  const order =
    some.length - others.length ||
    compareArrays(
      some.map(([key]) => key),
      others.map(([key]) => key),
    ) ||
    compareArrays(
      some.map(([, value]) => value),
      others.map(([, value]) => value),
    );
  return order || Number(a instanceof Map) - Number(b instanceof Map);
}

/** `=:=` */
export function exactlyEqual(a: unknown, b: unknown): boolean {
  return equalKeys(a, b);
}
