import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

// The suite and the runner are what every other test relies on: each way a file can be wrong has a fixture here
// that must go red for its own reason.

const project = join(__dirname, '../../..');
const fixtures = 'build/test/support-selftest/fixtures';

function runFixture(name: string): { code: number | null; line: string; summary: string; output: string } {
  const args = [
    'scripts/run-tests.mjs',
    '--root',
    fixtures,
    '--suffix',
    '.fixture.js',
    '--filter',
    `/${name}.`,
  ];
  const child = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', timeout: 60_000 });
  const lines = child.stdout.trimEnd().split('\n');
  return { code: child.status, line: lines[0] ?? '', summary: lines.at(-1) ?? '', output: child.stdout };
}

const { test, run } = suite('test runner');

const green: [fixture: string, summary: string][] = [
  ['passes', '2 passed, 0 failed'],
  ['leaves-child', '1 passed, 0 failed'],
  ['child-suite', '1 passed, 0 failed'],
];

for (const [fixture, summary] of green) {
  test(`${fixture} is green`, () => {
    const result = runFixture(fixture);
    assert.is(result.summary, summary, result.output);
    assert.is(result.code, 0);
  });
}

const red: [fixture: string, summary: string, reason: RegExp][] = [
  ['fails', '1 passed, 1 failed', /on purpose/],
  ['throws-no-error', '1 passed, 1 failed', /threw undefined/],
  ['before-throws', '0 passed, 2 failed', /before hook: Error: hook, on purpose/],
  ['after-throws', '1 passed, 1 failed', /after hook: Error: hook, on purpose/],
  ['beforeEach-throws', '0 passed, 1 failed', /hook, on purpose/],
  ['afterEach-throws', '0 passed, 1 failed', /hook, on purpose/],
  ['run-forgotten', '0 passed, 1 failed', /run\(\) was never called/],
  ['only', '0 passed, 1 failed', /only is not a function/],
  ['no-tests', '0 passed, 1 failed', /no test was executed/],
  ['crash', '0 passed, 1 failed', /crashed with SIGSEGV/],
  ['endless', '0 passed, 1 failed', /timed out after 1 s/],
  ['blocked', '0 passed, 1 failed', /timed out after 1 s/],
  ['never-settles', '0 passed, 1 failed', /what never comes: never finished/],
  ['exits-early', '0 passed, 1 failed', /with 0: never finished/],
  ['throws-later', '1 passed, 1 failed', /exit code 1 although no test failed/],
  ['sets-exit-code', '1 passed, 1 failed', /exit code 3 although no test failed/],
  ['no-suite', '0 passed, 1 failed', /it does not use test\/support\/suite/],
];

for (const [fixture, summary, reason] of red) {
  test(`${fixture} is red, for its own reason`, () => {
    const result = runFixture(fixture);
    assert.match(result.output, reason);
    assert.is(result.summary, summary, result.output);
    assert.is(result.code, 1);
    assert.match(result.line, /^FAIL /);
  });
}

test('a skipped test is shown with its reason', () => {
  assert.match(runFixture('passes').output, /skipped passes: .*\(it is an example\)/);
});

test('a filter that finds no file is red', () => {
  const result = runFixture('there-is-no-such-file');
  assert.is(result.summary, '0 passed, 1 failed');
  assert.is(result.code, 1);
});

run();
