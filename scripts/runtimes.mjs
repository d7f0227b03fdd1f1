// node scripts/runtimes.mjs [--quick | --all] [--only name]...
// Runs the tests on other JavaScript runtimes, with the addon as it was built for this one: the test suite on each Node, the smoke
// suite and what else can hold there on Bun and Deno. --quick: the smoke suite and a few files everywhere. --all: the whole suite also on
// Bun and Deno, where not all of it can pass. The binary for Linux on arm64 is tried in an emulator. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { emulatedNode, emulatorMissing, withPublishedBinary } from './lib/emulated.mjs';
import { root } from './lib/files.mjs';
import { runtimePath, runtimes } from './lib/runtimes.mjs';

/** What --quick runs: what a runtime may do in its own way. */
const QUICK = ['/smoke/', '/native/load', '/persistent/generations', '/persistent/view.', '/term/strings'];

/**
 * What runs on Bun and Deno: the smoke suite, every example of every public function, and the tests of what depends on the
 * engine. Left out are tests that measure V8 (`v8.setFlagsFromString`, heap figures) or ask what a runtime prints.
 */
const ELSEWHERE = ['/smoke/', '/docs/api', '/docs/readme', '/term/', '/persistent/generations', '/persistent/terms']; // prettier-ignore
const ELSEWHERE_QUICK = ['/smoke/', '/persistent/generations', '/term/strings'];

/** What runs on arm64, some fifty times slower than here. The emulator orders memory as this machine does: races are not seen. */
const EMULATED = ['/smoke/', '/term/', '/persistent/generations', '/persistent/terms', '/tables/set.', '/tables/ordered-set.', '/threads/counters', '/threads/owner.']; // prettier-ignore
const SLOWER = '15';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const unknown = options.only.filter((name) => !runtimes.some((runtime) => runtime.name === name));
if (unknown.length > 0) {
  console.error(`unknown runtime: ${unknown.join(', ')} (there are ${runtimes.map(({ name }) => name)})`);
  process.exit(2);
}
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(
    'these runtimes are for Linux on x64; elsewhere run `npm test` with the runtime that is to be tried',
  );
  process.exit(2);
}

/** The runtimes to try. Which Node the caller itself uses, `npm test` has tried: --quick leaves it out. */
function chosen() {
  if (options.only.length > 0) return runtimes.filter(({ name }) => options.only.includes(name));
  const own = `node${process.versions.node.split('.')[0]}`;
  const missing = emulatorMissing();
  return runtimes.filter(({ name, foreign }) => {
    if (!foreign) return !(options.quick && name === own);
    if (!options.quick && missing !== undefined) console.log(`--- ${name} is left out: ${missing}`);
    return !options.quick && missing === undefined;
  });
}

function filtersFor({ name, foreign }) {
  if (foreign) return options.quick ? ['/smoke/'] : EMULATED;
  if (options.all) return [];
  if (name.startsWith('node')) return options.quick ? QUICK : [];
  return options.quick ? ELSEWHERE_QUICK : ELSEWHERE;
}

/** Runs the tests on one runtime; resolves to how many passed and failed. */
function runOn(runtime) {
  const { name, args = [], foreign } = runtime;
  const filters = filtersFor(runtime).flatMap((text) => ['--filter', text]);
  const command = foreign ? emulatedNode(runtimePath(name)) : runtimePath(name);
  const slower = foreign ? ['--slower', SLOWER] : [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, 'scripts/run-tests.mjs', ...slower, ...filters], {
      cwd: foreign ? withPublishedBinary(name) : root,
      stdio: ['ignore', 'pipe', 'inherit'],
      // A package manager's own settings must not reach the tests of another runtime.
      env: { ...process.env, NO_COLOR: '1' },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const [, passed, failed] = /(\d+) passed, (\d+) failed\n$/.exec(output) ?? [undefined, 0, 0];
      const broken = code !== 0 && Number(failed) === 0 ? 1 : 0;
      if (broken) console.log(`${name} ended with ${signal ?? `exit code ${code}`}`);
      resolve({ passed: Number(passed), failed: Number(failed) + broken });
    });
  });
}

const totals = { passed: 0, failed: 0 };
for (const runtime of chosen()) {
  console.log(`--- ${runtime.name}: ${runtime.package}@${runtime.version}`);
  const { passed, failed } = await runOn(runtime);
  totals.passed += passed;
  totals.failed += failed;
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
