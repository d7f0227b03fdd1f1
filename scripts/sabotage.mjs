// node scripts/sabotage.mjs [--minutes n] [--point name]
// Builds the addon and the core with the points of native/core/base/sabotage.h, breaks one after the other, and fails unless
// the tests see it. The builds lie in folders of their own.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAddonCopy } from './lib/addon-copy.mjs';
import { root } from './lib/files.mjs';

const addonFolder = join(root, 'build/sabotage');
const coreFolder = join(root, 'build/core-address');
const KEPT_OUTPUT = 100_000;

const { values: options } = parseArgs({
  options: {
    /** How long a broken point may stay unseen. */
    minutes: { type: 'string', default: '5' },
    point: { type: 'string', default: '' },
  },
});

/** What must be seen: by histories of these tables and mixes, or by a sanitizer in these tests of the core. */
const cases = [
  { point: 'lock', tables: 'set', mix: 'counters', sees: /not linearizable|parts of several texts/ },
  { point: 'lock', tables: 'ordered_set', mix: 'counters', sees: /not linearizable|parts of several texts/ },
  {
    point: 'version',
    tables: 'set',
    mix: 'one row, written',
    sees: /not linearizable|parts of several texts/,
  },
  {
    point: 'version',
    tables: 'ordered_set',
    mix: 'one row, written',
    sees: /not linearizable|parts of several texts/,
  },
  { point: 'gate', tables: 'set, writeConcurrency', mix: 'all ways to read', sees: /not linearizable/ },
  { point: 'near-cache', tables: 'set, readConcurrency', mix: 'mostly reads', sees: /not linearizable/ },
  {
    point: 'near-cache',
    tables: 'ordered_set, readConcurrency',
    mix: 'mostly reads',
    sees: /not linearizable/,
  },
  { point: 'early-free', tests: '*without the lock*', sees: /AddressSanitizer: (heap-use-after-free|SEGV)/ },
];

/** Runs a command. Resolves to how it ended and the end of what it printed. */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-KEPT_OUTPUT));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ended: signal ?? code, output }));
  });
}

async function runWell(command, args) {
  const { ended, output } = await run(command, args);
  if (ended !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${ended}\n${output}`);
}

async function buildCore() {
  await runWell('cmake', ['-S', 'native', '-B', coreFolder, '-DTERMSTORE_SANITIZE=address']);
  await runWell('cmake', ['--build', coreFolder, '-j', String(availableParallelism())]);
}

/** A process that a signal ended: what is broken may do that before a history is checked, which says nothing of the check. */
const hasCrashed = ({ ended }) => typeof ended === 'string';

/** Until a test is red, or for so long. */
async function runCase({ point, tables, mix, tests }, minutes) {
  const env = { TERMSTORE_BREAK: point };
  const main = join(addonFolder, 'build/test/histories/main.js');
  const once = () =>
    tests === undefined
      ? run(process.execPath, [main, '--minutes', minutes, '--table', tables, '--mix', mix], env)
      : run(join(coreFolder, 'core_tests'), [`--test-case=${tests}`], env);
  const end = Date.now() + Number(minutes) * 60_000;
  let result;
  do result = await once();
  while ((result.ended === 0 || hasCrashed(result)) && Date.now() < end);
  return result;
}

function nameOf({ point, tables, mix, tests }) {
  return `${point}: ${tests === undefined ? `histories of ${tables}, ${mix}` : `core tests ${tests}`}`;
}

let failures = 0;
function report(name, good, { ended, output }, seconds) {
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (good) return;
  failures++;
  console.log(`ended with ${ended}\n${output}`);
}

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return [result, ((performance.now() - began) / 1000).toFixed(1)];
}

const wanted = cases.filter(({ point }) => point.startsWith(options.point));
if (wanted.length === 0) throw new Error(`there is no point ${options.point}`);
if (wanted.some(({ tests }) => tests === undefined))
  await buildAddonCopy('sabotage', ['termstore_sabotage=1']);
if (wanted.some(({ tests }) => tests !== undefined)) await buildCore();

// What is red without being broken proves nothing.
for (const one of wanted) {
  const [whole, wholeSeconds] = await timed(() => runCase({ ...one, point: 'nothing' }, '0'));
  report(`nothing broken: ${nameOf(one)}`, whole.ended === 0, whole, wholeSeconds);
  const [broken, seconds] = await timed(() => runCase(one, options.minutes));
  report(nameOf(one), broken.ended !== 0 && one.sees.test(broken.output), broken, seconds);
}
console.log(`${wanted.length * 2 - failures} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
