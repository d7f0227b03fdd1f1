// Question: what does a row cost in a big table when rows are found at random, written or read all at once, and how
// much of the process's memory comes back when they go?
// Not answered here: other runtimes (bench/run.mjs).
//
//   node --expose-gc bench/micro/bulk.mjs [rows] [rounds] [directory of the built package]
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const rows = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 5);
const dist =
  process.argv[4] === undefined
    ? new URL('../../dist/', import.meta.url)
    : pathToFileURL(`${resolve(process.argv[4])}/`);
const require = createRequire(import.meta.url);
const { ets } = require(new URL('index.js', dist).pathname);
const { $1, $2, $_, lt } = require(new URL('ms.js', dist).pathname);

const kLookups = 1_000_000;
const best = new Map();

/**
 * The best of several rounds: noise of the machine only ever adds. Processor time, of all threads of the process: on a
 * busy machine the clock tells more about the others.
 */
function time(title, count, work) {
  globalThis.gc?.();
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  const ns = ((user + system) * 1000) / count;
  best.set(title, Math.min(best.get(title) ?? Infinity, ns));
}

let seed = 1;
let sink = 0;
function random(read) {
  let x = seed;
  for (let i = 0; i < kLookups; i++) {
    sink += read((x >>> 8) % rows);
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
  }
  seed = x;
}

const rss = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
const none = [[[$1, $2], [lt($2, 0)], [true]]];
const few = [[[$1, $2], [lt($2, 10)], [$_]]];

const table = ets.new('big');
const before = rss();
time('insert, fresh', rows, () => {
  for (let i = 0; i < rows; i++) table.insert([i, i]);
});
const full = rss();
for (let round = 0; round < rounds; round++) {
  time('no lookup, random', kLookups, () => random((key) => key));
  time('lookup, random', kLookups, () => random((key) => table.lookup(key)[0][1]));
  time('get, random', kLookups, () => random((key) => table.get(key)[1]));
  time('member, random', kLookups, () => random((key) => +table.member(key)));
  time('insert, random', kLookups, () => random((key) => +table.insert([key, key])));
  time('selectCount without a hit', rows, () => table.selectCount(none));
  time('select of 10', rows, () => table.select(few).length);
  time('tab2list', rows, () => table.tab2list().length);
  time('iteration', rows, () => {
    for (const row of table) sink += row[1];
  });
}
const bytes = table.info('memory');
time('delete, 90 %', rows * 0.9, () => {
  for (let i = 0; i < rows; i++) if (i % 10 !== 0) table.delete(i);
});
const tenth = table.info('memory');
const left = rss();
table.deleteAllObjects();
const empty = rss();
table.drop();

const list = Array.from({ length: rows }, (_, i) => [i, i]);
for (let round = 0; round < rounds; round++) {
  for (const [title, fill] of [
    ['insertMany', (many) => many.insertMany(list)],
    ['insertNewMany', (many) => many.insertNewMany(list)],
    [
      'insertMany in batches of 1000',
      (many) => {
        for (let i = 0; i < rows; i += 1000) many.insertMany(list.slice(i, i + 1000));
      },
    ],
  ]) {
    const many = ets.new('many');
    time(title, rows, () => fill(many));
    if (many.info('size') !== rows) throw new Error(title);
    time(`${title}, again`, rows, () => title !== 'insertNewMany' && fill(many));
    time(`${title}, drop`, rows, () => many.drop());
  }
}

console.log(`node ${process.version}, ${rows} rows [int, int], best of ${rounds}`);
for (const [title, ns] of best) console.log(`${title.padEnd(40)} ${ns.toFixed(1).padStart(8)} ns`);
console.log(
  `memory per row ${(bytes / rows).toFixed(1)}, of what a tenth needs ${(tenth / rows).toFixed(1)} bytes`,
);
console.log(
  `resident: ${before} MiB, full +${full - before}, a tenth +${left - before}, none +${empty - before}`,
);
if (sink === 0) throw new Error('nothing was done');
