// @timeout 180
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runChild, runChildWell } from '../support/children.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('threads and the life of the process');

const ROUNDS = 200;

test('the store outlives the workers that loaded it, also when the main thread never did', async () => {
  const found = JSON.parse(await runChildWell(join(__dirname, 'only-workers.child.js'))) as unknown;
  assert.equal(found, [2, 4, 6, { tables: 0, terms: [['sum', 6]] }]);
});

test(`${ROUNDS} workers that are terminated in the middle of a call leave nothing behind`, async () => {
  const printed = await runChildWell(join(__dirname, 'terminate.child.js'), [String(ROUNDS)], 150_000);
  const [seed, result] = printed.trim().split('\n') as [string, string];
  console.log(seed);
  const { tables, rounds, stats } = JSON.parse(result) as {
    tables: number;
    rounds: number;
    stats: Record<string, number>;
  };
  assert.is(rounds, ROUNDS);
  assert.is(tables, 0);
  assert.equal(
    [stats['tables'], stats['bytes'], stats['pending'], stats['persistentTerms'], stats['persistentBytes']],
    [0, 0, 0, 0, 0],
  );
});

for (const [how, expected] of [
  ['exit', 7],
  ['throw', 1],
  ['end', 0],
] as const) {
  test(`the process ends with ${expected} by "${how}" while workers are in the middle of calls`, async () => {
    for (let i = 0; i < 8; i++) {
      const { code, signal, stderr } = await runChild(join(__dirname, 'exit.child.js'), [how], 30_000);
      assert.equal([code, signal], [expected, null], stderr);
    }
  });
}

run();
