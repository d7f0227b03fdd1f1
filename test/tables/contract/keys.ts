import * as assert from 'uvu/assert';
import type { Contract } from './subject.js';

/** Keys of every kind, no two equal, neither by `===` nor in the order of an ordered table. */
const DISTINCT: readonly unknown[] = [
  0,
  1,
  -1,
  1.5,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1e300,
  Number.MIN_VALUE,
  NaN,
  Infinity,
  -Infinity,
  7n,
  2n ** 63n,
  -(2n ** 63n),
  2n ** 64n,
  10n ** 40n,
  -(10n ** 40n),
  null,
  false,
  true,
  Symbol.for(''),
  Symbol.for('name'),
  '',
  'a',
  'A',
  'ab',
  '0',
  'é',
  '日本',
  '\u{1f600}',
  '\ud800',
  '\udfff',
  '\ud800a',
  '\0',
  'x'.repeat(63),
  'x'.repeat(64),
  'x'.repeat(70_000),
  new Uint8Array(),
  new Uint8Array([0]),
  new Uint8Array([1]),
  new Uint8Array(70_000),
  new Int8Array([1]),
  new Float64Array([1]),
  new ArrayBuffer(1),
  new Date(0),
  new Date(1),
  new Date(NaN),
  [],
  [null],
  [1],
  ['1'],
  [1, 2],
  [[1], 2],
  {},
  { a: 1 },
  { a: 2 },
  { b: 1 },
  { a: 1, b: 1 },
  { a: { b: [1] } },
  new Map(),
  new Map([['a', 1]]),
  new Map([[1, 'a']]),
  new Set(),
  new Set([1]),
  new Set([1, 2]),
  Object.assign(new Error('x'), { stack: undefined }),
];

function label(key: unknown): string {
  return typeof key === 'object' && key !== null ? key.constructor.name : String(key).slice(0, 20);
}

export const keysContract: Contract = ({ test, create, row, at, ordered, keypos }) => {
  test('a key of every kind finds its own row and no other', () => {
    const table = create();
    DISTINCT.forEach((key, i) =>
      assert.ok(table.insertNew(row(key, i)), `${label(key)} equals an earlier key`),
    );
    assert.is(table.info('size'), DISTINCT.length);
    DISTINCT.forEach((key, i) => assert.is(table.lookupElement(key, at(0)), i, label(key)));
    for (const key of DISTINCT) assert.is(table.delete(key), true, label(key));
    assert.is(table.info('size'), 0);
  });

  test(`1 and 1n are ${ordered ? 'one key' : 'two keys'}, at every depth`, () => {
    for (const [number, bigint] of [
      [1, 1n],
      [[1], [1n]],
      [[[0, 1]], [[0, 1n]]],
    ]) {
      const table = create(row(number, 'number'));
      assert.is(table.insertNew(row(bigint, 'bigint')), !ordered);
      assert.is(table.lookupElement(number, at(0)), 'number');
      assert.is(table.lookupElement(bigint, at(0)), ordered ? 'number' : 'bigint');
      table.insert(row(bigint, 'again'));
      assert.is(table.info('size'), ordered ? 1 : 2);
      assert.is(table.lookupElement(number, at(0)), ordered ? 'again' : 'number');
      // The row was replaced as a whole, its key included.
      assert.equal(table.get(bigint), row(bigint, 'again'));
    }
  });

  test('0 and -0 are one key; the row keeps the one it was inserted with', () => {
    for (const [a, b] of [
      [0, -0],
      [-0, 0],
    ] as const) {
      const table = create(row(a, 'first'));
      assert.ok(table.member(b));
      assert.is(table.insertNew(row(b, 'second')), false);
      assert.ok(Object.is(table.get(b)?.[keypos], a));
      table.insert(row(b, 'third'));
      assert.is(table.info('size'), 1);
      assert.ok(Object.is(table.get(a)?.[keypos], b));
    }
  });

  test('NaN is a key, equal to itself', () => {
    const table = create(row(NaN, 1));
    assert.is(table.insertNew(row(0 / 0, 2)), false);
    assert.is(table.lookupElement(NaN, at(0)), 1);
  });

  test('a Buffer and a Uint8Array with the same bytes are one key; other views of them are others', () => {
    const bytes = [1, 2, 3];
    const table = create(row(Buffer.from(bytes), 'buffer'));
    assert.is(table.lookupElement(new Uint8Array(bytes), at(0)), 'buffer');
    assert.is(table.insertNew(row(new Uint8Array(bytes), 'array')), false);
    assert.is(table.member(new Int8Array(bytes)), false);
    assert.is(table.member(bytes), false);
    assert.ok(Buffer.isBuffer(table.get(new Uint8Array(bytes))?.[keypos]));
  });

  test('the order of properties, of Map entries and of Set elements does not matter to a key', () => {
    const pairs: readonly [unknown, unknown][] = [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [{ x: { a: 1, b: [{ c: 1, d: 2 }] } }, { x: { b: [{ d: 2, c: 1 }], a: 1 } }],
      [
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ],
      [new Set([3, 1, 2]), new Set([2, 3, 1])],
      [[{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
    ];
    for (const [one, other] of pairs) {
      const table = create(row(one, 'one'));
      assert.is(table.insertNew(row(other, 'other')), false, label(one));
      assert.is(table.lookupElement(other, at(0)), 'one');
      assert.is(table.delete(other), true);
    }
  });

  test('long keys that differ only at their end are different', () => {
    const long = 'k'.repeat(100_000);
    const table = create(row(`${long}1`, 1), row(`${long}é`, 2), row(`${long}ê`, 3));
    assert.is(table.info('size'), 3);
    assert.is(table.lookupElement(`${long}é`, at(0)), 2);
    assert.is(table.member(long), false);
  });
};
