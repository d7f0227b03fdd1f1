import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { dets } from 'termstore/dets';
import { type ClosableStore, type JournalAppend, type JournalStore, lmdbStore } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { randomFrom } from '../support/random.js';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { forkWriter } from './children.js';
import { codeOf, storesOf } from './support.js';

/*
 * Appends that the engine does by itself, as long as nobody else writes to the log, and what becomes of them when somebody
 * does, while several are on their way.
 */

const appends = suite('persist: appends on their way in the LMDB store');
const { test } = appends;
const { lmdb, path } = storesOf(appends);
const hire = crew(join(__dirname, 'writer.worker.js'), appends);
const fork = forkWriter(appends);

const claim = (takeOver = false) => ({ token: randomUUID(), takeOver });
const everything = { from: 1, to: Infinity, limit: 1_000_000 };
const seqs = async (journal: JournalStore, id: string): Promise<number[]> =>
  (await journal.read(id, everything)).map(({ seq }) => seq);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** An append of event `seq` alone. */
function event(persistId: string, epoch: number, seq: number, tags: readonly string[] = []): JournalAppend {
  const payload = new Uint8Array([seq]);
  return { persistId, epoch, expectedSeq: seq - 1, records: [{ seq, time: 5, tags, payload }] };
}

const outcome = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'stored', codeFrom);
const codeFrom = ({ code }: { code?: unknown }): unknown => code;

for (const kind of ['threads', 'processes'] as const) {
  test(`${kind} that write to different logs of one file at once do not disturb each other`, async () => {
    const file = path();
    const { journal } = lmdb({ path: file });
    const writers = [0, 1].map(() => (kind === 'threads' ? hire() : fork()));
    await Promise.all(writers.map((writer, i) => writer.call('start', file, false, `log-${i}`)));
    await Promise.all(writers.map((writer) => writer.call('putMany', 300)));
    await Promise.all(writers.map((writer) => writer.call('stop')));
    for (const i of [0, 1]) assert.equal(await seqs(journal, `log-${i}`), upTo(300));
  });
}

test('appends that follow each other on their way are stored in order', async () => {
  const { journal } = lmdb();
  const { epoch } = await journal.acquire('a', claim());
  await Promise.all(upTo(50).map((seq) => journal.append(event('a', epoch, seq))));
  assert.equal(await seqs(journal, 'a'), upTo(50));
});

test('an append with tags and one without come in the order in which they were asked for', async () => {
  const { journal } = lmdb();
  const [a, b] = [await journal.acquire('a', claim()), await journal.acquire('b', claim())];
  const on = (id: string, { epoch }: typeof a) =>
    upTo(60).map((seq) => journal.append(event(id, epoch, seq, seq % 3 === 0 ? ['third'] : [])));
  await Promise.all([...on('a', a), ...on('b', b)]);
  for (const id of ['a', 'b']) assert.equal(await seqs(journal, id), upTo(60));
  const found = await journal.readTag('third', 0, 100);
  assert.is(found.length, 40);
  assert.is(new Set(found.map(({ offset }) => offset)).size, 40);
});

test('an append behind a truncation that is on its way is stored', async () => {
  const { journal } = lmdb();
  const { epoch } = await journal.acquire('a', claim());
  await Promise.all(upTo(10).map((seq) => journal.append(event('a', epoch, seq))));
  for (let first = 11; first <= 100; first += 10) {
    const truncated = journal.truncate('a', epoch, first - 4);
    await Promise.all(upTo(10).map((i) => journal.append(event('a', epoch, first - 1 + i))));
    await truncated;
  }
  assert.equal(await journal.bounds('a'), { firstSeq: 88, lastSeq: 100, life: 0 });
  assert.equal(
    await seqs(journal, 'a'),
    upTo(100).filter((seq) => seq >= 88),
  );
});

