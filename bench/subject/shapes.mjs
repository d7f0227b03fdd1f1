import assert from 'node:assert/strict';
import { kMask, flat, newTable } from './data.mjs';

// Question: what do a look-up and an overwrite cost with other keys, rows and options? otp/termstore_bench_shapes.erl
// has the same.

const kWords = 'In the beginning there was a table, and the table had rows, and the rows had keys. ';

const document = (i) => ({
  id: i,
  title: `document ${i}`,
  tags: ['alpha', 'beta', 'gamma', 'delta'],
  author: { name: 'Ada Lovelace', born: 1815, rating: 4.5 },
  text: kWords.repeat(10),
});

const second = (row) => row[1];
const shape = (key, rest, options = {}) => ({ key, rest, options });

const kShapes = {
  composite: shape(
    (i) => ['tenant', i],
    (i) => [i],
  ),
  long: shape(
    (i) => flat(`tenant/0123456789abcdef/session/0123456789abcdef/item/${String(i).padStart(12, '0')}`),
    (i) => [i],
  ),
  unicode: shape(
    (i) => `ключ${String(i).padStart(5, '0')}`,
    (i) => [i],
  ),
  float: shape(
    (i) => i + 0.5,
    (i) => [i + 0.25],
  ),
  wide: shape(
    (i) => i,
    (i) => [i, 'ada', true, 0.5, 1, 2, 3, 'lovelace', null, false, 1815],
  ),
  nested: shape(
    (i) => i,
    (i) => [document(i)],
  ),
  text: shape(
    (i) => i,
    (i) => [i, kWords.repeat(50)],
  ),
  compressed: shape(
    (i) => i,
    (i) => [document(i)],
    { compressed: true },
  ),
  adaptive: shape(
    (i) => i,
    (i) => [i],
    { writeConcurrency: 'auto' },
  ),
};

export let sink;

function filled({ key, rest, options }, rows) {
  const table = newTable(options);
  const keys = Array.from({ length: rows }, (_, i) => key(i));
  keys.forEach((k, i) => table.insert([k, ...rest(i)]));
  assert.deepEqual(table.lookup(keys[rows - 1]), [[keys[rows - 1], ...rest(rows - 1)]]);
  return { table, keys };
}

const lookup = (each) => (rows) => {
  const { table, keys } = filled(each, rows);
  return (count) => {
    let last;
    for (let i = 0; i < count; i++) last = second(table.lookup(keys[i & kMask])[0]);
    sink = last;
  };
};

const insert = (each) => (rows) => {
  const { table, keys } = filled(each, rows);
  const [rest] = [each.rest(1)];
  const row = [keys[0], ...rest];
  return (count) => {
    for (let i = 0; i < count; i++) {
      row[0] = keys[i & kMask];
      table.insert(row);
    }
  };
};

function bag(rows) {
  const table = newTable({ type: 'bag' });
  for (let i = 0; i < rows; i++) for (let n = 0; n < 4; n++) table.insert([i, n]);
  assert.equal(table.lookup(rows - 1).length, 4);
  return table;
}

export const shapes = {
  ...Object.fromEntries(Object.entries(kShapes).map(([name, each]) => [`lookup_${name}`, lookup(each)])),
  ...Object.fromEntries(Object.entries(kShapes).map(([name, each]) => [`insert_${name}`, insert(each)])),
  lookup_bag: (rows) => {
    const table = bag(rows);
    return (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += table.lookup(i & kMask).length;
      sink = sum;
    };
  },
  insert_bag: (rows) => {
    const table = bag(rows);
    return (count) => {
      for (let i = 0; i < count; i++) table.insert([i & kMask, i & 3]);
    };
  },
};
