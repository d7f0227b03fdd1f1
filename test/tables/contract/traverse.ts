import * as assert from 'uvu/assert';
import type { RangeOptions } from 'termstore';
import { refuses } from '../../support/refusals.js';
import type { Contract } from './subject.js';

export const traverseContract: Contract = ({ test, create, row, ordered, keypos }) => {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => row(i, `value ${i}`));
  const byKey = (rows: readonly (readonly unknown[])[]) =>
    [...rows].sort((a, b) => Number(a[keypos]) - Number(b[keypos]));

  test('tab2list(), iteration and keys() deliver every row once', () => {
    for (const count of [0, 1, 10, 5000]) {
      const rows = numbers(count);
      const table = create(...rows);
      const list = table.tab2list();
      assert.equal(ordered ? list : byKey(list), rows);
      assert.equal([...table], list);
      assert.equal(
        [...table.keys()],
        list.map((one) => one[keypos]),
      );
    }
  });

  test('traversals deliver rows larger than a chunk whole', () => {
    const rows = [10, 70_000, 20, 200_000, 65_536, 0].map((size, i) => row(i, 'x'.repeat(size)));
    const table = create(...rows);
    assert.equal(byKey(table.tab2list()), rows);
    assert.equal(byKey([...table]), rows);
  });

  test('an iteration ends early without a trace, and an iterator that ended stays ended', () => {
    const table = create(...numbers(3000));
    for (const one of table) {
      assert.ok(one);
      break;
    }
    const iterator = table[Symbol.iterator]();
    iterator.next();
    assert.equal(iterator.return?.(), { done: true, value: undefined });
    assert.equal(iterator.next(), { done: true, value: undefined });
    const keys = table.keys();
    assert.ok(Symbol.iterator in keys);
    assert.is([...keys].length, 3000);
    assert.is(keys.next().done, true);
    assert.is(keys.return?.().done, true);
  });

  test('rows that stay are met exactly once while others come and go during the iteration', () => {
    const stable = numbers(2000);
    const table = create(...stable);
    const seen = new Map<unknown, number>();
    let extra = 10_000;
    for (const one of table) {
      const key = one[keypos] as number;
      seen.set(key, (seen.get(key) ?? 0) + 1);
      if (seen.size % 10 === 0 && extra < 20_000) {
        for (let i = 0; i < 50; i++) table.insert(row(extra++ + 0.5, 'volatile'));
        for (let i = 0; i < 40; i++) table.delete(extra - 50 + i + 0.5);
      }
      if (seen.size > 20_000) throw new Error('the iteration does not end');
    }
    for (let i = 0; i < 2000; i++) assert.is(seen.get(i), 1, `${i}`);
    for (const times of seen.values()) assert.is(times, 1);
  });

  test('rows may be deleted by the iteration that finds them', () => {
    const table = create(...numbers(3000));
    let count = 0;
    for (const one of table) if (table.delete(one[keypos])) count++;
    assert.is(count, 3000);
    assert.is(table.info('size'), 0);
  });

  test('an iteration over a table that is dropped meanwhile says so', () => {
    const table = create(...numbers(5000));
    const iterator = table[Symbol.iterator]();
    iterator.next();
    table.drop();
    refuses(
      () => {
        while (iterator.next().done !== true);
      },
      'ERR_ETS_ID',
      'table iteration',
    );
  });

  if (!ordered) {
    test('range() is refused', () => {
      refuses(() => create(row(1, 1)).range({ gte: 0 }), 'ERR_ETS_TABLE_TYPE', 'table.range');
    });
    return;
  }

  test('range() delivers what lies between its bounds, in either direction', () => {
    const table = create(...numbers(1000));
    const keys = (options: RangeOptions) => [...table.range(options)].map((one) => one[keypos] as number);
    const span = (from: number, to: number) =>
      Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
    const cases: [RangeOptions, number, number][] = [
      [{}, 0, 999],
      [{ gte: 10, lte: 20 }, 10, 20],
      [{ gt: 10, lt: 20 }, 11, 19],
      [{ gt: 990 }, 991, 999],
      [{ lt: 3 }, 0, 2],
      [{ gte: 9.5, lt: 20.5 }, 10, 20],
      [{ gte: 5n, lte: 7n }, 5, 7],
      [{ gte: 20, lte: 10 }, 1, 0],
      [{ gt: 5, lt: 6 }, 1, 0],
      [{ gte: 5, lte: 5 }, 5, 5],
      [{ gt: -Infinity, lt: 'any string' }, 0, 999],
      [{ gte: 'any string' }, 1, 0],
    ];
    for (const [options, from, to] of cases) {
      assert.equal(
        keys(options),
        span(from, to),
        JSON.stringify(options, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)),
      );
      assert.equal(keys({ ...options, reverse: true }), span(from, to).reverse());
      for (const limit of [0, 1, 2, 500]) {
        assert.equal(keys({ ...options, limit }), span(from, to).slice(0, limit));
        assert.equal(keys({ ...options, limit, reverse: true }), span(from, to).reverse().slice(0, limit));
      }
    }
  });

  test('range({ prefix }) delivers the keys that start with it: strings, bytes, arrays', () => {
    const keys = [
      'a',
      'ab',
      'abc',
      'abd',
      'ac',
      'é',
      'éa',
      new Uint8Array([1]),
      new Uint8Array([1, 2]),
      new Uint8Array([2]),
      [1],
      [1, 2],
      [1, 'a'],
      [2],
      [[1]],
      7,
      null,
    ];
    const table = create(...keys.map((key) => row(key, 0)));
    const found = (prefix: unknown, reverse = false) =>
      [...table.range({ prefix, reverse })].map((one) => one[keypos]);
    assert.equal(found('ab'), ['ab', 'abc', 'abd']);
    assert.equal(found('ab', true), ['abd', 'abc', 'ab']);
    assert.equal(found(''), ['a', 'ab', 'abc', 'abd', 'ac', 'é', 'éa']);
    assert.equal(found('é'), ['é', 'éa']);
    assert.equal(found('zz'), []);
    assert.equal(found([1]), [[1], [1, 2], [1, 'a']]);
    assert.equal(found([]), [[1], [1, 2], [1, 'a'], [2], [[1]]]);
    assert.equal(found(new Uint8Array([1])), [new Uint8Array([1]), new Uint8Array([1, 2])]);
  });

  test('a range is read anew each time, and sees what was inserted ahead', () => {
    const table = create(row(1, 'a'));
    const range = table.range({ gte: 0 });
    assert.is([...range].length, 1);
    table.insert(row(2, 'b'));
    assert.is([...range].length, 2);
    let visits = 0;
    for (const one of table.range()) {
      visits++;
      const key = Number(one[keypos]);
      if (key < 5000) table.insert(row(key + 1, 'x'));
    }
    assert.ok(visits >= 2 && visits <= 5000, `${visits}`);
  });
};
