import { ets, type HashStats, type OrderedStats, type Table, type TableOptions } from 'termstore';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

const { test, run } = suite("table.info('stats')");

function fresh(rows: number, options: TableOptions = {}): Table {
  const table = ets.new('stats', options);
  table.insertMany(Array.from({ length: rows }, (_, i) => [i, i]));
  return table;
}

const hashStats = (table: Table): HashStats => table.info('stats') as HashStats;
const orderedStats = (table: Table): OrderedStats => table.info('stats') as OrderedStats;

for (const type of ['set', 'bag', 'duplicate_bag'] as const) {
  test(`${type}: the figures of an empty table are whole`, () => {
    const { buckets, ...rest } = hashStats(fresh(0, { type }));
    assert.ok(buckets > 0);
    assert.equal(rest, {
      averageChain: 0,
      standardDeviation: 0,
      expectedStandardDeviation: 0,
      minChain: 0,
      maxChain: 0,
      keptPseudoDeleted: 0,
      locks: 1,
      waits: [0],
    });
  });

  test(`${type}: chains add up to the rows, and deviate as those of a uniform hash do`, () => {
    const stats = hashStats(fresh(20_000, { type }));
    assert.is(Math.round(stats.averageChain * stats.buckets), 20_000);
    assert.ok(stats.minChain <= stats.averageChain && stats.averageChain <= stats.maxChain);
    assert.ok(Math.abs(stats.expectedStandardDeviation ** 2 - stats.averageChain) < 0.01);
    // Buckets differ in size while a round of splits is under way, which widens the spread a little.
    assert.ok(stats.standardDeviation > stats.expectedStandardDeviation * 0.8);
    assert.ok(stats.standardDeviation < stats.expectedStandardDeviation * 2);
  });

  test(`${type}: keys that a fixed table keeps are counted until it is released`, () => {
    const table = fresh(10, { type });
    table.safeFixtable(true);
    for (const key of [1, 2, 3]) table.delete(key);
    assert.is(hashStats(table).keptPseudoDeleted, 3);
    table.safeFixtable(false);
    assert.is(hashStats(table).keptPseudoDeleted, 0);
  });
}

test('a bag counts every row of a key', () => {
  const table = ets.new('stats', { type: 'bag' });
  for (let i = 0; i < 100; i++) table.insert(['key', i]);
  assert.is(hashStats(table).maxChain, 100);
});

test('a divided table has as many figures of waits as locks', () => {
  const { locks, waits } = hashStats(fresh(100, { access: 'public', writeConcurrency: true }));
  assert.is(locks, 64);
  assert.equal(
    waits,
    Array.from({ length: 64 }, () => 0),
  );
});

test('ordered_set: shards split as rows come and join as they go', () => {
  const table = fresh(0, { type: 'ordered_set' });
  assert.equal(orderedStats(table), {
    shards: 1,
    leaves: 0,
    waits: 0,
    splits: 0,
    contendedSplits: 0,
    joins: 0,
  });
  for (let i = 0; i < 20_000; i++) table.insert([i]);
  const full = orderedStats(table);
  assert.is(full.shards, full.splits + 1);
  assert.ok(full.shards > 4);
  assert.ok(full.leaves >= 20_000 / 64);
  for (let i = 0; i < 20_000; i++) table.delete(i);
  const empty = orderedStats(table);
  assert.ok(empty.joins > 0 && empty.shards < full.shards);
  assert.is(empty.shards, empty.splits + 1 - empty.joins);
});

test('there are none of a table that is gone', () => {
  const table = fresh(1, { access: 'private' });
  assert.ok(hashStats(table).buckets > 0);
  table.drop();
  assert.is(table.info('stats'), undefined);
});

run();
