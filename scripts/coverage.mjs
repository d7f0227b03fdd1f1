// node scripts/coverage.mjs [--filter text]... [--without text]... [--jobs n] [--ordinary] [--lines] [--again]
// Which lines the tests reach: of C++ the core's own tests and the test suite, taken together, of TypeScript the test suite.
// Builds the core and the addon for it in folders of their own; with --ordinary the suite runs on the addon as it is, faster, and
// native/binding is not counted. --lines names the lines that were not reached, --again prints the last run without running
// anything. Linux with gcc only. docs/testing.md says more.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAddonCopy } from './lib/addon-copy.mjs';
import { buildNative } from './lib/build-native.mjs';
import { readLib } from './lib/coverage-lib.mjs';
import { forgetCounts, readNative } from './lib/coverage-native.mjs';
import { root } from './lib/files.mjs';
import { run } from './lib/run.mjs';

const { values: options } = parseArgs({
  options: {
    filter: { type: 'string', multiple: true, default: [''] },
    without: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '1' },
    ordinary: { type: 'boolean', default: false },
    lines: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
  },
});

const coreFolder = join(root, 'build/core-coverage');
const addonFolder = join(root, 'build/coverage');
/** The package whose tests run. */
const folder = options.ordinary ? root : addonFolder;
const reports = join(root, 'build/coverage-v8');

/** Left out, each for its reason. */
const UNSUITED = [
  '/support-selftest/', // about the runner
  '/docs/', // the examples of the documentation run on the ordinary addon
  '/examples/', // as these do
  '/conformance/',
  '/torture/', // compares the memory of the process, which the counts are a part of
  '/errors/large', // gigabytes of rows, with counters that are slow
  '/threads/copies', // copies of the binary itself, one of them patched
  '/native/load',
  '/native/parity', // reads the sources
];

async function runCore() {
  execFileSync('cmake', ['-S', 'native', '-B', coreFolder, '-DTERMSTORE_COVERAGE=ON'], { cwd: root });
  execFileSync('cmake', ['--build', coreFolder, '-j', String(availableParallelism())], { cwd: root });
  forgetCounts(coreFolder);
  // Slow counters: less of what is random.
  return run(join(coreFolder, 'core_tests'), ['--minimal'], { TERMSTORE_SCALE: '0.3' });
}

async function runSuite() {
  if (options.ordinary) await buildNative();
  else await buildAddonCopy('coverage', ['termstore_coverage=1']);
  forgetCounts(addonFolder);
  rmSync(reports, { recursive: true, force: true });
  return run(
    process.execPath,
    [
      'scripts/run-tests.mjs',
      '--root', relative(root, join(folder, 'build/test')),
      '--slower', '4',
      '--jobs', options.jobs,
      ...options.filter.flatMap((text) => ['--filter', text]),
      ...[...UNSUITED, ...options.without].flatMap((text) => ['--without', text]),
    ], // prettier-ignore
    { NODE_V8_COVERAGE: reports },
  );
}

/** `3-5, 9`. */
function ranges(numbers) {
  const parts = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

const row = (name, all, reached) =>
  `${name.padEnd(36)}${String(all).padStart(7)}${String(reached).padStart(9)}${((100 * reached) / all).toFixed(1).padStart(8)}`;

/** The sums of every folder, and of all files of the same kind. */
function printFolders(files) {
  const sums = new Map();
  for (const [path, lines] of files) {
    for (const name of [dirname(path), path.startsWith('lib/') ? 'TypeScript' : 'C++']) {
      const sum = sums.get(name) ?? { all: 0, reached: 0 };
      sums.set(name, sum);
      sum.all += lines.size;
      sum.reached += [...lines.values()].filter(Boolean).length;
    }
  }
  console.log(`\n${'folder'.padEnd(36)}  lines  reached       %`);
  const order = ([a], [b]) => a.includes('/') - b.includes('/') || (a < b ? -1 : 1);
  for (const [name, { all, reached }] of [...sums].sort(order)) console.log(row(name, all, reached));
}

function printLines(files) {
  console.log('\nnot reached');
  for (const [path, lines] of files) {
    const missed = [...lines].filter(([, ran]) => !ran).map(([line]) => line);
    if (missed.length > 0) console.log(`${path}: ${ranges(missed)}`);
  }
}

const codes = options.again ? [] : [await runCore(), await runSuite()];
const found = new Map();
await readNative(coreFolder, root, found);
await readNative(addonFolder, addonFolder, found);
readLib(reports, join(folder, 'dist'), found);
const files = [...found].filter(([, lines]) => lines.size > 0).sort(([a], [b]) => (a < b ? -1 : 1));
printFolders(files);
if (options.lines) printLines(files);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
