import { ets, type Row, type Table, type TableOptions } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { externalBuffers, sharingTest } from '../support/sharing.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { TYPES } from '../support/variants.js';

const { test, skip, beforeEach, afterEach, run } = suite('what a thread keeps of the rows it reads');
const testKept = sharingTest({ test, skip });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** So many reads of one row that every table keeps it that keeps anything. */
function warm(table: Table, key: unknown): void {
  for (let i = 0; i < 200; i++) table.lookup(key);
}

function warmTable(options: TableOptions, ...rows: Row[]): Table {
  const table = ets.new('near', options);
  table.insertMany(rows);
  for (const row of rows) warm(table, row[0]);
  return table;
}

test('with readConcurrency rows come out frozen, and the same ones until they change', () => {
  using table = warmTable({ readConcurrency: true }, ['a', { list: [1, { deep: true }] }]);
  const row = table.get('a') as [string, { list: [number, { deep: boolean }] }];
  for (const part of [row, row[1], row[1].list, row[1].list[1]]) assert.ok(Object.isFrozen(part));
  assert.ok(Object.isFrozen(table.lookup('a')[0]) && Object.isFrozen(table.lookupElement('a', 1)));
  assert.is.not(table.lookup('a'), table.lookup('a'));
  if (externalBuffers) {
    assert.is(table.get('a'), row);
    assert.is(table.lookup('a')[0], row);
    assert.is(table.lookupElement('a', 1), row[1]);
    assert.is(table.lookupElements('a', [1])[0], row[1]);
  }
  table.insert(['a', 2]);
  assert.equal(table.get('a'), ['a', 2]);
  assert.equal(row[1].list[1], { deep: true });
});

