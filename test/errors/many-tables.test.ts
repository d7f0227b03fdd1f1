// @timeout 180
import { ets, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { checkBaseline, memoryStats } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('many tables');
checkBaseline({ beforeEach, afterEach });

const COUNT = 2 ** 20;

test('a million tables live side by side, and all their memory comes back', () => {
  const before = memoryStats();
  const tables: Table[] = [];
  for (let i = 0; i < COUNT; i++) {
    const type = i % 2 === 0 ? 'set' : 'ordered_set';
    tables.push(ets.new(i % 100 === 0 ? `table ${i}` : 'unnamed', { type, named: i % 100 === 0 }));
  }
  assert.is(memoryStats().tables, before.tables + COUNT);
  for (let i = 0; i < COUNT; i += 9973) tables[i]?.insert(['number', i]);
  for (let i = 0; i < COUNT; i += 9973) assert.equal(ets.table(tables[i]!.tid).get('number'), ['number', i]);
  assert.is(ets.table('table 1000000').tid, tables[1_000_000]?.tid);
  assert.is(new Set(tables.map((table) => table.tid)).size, COUNT);
  for (const table of tables) table.drop();
  assert.is(memoryStats().tables, before.tables);
  assert.is(ets.whereis('table 1000000'), undefined);
});

test('names and numbers are given back a million times', () => {
  const seen = new Set<number>();
  for (let i = 0; i < COUNT; i++) {
    const table = ets.new('again', { named: true });
    seen.add(table.tid);
    table.drop();
  }
  assert.is(seen.size, COUNT);
});

run();
