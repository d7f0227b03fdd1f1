import * as fc from 'fast-check';
import { Buffer } from 'node:buffer';
import { objectOf } from '../support/terms.js';

/* Terms that both sides have; see etf.ts for what becomes what. Few of them, so that operations meet. */

/** Bytes that are no text: see etf.ts. */
function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.of(0xff, ...values);
}

/** Keys that are equal, or nearly, in one kind of table or the other. */
const KEYS: readonly unknown[] = [
  ...[1n, 1, 0n, 0, -0, -3n, 2.5, 2n ** 70n, 2 ** 70, 2n ** 53n + 1n, 2 ** 53, -(2n ** 64n)],
  ...['a', 'ab', 'abc', '', 'é', '\u{10000}', 'long '.repeat(30)],
  ...[true, false, null, Symbol.for('a'), Symbol.for('b')],
  ...[[], [1n], [1], [1n, 'x'], [1, 'x'], ['a', 2n], ['a', 3n], [[1n]], ['a', 2n, null]],
  ...[{}, { a: 1n }, { a: 1 }, { a: 1n, b: 2n }, { b: 1n }],
  new Map<unknown, unknown>([[1n, 'a']]),
  new Map<unknown, unknown>([[1, 'a']]),
  new Map<unknown, unknown>([
    [Symbol.for('k'), [1n]],
    ['x', 1],
  ]),
  bytes(),
  bytes(1),
  bytes(1, 2),
];

const VALUES: readonly unknown[] = [
  ...[0n, 1n, 5n, -7n, 0, 1, 5, -7, 1.5, 2 ** 53 - 1, 2n ** 62n, 2n ** 64n],
  ...['', 'a', 'text', 'x'.repeat(300), true, false, null, undefined, Symbol.for('a')],
  ...[[], [1n, 'a'], ['a', [1n]], { a: 1n }, { a: { b: [1] } }, {}, new Map([[1n, 1]]), bytes(7)],
];

/**
 * Whether OTP makes the nearest double of it: from 2^64 on it rounds the lower 64 bits, and then the sum once more, which
 * may be off by one place.
 */
function isRoundedOnce(n: bigint): boolean {
  const size = n < 0n ? -n : n;
  return Number(BigInt.asUintN(64, size)) + Number(size >> 64n) * 2 ** 64 === Number(size);
}

const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...KEYS, ...VALUES) },
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).filter(isRoundedOnce),
  fc.integer({ min: -20, max: 20 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.uint8Array({ maxLength: 5 }).map((rest) => new Uint8Array(Buffer.concat([bytes(), rest]))),
);

/** Of objects; Maps have others: a pattern of some names is of objects here and of every map there. */
const name = fc.constantFrom('a', 'b', 'c');

/** A key that makes its Map one that no object could be. */
export const mapKey = fc.constantFrom<unknown>(1n, 1, true, Symbol.for('k'), [1n], 2n ** 65n);

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 4, arbitrary: scalar },
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('tree')), { maxLength: 3 }).map(objectOf),
    fc
      .tuple(
        mapKey,
        tie('tree'),
        fc.array(fc.tuple(fc.constantFrom('x', 'y'), tie('tree')), { maxLength: 2 }),
      )
      .map(([key, item, rest]) => new Map<unknown, unknown>([[key, item], ...rest])),
  ),
}));

/** Any shared term. */
export const anyTerm: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...VALUES) },
  tree,
);

/** The keys of one world: some that are much alike, some that are not. */
export const anyKeys: fc.Arbitrary<unknown[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...KEYS) },
    tree.filter((term) => term !== undefined),
  ),
  { minLength: 1, maxLength: 9 },
);

/** Which of the world's keys; wraps around. */
export const keyIndex = fc.nat({ max: 9 });

/** What a row has beside its key. */
export const rest: fc.Arbitrary<unknown[]> = fc.array(anyTerm, { maxLength: 3 });

/** Small whole numbers of both kinds, for counters. */
export const step: fc.Arbitrary<number | bigint> = fc.constantFrom<number | bigint>(
  ...[1n, -1n, 0n, 5n, -20n, 2n ** 63n, 1, -1, 0, 5, -20, 1000, 2 ** 53 - 1],
);