test('of the appends of a writer that is taken over a first part is stored, and the others are refused', async () => {
  const file = path();
  const [old, young] = [lmdb({ path: file }), lmdb({ path: file })];
  let writer = await old.journal.acquire('a', claim());
  let last = 0;
  for (let round = 0; round < 20; round++) {
    const asked = upTo(20).map((i) => outcome(old.journal.append(event('a', writer.epoch, last + i))));
    const lease = await young.journal.acquire('a', claim(true));
    const outcomes = await Promise.all(asked);
    const stored = outcomes.filter((one) => one === 'stored').length;
    assert.equal(
      outcomes,
      outcomes.map((_, i) => (i < stored ? 'stored' : 'ERR_PERSIST_FENCED')),
    );
    assert.is(lease.lastSeq, last + stored);
    await young.journal.append(event('a', lease.epoch, ++last + stored));
    last += stored;
    assert.is(await codeOf(old.journal.append(event('a', writer.epoch, last + 1))), 'ERR_PERSIST_FENCED');
    writer = await old.journal.acquire('a', claim(true));
    assert.is(writer.lastSeq, last);
  }
  assert.equal(await seqs(old.journal, 'a'), upTo(last));
});

test('a writer that does not know that it was taken over has stored nothing', async () => {
  const file = path();
  const [old, young] = [lmdb({ path: file }), lmdb({ path: file })];
  const { epoch } = await old.journal.acquire('a', claim());
  await old.journal.append(event('a', epoch, 1));
  const lease = await young.journal.acquire('a', claim(true));
  const late = [2, 3, 4].map((seq) => outcome(old.journal.append(event('a', epoch, seq))));
  assert.equal(await Promise.all(late), new Array(3).fill('ERR_PERSIST_FENCED'));
  await young.journal.append(event('a', lease.epoch, 2));
  assert.equal(await seqs(old.journal, 'a'), [1, 2]);
});

test('an append that names a number that is there, or leaves one out, is refused, also behind others', async () => {
  const { journal } = lmdb();
  const { epoch } = await journal.acquire('a', claim());
  const asked = [1, 2, 2, 3, 5].map((seq) => outcome(journal.append(event('a', epoch, seq))));
  const wrong = 'ERR_PERSIST_SEQUENCE';
  assert.equal(await Promise.all(asked), ['stored', 'stored', wrong, 'stored', wrong]);
  assert.equal(await seqs(journal, 'a'), upTo(3));
});

test('an append that fails half-way leaves nothing of itself, whatever the others of its transaction do', async () => {
  const { journal } = lmdb();
  const [a, b] = [await journal.acquire('a', claim()), await journal.acquire('b', claim())];
  const wrong = event('a', a.epoch, 1, ['x'.repeat(3000)]);
  const asked = [outcome(journal.append(wrong)), outcome(journal.append(event('b', b.epoch, 1, ['tag'])))];
  assert.equal(await Promise.all(asked), ['ERR_PERSIST_STORE', 'stored']);
  assert.equal(await journal.bounds('a'), { firstSeq: 1, lastSeq: 0, life: 0 });
  await journal.append(event('a', a.epoch, 1));
  assert.equal(await seqs(journal, 'a'), [1]);
  assert.is((await journal.readTag('tag', 0, 10)).length, 1);
});

test('an append that is asked for behind a deletion that has not begun is refused', async () => {
  const { journal } = lmdb();
  for (let life = 0; life < 20; life++) {
    const { epoch } = await journal.acquire('a', claim());
    await journal.append(event('a', epoch, 1));
    const deleted = journal.delete('a', epoch);
    const late = outcome(journal.append(event('a', epoch, 2)));
    await deleted;
    assert.is(await late, 'ERR_PERSIST_FENCED');
    assert.equal(await seqs(journal, 'a'), []);
  }
});

