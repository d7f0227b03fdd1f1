import * as assert from 'uvu/assert';
import { fc } from '../support/property.js';
import { ets, type Row, type Table, type TableType } from 'termstore';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('bags and fixation');

const BAGS = ['bag', 'duplicate_bag'] as const;
const TYPES: readonly TableType[] = ['set', 'ordered_set', ...BAGS];

for (const type of BAGS) {
  test(`${type}: the rows of a key keep the order of insertion`, () => {
    const table = ets.new(type, { type });
    table.insert(['k', 3]);
    table.insertMany([
      ['k', 2],
      ['other', 1],
      ['k', 3],
    ]);
    assert.equal(table.insertNewMany([['k', 9]]), false);
    assert.equal(
      table.lookup('k'),
      type === 'bag'
        ? [
            ['k', 3],
            ['k', 2],
          ]
        : [
            ['k', 3],
            ['k', 2],
            ['k', 3],
          ],
    );
    // Deleted and inserted again, it is the last.
    assert.equal(table.deleteObject(['k', 3]), true);
    assert.equal(table.lookup('k'), [['k', 2]]);
    table.insert(['k', 3]);
    assert.equal(table.lookup('k'), [
      ['k', 2],
      ['k', 3],
    ]);
    assert.equal(table.take('k'), [
      ['k', 2],
      ['k', 3],
    ]);
    assert.equal(table.take('k'), []);
    assert.equal(table.tab2list(), [['other', 1]]);
    table.drop();
  });

  test(`${type}: several rows are read at once`, () => {
    const table = ets.new(type, { type, keypos: 1 });
    table.insertMany([
      ['a', 'k', 1],
      ['b', 'k', 2n],
    ]);
    assert.equal(table.lookupElement('k', 2), [1, 2n]);
    assert.equal(table.lookupElements('k', [2, 0]), [
      [1, 'a'],
      [2n, 'b'],
    ]);
    assert.equal(table.lookupElement('missing', 0, 'none'), 'none');
    refuses(() => table.lookupElement('missing', 0), 'ERR_ETS_BADKEY');
    refuses(() => table.lookupElements('missing', [0]), 'ERR_ETS_BADKEY');
    table.insert(['short', 'k']);
    refuses(() => table.lookupElement('k', 2), 'ERR_ETS_POSITION');
    refuses(() => table.get('k'), 'ERR_ETS_TABLE_TYPE');
    refuses(() => table.updateCounter('k', 1), 'ERR_ETS_TABLE_TYPE');
    refuses(() => table.updateElement('k', 0, 1), 'ERR_ETS_TABLE_TYPE');
    assert.equal(table.firstLookup(), { key: 'k', rows: table.lookup('k') });
    assert.equal([...table.keys()], ['k']);
    assert.equal(table.info('size'), 3);
    table.drop();
    refuses(() => table.get('k'), 'ERR_ETS_ID');
  });

  test(`${type}: many and large rows of one key, and a reply beyond its region`, () => {
    const table = ets.new(type, { type });
    const empty = table.info('memory') as number;
    const rows = Array.from({ length: 3000 }, (_, i) => ['k', i, 'x'.repeat(i % 90)]);
    for (const row of rows) table.insert(row);
    assert.equal(table.lookup('k'), rows);
    assert.equal(table.tab2list(), rows);
    assert.equal((table.lookupElement('k', 1) as unknown[]).length, 3000);
    for (const row of rows) if ((row[1] as number) % 3 !== 0) assert.ok(table.deleteObject(row));
    assert.equal(
      table.lookup('k'),
      rows.filter((row) => (row[1] as number) % 3 === 0),
    );
    assert.ok(table.delete('k'));
    assert.equal(table.info('size'), 0);
    table.deleteAllObjects();
    assert.is(table.info('memory'), empty);
    table.drop();
  });
}

test('a bag holds no row twice, by =:=', () => {
  const table = ets.new('bag', { type: 'bag' });
  table.insertMany([
    ['k', 1],
    ['k', 1n],
    ['k', { a: 1, b: 2 }],
    ['k', { b: 2, a: 1 }],
    ['k', 1],
  ]);
  assert.equal(table.lookup('k'), [
    ['k', 1],
    ['k', 1n],
    ['k', { a: 1, b: 2 }],
  ]);
  table.drop();
});

/** A small model of a bag: rows `[key, value]` in the order of insertion. */
test('a bag does what a model does', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 }));
  const step = fc.oneof(
    fc.record({ op: fc.constant('insert' as const), rows: fc.array(row, { minLength: 1, maxLength: 4 }) }),
    fc.record({ op: fc.constantFrom('delete', 'deleteObject', 'take', 'new'), rows: fc.tuple(row) }),
  );
  const property = fc.property(
    fc.constantFrom(...BAGS),
    fc.boolean(),
    fc.array(step, { maxLength: 60 }),
    (type, fixed, steps) => {
      const table = ets.new<[number, number]>('model', { type });
      if (fixed) table.safeFixtable(true);
      let model: [number, number][] = [];
      const equal = (a: Row, b: Row): boolean => a[0] === b[0] && a[1] === b[1];
      for (const { op, rows } of steps) {
        const one = rows[0];
        const ofKey = model.filter(([key]) => key === one[0]);
        if (op === 'insert') {
          table.insertMany(rows);
          for (const added of rows)
            if (type === 'duplicate_bag' || !model.some((other) => equal(other, added))) model.push(added);
        } else if (op === 'new') {
          assert.equal(table.insertNew(one), ofKey.length === 0);
          if (ofKey.length === 0) model.push(one);
        } else if (op === 'deleteObject') {
          assert.equal(
            table.deleteObject(one),
            model.some((other) => equal(other, one)),
          );
          model = model.filter((other) => !equal(other, one));
        } else {
          if (op === 'take') assert.equal(table.take(one[0]), ofKey);
          else assert.equal(table.delete(one[0]), ofKey.length > 0);
          model = model.filter(([key]) => key !== one[0]);
        }
        assert.equal(
          table.lookup(one[0]),
          model.filter(([key]) => key === one[0]),
        );
        assert.equal(table.info('size'), model.length);
      }
      const sorted = (list: [number, number][]): [number, number][] => [...list].sort((a, b) => a[0] - b[0]);
      assert.equal(sorted(table.tab2list()), sorted(model));
      assert.equal(sorted(table.foldl((at, acc: [number, number][]) => [...acc, at], [])), sorted(model));
      assert.equal(new Set(table.keys()).size, new Set(model.map(([key]) => key)).size);
      table.drop();
    },
  );
  fc.assert(property, { numRuns: 150 });
});

