import { livePersistentBytes } from '#dist/native/control.js';
import { join } from 'node:path';
import { persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { runChildWell } from '../support/children.js';
import { crew } from '../support/crew.js';
import { sharingTest } from '../support/sharing.js';
import { suite } from '../support/suite.js';

const { test, skip, afterEach, run } = suite('views in several threads');
const testShared = sharingTest({ test, skip });
const hire = crew(join(__dirname, 'view.worker.js'), { afterEach });
afterEach(() => {
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});

const dict = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`name ${i}`, { i }]));

/** Clean-up of an ended thread may take a moment. */
async function settled(bytes: number): Promise<number> {
  for (let i = 0; i < 400 && livePersistentBytes() !== bytes; i++)
    await new Promise((go) => setTimeout(go, 5));
  return livePersistentBytes();
}

testShared('ten threads that view a term share one copy, and those that end let go of it', async () => {
  const before = livePersistentBytes();
  persistentTerm.put('big', { dict });
  const stored = livePersistentBytes();
  assert.ok(stored - before > 20_000 * 20);
  const threads = Array.from({ length: 10 }, () => hire());
  const seen = await Promise.all(threads.map((thread, i) => thread.call('keep', 'big', `name ${i * 1999}`)));
  assert.equal(
    seen,
    threads.map((_, i) => i * 1999),
  );
  assert.is(livePersistentBytes(), stored);
  persistentTerm.erase('big');
  assert.is(persistentTerm.info().count, 0);
  assert.is(livePersistentBytes(), stored, 'ten views keep the bytes');
  assert.is(await threads[3]?.call('look', 'name 19999'), 19_999);
  for (const thread of threads) await thread.terminate();
  assert.is(await settled(before), before);
});

test('threads are ended in the middle of a look while the term is replaced, and nothing is torn or left', async () => {
  const before = livePersistentBytes();
  for (let round = 0; round < 5; round++) {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const [lasting, ended] = [hire(), hire()];
    const looks = lasting.call<number>('hammer', stop);
    ended.tell('hammer', stop);
    const until = Date.now() + 200;
    for (let n = 0; Date.now() < until; n++) {
      persistentTerm.put('turn', { n, list: Array.from({ length: (n % 50) + 1 }, () => n) });
      if (n % 7 === 0) persistentTerm.erase('turn');
      if (n % 100 === 0) await new Promise((go) => setImmediate(go));
    }
    await ended.terminate();
    Atomics.store(stop, 0, 1);
    await looks;
    await lasting.terminate();
  }
  persistentTerm.erase('turn');
  assert.is(await settled(before), before);
});

testShared(
  'the bytes of a replaced term are released when its last view was collected, to the last one',
  async () => {
    assert.match(await runChildWell(join(__dirname, 'view-release.child.js')), /released/);
  },
);

run();
