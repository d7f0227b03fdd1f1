import * as assert from 'uvu/assert';
import { refuses } from '../../support/refusals.js';
import { equalKeys } from '../../support/terms.js';
import type { Contract } from './subject.js';

/** In the order of an ordered table. */
const KEYS: readonly unknown[] = [
  -5,
  0,
  1.5,
  2n,
  1000,
  null,
  Symbol.for('z'),
  new Date(0),
  {},
  { a: 1 },
  [],
  [1],
  [1, 2],
  '',
  'a',
  'ab',
  'b',
  'é',
  new Uint8Array([0]),
];

export const stepsContract: Contract = ({ test, create, row, ordered, keypos }) => {
  const filled = () => create(...[...KEYS].reverse().map((key, i) => row(key, i)));

  test('an empty table has no first, last or any other key', () => {
    const table = create();
    for (const answer of [table.first(), table.last(), table.firstLookup(), table.lastLookup()])
      assert.is(answer, undefined);
    if (!ordered) return;
    for (const answer of [table.next(1), table.prev(1), table.nextLookup(1), table.prevLookup(1)])
      assert.is(answer, undefined);
  });

  test('first() and next() visit every key once, next_ and prevLookup() the rows with them', () => {
    const table = filled();
    const keys: unknown[] = [];
    for (let key = table.first(); key !== undefined; key = table.next(key)) keys.push(key);
    assert.is(keys.length, KEYS.length);
    if (ordered) assert.equal(keys, KEYS);
    else for (const key of KEYS) assert.is(keys.filter((other) => equalKeys(key, other)).length, 1);
    const steps: unknown[] = [];
    for (let step = table.firstLookup(); step !== undefined; step = table.nextLookup(step.key)) {
      assert.equal(step.rows, table.lookup(step.key));
      assert.equal(step.rows[0]?.[keypos], step.key);
      steps.push(step.key);
    }
    assert.equal(steps, keys);
  });

  test('last() and prev() go the other way; in a hash table they are first() and next()', () => {
    const table = filled();
    const keys: unknown[] = [];
    for (let key = table.last(); key !== undefined; key = table.prev(key)) keys.push(key);
    const steps: unknown[] = [];
    for (let step = table.lastLookup(); step !== undefined; step = table.prevLookup(step.key)) {
      assert.equal(step.rows, table.lookup(step.key));
      steps.push(step.key);
    }
    assert.equal(steps, keys);
    const forward: unknown[] = [];
    for (let key = table.first(); key !== undefined; key = table.next(key)) forward.push(key);
    assert.ok(equalKeys(keys, ordered ? forward.reverse() : forward));
  });

  if (ordered) {
    test('next() and prev() answer for keys that are not there, by value', () => {
      const table = create(row(1, 'a'), row(3, 'b'), row('x', 'c'));
      assert.is(table.next(0), 1);
      assert.is(table.next(1n), 3);
      assert.is(table.next(2), 3);
      assert.is(table.prev(3n), 1);
      assert.is(table.prev(2.5), 1);
      assert.is(table.next(3), 'x');
      assert.is(table.next(null), 'x');
      assert.is(table.prev('zzz'), 'x');
      assert.is(table.prev(1), undefined);
      assert.is(table.next('x'), undefined);
      assert.equal(table.nextLookup(2), { key: 3, rows: [row(3, 'b')] });
      assert.equal(table.prevLookup(2), { key: 1, rows: [row(1, 'a')] });
    });

    test('a walk goes on from a key that was deleted meanwhile', () => {
      const table = create(...Array.from({ length: 100 }, (_, i) => row(i, i)));
      const seen: unknown[] = [];
      for (let key = table.first(); key !== undefined; key = table.next(key)) {
        seen.push(key);
        table.delete(key);
      }
      assert.is(seen.length, 100);
      assert.is(table.info('size'), 0);
    });
  } else {
    test('next() and prev() refuse a key that is not in the table', () => {
      const table = create(row(1, 'a'));
      for (const step of ['next', 'prev', 'nextLookup', 'prevLookup'] as const) {
        refuses(() => table[step](2), 'ERR_ETS_BADARG', `table.${step}`);
        refuses(() => table[step](1n), 'ERR_ETS_BADARG');
      }
    });

    test('the order of the steps stays when rows change', () => {
      const table = create(...Array.from({ length: 300 }, (_, i) => row(`key ${i}`, i)));
      const order: unknown[] = [];
      for (let key = table.first(); key !== undefined; key = table.next(key)) order.push(key);
      assert.is(new Set(order).size, 300);
      for (let i = 0; i < 300; i++) table.insert(row(`key ${i}`, 'x'.repeat(i)));
      for (let i = 0; i < 299; i++) assert.is(table.next(order[i]), order[i + 1]);
    });
  }

  test('a step delivers keys and rows beyond 64 KiB whole', () => {
    const key = 'k'.repeat(80_000);
    const table = create(row(key, 'v'.repeat(90_000)));
    assert.is(table.first(), key);
    assert.is(table.last(), key);
    assert.equal(table.firstLookup(), { key, rows: [row(key, 'v'.repeat(90_000))] });
    assert.is(table.next(key), undefined);
    assert.is(table.prevLookup(key), undefined);
  });
};