const keysByNext = (table: Table, visit: (key: unknown) => void = () => undefined): unknown[] => {
  const keys: unknown[] = [];
  for (let key = table.first(); key !== undefined; key = table.next(key)) {
    keys.push(key);
    visit(key);
  }
  return keys;
};

for (const type of TYPES) {
  for (const writeConcurrency of [false, true]) {
    const label = `${type}${writeConcurrency ? ' with write concurrency' : ''}`;
    const filled = (n: number): Table => {
      const table = ets.new('fixed', { type, writeConcurrency, access: 'public' });
      for (let i = 0; i < n; i++) {
        table.insert([i, 'a']);
        if (i % 3 === 0) table.insert([i, 'b']);
      }
      return table;
    };

    test(`${label}: while the table is fixed, next goes on from a key that was deleted`, () => {
      const table = filled(500);
      table.safeFixtable(true);
      assert.equal(keysByNext(table, (key) => table.delete(key)).length, 500);
      assert.equal(table.info('size'), 0);
      assert.is(table.first(), undefined);
      if (type !== 'ordered_set') refuses(() => table.next(5000), 'ERR_ETS_BADARG');
      // It comes to life again, and is found again.
      assert.ok(table.insertNew([7, 'again']));
      assert.is(table.first(), 7);
      table.safeFixtable(false);
      if (type !== 'ordered_set') refuses(() => table.next(8), 'ERR_ETS_BADARG');
      assert.is(table.next(7), undefined);
      table.drop();
    });

    test(`${label}: deleteAllObjects leaves the places of a fixed table`, () => {
      const table = filled(300);
      table.safeFixtable(true);
      const keys = [...table.keys()];
      table.deleteAllObjects();
      for (const key of keys) assert.is(table.next(key), undefined);
      table.safeFixtable(false);
      if (type !== 'ordered_set') refuses(() => table.next(keys[0]), 'ERR_ETS_BADARG');
      table.drop();
    });

    test(`${label}: slots hold every row once`, () => {
      const table = filled(300);
      const rows: Row[] = [];
      let index = 0;
      for (let slot = table.slot(0); slot !== undefined; slot = table.slot(++index)) rows.push(...slot);
      const byText = (list: readonly Row[]): string[] => list.map((row) => row.join()).sort();
      assert.equal(byText(rows), byText(table.tab2list()));
      assert.is(table.slot(index), undefined);
      refuses(() => table.slot(index + 1), 'ERR_ETS_BADARG');
      table.drop();
    });

    test(`${label}: folds see every row once, also while fn deletes them`, () => {
      const table = filled(400);
      const size = table.info('size') as number;
      assert.is(
        table.foldr((_row, n: number) => n + 1, 0),
        size,
      );
      assert.is(
        table.foldl((row, n: number) => (table.delete(row[0]), n + 1), 0),
        size,
      );
      assert.is(table.info('size'), 0);
      assert.is(table.info('safeFixed'), false);
      table.insert(['k', 1]);
      assert.throws(
        () =>
          table.foldl(() => {
            throw new Error('from fn');
          }, 0),
        /from fn/,
      );
      assert.is(table.info('fixed'), false);
      refuses(() => table.foldl(() => table.drop(), undefined), 'ERR_ETS_ID');
    });
  }
}

test('foldr of an ordered_set goes backwards', () => {
  const table = ets.new('ordered', { type: 'ordered_set' });
  table.insertMany([[1], [2], [3]]);
  assert.equal(
    table.foldr<unknown[]>((row, acc) => [...acc, row[0]], []),
    [3, 2, 1],
  );
  assert.equal(
    table.foldl<unknown[]>((row, acc) => [...acc, row[0]], []),
    [1, 2, 3],
  );
  table.drop();
});

test('fixations count, per thread', () => {
  const table = ets.new('counted');
  const before = Date.now();
  table.safeFixtable(false);
  assert.is(table.info('safeFixed'), false);
  table.safeFixtable(true);
  table.safeFixtable(true);
  const fixed = table.info('safeFixed');
  assert.ok(fixed !== undefined && fixed !== false);
  assert.equal(fixed.threads, [{ thread: 0, count: 2 }]);
  assert.ok(fixed.time >= before && fixed.time <= Date.now());
  table.safeFixtable(false);
  assert.is(table.info('fixed'), true);
  table.safeFixtable(false);
  assert.is(table.info('fixed'), false);
  table.drop();
  assert.is(table.info('fixed'), undefined);
});

run();
