// Question: what does one operation on an ordered_set cost, by kind of key and by size?
// Not answered here: contention, and the comparison with OTP; see bench/run.mjs.
//
//   node bench/micro/ordered.mjs [directory of the built package] [part of a title]
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const dist =
  process.argv[2] === undefined
    ? new URL('../../dist/', import.meta.url)
    : pathToFileURL(`${resolve(process.argv[2])}/`);
const only = process.argv[3] ?? '';
const { ets } = createRequire(import.meta.url)(new URL('index.js', dist).pathname);

const ROUNDS = 40;
const CALLS = 20_000;
const RANGE = 100;
let sum = 0;

/** The best of several rounds: noise of the machine only ever adds. */
function time(title, calls, run) {
  let best = Infinity;
  for (let round = 0; round < (calls > CALLS ? ROUNDS / 5 : ROUNDS); round++) {
    const start = process.hrtime.bigint();
    run(calls);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls);
  }
  console.log(`${title.padEnd(46)} ${best.toFixed(1).padStart(8)} ns`);
}

let seed = 1;
function pick(rows) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return (seed >>> 8) % rows;
}

const KINDS = {
  int: (i) => i,
  'short string': (i) => `k${String(i).padStart(6, '0')}`,
  'long string': (i) => `tenant/0123456789/session/${String(i).padStart(8, '0')}`,
  '[name, int]': (i) => ['session', i],
};

function fill(rows, key, order) {
  const table = ets.new('micro', { type: 'ordered_set' });
  for (let i = 0; i < rows; i++) table.insert([key(order(i, rows)), i]);
  return table;
}
const ascending = (i) => i;
// 7919 is prime and divides no size used here: every row once.
const scattered = (i, rows) => (i * 7919) % rows;

function measure(name, rows, order, key) {
  const label = `${name}, ${rows === 1e6 ? '1 M' : '1 k'}${order === scattered ? ' scattered' : ''}: `;
  const cases = {
    lookup: [
      CALLS,
      (table, keys, n) => {
        for (let i = 0; i < n; i++) sum += table.lookup(keys[pick(rows)])[0][1];
      },
    ],
    member: [
      CALLS,
      (table, keys, n) => {
        for (let i = 0; i < n; i++) sum += table.member(keys[pick(rows)]) ? 1 : 0;
      },
    ],
    overwrite: [
      CALLS,
      (table, keys, n) => {
        for (let i = 0; i < n; i++) table.insert([keys[pick(rows)], i]);
      },
    ],
    'delete and insert': [
      CALLS,
      (table, keys, n) => {
        for (let i = 0; i < n; i++) {
          const k = keys[pick(rows)];
          table.delete(k);
          table.insert([k, i]);
          sum++;
        }
      },
    ],
    next: [
      CALLS,
      (table, keys, n) => {
        let at = table.first();
        for (let i = 0; i < n; i++) at = table.next(at) ?? table.first();
        sum += at === undefined ? 0 : 1;
      },
    ],
    'next of random keys': [
      CALLS,
      (table, keys, n) => {
        for (let i = 0; i < n; i++) sum += table.next(keys[pick(rows)]) === undefined ? 0 : 1;
      },
    ],
    'range of 100, per row': [
      CALLS,
      (table, keys, n) => {
        for (let i = 0; i < n; i += RANGE) {
          const start = pick(rows - RANGE);
          for (const row of table.range({ gte: keys[start], lt: keys[start + RANGE] })) sum += row[1];
        }
      },
    ],
    'iteration, per row': [
      rows,
      (table) => {
        for (const row of table) sum += row[1];
      },
    ],
  };
  const titles = Object.keys(cases).filter((title) => (label + title).includes(only));
  if (titles.length === 0) return;
  const keys = Array.from({ length: rows }, (_, i) => key(i));
  const table = fill(rows, (i) => keys[i], order);
  for (const title of titles) time(label + title, cases[title][0], (n) => cases[title][1](table, keys, n));
  table.drop();
}

console.log(`node ${process.version}, ${process.arch}`);
for (const [name, key] of Object.entries(KINDS)) measure(name, 1e3, ascending, key);
for (const [name, key] of Object.entries(KINDS)) measure(name, 1e6, ascending, key);
measure('int', 1e6, scattered, KINDS.int);
measure('long string', 1e6, scattered, KINDS['long string']);
if (!(sum > 0)) throw new Error('nothing was done');
