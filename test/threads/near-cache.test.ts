// @timeout 300
import { join } from 'node:path';
import { ets } from 'termstore';
import { threadId } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { refuses } from '../support/refusals.js';
import { seededRandom } from '../support/random.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { playTurns } from '../support/turn-taking.js';

const { test, beforeEach, afterEach, run } = suite('rows that threads keep, while others change them');
const hire = crew(join(__dirname, 'jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const SETTINGS = [
  { type: 'set', readConcurrency: true },
  { type: 'set', readConcurrency: true, writeConcurrency: true },
  { type: 'set', readConcurrency: false },
  { type: 'ordered_set', readConcurrency: true },
  { type: 'bag', readConcurrency: true },
] as const;

for (const options of SETTINGS) {
  test(`a thread that spins on shared memory finds the row of the turn: ${JSON.stringify(options)}`, async () => {
    const rounds = 20_000;
    using table = ets.new('turns', { ...options, access: 'public' });
    table.insert(['turn', 0]);
    const turn = new Int32Array(new SharedArrayBuffer(8));
    const follower = hire();
    await follower.call('thread');
    const followed = follower.call<number>('followRow', table.tid, turn);
    const { played, lost } = await playTurns(turn, rounds, (n) => {
      if (options.type === 'bag') table.delete('turn');
      table.insert(['turn', n]);
    });
    assert.is(await followed, played, `lost at turn ${lost}`);
  });
}

test('a thread that spins on shared memory walks to the key of the turn', async () => {
  const rounds = 1000;
  using table = ets.new('turns', { type: 'ordered_set', access: 'public' });
  // The follower has fetched ahead when it comes to the keys that change.
  for (let key = -12; key <= 0; key++) table.insert([key]);
  const turn = new Int32Array(new SharedArrayBuffer(8));
  const follower = hire();
  await follower.call('thread');
  const followed = follower.call<number>('followLastKey', table.tid, turn);
  const { played, lost } = await playTurns(turn, rounds, (n) => {
    table.insert([n]);
    table.delete(n - 1);
  });
  assert.is(await followed, played, `lost at turn ${lost}`);
});

for (const writeConcurrency of [false, true]) {
  test(`a thread that spins on shared memory walks through a hash table as it is: writeConcurrency ${writeConcurrency}`, async () => {
    const rng = seededRandom('steps of another thread');
    const range = 12_000;
    using table = ets.new('turns', { access: 'public', writeConcurrency });
    table.insertMany(Array.from({ length: range }, (_each, i) => [i]));
    const turn = new Int32Array(new SharedArrayBuffer(8));
    const follower = hire();
    await follower.call('thread');
    const followed = follower.call<number>('followSteps', table.tid, turn);
    const { played, lost } = await playTurns(turn, 2000, () => {
      for (let i = 0; i < 200; i++) {
        const key = rng.below(range);
        if (!table.delete(key)) table.insert([key]);
        else if (rng.below(2) === 0) table.insert([key, i]);
      }
    });
    assert.is(await followed, played, `lost at turn ${lost}`);
  });
}

test('a thread that may read no more finds nothing in what it keeps', async () => {
  const other = hire();
  for (const readConcurrency of [true, false]) {
    using table = ets.new('closing', { readConcurrency });
    table.insert(['a', 1]);
    assert.is(await other.call('readOften', table.tid, 'a', 500), 1);
    table.setopts({ access: 'private' });
    assert.is(await other.call('codeOfGet', table.tid, 'a'), 'ERR_ETS_ACCESS');
    table.setopts({ access: 'protected' });
    assert.is(await other.call('readOften', table.tid, 'a', 500), 1);
    table.drop();
    assert.is(await other.call('codeOfGet', table.tid, 'a'), 'ERR_ETS_ID');
  }
});

test('who gives a private table away finds nothing in what it keeps', async () => {
  const other = hire();
  const thread = await other.call<number>('thread');
  assert.is.not(thread, threadId);
  for (const readConcurrency of [true, false]) {
    const table = ets.new('given', { readConcurrency, access: 'private' });
    table.insert(['a', 1]);
    for (let i = 0; i < 500; i++) assert.is(table.get('a')![1], 1);
    table.giveAway(thread);
    refuses(() => table.get('a'), 'ERR_ETS_ACCESS', 'table.get');
    await other.call('drop', table.tid);
    refuses(() => table.get('a'), 'ERR_ETS_ID', 'table.get');
  }
});

run();
