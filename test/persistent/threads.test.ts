// @timeout 300
import { join } from 'node:path';
import { persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, rejection } from '../support/crew.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { playTurns } from '../support/turn-taking.js';

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
  await follower.call('get', 'turn');
  const followed = follower.call<number>('follow', turn);
  const { played, lost } = await playTurns(turn, rounds, (n) => persistentTerm.put('turn', { n }));
  assert.is(await followed, played, `lost at turn ${lost}`);
});

test('values are never torn while another thread replaces them', async () => {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const put = (n: number): void =>
    persistentTerm.put(`k${n % 8}`, { n, list: new Array<number>(n % 50).fill(n) });
  for (let n = 0; n < 8; n++) put(n);
  const readers = [hire(), hire()];
  await Promise.all(readers.map((reader) => reader.call('get', 'k0')));
  const seen = new Int32Array(new SharedArrayBuffer(8));
  const checks = readers.map((reader, i) => reader.call<number>('check', stop, seen, i));
  const end = Date.now() + 800;
  // On a busy machine they may need longer to see enough.
  const enough = (): boolean => n > 1000 && seen.every((versions) => versions > 20);
  let n = 8;
  while (Date.now() < end || (!enough() && Date.now() < end + 60_000)) {
    put(n++);
    if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  Atomics.store(stop, 0, 1);
  await Promise.all(checks);
  assert.ok(enough(), `${n} puts, of which the readers saw ${seen.join()}`);
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
