// node scripts/run-tests.mjs [--filter text]... [--without text]... [--jobs n] [--root folder] [--suffix .test.js] [--no-external-buffers]
//   [--slower n] [--verbose]
// Runs every compiled test file in a process of its own, with n times its time limit. The last line is `N passed, N failed`, in tests.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { filesUnder, root } from './lib/files.mjs';

const DEFAULT_TIMEOUT_S = 120;
const KEPT_OUTPUT = 1_000_000;

const { values: options } = parseArgs({
  options: {
    filter: { type: 'string', multiple: true, default: [''] },
    without: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '1' },
    root: { type: 'string', default: 'build/test' },
    suffix: { type: 'string', default: '.test.js' },
    'no-external-buffers': { type: 'boolean', default: false },
    slower: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
});

/** A sanitizer's library, for the tests and what they start alone. */
const { TERMSTORE_TEST_PRELOAD: library } = process.env;
const preload = library === undefined ? {} : { LD_PRELOAD: library };

/** The limit a test file asks for with `// @timeout seconds`, read from its source: the compiler may drop comments. */
function timeoutOf(file) {
  const source = join(root, file.replace(/^(.*\/)?build\/(?=test\/)/, '').replace(/\.js$/, '.ts'));
  const text = readFileSync(existsSync(source) ? source : join(root, file), 'utf8');
  const asked = /^\/\/ @timeout (\d+)$/m.exec(text);
  return Number(asked?.[1] ?? DEFAULT_TIMEOUT_S) * 1000 * Number(options.slower);
}

/** Ends `child` and, where there are process groups, whatever it started. */
function kill(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

// For the tests and all threads and processes that they start; lib/native/load.ts reads it.
if (options['no-external-buffers']) process.env.TERMSTORE_EXTERNAL_BUFFERS = '0';

const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of running) kill(child);
    process.exit(130);
  });
}

/** Runs `file` until it ends or its time is up. Resolves to how it ended and everything it printed. */
function execute(file, reportPath, timeout) {
  const temporary = `${reportPath}.tmp`;
  mkdirSync(temporary);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, file)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      env: {
        ...process.env,
        ...preload,
        TERMSTORE_TEST_REPORT: reportPath,
        TMPDIR: temporary,
        TEMP: temporary,
      },
    });
    running.add(child);
    let output = '';
    let timedOut = false;
    const keep = (chunk) => (output = (output + chunk).slice(-KEPT_OUTPUT));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const timer = setTimeout(() => {
      timedOut = true;
      kill(child);
    }, timeout);
    child.on('error', reject);
    // A process that the test left behind holds the pipes open: it gets a moment, then it is ended like the test.
    child.on('exit', () => setTimeout(() => kill(child), 2000).unref());
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, signal, output, timedOut });
    });
  });
}

/** Why a file fails apart from its failed tests; empty when it does not. */
function verdict({ code, signal, timedOut }, report, timeout) {
  if (timedOut) return `timed out after ${timeout / 1000} s`;
  if (signal !== null) return `crashed with ${signal}`;
  if (report === undefined) return `exit code ${code} without a report: it does not use test/support/suite`;
  if (report.problems.length > 0) return report.problems.map((text) => text.split('\n')[0]).join('; ');
  if (code !== 0 && report.failed === 0) return `exit code ${code} although no test failed`;
  if (code === 0 && report.failed > 0) return 'exit code 0 although a test failed';
  return '';
}

/** Runs one file; what it leaves in the temporary folder, also when it is killed, goes with `reports`. */
async function runFile(file, reportPath) {
  const timeout = timeoutOf(file);
  const startedAt = performance.now();
  const result = await execute(file, reportPath, timeout);
  const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, 'utf8')) : undefined;
  const reason = verdict(result, report, timeout);
  const passed = report?.passed ?? 0;
  // A file that fails as a whole counts as one failed test, beside those that did fail in it.
  const failed = (report?.failed ?? 0) + (reason === '' ? 0 : 1);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const counts = `${passed} passed, ${failed} failed`;
  console.log(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${file} (${counts}, ${seconds} s)${reason && `: ${reason}`}`,
  );
  for (const text of report?.skipped ?? []) console.log(`     skipped ${text}`);
  if (failed > 0 || options.verbose) console.log(result.output);
  return { passed, failed };
}

const isWanted = (path) =>
  path.endsWith(options.suffix) &&
  options.filter.some((text) => path.includes(text)) &&
  !options.without.some((text) => path.includes(text));
const files = filesUnder(options.root, isWanted);
const reports = mkdtempSync(join(tmpdir(), 'termstore-test-'));
const totals = { passed: 0, failed: 0 };
const queue = [...files.entries()];

async function worker() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, file] = next;
    const { passed, failed } = await runFile(file, join(reports, `${index}.json`));
    totals.passed += passed;
    totals.failed += failed;
  }
}

try {
  await Promise.all(Array.from({ length: Math.max(1, Number(options.jobs)) }, worker));
} finally {
  try {
    rmSync(reports, { recursive: true, force: true });
  } catch (error) {
    // A test that was ended has left something there that is in use.
    console.error(error.message);
    totals.failed++;
  }
}

if (files.length === 0) {
  console.error(`no test file under ${options.root} has "${options.filter.join('" or "')}" in its path`);
  totals.failed++;
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
