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

/** lmdb as it is used directly: values in MessagePack with shared structures, a key for each stream and number. */
export async function lmdb(folder, durability) {
  const database = openLmdb({
    path: join(folder, `lmdb-${durability}.mdb`),
    noSubdir: true,
    noSync: durability === 'committed',
    overlappingSync: false,
    sharedStructuresKey: Symbol.for('structures'),
  });
  const last = new Array(256).fill(0);
  return {
    write: (callers) =>
      Promise.all(
        Array.from({ length: callers }, (_, i) => database.put([`process-${i}`, ++last[i]], event(last[i]))),
      ),
    writeAll: (count) =>
      database.transaction(() => {
        for (let i = 0; i < count; i++) database.put(['process-0', ++last[0]], event(last[0]));
      }),
    recover: () => {
      const state = { sold: 0, total: 0 };
      for (const { value } of database.getRange({ start: ['process-0', 0], end: ['process-0', Infinity] })) {
        state.sold++;
        state.total += value.price;
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
  database.exec(
    'create table events (stream text, seq integer, data text, primary key (stream, seq)) without rowid',
  );
  const insert = database.prepare('insert into events values (?, ?, ?)');
  const all = database.prepare("select data from events where stream = 'process-0' order by seq").pluck();
  const last = new Array(256).fill(0);
  const one = (i) => insert.run(`process-${i}`, ++last[i], JSON.stringify(event(last[i])));
  const many = database.transaction((callers) => {
    for (let i = 0; i < callers; i++) one(i);
  });
  const batch = database.transaction((count) => {
    for (let i = 0; i < count; i++) one(0);
  });
  return {
    write: (callers) => (callers === 1 ? one(0) : many(callers)),
    writeAll: (count) => batch(count),
    recover: () => {
      const state = { sold: 0, total: 0 };
      for (const text of all.iterate()) {
        state.sold++;
        state.total += JSON.parse(text).price;
      }
      return state.sold;
    },
    close: () => database.close(),
  };
}
