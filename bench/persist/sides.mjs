import { join } from 'node:path';
import Database from 'better-sqlite3';
import { open as openLmdb } from 'lmdb';
import { lmdbStore, persistentProcess } from 'termstore/persist';

/*
 * The same work on three sides. `flushed`: an answer means that the disk has it. `committed`: an answer means that it
 * survives the process.
 *
 *   write(callers)  each of so many callers stores one event and has its answer
 *   writeAll(n)     one caller stores n events, all or none
 *   recover()       sums up all events, as a program does that starts; returns how many there were
 */

const event = (n) => ({ type: 'sold', car: 'Zonda', price: 3_000_000 + n });

/** @param {string} folder @param {'flushed' | 'committed'} durability */
export async function ours(folder, durability) {
  const path = join(folder, `ours-${durability}.mdb`);
  let store = lmdbStore({ path, durability });
  const processOf = (persistId) =>
    persistentProcess({
      persistId,
      store,
      init: () => ({ sold: 0, total: 0 }),
      handleCommand: (_state, events, { persist, persistAll, saveSnapshot }) => {
        if (events === 'snapshot') return saveSnapshot();
        return events.length === 1 ? persist(events[0]) : persistAll(events);
      },
      handleEvent: (state, { price }) => {
        state.sold++;
        state.total += price;
      },
    });
  const processes = await Promise.all(
    Array.from({ length: 256 }, (_, i) => processOf(`process-${i}`).start()),
  );
  let n = 0;
  return {
    write: (callers) => Promise.all(processes.slice(0, callers).map((one) => one.call([event(n++)]))),
    writeAll: (count) => processes[0].call(Array.from({ length: count }, () => event(n++))),
    snapshot: async () => {
      const one = await processOf('process-0').start();
      await one.call('snapshot');
      await one.stop();
    },
    /** As a program does that starts: the file is opened, and one process recovers. */
    recover: async () => {
      const one = await processOf('process-0').start();
      const { seq } = one;
      await one.stop();
      return seq;
    },
    prepareRecovery: async () => {
      await Promise.all(processes.splice(0).map((one) => one.stop()));
      await store.close();
      store = lmdbStore({ path, durability });
    },
    close: async () => {
      await Promise.all(processes.map((one) => one.stop()));
      await store.close();
    },
  };
}

/**
 * lmdb as a careful program uses it directly: values in MessagePack with shared structures, a key for each stream and number, and a head
 * for each stream whose version decides whether this writer may still write and where the stream ends. An event and its
 * head are one conditional batch, which needs no callback inside of the transaction.
 */
export async function lmdb(folder, durability) {
  const database = openLmdb({
    path: join(folder, `lmdb-${durability}.mdb`),
    noSubdir: true,
    noSync: durability === 'committed',
    overlappingSync: false,
  });
  const events = database.openDB({ name: 'events', sharedStructuresKey: Symbol.for('structures') });
  const heads = database.openDB({
    name: 'heads',
    useVersions: true,
    sharedStructuresKey: Symbol.for('structures'),
  });
  const streams = Array.from({ length: 256 }, (_, i) => ({ id: `process-${i}`, lastSeq: 0, version: 1 }));
  await Promise.all(streams.map(({ id }) => heads.put(id, { epoch: 1, lastSeq: 0 }, 1)));
  const append = async (stream, count) => {
    const { id, lastSeq, version } = stream;
    const time = Date.now();
    const isWriter = await heads.ifVersion(id, version, () => {
      for (let seq = lastSeq + 1; seq <= lastSeq + count; seq++)
        events.put([id, seq], { time, tags: [], data: event(seq) });
      heads.put(id, { epoch: 1, lastSeq: lastSeq + count }, version + 1);
    });
    if (!isWriter) throw new Error(`${id} was taken over`);
    stream.lastSeq += count;
    stream.version++;
  };
  return {
    write: (callers) => Promise.all(streams.slice(0, callers).map((stream) => append(stream, 1))),
    writeAll: (count) => append(streams[0], count),
    recover: () => {
      const state = { sold: 0, total: 0 };
      const range = { start: ['process-0', 0], end: ['process-0', Infinity] };
      for (const { key, value } of events.getRange(range)) {
        if (key[1] !== ++state.sold) throw new Error(`event ${state.sold} is missing`);
        state.total += value.data.price;
      }
      return state.sold;
    },
    close: () => database.close(),
  };
}

/** SQLite with a write-ahead log: `synchronous` FULL waits for the disk at each commit, NORMAL does not. It has no waiting callers: theirs is one transaction. */
export async function sqlite(folder, durability) {
  const database = new Database(join(folder, `sqlite-${durability}.db`));
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${durability === 'flushed' ? 'FULL' : 'NORMAL'}`);
  database.exec(`
    create table heads (stream text primary key, epoch integer, last integer) without rowid;
    create table events (stream text, seq integer, time integer, tags text, data text, primary key (stream, seq)) without rowid;
  `);
  const insert = database.prepare('insert into events values (?, ?, ?, ?, ?)');
  const advance = database.prepare('update heads set last = ? where stream = ? and epoch = 1 and last = ?');
  const all = database.prepare("select seq, data from events where stream = 'process-0' order by seq").raw();
  const last = new Array(256).fill(0);
  const begin = database.prepare('insert into heads values (?, 1, 0)');
  database.transaction(() => last.forEach((_, i) => begin.run(`process-${i}`)))();
  const append = (i, count) => {
    const time = Date.now();
    for (let seq = last[i] + 1; seq <= last[i] + count; seq++)
      insert.run(`process-${i}`, seq, time, '[]', JSON.stringify(event(seq)));
    if (advance.run(last[i] + count, `process-${i}`, last[i]).changes !== 1) throw new Error('taken over');
    last[i] += count;
  };
  const many = database.transaction((callers) => {
    for (let i = 0; i < callers; i++) append(i, 1);
  });
  const batch = database.transaction((count) => append(0, count));
  return {
    write: (callers) => many(callers),
    writeAll: (count) => batch(count),
    recover: () => {
      const state = { sold: 0, total: 0 };
      for (const [seq, text] of all.iterate()) {
        if (seq !== ++state.sold) throw new Error(`event ${state.sold} is missing`);
        state.total += JSON.parse(text).price;
      }
      return state.sold;
    },
    close: () => database.close(),
  };
}
