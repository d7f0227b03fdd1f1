import * as assert from 'uvu/assert';
import { refuses } from '../../support/refusals.js';
import { externalBuffers } from '../../support/sharing.js';
import type { Contract } from './subject.js';

export const lookupContract: Contract = ({ test, create, row, at, keypos, options }) => {
  test('lookup() answers with the one row of a key, and with none for a key that is missing', () => {
    const table = create(row('a', 1), row('b', 2));
    assert.equal(table.lookup('a'), [row('a', 1)]);
    assert.equal(table.lookup('b'), [row('b', 2)]);
    assert.equal(table.lookup('c'), []);
    assert.equal(create().lookup('a'), []);
  });

  test('get() answers with the row itself or undefined', () => {
    const table = create(row('a', 1));
    assert.equal(table.get('a'), row('a', 1));
    assert.is(table.get('b'), undefined);
  });

  test('rows are copies: neither changing what was read nor what was inserted changes the table', () => {
    const inner = { list: [1, 2] };
    const table = create(row('a', inner));
    inner.list.push(3);
    const read = table.get('a') as unknown[];
    if (!options.readConcurrency) (read[at(0)] as typeof inner).list.push(4);
    else assert.throws(() => (read[at(0)] as typeof inner).list.push(4), /not extensible/);
    assert.equal(table.get('a'), row('a', { list: [1, 2] }));
    assert.is(table.get('a') === table.get('a'), options.readConcurrency && externalBuffers);
  });

  test('member() says whether there is a row', () => {
    const table = create(row('a', 1));
    assert.is(table.member('a'), true);
    assert.is(table.member('b'), false);
  });

  test('lookupElement() answers with one element, whatever stands beside it', () => {
    const table = create(row('a', { big: 'x'.repeat(5000) }, 2, ['three'], undefined));
    assert.is(table.lookupElement('a', at(1)), 2);
    assert.equal(table.lookupElement('a', at(2)), ['three']);
    assert.is(table.lookupElement('a', at(3), 'default'), undefined);
  });

  test('lookupElement() answers with the key itself at its own position', () => {
    assert.is(create(row('a', 1)).lookupElement('a', keypos), 'a');
  });

  test('lookupElement() of a missing key answers with the default, also when that is undefined', () => {
    const table = create();
    assert.is(table.lookupElement('a', at(0), 7), 7);
    assert.is(table.lookupElement('a', at(0), undefined), undefined);
    refuses(() => table.lookupElement('a', at(0)), 'ERR_ETS_BADKEY', 'table.lookupElement');
  });

  test('lookupElement() refuses a position beyond the row, also with a default', () => {
    const table = create(row('a', 1));
    for (const pos of [2, 3, -1, 2 ** 31, 2 ** 40]) {
      refuses(() => table.lookupElement('a', pos), 'ERR_ETS_POSITION');
      refuses(() => table.lookupElement('a', pos, 'default'), 'ERR_ETS_POSITION');
    }
    // The key comes first: where there is no row, only what can be no position at all is wrong.
    assert.is(table.lookupElement('b', 99, 'default'), 'default');
    refuses(() => table.lookupElement('b', 99), 'ERR_ETS_BADKEY');
    refuses(() => table.lookupElement('b', -1), 'ERR_ETS_POSITION');
    refuses(() => table.lookupElement('b', -1, 'default'), 'ERR_ETS_POSITION');
  });

  test('lookupElements() answers in the order asked, with repetitions', () => {
    const table = create(row('a', 1, 2, 3));
    assert.equal(table.lookupElements('a', [at(2), at(0), at(2)]), [3, 1, 3]);
    assert.equal(table.lookupElements('a', []), []);
  });

  test('lookupElements() refuses a missing key and any position beyond the row', () => {
    const table = create(row('a', 1));
    refuses(() => table.lookupElements('b', [at(0)]), 'ERR_ETS_BADKEY');
    refuses(() => table.lookupElements('a', [at(0), 2]), 'ERR_ETS_POSITION');
    refuses(() => table.lookupElements('a', [-1]), 'ERR_ETS_POSITION');
  });

  test('rows of every size come back whole, below, at and beyond 64 KiB', () => {
    const table = create();
    for (const size of [0, 1, 63, 64, 1000, 65_500, 65_535, 65_536, 65_537, 300_000]) {
      const stored = row(size, 'é'.repeat(size), new Uint8Array(size).fill(size));
      table.insert(stored);
      assert.equal(table.get(size), stored, `${size}`);
      assert.equal(table.lookupElement(size, at(1)), stored[at(1)]);
      assert.equal(table.lookupElements(size, [at(0)]), [stored[at(0)]]);
    }
  });

  test('rows of many elements come back whole', () => {
    const wide = row('wide', ...Array.from({ length: 3000 }, (_, i) => i));
    const table = create(wide);
    assert.equal(table.get('wide'), wide);
    assert.is(table.lookupElement('wide', at(2999)), 2999);
  });
};
