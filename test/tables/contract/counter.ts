import * as assert from 'uvu/assert';
import { refuses } from '../../support/refusals.js';
import type { Contract } from './subject.js';

const SAFE = Number.MAX_SAFE_INTEGER;

export const counterContract: Contract = ({ test, create, row, at, keypos, ordered }) => {
  // The default position is the one behind the key.
  const counterRow = (key: unknown, value: unknown): unknown[] =>
    keypos === 0 ? row(key, value) : row(key, 'pad', value);
  const read = (table: ReturnType<typeof create>, key: unknown): unknown =>
    table.lookupElement(key, keypos + 1);

  test('updateCounter() adds to the element behind the key and returns the sum', () => {
    const table = create(counterRow('n', 5));
    assert.is(table.updateCounter('n', 3), 8);
    assert.is(table.updateCounter('n', -10), -2);
    assert.is(table.updateCounter('n', 0), -2);
    assert.is(table.updateCounter('n', { incr: 2 }), 0);
    assert.is(read(table, 'n'), 0);
  });

  test('updateCounter() adds at any position, the one before the key included', () => {
    const table = create(row('n', 1, 10, 100));
    for (const [i, sum] of [
      [0, 2],
      [1, 11],
      [2, 101],
    ] as const)
      assert.is(table.updateCounter('n', { pos: at(i), incr: 1 }), sum);
    assert.equal(table.get('n'), row('n', 2, 11, 101));
  });

  test('a list of operations is one step, in order, with one answer each', () => {
    const table = create(row('n', 1, 10));
    const [a, b] = [at(0), at(1)];
    assert.equal(
      table.updateCounter('n', [
        { pos: a, incr: 1 },
        { pos: b, incr: 5 },
        { pos: a, incr: 2 },
        { pos: a, incr: 0 },
      ]),
      [2, 15, 4, 4],
    );
    assert.equal(table.updateCounter('n', [{ pos: b, incr: 1 }]), [16]);
    assert.equal(table.updateCounter('n', []), []);
    assert.equal(table.get('n'), row('n', 4, 16));
  });

  test('an operation that fails undoes those before it', () => {
    const table = create(row('n', 1, 'text', 5n));
    const one = { pos: at(0), incr: 1 };
    refuses(() => table.updateCounter('n', [one, { pos: at(1), incr: 1 }]), 'ERR_ETS_BADARG');
    refuses(() => table.updateCounter('n', [one, { pos: 17, incr: 1 }]), 'ERR_ETS_POSITION');
    refuses(() => table.updateCounter('n', [one, { pos: keypos, incr: 1 }]), 'ERR_ETS_KEYPOS');
    refuses(() => table.updateCounter('n', [one, { pos: at(2), incr: 1 }]), 'ERR_ETS_BADARG');
    refuses(() => table.updateCounter('n', [one, { pos: at(0), incr: SAFE }]), 'ERR_ETS_COUNTER_RANGE');
    assert.equal(table.get('n'), row('n', 1, 'text', 5n));
  });

  test('a counter beyond its threshold becomes what `set` says; at the threshold it does not', () => {
    const table = create(counterRow('n', 8));
    const up = { incr: 1, threshold: 10, set: 0 };
    assert.is(table.updateCounter('n', up), 9);
    assert.is(table.updateCounter('n', up), 10);
    assert.is(table.updateCounter('n', up), 0);
    const down = { incr: -1, threshold: -1, set: 7 };
    assert.is(table.updateCounter('n', down), -1);
    assert.is(table.updateCounter('n', down), 7);
    // An increment of 0 counts upwards.
    assert.is(table.updateCounter('n', { incr: 0, threshold: 0, set: 5 }), 5);
    assert.equal(
      table.updateCounter('n', [
        { incr: 1, threshold: 5, set: 1 },
        { incr: 1, threshold: 5, set: 1 },
      ]),
      [1, 2],
    );
  });

  test('bigint counters have any size, and thresholds', () => {
    const table = create(counterRow('n', 1n));
    assert.is(table.updateCounter('n', 2n ** 63n), 2n ** 63n + 1n);
    assert.is(table.updateCounter('n', -(2n ** 80n)), 2n ** 63n + 1n - 2n ** 80n);
    assert.is(table.updateCounter('n', 2n ** 80n), 2n ** 63n + 1n);
    assert.is(table.updateCounter('n', { incr: -(2n ** 63n) }), 1n);
    assert.is(table.updateCounter('n', { incr: 1n, threshold: 1n, set: -(10n ** 30n) }), -(10n ** 30n));
    assert.is(table.updateCounter('n', { incr: -1n, threshold: 0n, set: 3n }), 3n);
    assert.equal(table.updateCounter('n', [1n, { incr: 2n }]), [4n, 6n]);
    assert.is(read(table, 'n'), 6n);
  });

  test('bigint sums are exact around every power of two', () => {
    const table = create(counterRow('n', 0n));
    let expected = 0n;
    for (let bits = 31n; bits < 200n; bits += 13n) {
      for (const step of [2n ** bits - 1n, 1n, -(2n ** (bits + 1n)), 2n ** bits + 3n, -5n]) {
        expected += step;
        assert.is(table.updateCounter('n', step), expected);
      }
    }
    assert.is(read(table, 'n'), expected);
  });

  test('a number counter stays a safe integer: what would leave them changes nothing', () => {
    const table = create(counterRow('n', SAFE - 1));
    assert.is(table.updateCounter('n', 1), SAFE);
    refuses(() => table.updateCounter('n', 1), 'ERR_ETS_COUNTER_RANGE', 'table.updateCounter');
    refuses(() => table.updateCounter('n', { incr: SAFE }), 'ERR_ETS_COUNTER_RANGE');
    assert.is(read(table, 'n'), SAFE);
    assert.is(table.updateCounter('n', -SAFE), 0);
    assert.is(table.updateCounter('n', -SAFE), -SAFE);
    refuses(() => table.updateCounter('n', -1), 'ERR_ETS_COUNTER_RANGE');
    assert.is(read(table, 'n'), -SAFE);
    // A threshold keeps the sum out of trouble.
    assert.is(table.updateCounter('n', { incr: -5, threshold: -SAFE, set: 3 }), 3);
  });

  test('a counter passes from small to large numbers and back', () => {
    const table = create(counterRow('n', 2 ** 31 - 1));
    for (const [incr, sum] of [
      [1, 2 ** 31],
      [-1, 2 ** 31 - 1],
      [2 ** 40, 2 ** 40 + 2 ** 31 - 1],
      [-(2 ** 41), 2 ** 31 - 1 - 2 ** 40],
    ] as const) {
      assert.is(table.updateCounter('n', incr), sum);
      assert.is(read(table, 'n'), sum);
    }
  });

  test('-0 counts as 0', () => {
    const table = create(counterRow('n', -0));
    assert.is(table.updateCounter('n', 0), 0);
    assert.ok(Object.is(read(table, 'n'), 0));
    assert.is(table.updateCounter('n', -0), 0);
  });

  test('numbers and bigints do not mix, and nothing but integers counts', () => {
    const table = create(counterRow('number', 1), counterRow('bigint', 1n));
    refuses(() => table.updateCounter('number', 1n), 'ERR_ETS_BADARG');
    refuses(() => table.updateCounter('bigint', 1), 'ERR_ETS_BADARG');
    refuses(() => table.updateCounter('bigint', { incr: 1n, threshold: 5, set: 0n }), 'ERR_ETS_BADARG');
    refuses(() => table.updateCounter('number', { incr: 1, threshold: 5, set: 0n }), 'ERR_ETS_BADARG');
    for (const value of [1.5, NaN, Infinity, 2 ** 53, '1', null, true, [1]]) {
      table.insert(counterRow('other', value));
      refuses(() => table.updateCounter('other', 1), 'ERR_ETS_BADARG');
      refuses(() => table.updateCounter('other', [1]), 'ERR_ETS_BADARG');
      assert.equal(table.get('other'), counterRow('other', value));
    }
    assert.equal([read(table, 'number'), read(table, 'bigint')], [1, 1n]);
  });

  test('a missing row is refused, or made from the default row under the searched key', () => {
    const table = create();
    refuses(() => table.updateCounter('n', 1), 'ERR_ETS_BADKEY', 'table.updateCounter');
    refuses(() => table.updateCounter('n', []), 'ERR_ETS_BADKEY');
    assert.is(table.info('size'), 0);
    assert.is(table.updateCounter('n', 1, counterRow('other', 10)), 11);
    assert.equal(table.tab2list(), [counterRow('n', 11)]);
    assert.is(table.updateCounter('n', 1, counterRow('other', 500)), 12);
    assert.equal(table.updateCounter('m', [], counterRow('', 3)), []);
    assert.equal(table.get('m'), counterRow('m', 3));
    assert.is(table.updateCounter('big', 1n, counterRow(0, 2n)), 3n);
    assert.is(table.info('size'), 3);
  });

  test('a default row that the operation cannot be applied to leaves nothing behind', () => {
    const table = create();
    refuses(() => table.updateCounter('n', 1, counterRow('n', 'text')), 'ERR_ETS_BADARG');
    refuses(() => table.updateCounter('n', { pos: 9, incr: 1 }, counterRow('n', 1)), 'ERR_ETS_POSITION');
    refuses(() => table.updateCounter('n', [{ pos: keypos, incr: 1 }], counterRow('n', 1)), 'ERR_ETS_KEYPOS');
    refuses(() => table.updateCounter('n', 1, counterRow('n', SAFE)), 'ERR_ETS_COUNTER_RANGE');
    refuses(() => table.updateCounter('n', 1, []), 'ERR_ETS_BADARG');
    assert.is(table.info('size'), 0);
  });

  test('a default row that is too short is refused also when the key is there', () => {
    const table = create(counterRow('n', 1));
    refuses(() => table.updateCounter('n', 1, []), 'ERR_ETS_BADARG', 'default row');
    assert.is(read(table, 'n'), 1);
  });

  test('updateCounter() keeps the stored key, whatever equal key finds it', () => {
    const table = create(counterRow(1, 0));
    if (!ordered) {
      refuses(() => table.updateCounter(1n, 1), 'ERR_ETS_BADKEY');
      return;
    }
    assert.is(table.updateCounter(1n, 1, counterRow(1n, 100)), 1);
    assert.equal(table.tab2list(), [counterRow(1, 1)]);
  });

  test('keys of every kind can have counters', () => {
    for (const key of [{ b: 1, a: [2] }, new Date(5), Buffer.from('x'), 'é'.repeat(50), -0, 7n, null]) {
      const table = create();
      assert.is(table.updateCounter(key, 5, counterRow(0, 0)), 5);
      assert.is(table.updateCounter(key, 5), 10);
      assert.equal(table.get(key), counterRow(key, 10));
    }
  });
};
