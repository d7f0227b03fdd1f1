import { _, $1, ets, type Row, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { BAGS, eachTable, SETS, times, TYPES, unordered } from '../support/variants.js';

/* ets_SUITE: lists of rows, and the order of the rows of one key, fixed and not. */

const { test, beforeEach, afterEach, run } = suite('otp: lists of rows and bags');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

test('ets_SUITE: t_insert_list', async () => {
  await eachTable(['duplicate_bag'], (table) => {
    for (let from = 0; from < 1000; from += 100) {
      table.insertMany(times(100, (i): Row => [from + i, 'once']));
      table.insertMany(times(100, (i): Row => [from + i, 'twice']));
      table.insertMany([]);
    }
    assert.is(table.info('size'), 2000);
    for (let key = 0; key < 1000; key++) {
      assert.equal(table.lookupElement(key, 1), ['once', 'twice']);
      assert.is(table.delete(key), true);
      assert.is(table.info('size'), 2000 - 2 * (key + 1));
    }
  });
});

/** Overlapping lists; `grown` is what a list adds to a table that holds its rows already. */
function insertLists(table: Table, grown: (rows: number) => number): void {
  const list = (from: number, to: number): Row[] => times(to - from, (i) => [from + i, 'value']);
  table.insertMany(list(0, 2));
  table.insertMany(list(1, 2));
  let size = 2 + grown(1);
  assert.is(table.info('size'), size);
  assert.is(table.insertNewMany(list(1, 4)), false);
  assert.is(table.insertNewMany([...list(10, 1000), ...list(0, 1)]), false);
  assert.is(table.info('size'), size);
  assert.is(table.insertNewMany(list(2, 4)), true);
  assert.is(table.info('size'), (size += 2));
  const long = list(0, 25_000);
  table.insertMany(long);
  size += 25_000 - 4 + grown(4);
  assert.is(table.info('size'), size);
  table.insertMany(long);
  assert.is(table.info('size'), (size += grown(25_000)));
  assert.is(table.insertNewMany(long), false);
  assert.is(table.info('size'), size);
}

test('ets_SUITE: t_insert_list_set', async () => {
  await eachTable(SETS, (table) => insertLists(table, () => 0));
});

test('ets_SUITE: t_insert_list_bag', async () => {
  await eachTable(['bag'], (table) => {
    insertLists(table, () => 0);
    // Rows of a key that is there are added unless they are there themselves.
    table.deleteAllObjects();
    table.insertMany([
      ['k', 1],
      ['k', 2],
      ['k', 1],
    ]);
    table.insertMany([
      ['k', 2],
      ['k', 3],
    ]);
    assert.equal(table.lookupElement('k', 1), [1, 2, 3]);
  });
});

test('ets_SUITE: t_insert_list_duplicate_bag', async () => {
  await eachTable(['duplicate_bag'], (table) => insertLists(table, (rows) => rows));
});

test('ets_SUITE: t_insert_list_insert_order_preserved', async () => {
  await eachTable(BAGS, (table) => {
    const list = (from: number, to: number): Row[] => times(to - from, (i) => ['key', from + i]);
    for (const [from, to] of [
      [0, 1],
      [1, 3],
      [3, 10],
      [10, 200],
    ] as const) {
      table.insertMany(list(from, to));
      assert.equal(table.lookup('key'), list(0, to));
    }
    assert.is(table.insertNewMany(list(500, 600)), false);
    table.insert(['key', 200]);
    table.insertMany(list(201, 203));
    assert.equal(table.lookup('key'), list(0, 203));
    assert.is(table.insertNewMany(list(0, 100).map(([, n]) => ['new', n])), true);
    assert.equal(
      table.lookupElement('new', 1),
      times(100, (n) => n),
    );
  });
  // As long as lists are in OTP's test; comparing every two rows of a bag would take too long here.
  for (const type of BAGS) {
    using table = ets.new('long', { type });
    const keys = type === 'bag' ? 16 : 1;
    table.insertMany(times(32_010, (i): Row => [i % keys, i]));
    for (let key = 0; key < keys; key++) {
      const values = table.lookupElement(key, 1) as number[];
      assert.is(values.length, Math.ceil((32_010 - key) / keys));
      assert.ok(values.every((value, i) => value === key + i * keys));
    }
  }
});

type Step = (table: Table, model: Row[]) => void;

/** Adds as a bag does. */
function add(table: Table, model: Row[], row: Row): void {
  if (table.info('type') === 'bag' && model.some(([key, n]) => key === row[0] && n === row[1])) return;
  model.push(row);
}

function remove(model: Row[], unless: (row: Row) => boolean): void {
  model.splice(0, model.length, ...model.filter(unless));
}

const STEPS: Readonly<Record<string, Step>> = {
  insert(table, model) {
    for (const n of [3, 1, 2]) {
      table.insert(['key', n]);
      add(table, model, ['key', n]);
    }
  },
  insertMany(table, model) {
    const rows: Row[] = [4, 1, 5, 4].map((n) => ['key', n]);
    table.insertMany(rows);
    rows.forEach((row) => add(table, model, row));
  },
  insertNew(table, model) {
    const rows: Row[] = [7, 6].map((n) => ['key', n]);
    const done = table.insertNewMany(rows);
    assert.is(done, model.length === 0);
    if (done) rows.forEach((row) => add(table, model, row));
  },
  deleteOne(table, model) {
    table.deleteObject(['key', 1]);
    remove(model, ([, n]) => n !== 1);
  },
  deleteSome(table, model) {
    table.deleteObject(['key', 2]);
    table.deleteObject(['key', 4]);
    table.deleteObject(['key', 9]);
    remove(model, ([, n]) => n !== 2 && n !== 4);
  },
  deleteKey(table, model) {
    table.delete('key');
    remove(model, () => false);
  },
};

test('ets_SUITE: lookup_order', async () => {
  const steps = Object.values(STEPS);
  await eachTable(BAGS, (table) => {
    for (const fixed of [false, true]) {
      for (let combination = 0; combination < steps.length ** 3; combination++) {
        const model: Row[] = [];
        if (fixed) table.safeFixtable(true);
        table.insert(['key', 0]);
        model.push(['key', 0]);
        for (let n = combination, i = 0; i < 3; n = Math.floor(n / steps.length), i++) {
          steps[n % steps.length]?.(table, model);
          assert.equal(table.lookup('key'), model);
        }
        if (fixed) table.safeFixtable(false);
        assert.equal(table.take('key'), model);
      }
    }
  });
});

test('ets_SUITE: otp_5340', async () => {
  await eachTable(BAGS, (table) => {
    const keys = 700;
    // The table is rehashed many times while the rows of each key become more.
    for (let n = 0; n < 12; n++) {
      for (let key = 0; key < keys; key++) table.insert([key, (n * 7) % 12]);
      for (let key = n * 1000; key < (n + 1) * 1000; key++) table.insert([['filler', key], n, n]);
    }
    table.matchDelete([['filler', _], $1, $1]);
    for (let key = 0; key < keys; key++)
      assert.equal(
        table.lookupElement(key, 1),
        times(12, (n) => (n * 7) % 12),
      );
  });
});

test('ets_SUITE: otp_7665', async () => {
  await eachTable(BAGS, (table) => {
    for (let first = 0; first <= 10; first++) {
      for (const again of [false, true]) {
        table.safeFixtable(true);
        for (let n = 0; n <= 10; n++) table.insert(['key', n]);
        table.deleteObject(['key', first]);
        if (again) table.insert(['key', first]);
        assert.equal(
          unordered(table.lookupElement('key', 1) as unknown[]),
          unordered(times(11, (n) => n).filter((n) => again || n !== first)),
        );
        table.delete('key');
        assert.equal(table.lookup('key'), []);
        assert.is(table.info('size'), 0);
        table.insert(['key', 'alone']);
        table.safeFixtable(false);
        assert.equal(table.take('key'), [['key', 'alone']]);
      }
    }
  });
});

/** The numbers from 0 to `count - 1`, each subset of them once. */
function* subsets(count: number): Generator<number[]> {
  for (let bits = 0; bits < 1 << count; bits++) yield times(count, (i) => i).filter((i) => bits & (1 << i));
}

/** Every order of `items`. */
function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries())
    for (const rest of orders([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
}

/** Walks with first and next; the keys that still have rows. */
function walk(table: Table): unknown[] {
  const met: unknown[] = [];
  for (let key = table.first(); key !== undefined; key = table.next(key)) {
    if (table.lookup(key).length > 0) met.push(key);
  }
  return met;
}

test('ets_SUITE: fixtable_iter_bag', async () => {
  const PER_KEY = 4;
  await eachTable(BAGS, (table) => {
    for (const gone of subsets(PER_KEY)) {
      for (const order of orders(gone)) {
        table.safeFixtable(true);
        for (let n = 0; n < PER_KEY; n++) for (let key = 0; key < 6; key++) table.insert([key, n]);
        // Of every second key these rows are deleted, one by one; a walk after each finds what is left.
        for (const [i, n] of order.entries()) {
          for (let key = 0; key < 6; key += 2) table.deleteObject([key, n]);
          assert.equal(unordered(walk(table)), i + 1 === PER_KEY ? [1, 3, 5] : [0, 1, 2, 3, 4, 5]);
          assert.equal(new Set(table.keys()).size, i + 1 === PER_KEY ? 3 : 6);
        }
        for (let key = 0; key < 6; key++)
          assert.equal(
            (table.lookup(key) as number[][]).map(([, n]) => n),
            times(PER_KEY, (n) => n).filter((n) => key % 2 === 1 || !gone.includes(n)),
          );
        table.safeFixtable(false);
        assert.is(table.info('size'), 6 * PER_KEY - 3 * gone.length);
        table.deleteAllObjects();
      }
    }
  });
});

test('ets_SUITE: fixtable_insert', async () => {
  await eachTable(TYPES, (table, { type }) => {
    const bag = BAGS.includes(type as 'bag');
    table.insertMany([
      ['a', 1],
      ['a', 2],
    ]);
    table.safeFixtable(true);
    assert.is(table.first(), 'a');
    table.delete('a');
    assert.is(table.first(), undefined);
    assert.is(table.next('a'), undefined);
    assert.is(table.insertNew(['a', 3]), true);
    assert.is(table.insertNew(['a', 4]), false);
    assert.is(table.first(), 'a');
    assert.is(table.next('a'), undefined);
    table.insert(['a', 1]);
    assert.equal(
      table.lookup('a'),
      bag
        ? [
            ['a', 3],
            ['a', 1],
          ]
        : [['a', 1]],
    );
    table.deleteObject(['a', 1]);
    table.deleteObject(['a', 3]);
    assert.is(table.first(), undefined);
    assert.is(
      table.insertNewMany([
        ['a', 3],
        ['a', 1],
      ]),
      true,
    );
    assert.equal(
      table.lookup('a'),
      bag
        ? [
            ['a', 3],
            ['a', 1],
          ]
        : [['a', 1]],
    );
    assert.is(table.next('a'), undefined);
    table.safeFixtable(false);
    assert.equal([...table.keys()], ['a']);
    assert.equal(table.info('size'), bag ? 2 : 1);
  });
});

run();
