import * as assert from 'uvu/assert';
import { refuses } from '../../support/refusals.js';
import type { Contract } from './subject.js';

export const insertContract: Contract = ({ test, create, row, keypos, ordered }) => {
  test('insert() replaces the row of an equal key as a whole', () => {
    const table = create(row('a', 1, 2, 3));
    table.insert(row('a', 4));
    assert.equal(table.lookup('a'), [row('a', 4)]);
    assert.is(table.info('size'), 1);
  });

  test('insert() returns nothing', () => {
    assert.is(create().insert(row('a', 1)), undefined);
  });

  test('a row may shrink and grow in place, many times', () => {
    const table = create();
    for (const size of [10, 5000, 3, 200_000, 0, 64, 65, 8]) {
      const stored = row('a', 'v'.repeat(size));
      table.insert(stored);
      assert.equal(table.get('a'), stored);
    }
    assert.is(table.info('size'), 1);
  });

  test('insertNew() inserts where there is no row, and changes nothing where there is one', () => {
    const table = create();
    assert.is(table.insertNew(row('a', 1)), true);
    assert.is(table.insertNew(row('a', 2)), false);
    assert.equal(table.tab2list(), [row('a', 1)]);
  });

  test('insertMany() stores all rows; of equal keys the last one wins', () => {
    const table = create(row('a', 0));
    table.insertMany([row('a', 1), row('b', 2), row('a', 3), row('c', 4)]);
    assert.is(table.info('size'), 3);
    assert.equal(table.get('a'), row('a', 3));
    assert.equal(table.get('c'), row('c', 4));
  });

  test('insertMany() of nothing stores nothing', () => {
    const table = create();
    table.insertMany([]);
    assert.is(table.insertNewMany([]), true);
    assert.is(table.info('size'), 0);
  });

  test('insertMany() takes any iterable, and reads it before it writes', () => {
    const table = create(row('seen', 1));
    function* rows(): Generator<unknown[]> {
      yield row('a', 1);
      // User code may use the table in the middle; it sees the table as it was.
      table.insert(row('b', 2));
      assert.equal(table.get('seen'), row('seen', 1));
      assert.is(table.member('a'), false);
      yield row('c', 3);
    }
    table.insertMany(rows());
    table.insertMany(new Set([row('d', 4)]));
    assert.is(table.info('size'), 5);
  });

  test('insertMany() stores nothing when one of the rows cannot be stored', () => {
    const table = create(row('a', 0));
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const bad of [row('x', () => 0), row('x', Symbol('local')), row('x', cycle)]) {
      const error = refuses(() => table.insertMany([row('a', 1), row('b', 2), bad]), 'ERR_TERM_UNSUPPORTED');
      assert.match(error.message, /rows\[2\]/);
      assert.match(
        refuses(() => table.insertNewMany([row('q', 1), bad]), 'ERR_TERM_UNSUPPORTED').message,
        /rows\[1\]/,
      );
    }
    for (const bad of [[], 'row', null, undefined, { 0: 'a' }, row(undefined, 1)]) {
      const error = refuses(() => table.insertMany([row('b', 2), bad as unknown[]]), 'ERR_ETS_BADARG');
      assert.match(error.message, /rows\[1\]/);
    }
    assert.equal(table.tab2list(), [row('a', 0)]);
  });

  test('insertMany() passes on what an iterator throws, and stores nothing', () => {
    const table = create();
    const boom = new Error('from the iterator');
    assert.throws(
      () =>
        table.insertMany(
          (function* () {
            yield row('a', 1);
            throw boom;
          })(),
        ),
      (error: unknown) => error === boom,
    );
    assert.is(table.info('size'), 0);
  });

  test('insertNewMany() is all or nothing against the table, not against its own list', () => {
    const table = create(row('c', 0));
    assert.is(table.insertNewMany([row('a', 1), row('b', 2), row('c', 3)]), false);
    assert.equal(table.tab2list(), [row('c', 0)]);
    assert.is(table.insertNewMany([row('a', 1), row('b', 2), row('a', 3)]), true);
    assert.is(table.info('size'), 3);
    assert.equal(table.get('a'), row('a', 3));
  });

  test('ten thousand rows in one insertMany() are all there', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => row(i, `value ${i}`));
    const table = create(...rows);
    assert.is(table.info('size'), 10_000);
    for (let i = 0; i < 10_000; i += 37) assert.equal(table.get(i), rows[i]);
    assert.is(table.insertNewMany(rows), false);
    const list = table.tab2list();
    assert.is(list.length, 10_000);
    if (ordered) assert.equal(list, rows);
    else
      assert.equal(
        [...list].sort((a, b) => Number(a[keypos]) - Number(b[keypos])),
        rows,
      );
  });

  test('a table grows and shrinks again and again without losing a row or a byte', () => {
    const table = create();
    const empty = table.info('memory')!;
    for (let lap = 0; lap < 3; lap++) {
      for (let i = 0; i < 3000; i++) table.insert(row(i, lap));
      for (let i = 0; i < 3000; i += 3) assert.equal(table.get(i), row(i, lap));
      for (let i = 0; i < 3000; i++) assert.is(table.delete(i), true);
      assert.is(table.info('size'), 0);
    }
    table.deleteAllObjects();
    assert.ok(table.info('memory')! <= empty + 65_536, `${empty} -> ${table.info('memory')}`);
  });
};
