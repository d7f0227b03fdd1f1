import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  type ClosableStore,
  type JournalAppend,
  type JournalRange,
  type JournalStore,
  type JournalVisit,
  lmdbStore,
  memoryStore,
  PersistError,
  persistentProcess,
  storeConformance,
} from 'termstore/persist';
import * as assert from 'uvu/assert';
import { refuses, refusesEither } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const folder = join(tmpdir(), `termstore-stores-${process.pid}`);
let opened = 0;
const nextPath = () => join(folder, `${opened++}.mdb`);
let path = '';

const memory = suite('persist: the memory store');
for (const { name, run } of storeConformance({ open: memoryStore })) memory.test(name, run);
memory.run();

const suspects = suite('persist: stores that are wrong');
/** The cases that a memory store fails whose parts are changed so. */
async function failing(change: (store: ClosableStore) => void): Promise<string[]> {
  const open = (): ClosableStore => {
    const store = memoryStore();
    change(store);
    return store;
  };
  const failed: string[] = [];
  for (const { name, run } of storeConformance({ open })) {
    // One that waits for what never comes has a patience of seconds.
    if (name.startsWith('who watches')) continue;
    await run().catch(() => failed.push(name));
  }
  return failed;
}
suspects.test('the suite finds them, and nothing of a case goes on behind its end', async () => {
  const found = await failing(({ snapshots }) => {
    const list = snapshots.list.bind(snapshots);
    Object.assign(snapshots, { list: async (id: string) => (await list(id)).reverse() });
  });
  assert.ok(found.includes('older snapshots are removed, or all'));
  assert.ok(
    (await failing(({ journal }) => Object.assign(journal, { readTag: () => Promise.resolve([]) }))).length >
      1,
  );
  const early = await failing(({ journal }) => {
    const append = journal.append.bind(journal);
    Object.assign(journal, {
      append: (one: JournalAppend) =>
        append({ ...one, records: one.records.map((record) => ({ ...record, time: record.time | 0 })) }),
    });
  });
  assert.ok(early.length > 0, 'a time of 32 bits');
});
suspects.run();

for (const durability of ['flushed', 'committed'] as const) {
  const lmdb = suite(`persist: the LMDB store, ${durability}`);
  const open = () => lmdbStore({ path: (path = nextPath()), durability, pollInterval: 5 });
  const again = () => lmdbStore({ path, pollInterval: 5 });
  lmdb.before(() => void mkdirSync(folder, { recursive: true }));
  lmdb.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const { name, run } of storeConformance({ open, again })) lmdb.test(name, run);
  lmdb.run();
}

const files = suite('persist: the file of the LMDB store');
const { test } = files;
files.before(() => void mkdirSync(folder, { recursive: true }));
files.after(() => rmSync(folder, { recursive: true, force: true }));

test('a process does not start from a journal that leaves an event out, or has one that is damaged', async () => {
  await using store = lmdbStore({ path: nextPath() });
  const { epoch } = await store.journal.acquire('a', { token: randomUUID(), takeOver: false });
  // `true` twice, and a string that ends too early.
  const payloads = [
    [1, 4],
    [1, 4],
    [1, 0x90],
  ].map((bytes) => new Uint8Array(bytes));
  const records = payloads.map((payload, i) => ({ seq: i + 1, time: 5, tags: [], payload }));
  await store.journal.append({ persistId: 'a', epoch, expectedSeq: 0, records });
  await store.journal.release('a', epoch);
  const start = (left: number) => {
    const journal: JournalStore = Object.create(store.journal, {
      acquire: { value: store.journal.acquire.bind(store.journal) },
      release: { value: store.journal.release.bind(store.journal) },
      scan: {
        value: (id: string, range: JournalRange, visit: JournalVisit) =>
          store.journal.scan?.(id, range, (seq, ...rest) => void (seq === left || visit(seq, ...rest))),
      },
    });
    return persistentProcess({
      persistId: 'a',
      store: { journal, snapshots: store.snapshots },
      init: () => null,
      handleCommand: (state) => state,
      handleEvent: () => undefined,
    }).start();
  };
  await refusesEither(() => start(2), 'ERR_PERSIST_GONE', /events 2 to 2 of 'a'/);
  await refusesEither(() => start(0), 'ERR_PERSIST_STORE', /event 3 of 'a' is damaged/);
});