test('of two stores with one lease each sees what the other one has appended', async () => {
  const file = path();
  const stores = [lmdb({ path: file }), lmdb({ path: file })] as const;
  const { epoch } = await stores[0].journal.acquire('a', claim());
  for (let seq = 1; seq <= 40; seq++) {
    // Twice in turn: the second append of a store is one that the engine does by itself.
    const [one, other] = seq % 4 < 2 ? stores : ([stores[1], stores[0]] as const);
    await one.journal.append(event('a', epoch, seq));
    assert.is(await codeOf(other.journal.append(event('a', epoch, seq))), 'ERR_PERSIST_SEQUENCE');
  }
  assert.equal(await seqs(stores[0].journal, 'a'), upTo(40));
});

test('a store that was the last to write a head does not know the logs that others wrote to before', async () => {
  const file = path();
  const [old, young] = [lmdb({ path: file }), lmdb({ path: file })];
  const [a, b] = [await old.journal.acquire('a', claim()), await old.journal.acquire('b', claim())];
  await Promise.all([old.journal.append(event('a', a.epoch, 1)), old.journal.append(event('b', b.epoch, 1))]);
  const lease = await young.journal.acquire('a', claim(true));
  await young.journal.append(event('a', lease.epoch, 2));
  await old.journal.append(event('b', b.epoch, 2, ['tag']));
  assert.is(await codeOf(old.journal.append(event('a', a.epoch, 2))), 'ERR_PERSIST_FENCED');
  await Promise.all([
    old.journal.append(event('b', b.epoch, 3)),
    young.journal.append(event('a', lease.epoch, 3)),
  ]);
  for (const id of ['a', 'b']) assert.equal(await seqs(young.journal, id), upTo(3));
});

test('an append that follows one which is done a second time comes behind it', async () => {
  const file = path();
  const [one, other] = [lmdb({ path: file }), lmdb({ path: file })];
  const [a, b] = [await one.journal.acquire('a', claim()), await one.journal.acquire('b', claim())];
  await other.journal.acquire('c', claim());
  const first = outcome(one.journal.append(event('a', a.epoch, 1)));
  await one.journal.append(event('b', b.epoch, 1, ['tag']));
  const second = outcome(one.journal.append(event('a', a.epoch, 2)));
  assert.equal([await first, await second], ['stored', 'stored']);
  assert.equal(await seqs(one.journal, 'a'), [1, 2]);
});

test('an append at any moment of a deletion is refused and leaves nothing', async () => {
  const { journal, snapshots } = lmdb();
  const some = { seq: 1, time: 1, life: 0, payload: new Uint8Array(1) };
  for (let moment = 0; moment < 30; moment++) {
    const id = `log-${moment}`;
    const { epoch } = await journal.acquire(id, claim());
    await journal.append(event(id, epoch, 1));
    const deleted = journal.delete(id, epoch);
    // A snapshot is saved in one transaction with a step of the deletion; then so many turns later.
    for (let step = 0; step <= moment % 3; step++) await snapshots.save('other', some);
    for (let turn = 0; turn < moment / 3; turn++) await Promise.resolve();
    assert.is(await outcome(journal.append(event(id, epoch, 2))), 'ERR_PERSIST_FENCED', `moment ${moment}`);
    await deleted;
    assert.equal(await journal.bounds(id), { firstSeq: 1, lastSeq: 0, life: 1 });
  }
});

