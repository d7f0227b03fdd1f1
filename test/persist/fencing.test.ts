import { join } from 'node:path';
import { openJournal, PersistentProcess } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { holdHere, letGo, mayBeAlive } from '#dist/persist/holder.js';
import { runChild } from '../support/children.js';
import { crew } from '../support/crew.js';
import { suite } from '../support/suite.js';
import { forkWriter } from './children.js';
import { codeOf, lister, storesOf } from './support.js';

const fencing = suite('persist: one writer over threads and processes');
const { test } = fencing;
const { lmdb, path } = storesOf(fencing);
const hire = crew(join(__dirname, 'writer.worker.js'), fencing);
const fork = forkWriter(fencing);

async function eventsOf(file: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { data, seq } of openJournal(lmdb({ path: file, durability: 'flushed' })).events(
    'lister',
  )) {
    found.push(data);
    assert.is(seq, found.length);
  }
  return found;
}

for (const kind of ['thread', 'process'] as const) {
  const hireWriter = (): {
    call(job: string, ...args: unknown[]): Promise<unknown>;
    end(): Promise<unknown>;
  } => {
    if (kind === 'process') {
      const child = fork();
      return { call: (job, ...args) => child.call(job, ...args), end: () => child.kill() };
    }
    const member = hire();
    return { call: (job, ...args) => member.call(job, ...args), end: () => member.terminate() };
  };

  test(`the process of a ${kind} that lives keeps its name, and loses it with its life`, async () => {
    const file = path();
    const store = lmdb({ path: file, durability: 'flushed' });
    const writer = hireWriter();
    await writer.call('start', file, false);
    await writer.call('put', 'a');
    assert.is(await codeOf(lister(store).start()), 'ERR_PERSIST_HELD');
    const other = hireWriter();
    assert.is(await codeOf(other.call('start', file, false)), 'ERR_PERSIST_HELD');
    await writer.call('put', 'b');
    await writer.end();
    const process = await lister(store).start();
    await process.call(({ persist }) => persist('c'));
    assert.is(await codeOf(other.call('start', file, false)), 'ERR_PERSIST_HELD');
    await process.stop();
    assert.is(await other.call('start', file, false), 3);
    await other.call('put', 'd');
    await other.call('stop');
    assert.equal(await eventsOf(file), ['a', 'b', 'c', 'd']);
  });

  test(`a ${kind} whose process was taken over can append no more`, async () => {
    const file = path();
    const [old, young] = [hireWriter(), hireWriter()];
    await old.call('start', file, false);
    await old.call('put', 'a');
    await young.call('start', file, true);
    assert.is(await codeOf(old.call('put', 'lost')), 'ERR_PERSIST_FENCED');
    assert.is(await codeOf(old.call('put', 'lost')), 'ERR_PERSIST_STOPPED');
    await young.call('put', 'b');
    await old.call('stop');
    assert.is(await codeOf(lister(lmdb({ path: file, durability: 'flushed' })).start()), 'ERR_PERSIST_HELD');
    await young.call('stop');
    assert.equal(await eventsOf(file), ['a', 'b']);
  });
}

test('of many that start at once, here, in threads and in processes, one wins', async () => {
  const file = path();
  const store = lmdb({ path: file, durability: 'flushed' });
  const workers = [hire(), hire(), hire()];
  const child = fork();
  const started = await Promise.allSettled([
    ...workers.map((worker) => worker.call('start', file, false)),
    child.call('start', file, false),
    lister(store).start(),
    lister(store).start(),
  ]);
  const refused = started.filter((one) => one.status === 'rejected');
  assert.is(refused.length, started.length - 1);
  for (const { reason } of refused) assert.is((reason as { code: string }).code, 'ERR_PERSIST_HELD');
  for (const one of started)
    if (one.status === 'fulfilled' && one.value instanceof PersistentProcess) await one.value.stop();
});

test('threads that are terminated in the middle of their writes cost no event that was acknowledged', async () => {
  const file = path();
  // In a process of its own: the engine's lock, which such a thread may keep, it keeps no longer than its process.
  const { code, signal, stdout, stderr } = await runChild(
    join(__dirname, 'terminated.child.js'),
    [file],
    15_000,
  );
  const acknowledged = stdout.match(/\d+/g)?.map(Number) ?? [];
  assert.ok(acknowledged.length > 0, `exit code ${code}, signal ${signal}\n${stderr}`);
  const store = lmdb({ path: file, durability: 'committed' });
  const other = await lister(store, { persistId: 'other' }).start();
  assert.ok(other.seq >= acknowledged.at(-1)!, `${other.seq} after ${acknowledged.at(-1)}`);
  await other.call(({ persist }) => persist('after'));
  await other.stop();
  await (await lister(store).start()).stop();
});

test('whether a writer may be alive: by its process, its boot, its container and its machine', () => {
  const token = 'of this test';
  const self = holdHere(token);
  const [host, boot, namespace] = self.world.split(' ');
  const elsewhere = (world: string): boolean => mayBeAlive({ ...self, world });
  assert.is(mayBeAlive(self), true);
  letGo(token);
  assert.is(mayBeAlive(self), false);
  // The same machine, as far as one can tell, after another start; any other one cannot be asked.
  assert.is(elsewhere(`${host} an-earlier-boot ${namespace}`), boot === '');
  assert.is(elsewhere(`${host} an-earlier-boot another-container`), true);
  assert.is(elsewhere(`another-host an-earlier-boot ${namespace}`), true);
  assert.is(elsewhere(`${host}  ${namespace}`), true);
  // Where the system does not tell when a process began, its number has to do.
  const nameless = { ...self, started: '', taskStarted: '', task: 0 };
  assert.is(mayBeAlive({ ...nameless, pid: process.ppid }), true);
  assert.is(mayBeAlive({ ...nameless, pid: 2 ** 30 }), false);
});

fencing.run();
