import assert from 'node:assert/strict';
import { ets } from 'termstore';

/** Shared by cases and threads: keys of the small cases are picked by a mask. */
export const kMask = 1023;

/** One step of the generator that the Erlang side uses too, and the row it picks. */
export const nextRandom = (x) => (Math.imul(x, 1664525) + 1013904223) >>> 0;
export const pick = (x, rows) => (x >>> 8) % rows;

export const user = (id) => ({
  id,
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  active: true,
  score: 0.5,
});

export function intTable(rows, options = {}) {
  const table = ets.new('bench', options);
  for (let i = 0; i < rows; i++) table.insert([i, i]);
  // Checked once before timing, so that a broken build cannot win.
  assert.deepEqual(table.lookup(rows - 1), [[rows - 1, rows - 1]]);
  return table;
}

export function stringKeys(rows) {
  // Through a Buffer: template strings are ropes until something flattens them.
  return Array.from({ length: rows }, (_, i) =>
    Buffer.from(`key${String(i).padStart(6, '0')}`).toString('latin1'),
  );
}

export function stringTable(rows, value = (i) => i, options = {}) {
  const table = ets.new('bench', options);
  const keys = stringKeys(rows);
  keys.forEach((key, i) => table.insert([key, value(i)]));
  assert.deepEqual(table.lookup(keys[rows - 1]), [[keys[rows - 1], value(rows - 1)]]);
  return { table, keys };
}