test('what was written is there when the file is opened again', async () => {
  const path = nextPath();
  const records = [{ seq: 1, time: 5, tags: ['t'], payload: new Uint8Array([1, 2]) }];
  {
    await using store = lmdbStore({ path });
    const { epoch } = await store.journal.acquire('a', { token: randomUUID(), takeOver: false });
    await store.journal.append({ persistId: 'a', epoch, expectedSeq: 0, records });
    await store.journal.release('a', epoch);
  }
  await using store = lmdbStore({ path });
  assert.equal(await store.journal.persistIds(undefined, 10), ['a']);
  assert.is((await store.journal.readTag('t', 0, 10)).length, 1);
});

test('a file of something else is refused and left as it was', () => {
  const path = nextPath();
  writeFileSync(path, 'a letter to a friend\n'.repeat(1000));
  const before = readFileSync(path);
  refuses(() => lmdbStore({ path }), 'ERR_PERSIST_STORE', path);
  assert.ok(readFileSync(path).equals(before));
});

test('a file that was cut is refused and left as it was', async () => {
  const path = nextPath();
  {
    await using store = lmdbStore({ path });
    const { epoch } = await store.journal.acquire('a', { token: randomUUID(), takeOver: false });
    const records = [{ seq: 1, time: 5, tags: [], payload: new Uint8Array(100_000) }];
    await store.journal.append({ persistId: 'a', epoch, expectedSeq: 0, records });
  }
  const whole = readFileSync(path);
  for (const size of [100, 4096, 8192, 50_000, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, size));
    refuses(() => lmdbStore({ path }), 'ERR_PERSIST_STORE', path);
    assert.ok(readFileSync(path).equals(whole.subarray(0, size)));
  }
  refuses(() => lmdbStore({ path: folder }), 'ERR_PERSIST_STORE', folder);
});

test('a file with a damaged page is refused and left as it was, unless nobody is to look', async () => {
  const path = nextPath();
  const damaged: string[] = [];
  {
    await using store = lmdbStore({ path });
    const { epoch } = await store.journal.acquire('a', { token: randomUUID(), takeOver: false });
    const records = Array.from({ length: 1000 }, (_, i) => ({
      seq: i + 1,
      time: 5,
      tags: ['t'],
      payload: new Uint8Array(100),
    }));
    await store.journal.append({ persistId: 'a', epoch, expectedSeq: 0, records });
    await store.journal.release('a', epoch);
    // Who has it open has looked.
    await lmdbStore({ path }).close();
  }
  const whole = readFileSync(path);
  const PAGE = 4096;
  for (let page = 2; (page + 1) * PAGE <= whole.length; page++) {
    const bytes = Buffer.from(whole).fill(0, page * PAGE, (page + 1) * PAGE);
    writeFileSync(path, bytes);
    let store: ReturnType<typeof lmdbStore>;
    try {
      store = lmdbStore({ path });
    } catch (error) {
      assert.is((error as PersistError).code, 'ERR_PERSIST_STORE');
      assert.ok(readFileSync(path).equals(bytes));
      damaged.push((error as PersistError).message);
      continue;
    }
    // A page that nothing leads to.
    assert.is((await store.journal.read('a', { from: 1, to: 1000, limit: 1000 })).length, 1000);
    assert.is((await store.journal.readTag('t', 0, 1000)).length, 1000);
    await store.close();
  }
  assert.ok(damaged.length > 10 && damaged.every((text) => text.includes('is damaged')), inspect(damaged));
  writeFileSync(path, whole);
  await lmdbStore({ path, verify: false }).close();
});

test('everybody who opens a file keeps to its durability', async () => {
  const path = nextPath();
  await lmdbStore({ path, durability: 'committed' }).close();
  const thrown = refuses(() => lmdbStore({ path, durability: 'flushed' }), 'ERR_PERSIST_STORE', 'committed');
  assert.ok(thrown instanceof PersistError);
  await lmdbStore({ path }).close();
  await lmdbStore({ path, durability: 'committed' }).close();
});

test('wrong options are refused by name', () => {
  const wrong: [unknown, string][] = [
    [undefined, 'options'],
    ['x.mdb', 'options'],
    [{}, '`path`'],
    [{ path: '' }, '`path`'],
    [{ path: 5 }, '`path`'],
    [{ path: 'a\0b' }, '`path`'],
    [{ path: 'x', durability: 'sync' }, '`durability`'],
    [{ path: 'x', pollInterval: 0 }, '`pollInterval`'],
    [{ path: 'x', verify: 'no' }, '`verify`'],
    [{ path: 'x', durable: true }, '`durable`'],
  ];
  for (const [options, text] of wrong)
    refuses(() => lmdbStore(options as { path: string }), 'ERR_PERSIST_BADARG', text);
});

files.run();
