import assert from 'node:assert/strict';
import { ets } from 'termstore';
import { LeftOut } from './left-out.mjs';

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

/** `ets.new`; a case that asks for `readConcurrency` where the package does not have it is left out. */
export function newTable(options = {}, name = 'bench') {
  try {
    return ets.new(name, options);
  } catch (error) {
    if (options.readConcurrency && error.code === 'ERR_ETS_BADARG') throw new LeftOut(error.message);
    throw error;
  }
}

export function intTable(rows, options = {}) {
  const table = newTable(options);
  for (let i = 0; i < rows; i++) table.insert([i, i]);
  // Checked once before timing, so that a broken build cannot win.
  assert.deepEqual(table.lookup(rows - 1), [[rows - 1, rows - 1]]);
  return table;
}

/** Through a Buffer: template strings are ropes until something flattens them. */
export const flat = (text) => Buffer.from(text).toString('latin1');

export const stringKey = (i) => flat(`key${String(i).padStart(6, '0')}`);

export const stringKeys = (rows) => Array.from({ length: rows }, (_, i) => stringKey(i));

export function stringTable(rows, value = (i) => i, options = {}) {
  const table = newTable(options);
  const keys = stringKeys(rows);
  keys.forEach((key, i) => table.insert([key, value(i)]));
  assert.deepEqual(table.lookup(keys[rows - 1]), [[keys[rows - 1], value(rows - 1)]]);
  return { table, keys };
}
