// Question: what do tables on disk cost beside their engine used directly, and beside SQLite (better-sqlite3, WAL) with the
// same durability: writes that wait for the disk, one and 256 at a time, mirrored writes, and filling a table when a program starts?
// Not answered here: reads beside other stores in memory (bench/run.mjs).
// Medians of the rounds; of a ratio, the middle half of them too.
//
//   npm run bench:disk [-- --quick] [-- --folder PATH]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { open } from 'lmdb';
import { shownRatio, SideBySide } from '../runner/side-by-side.mjs';

const require = createRequire(import.meta.url);
const { ets } = require('../../dist/index.js');
const { dets } = require('../../dist/dets.js');

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, folder: { type: 'string' } } });
const rounds = values.quick ? 1 : 7;
const writes = values.quick ? 50 : 1000;
const rows = values.quick ? 10_000 : 1_000_000;
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'termstore-bench-disk-'));

/** By what is asked; a time is that of `count` pieces of work. */
const questions = new Map();

/** One round of a question. */
async function ask(question, count, sides) {
  if (!questions.has(question)) questions.set(question, { count, beside: new SideBySide() });
  await questions.get(question).beside.round(Object.entries(sides));
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
  await ask('a write that waits for the disk', writes, {
    'termstore/dets': () => waiting(1, (i) => disk.insert([keyOf(i), ++written])),
    lmdb: () => waiting(1, flushed),
    sqlite: () => waiting(1, (i) => put.run(keyOf(i), ++written)),
    'mirror, writeThrough': () => waiting(1, (i) => through.insert([keyOf(i), ++written])),
    'lmdb, transactionSync': () =>
      waiting(1, (i) => direct.transactionSync(() => direct.putSync(keyOf(i), ++written))),
  });
  const many = 256 * writes;
  await ask('one of 256 that wait for the disk', many, {
    'termstore/dets': () => waiting(256, (i) => disk.insert([keyOf(i), ++written])),
    lmdb: () => waiting(256, flushed),
  });
  await ask('one of 256 that wait for the commit', many, {
    'termstore/dets': () => waiting(256, (i) => committed.insert([keyOf(i), ++written])),
    lmdb: () => waiting(256, (i) => direct.put(keyOf(i), ++written)),
  });
  await ask('a write to a table mirrored later', many, {
    'mirror, writeBehind': async () => {
      for (let i = 0; i < many; i++) behind.insert([keyOf(i), ++written]);
      await behind.syncMirror();
    },
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
  await ask('hydration, a row', rows, {
    'ets.hydrate': async () => (await ets.hydrate('facts', { from: facts })).drop(),
    'lmdb, into a Map': () => {
      const map = new Map();
      for (const { key, value } of plain.getRange()) map.set(key, value);
    },
    'sqlite, into a Map': () => {
      const map = new Map();
      for (const [key, value] of read.iterate()) map.set(key, value);
    },
  });
}

const peers = {
  'termstore/dets': 'lmdb',
  'mirror, writeThrough': 'lmdb, transactionSync',
  'ets.hydrate': 'lmdb, into a Map',
};
for (const [question, { count, beside }] of questions) {
  for (const name of beside.names) {
    const peer = peers[name];
    const ratio = peer === undefined ? '' : `, ${shownRatio(beside.ratio(name, peer))} ${peer}`;
    console.log(`${question}: ${name}: ${((beside.ms(name) * 1000) / count).toFixed(2)} µs${ratio}`);
  }
}
through.drop();
behind.drop();
await Promise.all([disk.close(), committed.close(), direct.close(), plain.close()]);
sqlite.close();
rmSync(folder, { recursive: true, force: true });
