// @timeout 120
import { native } from '#dist/native/binding.js';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runChildWell } from '../support/children.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('the raw binding');

const ROUNDS = 600_000;
/** Beyond that of this file, which the runner multiplies where a sanitizer makes everything slower. */
const LIMIT_MS = 1_000_000;

test('no words and no bytes make an operation crash', async () => {
  const printed = await runChildWell(join(__dirname, 'robustness.child.js'), [String(ROUNDS)], LIMIT_MS);
  const [seed, ...lines] = printed.trim().split('\n');
  console.log(seed);
  const outcomes = JSON.parse(lines.join('')) as Record<string, { good: number; bad: number }>;
  // What was tried must have met both sides, or it proves nothing.
  const alwaysWork = [
    'all',
    'memory',
    'persistentInfo',
    'persistentGetAll',
    'generation',
    'setGenerationForTest',
  ];
  for (const [name, { good, bad }] of Object.entries(outcomes)) {
    assert.ok(good > 0, `${name} never worked`);
    if (!alwaysWork.includes(name)) assert.ok(bad > 0, `${name} was never refused`);
  }
  assert.ok(Object.keys(outcomes).length >= 34);
  assert.type(native.lookup, 'function');
});

test('no JavaScript values make a function of the addon crash, while jobs run in the thread pool', async () => {
  const printed = await runChildWell(join(__dirname, 'arguments.child.js'), ['60000'], LIMIT_MS);
  const [seed, result] = printed.trim().split('\n') as [string, string];
  console.log(seed);
  const outcomes = JSON.parse(result) as Record<string, number>;
  for (const [name, count] of Object.entries(outcomes)) assert.ok(count > 0, `${name}: ${count}`);
});

run();
