import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runChildWell } from '../support/children.js';
import { suite } from '../support/suite.js';
import { root } from './server.js';

const { test, run } = suite('example: exotic cars');

test('a pipeline that is killed half-way ends with the right averages of a million sales', async () => {
  const printed = await runChildWell(join(root, 'examples/exotic-cars/main.mjs'));
  assert.match(printed, /^9 cars; 0 of 100 batches are in$/m);
  assert.match(printed, /^the pipeline was killed with SIGKILL$/m);
  const [, done] = /^9 cars; ([5-9]\d) of 100 batches are in$/m.exec(printed) ?? [];
  assert.ok(Number(done) < 100, printed);
  assert.is(printed.match(/^average /gm)?.length, 9);
  assert.match(printed, /^1000000 sales: the averages are right$/m);
});

run();
