// Question: what does one row cost a match spec that looks at all of them, and does another build of the package do it faster?
// Not answered here: the comparison with OTP, which bench/run.mjs makes; lookups by key; results by the thousand.
//
//   node bench/micro/scan.mjs [--filter text] [--rounds count] [--rows count] [built package to compare with]
//
// Each case runs in a process of its own; of two builds the rounds alternate. Printed is the best round of each:
// noise of the machine only ever adds.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bestRounds } from './two-builds.mjs';

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('../..', import.meta.url));

const ints = (i) => [i, i];
const names = (i) => [i, `name${i % 1000}`, i];
const objects = (i) => [i, { id: i, at: { x: i }, name: 'Ada' }];

/** Title: rows, the match spec of `ms`, and what it is run as. */
const CASES = {
  'count, no hit, one guard': [ints, ({ $1, $2, lt }) => [[$1, $2], [lt($2, 0)], [true]]],
  'count, no hit, one guard, _': [ints, ({ $1, _, lt }) => [[_, $1], [lt($1, 0)], [true]]],
  'count, half, one guard': [ints, ({ $1, $2, lt }, rows) => [[$1, $2], [lt($2, rows / 2)], [true]]],
  'count, no hit, two guards': [ints, ({ $1, $2, ge, lt }) => [[$1, $2], [ge($1, 0), lt($2, 0)], [true]]],
  'count, no hit, and': [ints, ({ $1, $2, and, ge, lt }) => [[$1, $2], [and(ge($1, 0), lt($2, 0))], [true]]],
  'count, no hit, or': [ints, ({ $1, $2, or, lt }) => [[$1, $2], [or(lt($1, 0), lt($2, 0))], [true]]],
  'count, no hit, arithmetic': [ints, ({ $1, $2, eq, rem }) => [[$1, $2], [eq(rem($2, 7), 8)], [true]]],
  'count, no hit, float': [ints, ({ $1, $2, lt }) => [[$1, $2], [lt($2, -0.5)], [true]]],
  'count, no hit, type test': [ints, ({ $1, $2, isString }) => [[$1, $2], [isString($2)], [true]]],
  'count, no hit, string': [names, ({ $1, $2, $3, eq }) => [[$1, $2, $3], [eq($2, 'name')], [true]]],
  'count, no hit, constant in the head': [names, ({ $1, $3 }) => [[$1, 'name', $3], [], [true]]],
  'count, no hit, object': [objects, ({ $1 }) => [[$1, { name: 'Bob' }], [], [true]]],
  'count, all rows': [ints, ({ _ }) => [_, [], [true]]],
  'select of 10': [ints, ({ $1, $2, $_, lt }) => [[$1, $2], [lt($2, 10)], [$_]], 'select'],
  'ordered_set: count, no hit, one guard': [
    ints,
    ({ $1, $2, lt }) => [[$1, $2], [lt($2, 0)], [true]],
    'selectCount',
    { type: 'ordered_set' },
  ],
  'compressed: count, no hit, one guard': [
    ints,
    ({ $1, $2, lt }) => [[$1, $2], [lt($2, 0)], [true]],
    'selectCount',
    { compressed: true },
  ],
};

/** In a child: fills the table, then runs one round for each message. */
function measure(title, folder, count) {
  const { ets } = require(resolve(folder, 'dist/index.js'));
  const [row, clause, method = 'selectCount', options] = CASES[title];
  const spec = [clause(require(resolve(folder, 'dist/ms.js')), count)];
  const table = ets.new('scan', options);
  for (let i = 0; i < count; i++) table.insert(row(i));
  process.on('message', () => {
    const start = process.hrtime.bigint();
    table[method](spec);
    process.send(Number(process.hrtime.bigint() - start) / count);
  });
}

const { values, positionals } = parseArgs({
  options: {
    filter: { type: 'string', default: '' },
    rounds: { type: 'string', default: '20' },
    rows: { type: 'string', default: '1000000' },
    case: { type: 'string' },
  },
  allowPositionals: true,
});

if (values.case !== undefined) {
  measure(values.case, positionals[0], Number(values.rows));
} else {
  const self = fileURLToPath(import.meta.url);
  const folders = [here, ...positionals.slice(0, 1)];
  console.log(
    `node ${process.version}, ${process.arch}, ${values.rows} rows; best of ${values.rounds} rounds`,
  );
  for (const title of Object.keys(CASES).filter((name) => name.includes(values.filter))) {
    const argumentLists = folders.map((folder) => ['--case', title, '--rows', values.rows, folder]);
    const best = await bestRounds(self, argumentLists, Number(values.rounds));
    const figures = best.map((nanoseconds) => `${nanoseconds.toFixed(1).padStart(7)} ns`);
    const ratio = best.length === 2 ? `  ${(best[0] / best[1]).toFixed(2).padStart(5)} x` : '';
    console.log(`${title.padEnd(42)}${figures.join('  ')}${ratio}`);
  }
}
