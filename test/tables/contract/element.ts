import * as assert from 'uvu/assert';
import { refuses } from '../../support/refusals.js';
import type { Contract } from './subject.js';

const VALUES: readonly unknown[] = [
  0,
  -1,
  1.5,
  NaN,
  5n,
  2n ** 70n,
  'a',
  'é',
  'x'.repeat(100),
  '',
  null,
  undefined,
  true,
  Symbol.for('s'),
  new Date(3),
  new Uint8Array([1, 2]),
  new Float32Array([1]),
  [],
  [1, [2]],
  {},
  { a: 1 },
  { b: { c: 'd' } },
  new Map([[1, 2]]),
  new Set(['x']),
];

export const elementContract: Contract = ({ test, create, row, at, keypos, ordered }) => {
  test('updateElement() replaces one element and says whether there was a row', () => {
    const table = create(row('a', 1, 2));
    assert.is(table.updateElement('a', at(1), 'new'), true);
    assert.equal(table.get('a'), row('a', 1, 'new'));
    assert.is(table.updateElement('b', at(1), 'new'), false);
    assert.is(table.info('size'), 1);
  });

  test('an element of any kind becomes an element of any other kind', () => {
    const table = create();
    for (const from of VALUES) {
      for (const to of VALUES) {
        table.insert(row('a', from, 'beside'));
        table.updateElement('a', at(0), to);
        assert.equal(table.get('a'), row('a', to, 'beside'));
      }
    }
  });

  test('updateElements() replaces several elements in one step; the last value for a position wins', () => {
    const table = create(row('a', 1, 2, 3));
    assert.is(
      table.updateElements('a', [
        [at(2), 'c'],
        [at(0), 'x'],
        [at(0), 'long '.repeat(50)],
      ]),
      true,
    );
    assert.equal(table.get('a'), row('a', 'long '.repeat(50), 2, 'c'));
    assert.is(table.updateElements('a', []), true);
    assert.is(table.updateElements('b', []), false);
    // Same sizes: written in place.
    assert.is(
      table.updateElements('a', [
        [at(1), 7],
        [at(1), 8],
      ]),
      true,
    );
    assert.is(table.lookupElement('a', at(1)), 8);
  });

  test('updates that cannot be made are refused, and none of the others is made', () => {
    const table = create(row('a', 1, 2));
    const good = [at(0), 'changed'] as const;
    refuses(() => table.updateElement('a', 3, 0), 'ERR_ETS_POSITION', 'table.updateElement');
    refuses(() => table.updateElement('a', keypos, 'b'), 'ERR_ETS_KEYPOS');
    refuses(() => table.updateElements('a', [good, [-1, 0]]), 'ERR_ETS_POSITION');
    refuses(() => table.updateElements('a', [good, [keypos, 'a']]), 'ERR_ETS_KEYPOS');
    refuses(() => table.updateElements('a', [good, [at(1), () => 0]]), 'ERR_TERM_UNSUPPORTED', 'value');
    refuses(() => table.updateElements('a', [good, [at(1)] as never]), 'ERR_ETS_BADARG', 'pair');
    assert.equal(table.get('a'), row('a', 1, 2));
  });

  test('a missing row is made from the default row under the searched key, with the changes applied', () => {
    const table = create();
    assert.is(table.updateElement('a', at(0), 'x', row('ignored', 'y', 'z')), true);
    assert.equal(table.tab2list(), [row('a', 'x', 'z')]);
    assert.is(table.updateElements('a', [[at(1), 'w']], row('ignored', 0, 0)), true);
    assert.equal(table.tab2list(), [row('a', 'x', 'w')]);
    refuses(() => table.updateElement('b', 9, 0, row('b', 1)), 'ERR_ETS_POSITION');
    refuses(() => table.updateElement('b', keypos, 0, row('b', 1)), 'ERR_ETS_KEYPOS');
    refuses(() => table.updateElement('b', at(0), 0, []), 'ERR_ETS_BADARG', 'default row');
    assert.is(table.info('size'), 1);
  });

  test('updateElement() keeps the stored key, whatever equal key finds it', () => {
    const table = create(row(1, 'a'));
    assert.is(table.updateElement(1n, at(0), 'b'), ordered);
    assert.equal(table.tab2list(), [row(1, ordered ? 'b' : 'a')]);
  });

  test('rows grow and shrink through updates, beyond 64 KiB and back', () => {
    const table = create(row('a', '', 'tail'));
    for (const size of [10, 100_000, 5, 65_536, 0]) {
      table.updateElement('a', at(0), 'x'.repeat(size));
      assert.equal(table.get('a'), row('a', 'x'.repeat(size), 'tail'));
    }
  });
};
