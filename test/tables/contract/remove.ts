import * as assert from 'uvu/assert';
import type { Contract } from './subject.js';

export const removeContract: Contract = ({ test, create, row, ordered }) => {
  test('delete() removes the row of a key and says whether there was one', () => {
    const table = create(row('a', 1), row('b', 2));
    assert.is(table.delete('a'), true);
    assert.is(table.delete('a'), false);
    assert.equal(table.tab2list(), [row('b', 2)]);
  });

  test('take() removes and returns the row in one step', () => {
    const table = create(row('a', 1));
    assert.equal(table.take('a'), [row('a', 1)]);
    assert.equal(table.take('a'), []);
    assert.is(table.info('size'), 0);
  });

  test('take() returns a row beyond 64 KiB whole, once', () => {
    const big = row('a', 'x'.repeat(100_000), [1, 2]);
    const table = create(big);
    assert.equal(table.take('a'), [big]);
    assert.equal(table.take('a'), []);
  });

  test('deleteObject() removes a row only if every element is equal', () => {
    const table = create(row('a', 1, { x: 1, y: [2] }));
    for (const other of [
      row('a', 1),
      row('a', 1, { x: 1, y: [3] }),
      row('a', 2, { x: 1, y: [2] }),
      row('b', 1, { x: 1, y: [2] }),
      row('a', 1n, { x: 1, y: [2] }),
      row('a', 1, { x: 1, y: [2] }, 3),
    ]) {
      assert.is(table.deleteObject(other), false);
    }
    assert.is(table.info('size'), 1);
    assert.is(table.deleteObject(row('a', 1, { y: [2], x: 1 })), true);
    assert.is(table.info('size'), 0);
  });

  test('deleteObject() compares the key exactly, although an ordered table finds it by value', () => {
    const table = create(row(1, 'x'));
    assert.is(table.member(1n), ordered);
    assert.is(table.deleteObject(row(1n, 'x')), false);
    assert.is(table.deleteObject(row(1, 'x')), true);
  });

  test('deleteAllObjects() empties the table, which works on', () => {
    const table = create(...Array.from({ length: 500 }, (_, i) => row(i, i)));
    table.deleteAllObjects();
    assert.is(table.info('size'), 0);
    assert.equal(table.tab2list(), []);
    assert.is(table.first(), undefined);
    table.deleteAllObjects();
    table.insert(row('a', 1));
    assert.equal(table.tab2list(), [row('a', 1)]);
  });

  test('the bytes of removed rows are free for the next ones', () => {
    const table = create();
    const lap = (): void => {
      for (let i = 0; i < 200; i++) table.insert(row(i, 'x'.repeat(1000)));
      for (let i = 0; i < 200; i++) assert.is(table.take(i).length, 1);
    };
    lap();
    const after = table.info('memory')!;
    for (let i = 0; i < 20; i++) lap();
    assert.ok(table.info('memory')! <= after * 1.5, `${after} -> ${table.info('memory')}`);
  });
};
