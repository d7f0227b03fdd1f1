// Question: what do tables on disk cost beside their engine used directly, and beside SQLite (better-sqlite3, WAL) with the
// same durability: writes that wait for the disk, one and 256 at a time, mirrored writes, and filling a table when a program starts?
// Not answered here: reads beside other stores in memory (bench/run.mjs).
//
//   npm run bench:disk [-- --quick] [-- --folder PATH]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { open } from 'lmdb';

const require = createRequire(import.meta.url);
const { ets } = require('../../dist/index.js');
const { dets } = require('../../dist/dets.js');

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, folder: { type: 'string' } } });
const rounds = values.quick ? 1 : 7;
const writes = values.quick ? 50 : 1000;
const rows = values.quick ? 10_000 : 1_000_000;
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'termstore-bench-disk-'));

/** Milliseconds of the best round: noise of the machine only ever adds. */
const best = new Map();

async function time(group, title, count, work) {
  const start = performance.now();
  await work();
  const micros = ((performance.now() - start) * 1000) / count;
  const key = `${group}|${title}`;
  best.set(key, Math.min(best.get(key) ?? Infinity, micros));
}

async function waiting(callers, write) {
  let next = 0;
  const caller = async () => {
    while (next < writes * callers) await write(next++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

const disk = await dets.openFile('bench', { file: join(folder, 'flushed'), ack: 'flushed' });
const committed = await dets.openFile('committed', { file: join(folder, 'committed') });
const direct = open({ path: join(folder, 'direct.mdb'), separateFlushed: true });
const through = ets.new('through', { mirror: { file: join(folder, 'through'), mode: 'writeThrough' } });
const behind = ets.new('behind', {
  mirror: { file: join(folder, 'behind'), mode: 'writeBehind', interval: 100 },
});
const sqlite = new Database(join(folder, 'sqlite.db'));
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('synchronous = FULL');
sqlite.exec('create table t (k text primary key, v integer) without rowid');
const put = sqlite.prepare('insert into t values (?, ?) on conflict do update set v = excluded.v');

const keyOf = (i) => `key${i % 1000}`;
// SQLite writes no page, and so waits for no disk, when a row is replaced by an equal one: no value comes twice.
let written = 0;

for (let round = 0; round < rounds; round++) {
  const flushed = async (i) => {
    const done = direct.put(keyOf(i), ++written);
    const onDisk = done.flushed;
    await done;
    await onDisk;
  };
  await time('a write that waits for the disk', 'termstore/dets', writes, () =>
    waiting(1, (i) => disk.insert([keyOf(i), ++written])),
  );
  await time('a write that waits for the disk', 'lmdb', writes, () => waiting(1, flushed));
  await time('a write that waits for the disk', 'sqlite', writes, () =>
    waiting(1, (i) => put.run(keyOf(i), ++written)),
  );
  await time('a write that waits for the disk', 'mirror, writeThrough', writes, () =>
    waiting(1, (i) => through.insert([keyOf(i), ++written])),
  );
  await time('a write that waits for the disk', 'lmdb, transactionSync', writes, () =>
    waiting(1, (i) => direct.transactionSync(() => direct.putSync(keyOf(i), ++written))),
  );
  const many = 256 * writes;
  await time('one of 256 that wait for the disk', 'termstore/dets', many, () =>
    waiting(256, (i) => disk.insert([keyOf(i), ++written])),
  );
  await time('one of 256 that wait for the disk', 'lmdb', many, () => waiting(256, flushed));
  await time('one of 256 that wait for the commit', 'termstore/dets', many, () =>
    waiting(256, (i) => committed.insert([keyOf(i), ++written])),
  );
  await time('one of 256 that wait for the commit', 'lmdb', many, () =>
    waiting(256, (i) => direct.put(keyOf(i), ++written)),
  );
  await time('a write to a table mirrored later', 'mirror, writeBehind', many, async () => {
    for (let i = 0; i < many; i++) behind.insert([keyOf(i), ++written]);
    await behind.syncMirror();
  });
}

const facts = join(folder, 'facts');
const saved = await dets.openFile('facts', { file: facts, ramFile: true });
await saved.initTable(
  (function* () {
    for (let i = 0; i < rows; i++) yield [`key${i}`, i];
  })(),
);
await saved.close();
const plain = open({ path: join(folder, 'facts.mdb') });
await plain.transaction(() => {
  for (let i = 0; i < rows; i++) plain.put(`key${i}`, i);
});
sqlite.exec('create table facts (k text primary key, v integer) without rowid');
const add = sqlite.prepare('insert into facts values (?, ?)');
sqlite.transaction(() => {
  for (let i = 0; i < rows; i++) add.run(`key${i}`, i);
})();
const read = sqlite.prepare('select k, v from facts').raw();
for (let round = 0; round < rounds; round++) {
  await time('hydration, a row', 'ets.hydrate', rows, async () =>
    (await ets.hydrate('facts', { from: facts })).drop(),
  );
  await time('hydration, a row', 'lmdb, into a Map', rows, () => {
    const map = new Map();
    for (const { key, value } of plain.getRange()) map.set(key, value);
  });
  await time('hydration, a row', 'sqlite, into a Map', rows, () => {
    const map = new Map();
    for (const [key, value] of read.iterate()) map.set(key, value);
  });
}

const peers = {
  'termstore/dets': 'lmdb',
  'mirror, writeThrough': 'lmdb, transactionSync',
  'ets.hydrate': 'lmdb, into a Map',
};
for (const [key, micros] of best) {
  const [group, title] = key.split('|');
  const peer = best.get(`${group}|${peers[title]}`);
  const beside = peer === undefined ? '' : `, ${(micros / peer).toFixed(2)} × ${peers[title]}`;
  console.log(`${group}: ${title}: ${micros.toFixed(2)} µs${beside}`);
}
through.drop();
behind.drop();
await Promise.all([disk.close(), committed.close(), direct.close(), plain.close()]);
sqlite.close();
rmSync(folder, { recursive: true, force: true });
