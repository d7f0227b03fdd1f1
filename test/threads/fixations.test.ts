import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ets } from 'termstore';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { suite } from '../support/suite.js';

const { test, afterEach, run } = suite('fixations of several threads');
const hire = crew(join(__dirname, 'jobs.worker.js'), { afterEach });

test('a thread that ends releases what it has fixed, and nothing else', async () => {
  const table = ets.new('shared', { access: 'public' });
  table.insertMany([[1], [2]]);
  table.safeFixtable(true);
  const worker = hire();
  const thread = await worker.call<number>('thread');
  await worker.call('fix', table.tid, 3);
  const fixed = table.info('safeFixed');
  assert.ok(fixed !== undefined && fixed !== false);
  assert.equal(fixed.threads, [
    { thread: 0, count: 1 },
    { thread, count: 3 },
  ]);
  await worker.terminate();
  await worker.ended;
  assert.is(table.info('fixed'), true);
  table.delete(1);
  table.next(1);
  table.safeFixtable(false);
  assert.is(table.info('fixed'), false);
  table.drop();
});

test('a fold that is shut out of its table leaves it released', async () => {
  const table = ets.new('shared');
  table.insertMany([[1], [2]]);
  const worker = hire();
  const state = new Int32Array(new SharedArrayBuffer(4));
  const folding = worker.call('foldUntilClosed', table.tid, state);
  while (Atomics.load(state, 0) !== 1) await setTimeout(5);
  assert.is(table.info('fixed'), true);
  table.setopts({ access: 'private' });
  Atomics.store(state, 0, 2);
  Atomics.notify(state, 0);
  assert.is(await folding, 'ERR_ETS_ACCESS');
  assert.is(table.info('fixed'), false);
  table.drop();
});

test('threads that delete all rows of a fixed table leave every place', async () => {
  for (const type of ['set', 'bag', 'duplicate_bag'] as const) {
    const table = ets.new('shared', { access: 'public', type, writeConcurrency: true });
    for (let i = 0; i < 4000; i++)
      table.insertMany([
        [i, 'a'],
        [i, 'b'],
      ]);
    table.safeFixtable(true);
    const workers = [hire(), hire()];
    const deleting = Promise.all(
      workers.map((worker, i) => worker.call('deleteKeys', table.tid, i, 2, 4000)),
    );
    let met = 0;
    for (let key = table.first(); key !== undefined; key = table.next(key)) met++;
    assert.ok(met <= 4000);
    await deleting;
    assert.is(table.info('size'), 0);
    for (let i = 0; i < 4000; i++) assert.is(table.next(i), undefined);
    table.safeFixtable(false);
    table.drop();
  }
});

run();