test('whatever several stores do to several logs at once, each log has what was acknowledged, in order', async () => {
  const random = randomFrom(7);
  const file = path();
  const stores = upTo(3).map(() => lmdb({ path: file }).journal);
  const logs = upTo(4).map((i) => ({
    id: `log-${i}`,
    journal: stores[0] as JournalStore,
    epoch: 0,
    lastSeq: 0,
  }));
  for (let round = 0; round < 150; round++) {
    const work = logs.flatMap((log) => {
      const { id } = log;
      const kind = log.epoch === 0 ? 0 : random.below(12);
      if (kind === 0) {
        log.journal = stores[random.below(3)] as JournalStore;
        const acquired = log.journal.acquire(id, claim(true));
        return [acquired.then(({ epoch, lastSeq }) => [Object.assign(log, { epoch }).lastSeq, lastSeq])];
      }
      const { journal, epoch } = log;
      if (kind === 1) return [journal.truncate(id, epoch, random.below(log.lastSeq + 1))];
      const stale = stores[random.below(3)] as JournalStore;
      if (kind === 2) return [codeOf(stale.append(event(id, epoch, log.lastSeq + 2)))];
      return upTo(1 + random.below(3)).map(() =>
        journal.append(event(id, epoch, ++log.lastSeq, random.below(6) === 0 ? ['some'] : [])),
      );
    });
    for (const result of await Promise.all(work)) {
      if (Array.isArray(result)) assert.is(result[0], result[1], 'a new writer begins where the log ends');
      else if (result !== undefined) assert.is(result, 'ERR_PERSIST_SEQUENCE');
    }
    const { id, lastSeq } = logs[random.below(4)] as (typeof logs)[0];
    const reader = stores[random.below(3)] as JournalStore;
    const bounds = await reader.bounds(id);
    assert.is(bounds.lastSeq, lastSeq);
    const there = upTo(lastSeq).filter((seq) => seq >= bounds.firstSeq);
    assert.equal(await seqs(reader, id), there);
  }
});

test('a log that is deleted takes the appends before it along and refuses those behind it', async () => {
  const { journal } = lmdb();
  const lease = await journal.acquire('a', claim());
  const before = upTo(5).map((seq) => outcome(journal.append(event('a', lease.epoch, seq))));
  const deleted = journal.delete('a', lease.epoch);
  assert.equal(await Promise.all(before), new Array(5).fill('stored'));
  await deleted;
  assert.is(await codeOf(journal.append(event('a', lease.epoch, 6))), 'ERR_PERSIST_FENCED');
  const next = await journal.acquire('a', claim());
  assert.equal({ life: next.life, lastSeq: next.lastSeq }, { life: lease.life + 1, lastSeq: 0 });
  await journal.append(event('a', next.epoch, 1));
  assert.is(await codeOf(journal.append(event('a', lease.epoch, 2))), 'ERR_PERSIST_FENCED');
  assert.equal(await seqs(journal, 'a'), [1]);
});

test('what is on its way when a store is closed is stored', async () => {
  const file = path();
  const store = lmdbStore({ path: file, durability: 'committed' });
  const [a, b] = [await store.journal.acquire('a', claim()), await store.journal.acquire('b', claim())];
  const asked = upTo(20).flatMap((seq) => [
    store.journal.append(event('a', a.epoch, seq)),
    store.journal.append(event('b', b.epoch, seq, seq % 2 === 0 ? ['even'] : [])),
  ]);
  const truncated = store.journal.truncate('a', a.epoch, 5);
  await Promise.all([store.close(), ...asked, truncated]);
  assert.is(await codeOf(store.journal.append(event('a', a.epoch, 21))), 'ERR_PERSIST_STORE');
  const { journal } = lmdb({ path: file });
  assert.equal(await journal.bounds('a'), { firstSeq: 6, lastSeq: 20, life: 0 });
  assert.equal(await seqs(journal, 'b'), upTo(20));
});

test('a file of an earlier format is refused', async () => {
  const file = path();
  const earlier = open({ path: file, noSubdir: true, keyEncoding: 'binary', encoding: 'binary' });
  const meta = earlier.openDB<Buffer, Buffer>({ name: 'meta', keyEncoding: 'binary', encoding: 'binary' });
  await meta.put(Buffer.from('format'), Buffer.from('{"format":1,"durability":"flushed"}'));
  await earlier.close();
  refuses(() => lmdbStore({ path: file }), 'ERR_PERSIST_STORE', 'is of format 1');
});

