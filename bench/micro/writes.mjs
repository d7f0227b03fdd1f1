// Question: what does writing one row cost, and does another build of the package do it faster?
// Not answered here: the comparison with OTP, which bench/run.mjs makes; contention; growth.
//
//   node bench/micro/writes.mjs [--filter text] [--rounds count] [built package to compare with]
//
// Each case runs in a process of its own; of two builds the rounds alternate. Printed is the best round of each:
// noise of the machine only ever adds. The loop is in every figure.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bestRounds } from './two-builds.mjs';

const MASK = 1023;
const CALLS = 200_000;

const many = (make) => Array.from({ length: MASK + 1 }, (_, i) => make(i));
// Through a Buffer: template strings are ropes until something flattens them.
const names = many((i) => Buffer.from(`key${String(i).padStart(6, '0')}`).toString('latin1'));
const user = (i) => ({ id: i, name: 'Ada Lovelace', email: 'ada@example.org', active: true, score: 0.5 });

/** A loop that stores `row(i)`; the table has all its rows before. */
const overwriting = (row, options) => (ets) => {
  const table = ets.new('writes', options);
  for (let i = 0; i <= MASK; i++) table.insert(row(i));
  return (count) => {
    for (let i = 0; i < count; i++) table.insert(row(i & MASK, i));
  };
};

/** A loop of counts. */
const counting = (keys, update, options) => (ets) => {
  const table = ets.new('writes', options);
  for (const key of keys) table.insert([key, 0]);
  return (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += update(table, keys[i & MASK]);
    if (sum === 0) throw new Error('nothing was counted');
  };
};

const value = user(1);
const nested = { id: 1, at: { x: 1, y: 2 }, tags: ['a', 'b'] };
const numbers = many((i) => i);

const cases = {
  'empty loop': () => (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += i & MASK;
    if (sum === 0) throw new Error('nothing was added');
  },
  'insert [int, int]': overwriting((i, n = i) => [i, n]),
  'insert [int, int], writeConcurrency': overwriting((i, n = i) => [i, n], { writeConcurrency: true }),
  'insert [int, int], ordered_set': overwriting((i, n = i) => [i, n], { type: 'ordered_set' }),
  'insert [string 9, int]': overwriting((i, n = i) => [names[i], n]),
  'insert [string 9, string 9, int]': overwriting((i, n = i) => [names[i], names[i], n]),
  'insert [string 9, object of 5]': overwriting((i) => [names[i], value]),
  'insert [string 9, new object of 5]': overwriting((i) => [names[i], user(i)]),
  'insert [string 9, nested]': overwriting((i) => [names[i], nested]),
  'insert [int, [8 ints]]': overwriting((i) => [i, [1, 2, 3, 4, 5, 6, 7, i]]),
  'updateCounter, int': counting(numbers, (table, key) => table.updateCounter(key, 1)),
  'updateCounter, string 9': counting(names, (table, key) => table.updateCounter(key, 1)),
  'updateCounter, { pos, incr }': counting(numbers, (table, key) =>
    table.updateCounter(key, { pos: 1, incr: 1 }),
  ),
};

/** In a child: prepares the case, then runs one round for each message. */
function measure(title, folder) {
  const { ets } = createRequire(import.meta.url)(resolve(folder, 'dist/index.js'));
  const loop = cases[title](ets);
  process.on('message', () => {
    const start = process.hrtime.bigint();
    loop(CALLS);
    process.send(Number(process.hrtime.bigint() - start) / CALLS);
  });
}

const { values, positionals } = parseArgs({
  options: {
    filter: { type: 'string', default: '' },
    rounds: { type: 'string', default: '60' },
    case: { type: 'string' },
  },
  allowPositionals: true,
});

if (values.case !== undefined) {
  measure(values.case, positionals[0]);
} else {
  const here = fileURLToPath(new URL('../..', import.meta.url));
  const self = fileURLToPath(import.meta.url);
  const folders = [here, ...positionals.slice(0, 1)];
  console.log(`node ${process.version}, ${process.arch}; best of ${values.rounds} rounds of ${CALLS} calls`);
  for (const title of Object.keys(cases).filter((name) => name.includes(values.filter))) {
    const argumentLists = folders.map((folder) => ['--case', title, folder]);
    const best = await bestRounds(self, argumentLists, Number(values.rounds));
    const figures = best.map((nanoseconds) => `${nanoseconds.toFixed(1).padStart(7)} ns`);
    const ratio = best.length === 2 ? `  ${(best[0] / best[1]).toFixed(2).padStart(5)} x` : '';
    console.log(`${title.padEnd(38)}${figures.join('  ')}${ratio}`);
  }
}