test('also rows of the keys that are not kept are frozen, and those of bags', () => {
  using table = warmTable({ readConcurrency: true }, [[1, 2], { a: [] }]);
  const row = table.get([1, 2]) as [number[], { a: unknown[] }];
  for (const part of [row, row[0], row[1], row[1].a]) assert.ok(Object.isFrozen(part));
  assert.ok(Object.isFrozen(table.lookupElement([1, 2], 1)));
  using bag = warmTable({ readConcurrency: true, type: 'bag' }, ['k', { n: 1 }], ['k', { n: 2 }]);
  const rows = bag.lookup('k');
  assert.equal(rows, [
    ['k', { n: 1 }],
    ['k', { n: 2 }],
  ]);
  for (const each of rows) assert.ok(Object.isFrozen(each) && Object.isFrozen(each[1]));
  if (externalBuffers) assert.is(bag.lookup('k')[1], rows[1]);
  rows.pop();
  assert.is(bag.lookup('k').length, 2);
  bag.insert(['k', { n: 3 }]);
  assert.equal(bag.lookupElement('k', 1), [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('without it rows are copies that the caller may change', () => {
  const row = ['k', { n: 1 }, [1, 2], new Map([[1, 2]]), 'text'];
  for (const options of [{}, { compressed: true }, { writeConcurrency: true }]) {
    for (const stored of [row, row.slice(0, 3), ['k', 1, 2, 3, 4, 5]]) {
      using table = warmTable(options, stored);
      for (let i = 0; i < 3; i++) {
        const read = table.get('k') as unknown[];
        assert.equal(read, stored);
        read.push('more');
        read[0] = 'other';
        if (stored[1] === row[1]) {
          (read[1] as { n: number }).n = 9;
          (read[2] as number[]).push(3);
          (table.lookupElement('k', 1) as { n: number }).n = 10;
        }
        assert.is(table.lookupElement('k', 2) === table.lookupElement('k', 2), typeof stored[2] !== 'object');
      }
    }
  }
});

test('a property called __proto__ stays a property', () => {
  using table = warmTable({}, ['k', JSON.parse('{"__proto__": 1, "a": 2}')]);
  const [, value] = table.get('k') as [string, object];
  assert.equal(Object.entries(value), [
    ['__proto__', 1],
    ['a', 2],
  ]);
  assert.is(Object.getPrototypeOf(value), Object.prototype);
});

for (const type of TYPES) {
  for (const readConcurrency of [false, true]) {
    test(`${type}, readConcurrency ${readConcurrency}: every write is seen by the next read`, () => {
      using table = warmTable({ type, readConcurrency }, [1, 1, 'a'], ['s', 1, 'b']);
      const bag = type === 'bag' || type === 'duplicate_bag';
      const writes: (() => void)[] = [
        () => table.insert([1, 2, 'a']),
        () =>
          table.insertMany([
            [1, 3, 'a'],
            ['s', 3, 'a'],
          ]),
        () => table.deleteObject([1, 3, 'a']),
        () => table.delete(1),
        () => table.insertNew([1, 5, 'a']),
        () => table.take(1),
        () => table.insertNewMany([[1, 6, 'a']]),
        () => table.selectDelete([[[1, '$1', '$2'], [], [true]]] as never),
        () => table.matchDelete([1, '_', '_'] as never),
        () => table.insert([1, 7, 'a']),
        () => table.deleteAllObjects(),
        () => table.insert([1, 8, 'a']),
      ];
      if (!bag) {
        writes.push(
          () => table.updateCounter(1, 1),
          () => table.updateElement(1, 2, 'changed'),
          () =>
            table.updateElements(1, [
              [1, 4],
              [2, 'again'],
            ]),
        );
      }
      for (const write of writes) {
        warm(table, 1);
        write();
        // The answer of a scan, which keeps nothing.
        const rows = [...table].filter((row) => row[0] === 1);
        assert.equal(table.lookup(1), rows);
        assert.is(table.member(1), rows.length > 0);
        if (bag && rows.length > 0)
          assert.equal(
            table.lookupElement(1, 1),
            rows.map((row) => row[1]),
          );
        if (!bag) assert.equal(table.get(1), rows[0]);
        if (!bag) assert.is(table.lookupElement(1, 1, 'none'), rows[0]?.[1] ?? 'none');
      }
    });
  }
}

testKept('what is kept of a table is gone with the table, and with the right to read it', () => {
  for (const readConcurrency of [false, true]) {
    const table = warmTable({ readConcurrency }, ['a', 1]);
    assert.ok(table.info('nearCache')!.hits > 0);
    table.drop();
    refuses(() => table.get('a'), 'ERR_ETS_ID', 'table.get');
    refuses(() => table.member('a'), 'ERR_ETS_ID', 'table.member');
    refuses(() => table.lookupElement('a', 1), 'ERR_ETS_ID', 'table.lookupElement');
    assert.is(table.info('nearCache'), undefined);
  }
});

test('refusals are those of any table, also from what is kept', () => {
  for (const readConcurrency of [false, true]) {
    using table = warmTable({ readConcurrency }, ['a', 1]);
    warm(table, 'none');
    refuses(() => table.lookupElement('a', 2), 'ERR_ETS_POSITION', 'table.lookupElement');
    refuses(() => table.lookupElement('a', 2, 0), 'ERR_ETS_POSITION');
    refuses(() => table.lookupElement('none', 1), 'ERR_ETS_BADKEY');
    refuses(() => table.lookupElements('a', [2]), 'ERR_ETS_POSITION', 'table.lookupElements');
    refuses(() => table.lookupElements('none', [1]), 'ERR_ETS_BADKEY');
    assert.is(table.lookupElement('none', 1, undefined), undefined);
  }
});

test('numbers and bigints, 0 and -0 are found as in any table', () => {
  using set = warmTable(
    { readConcurrency: true },
    [-0, 'zero'],
    [1, 'number'],
    [1n, 'bigint'],
    ['1', 'string'],
  );
  assert.ok(Object.is(set.get(0)![0], -0));
  assert.is(set.lookupElement(1, 1), 'number');
  assert.is(set.lookupElement(1n, 1), 'bigint');
  assert.is(set.lookupElement('1', 1), 'string');
  using ordered = warmTable({ readConcurrency: true, type: 'ordered_set' }, [1n, 'bigint']);
  assert.equal(ordered.get(1), [1n, 'bigint']);
  ordered.insert([1, 'number']);
  assert.equal(ordered.get(1n), [1, 'number']);
  assert.equal(ordered.get(1), [1, 'number']);
});

testKept('hits and misses are counted', () => {
  using table = ets.new('counted', { readConcurrency: true });
  table.insert(['a', 1]);
  assert.equal(table.info('nearCache'), { hits: 0, misses: 0, size: 0 });
  for (let i = 0; i < 10; i++) table.get('a');
  assert.equal(table.info('nearCache'), { hits: 9, misses: 1, size: 1 });
  table.insert(['a', 2]);
  for (let i = 0; i < 10; i++) ets.table(table.tid).get('a');
  assert.equal(table.info()!.nearCache, { hits: 18, misses: 2, size: 1 });
  for (let i = 0; i < 5; i++) table.get('none');
  assert.equal(table.info('nearCache'), { hits: 22, misses: 3, size: 2 });
  using other = ets.new('other');
  assert.is('nearCache' in other.info()!, false);
});

testKept('what is kept is bounded, whatever is asked for, and stays right', () => {
  for (const readConcurrency of [false, true]) {
    using table = ets.new('large', { readConcurrency });
    const count = 60_000;
    table.insertMany(Array.from({ length: count }, (_none, i) => [i, i]));
    table.insertMany(Array.from({ length: 100 }, (_none, i) => [`big ${i}`, 'x'.repeat(2 ** 20)]));
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < count; i++) assert.is(table.get(i)![1], i);
      for (let i = 0; i < 100; i++) assert.is((table.get(`big ${i}`)![1] as string).length, 2 ** 20);
    }
    for (let i = 0; i < count; i += 7) table.updateCounter(i, 1);
    for (let i = 0; i < count; i++) assert.is(table.get(i)![1], i % 7 === 0 ? i + 1 : i);
    const { hits, misses, size } = table.info('nearCache')!;
    assert.ok(hits + misses > 0);
    assert.ok(size <= 2 * 8192, `${size} keys are kept`);
  }
});

testKept('what is kept of all tables together is bounded, too', () => {
  const tables = Array.from({ length: 40 }, () => ets.new('one of many', { readConcurrency: true }));
  const sizes = (): number => tables.reduce((sum, table) => sum + table.info('nearCache')!.size, 0);
  let most = 0;
  for (const table of tables) {
    table.insertMany(Array.from({ length: 8000 }, (_none, i) => [i, i]));
    for (let i = 0; i < 8000; i++) table.get(i);
    most = Math.max(most, sizes());
  }
  assert.ok(most > 2 ** 16 && most <= 2 ** 17 + 4096, `${most} keys were kept`);
  for (const table of tables) for (let i = 0; i < 8000; i += 100) assert.is(table.get(i)![1], i);
  for (const table of tables) table.drop();
});

run();