test('a file of somebody else is refused, and nothing is written into it', async () => {
  const bytes = { keyEncoding: 'binary', encoding: 'binary' } as const;
  const own = path();
  const table = await dets.openFile('rows', { file: own });
  await table.insert(['k', 1]);
  await table.close();
  const [entries, meta] = [path(), path()];
  const other = open<Buffer, Buffer>({ path: entries, noSubdir: true, ...bytes });
  await other.put(Buffer.from('k'), Buffer.from('v'));
  await other.close();
  const third = open({ path: meta, noSubdir: true, ...bytes });
  await third.openDB<Buffer, Buffer>({ name: 'meta', ...bytes }).put(Buffer.from('k'), Buffer.from('v'));
  await third.close();
  for (const file of [own, entries, meta]) {
    const before = readFileSync(file);
    refuses(() => lmdbStore({ path: file }), 'ERR_PERSIST_STORE', 'is no file of lmdbStore');
    assert.is(Buffer.compare(readFileSync(file), before), 0, 'the file was changed');
  }
  // What has no trees yet may be made a store's.
  const empty = path();
  await open({ path: empty, noSubdir: true, ...bytes }).close();
  await lmdbStore({ path: empty }).close();
  await lmdbStore({ path: empty }).close();
});

/** The page that a file says is its last, in each of the places where it says so. */
const LAST_PAGE = 24 + 24 + 96;

test('a file whose trees are of another kind is damaged', async () => {
  const file = path();
  const store = lmdbStore({ path: file });
  await store.journal.acquire('a', claim());
  await store.close();
  const whole = readFileSync(file);
  const changes: ((bytes: Buffer) => void)[] = [
    (bytes) => [0, 2048, 4096].forEach((meta) => bytes.writeUInt16LE(4, meta + 24 + 24 + 48 + 4)),
    (bytes) => {
      const name = 'events\0';
      for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1))
        bytes.writeUInt16LE(4, at + name.length + 4);
    },
  ];
  for (const change of changes) {
    const bytes = Buffer.from(whole);
    change(bytes);
    const other = path();
    writeFileSync(other, bytes);
    refuses(() => lmdbStore({ path: other }), 'ERR_PERSIST_STORE', /another kind/);
  }
});

test('a file whose last page was never written is whole; one that lacks a page of its own is not', async () => {
  const file = path();
  const store = lmdbStore({ path: file });
  const { epoch } = await store.journal.acquire('a', claim());
  for (const seq of upTo(50)) await store.journal.append(event('a', epoch, seq));
  await store.close();
  const bytes = readFileSync(file);
  const pageBytes = bytes.readUInt32LE(24 + 24);
  // The engine counts a page that a transaction took and gave back.
  for (const at of [0, pageBytes / 2, pageBytes]) {
    if (bytes.readUInt32LE(at + 24) !== 0xbeefc0de) continue;
    bytes.writeBigUInt64LE(BigInt(bytes.length / pageBytes), at + LAST_PAGE);
  }
  const counted = path();
  writeFileSync(counted, bytes);
  const { journal } = lmdb({ path: counted, durability: 'flushed' });
  assert.equal(await seqs(journal, 'a'), upTo(50));
  let refused = 0;
  for (let size = bytes.length - pageBytes; size >= 2 * pageBytes; size -= pageBytes) {
    const cut = path();
    writeFileSync(cut, bytes.subarray(0, size));
    let rest: ClosableStore;
    try {
      rest = lmdbStore({ path: cut });
    } catch (error) {
      assert.is((error as { code?: unknown }).code, 'ERR_PERSIST_STORE');
      assert.match((error as Error).message, /is damaged|is no file/);
      refused++;
      continue;
    }
    // Only pages that nothing leads to are missing.
    assert.equal(await seqs(rest.journal, 'a'), upTo(50));
    await rest.close();
  }
  assert.ok(refused >= 4, `${refused}`);
});

appends.run();
