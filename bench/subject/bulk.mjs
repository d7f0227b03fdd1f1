import assert from 'node:assert/strict';
import { ets } from 'termstore';
import { $1, $2, $_, lt } from 'termstore/ms';
import { intTable, newTable, stringKey, user } from './data.mjs';

// Question: what does a row cost when many are written or read in one go, and how much memory does it take?
// Each case prepares its data and returns a function that is one round.

const kBatchRows = 1000;

function nsPerRow(rows, work) {
  const start = process.hrtime.bigint();
  work();
  return { value: Number(process.hrtime.bigint() - start) / rows };
}

/** A round that fills a new table; the table is dropped after the clock has stopped. */
const filling = (rows, fill) => () => {
  const table = ets.new('bench');
  const result = nsPerRow(rows, () => fill(table));
  assert.equal(table.info('size'), rows);
  table.drop();
  return result;
};

const intRows = (from, to) => Array.from({ length: to - from }, (_, i) => [from + i, from + i]);

const iteration = (rows, options) => {
  const table = intTable(rows, options);
  return () =>
    nsPerRow(rows, () => {
      let sum = 0;
      for (const row of table) sum += row[1];
      assert.equal(sum, (rows * (rows - 1)) / 2);
    });
};

const bytesPerRow =
  (rows, options, key, value = (i) => i) =>
  async () => {
    const table = ets.new('bench', options);
    const empty = table.info('memory');
    for (let i = 0; i < rows; i++) table.insert([key(i), value(i)]);
    const bytes = (table.info('memory') - empty) / rows;
    table.drop();
    return { value: bytes };
  };

/** By how much the memory of the process grows, per row; `keep` holds what must not be collected. */
export function residentPerRow(rows, fill) {
  return async () => {
    globalThis.gc();
    const before = process.memoryUsage.rss();
    const keep = await fill();
    globalThis.gc();
    const value = (process.memoryUsage.rss() - before) / rows;
    assert.ok(keep !== undefined);
    return { value };
  };
}

const resident = (key) => (rows) =>
  residentPerRow(rows, () => {
    const table = newTable();
    for (let i = 0; i < rows; i++) table.insert([key(i), i]);
    return table;
  });

export const bulk = {
  resident_int: resident((i) => i),
  resident_string: resident(stringKey),
  fill: (rows) =>
    filling(rows, (table) => {
      for (let i = 0; i < rows; i++) table.insert([i, i]);
    }),
  fill_many: (rows) => {
    const objects = intRows(0, rows);
    return filling(rows, (table) => table.insertMany(objects));
  },
  fill_many_batched: (rows) => {
    const batches = Array.from({ length: rows / kBatchRows }, (_, i) =>
      intRows(i * kBatchRows, (i + 1) * kBatchRows),
    );
    return filling(rows, (table) => {
      for (const batch of batches) table.insertMany(batch);
    });
  },
  tab2list: (rows) => {
    const table = intTable(rows);
    return () => nsPerRow(rows, () => assert.equal(table.tab2list().length, rows));
  },
  iterate: (rows) => iteration(rows, {}),
  iterate_ordered: (rows) => iteration(rows, { type: 'ordered_set' }),
  select_count: (rows) => {
    const table = intTable(rows);
    const none = [[[$1, $2], [lt($2, 0)], [true]]];
    return () => nsPerRow(rows, () => assert.equal(table.selectCount(none), 0));
  },
  select_few: (rows) => {
    const table = intTable(rows);
    const few = [[[$1, $2], [lt($2, 10)], [$_]]];
    return () => nsPerRow(rows, () => assert.equal(table.select(few).length, 10));
  },
  memory_int: (rows) => bytesPerRow(rows, {}, (i) => i),
  memory_string: (rows) => bytesPerRow(rows, {}, (i) => `k${String(i).padStart(8, '0')}`),
  memory_object: (rows) => bytesPerRow(rows, {}, stringKey, user),
  memory_ordered: (rows) => bytesPerRow(rows, { type: 'ordered_set' }, (i) => i),
};
