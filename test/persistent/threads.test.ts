import { join } from 'node:path';
import { persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, rejection } from '../support/crew.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('persistent terms in several threads');
const hire = crew(join(__dirname, 'readers.worker.js'), { afterEach });
afterEach(() => {
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

test('a message that is sent after put() returned finds the new value', async () => {
  const reader = hire();
  for (let n = 0; n < 1000; n++) {
    persistentTerm.put('k', { n });
    assert.equal(await reader.call('get', 'k'), { n });
  }
  persistentTerm.erase('k');
  assert.is(await reader.call('get', 'k'), 'none');
});

test('it is the same the other way round, and with three threads', async () => {
  const [writer, reader] = [hire(), hire()];
  const ref = persistentTerm.ref('k');
  for (let n = 0; n < 500; n++) {
    await writer.call('put', 'k', [n]);
    assert.equal(persistentTerm.get('k'), [n]);
    assert.equal(ref.get(), [n]);
    assert.equal(await reader.call('get', 'k'), [n]);
  }
});

test('a thread that spins on shared memory finds the new value as soon as it sees the turn', async () => {
  const rounds = 20_000;
  const turn = new Int32Array(new SharedArrayBuffer(8));
  persistentTerm.put('turn', { n: 0 });
  const follower = hire();
  const followed = follower.call<number>('follow', turn, rounds);
  // The message must have left before this thread stops serving its event loop.
  await new Promise((resolve) => setTimeout(resolve, 50));
  let failed = false;
  void followed.catch(() => (failed = true));
  const giveUp = Date.now() + 60_000;
  for (let n = 1; n <= rounds; n++) {
    persistentTerm.put('turn', { n });
    Atomics.store(turn, 0, n);
    while (Atomics.load(turn, 1) !== n) if (Date.now() > giveUp) break;
    if (Date.now() > giveUp) break;
  }
  assert.is(await followed, rounds);
  assert.is(failed, false);
});

test('values are never torn while another thread replaces them', async () => {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const put = (n: number): void =>
    persistentTerm.put(`k${n % 8}`, { n, list: new Array<number>(n % 50).fill(n) });
  for (let n = 0; n < 8; n++) put(n);
  const checks = [hire(), hire()].map((reader) => reader.call<number>('check', stop));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const end = Date.now() + 800;
  let n = 8;
  while (Date.now() < end) put(n++);
  Atomics.store(stop, 0, 1);
  for (const versions of await Promise.all(checks)) assert.ok(versions > 20, `${versions} versions seen`);
  assert.ok(n > 1000);
});

test('of two threads that put something new one wins, and the other is told', async () => {
  const other = hire();
  persistentTerm.putNew('k', 'mine');
  assert.is(await rejection(other.call('putNew', 'k', 'theirs')), 'ERR_PERSISTENT_TERM_EXISTS');
  await other.call('putNew', 'k', 'mine');
  assert.is(persistentTerm.get('k'), 'mine');
});

test('terms outlive the thread that put them', async () => {
  const writer = hire();
  await writer.call('put', { by: 'a worker' }, { stays: [1] });
  await writer.terminate();
  await writer.ended;
  assert.equal(persistentTerm.get({ by: 'a worker' }), { stays: [1] });
  assert.equal(await hire().call('all'), [[{ by: 'a worker' }, { stays: [1] }]]);
});

run();
