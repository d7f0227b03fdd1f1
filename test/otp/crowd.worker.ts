import { threadId } from 'node:worker_threads';
import {
  _,
  $1,
  $2,
  $_,
  ets,
  type MatchSpec,
  type Row,
  type Table,
  type TableOptions,
  type Tid,
} from 'termstore';
import { exactEq, rem } from 'termstore/ms';
import { meet, stop, stopped } from '../support/gate.js';
import { seededRandom } from '../support/random.js';
import { serve } from '../support/serve.js';

/* What the cases of ets_SUITE have other processes do. */

/** What every job of a crowd is given first: where to meet, how many there are, and which of them this is. */
export interface Place {
  readonly gate: Int32Array;
  readonly threads: number;
  readonly index: number;
}

const OWN_CODES = new Set(['ERR_ETS_ID']);

/** Whether `act` was done; false when the table is gone. */
function unlessGone(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (OWN_CODES.has((error as { code: string }).code)) return false;
    throw error;
  }
}

const range = (from: number, count: number): Row[] =>
  Array.from({ length: count }, (_none, i) => [from + i, i]);

serve({
  thread: () => threadId,
  create(name: string, options: TableOptions, rows = 0): Tid {
    const table = ets.new(name, options);
    if (rows > 0) table.insertMany(range(0, rows));
    return table.tid;
  },
  createMany(count: number, options: TableOptions, rows: number): Tid[] {
    return Array.from({ length: count }, (_none, i) => {
      const table = ets.new(`of ${threadId}, ${i}`, options);
      table.insertMany(range(0, rows));
      return table.tid;
    });
  },
  drop: (tid: Tid) => ets.table(tid).drop(),
  fix(tid: Tid, on: boolean, times: number): void {
    for (let i = 0; i < times; i++) ets.table(tid).safeFixtable(on);
  },
  tried(tid: Tid): unknown[] {
    const table = ets.table(tid);
    return [() => table.lookup('key'), () => table.insert(['key', 'theirs']), () => table.drop()].map(
      (act) => {
        try {
          return act();
        } catch (error) {
          return (error as { code: string }).code;
        }
      },
    );
  },
  giveAway: (tid: Tid, thread: number) => ets.table(tid).giveAway(thread),
  exit: () => process.exit(0),
  throwLater: () =>
    void setImmediate(() => {
      throw new Error('on purpose');
    }),

  /** Lists of rows with keys that nobody else has. */
  insertLists({ gate, threads, index }: Place, tid: Tid, lists: number, length: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let i = 0; i < lists; i++) {
      const rows = range((index * lists + i) * length, length);
      if (i % 2 === 0) table.insertMany(rows);
      else if (!table.insertNewMany(rows)) throw new Error('a key was there');
    }
  },
  /** The same until the table is gone. Returns how many lists went in. */
  insertUntilGone({ gate, threads, index }: Place, tid: Tid, length: number): number {
    const table = ets.table(tid);
    meet(gate, threads);
    let lists = 0;
    while (unlessGone(() => table.insertMany(range((index * 10_000 + lists) * length, length)))) lists++;
    return lists;
  },
  /** Lists that all carry one number, until this thread is killed. */
  insertForEver({ gate }: Place, tid: Tid, length: number): void {
    const table = ets.table(tid);
    for (let n = 1; ; n++) {
      table.insertMany(Array.from({ length }, (_none, key) => [key, n]));
      if (n === 1) meet(gate, 2);
    }
  },
  deleteForEver({ gate }: Place, tid: Tid): void {
    const table = ets.table(tid);
    meet(gate, 2);
    for (;;) for (let key = 0; key < 1000; key++) if (!table.delete(key)) table.insert([key, key]);
  },

  /** Walks an ordered table there and back until told to stop; its keys are 0, 2, …, others come and go between them. */
  walk({ gate, threads }: Place, tid: Tid, keys: number, lookup: boolean): number {
    const table = ets.table(tid);
    meet(gate, threads);
    let laps = 0;
    do {
      let stable = 0;
      const next = (key: unknown): unknown => (lookup ? table.nextLookup(key)?.key : table.next(key));
      for (let key = table.first(), last = -1; key !== undefined; key = next(key)) {
        if ((key as number) <= last) throw new Error(`${key as number} after ${last}`);
        last = key as number;
        if (last % 2 === 0) stable++;
      }
      if (stable !== keys) throw new Error(`${stable} of ${keys} keys`);
      laps++;
    } while (!stopped(gate));
    return laps;
  },
  comeAndGo({ gate, threads }: Place, tid: Tid, keys: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let i = 1; !stopped(gate); i = (i + 14) % (2 * keys)) {
      const key = i | 1;
      if (!table.insertNew([key, threadId])) table.delete(key);
    }
  },

  /** Looks up, and now and then inserts something large. Returns how many rows were not as they must be. */
  lookUp({ gate, threads, index }: Place, tid: Tid, keys: number, count: number): number {
    const table = ets.table(tid);
    const random = seededRandom(`thread ${index}`);
    meet(gate, threads);
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const key = random.below(keys);
      if (random.below(100) === 0) {
        table.insert([key, { key, by: index }, 'x'.repeat(10 + random.below(2000)), key]);
      } else {
        const row = table.lookup(key)[0] as [number, { key: number }, string, number] | undefined;
        if (row !== undefined && (row[1].key !== key || row[3] !== key)) wrong++;
      }
    }
    return wrong;
  },

  /** Counts in a table of its own from below an edge of machine words to above it. Returns the last value. */
  count({ gate, threads }: Place, steps: number): (number | bigint)[] {
    using table = ets.new('counters', { type: 'ordered_set' });
    const edges = [0n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n, -(2n ** 63n)];
    for (const edge of edges) table.insert([edge, edge - BigInt(steps / 2), 'x'.repeat(20)]);
    meet(gate, threads);
    for (let i = 0; i < steps; i++) for (const edge of edges) table.updateCounter(edge, 1n);
    return edges.map((edge) => table.lookupElement(edge, 1) as bigint);
  },

  /** Renames a table to and fro. */
  renameOften({ gate, threads }: Place, tid: Tid, one: string, other: string, count: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let i = 0; i < count; i++) table.rename(i % 2 === 0 ? other : one);
    stop(gate);
  },
  /** Finds it by one of its names each time. Returns how often. */
  findOften({ gate, threads }: Place, names: readonly string[]): number {
    meet(gate, threads);
    let found = 0;
    while (!stopped(gate) || found === 0) {
      for (const name of names) {
        const table = ets.whereis(name);
        if (table === undefined) continue;
        if (table.lookupElement('key', 1) !== 'value') throw new Error('another table');
        found++;
      }
    }
    return found;
  },

  /** Works on tables of its own, by Tid or by name. */
  ownTables({ gate, threads, index }: Place, named: boolean, writes: boolean, laps: number): number {
    const table = ets.new(`own ${index}`, { named, access: 'public' });
    for (let key = 0; key < 100; key++) table.insert([key, index]);
    const handle = (): Table => (named ? ets.table(`own ${index}`) : table);
    meet(gate, threads);
    let sum = 0;
    for (let i = 0; i < laps; i++) {
      if (writes) handle().insert([i % 100, index]);
      else sum += handle().lookupElement(i % 100, 1) as number;
    }
    table.drop();
    return writes ? index * laps : sum;
  },
  /** Makes and drops tables. */
  makeAndDrop({ gate, threads, index }: Place, named: boolean, laps: number): void {
    meet(gate, threads);
    for (let i = 0; i < laps; i++) {
      using table = ets.new(`new ${index}`, { named });
      if (named && ets.whereis(`new ${index}`)?.tid !== table.tid) throw new Error('another table');
    }
  },

  insertRandom({ gate, threads, index }: Place, tid: Tid, keys: number, count: number): void {
    const table = ets.table(tid);
    const random = seededRandom(`thread ${index}`);
    meet(gate, threads);
    for (let i = 0; i < count; i++) table.insert([random.below(keys), index]);
  },
  /** Deletes every key of its residue. */
  deleteKeys({ gate, threads, index }: Place, tid: Tid, keys: number, step: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let key = index; key < keys; key += step) table.delete(key);
  },
  /** Inserts and deletes keys of its own while others do the same. */
  churn({ gate, threads, index }: Place, tid: Tid, keys: number, laps: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let lap = 0; lap < laps; lap++) {
      for (let i = 0; i < keys; i++) table.insert([index * keys + i, lap]);
      for (let i = 0; i < keys; i++) table.delete(index * keys + i);
    }
  },
  /** Fixes, walks and releases. Each walk meets only keys that are there or were deleted meanwhile. */
  fixAndRelease({ gate, threads }: Place, tid: Tid, laps: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let lap = 0; lap < laps; lap++) {
      table.safeFixtable(true);
      const met = new Set();
      for (let key = table.first(); key !== undefined; key = table.next(key)) {
        if (met.has(key)) throw new Error(`a key twice, after ${met.size}`);
        met.add(key);
        if (met.size % 10 === lap % 10) table.delete(key);
      }
      table.safeFixtable(false);
    }
  },
  /** Selects in chunks, which fixes nothing, and in one go, which must find every key once. */
  selectOften({ gate, threads }: Place, tid: Tid, laps: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let lap = 0; lap < laps; lap++) {
      const found = table.select<number>([[[$1, _], [], [$1]]]);
      if (new Set(found).size !== found.length) throw new Error('a key twice');
      for (
        let chunk = table.select([[[$1, _], [], [$1]]], 50);
        chunk;
        chunk = table.select(chunk.continuation)
      );
    }
  },

  /** Mostly inserts, now and then deletes all of one residue. Returns, per residue, what it inserted less what it deleted. */
  selectDelete({ gate, threads, index }: Place, tid: Tid, laps: number, modulus: number): number[] {
    const table = ets.table(tid);
    const random = seededRandom(`thread ${index}`);
    const balance = new Array<number>(modulus).fill(0);
    meet(gate, threads);
    for (let i = 0; i < laps; i++) {
      const key = random.below(5000);
      const residue = key % modulus;
      if (random.below(100) >= 5) {
        if (table.insertNew([key, residue])) (balance[residue] as number)++;
        continue;
      }
      const spec: MatchSpec =
        i % 2 === 0
          ? [[[$1, _], [exactEq(rem($1, modulus), residue)], [true]]]
          : [[[_, residue], [], [true]]];
      (balance[residue] as number) -= i % 3 === 0 ? table.selectTake(spec).length : table.selectDelete(spec);
    }
    return balance;
  },
  /** Increments counters by compare-and-swap. Returns how often it succeeded. */
  swap({ gate, threads, index }: Place, tid: Tid, counters: number, count: number): number {
    const table = ets.table(tid);
    const random = seededRandom(`thread ${index}`);
    meet(gate, threads);
    let done = 0;
    for (let i = 0; i < count; i++) {
      const key = random.below(counters);
      const value = table.lookupElement(key, 1) as number;
      done += table.selectReplace([[[key, value], [], [[key, value + 1]]]]);
    }
    return done;
  },
  /** Volatile keys come and go in every way there is; the stable ones stay. */
  changeVolatile({ gate, threads, index }: Place, tid: Tid): number {
    const table = ets.table(tid);
    const random = seededRandom(`thread ${index}`);
    meet(gate, threads);
    let changes = 0;
    for (; !stopped(gate); changes++) {
      const key = 3 * random.below(250) + 1 + random.below(2);
      const volatile: MatchSpec = [[[$1, 'volatile'], [exactEq($1, key)], [true]]];
      switch (random.below(4)) {
        case 0:
          table.insert([key, 'volatile']);
          break;
        case 1:
          table.delete(key);
          break;
        case 2:
          table.selectDelete(volatile);
          break;
        default:
          table.selectReplace([[[key, $2], [], [$_]]]);
      }
    }
    return changes;
  },

  /** Fills and empties its part of a table. What it tells of its size must be possible all the time. */
  watch({ gate, threads }: Place, tid: Tid, most: number): number {
    const table = ets.table(tid);
    meet(gate, threads);
    let looks = 0;
    do {
      const size = table.info('size') ?? 0;
      const memory = table.info('memory') ?? 0;
      if (size < 0 || size > most || memory < 0) throw new Error(`size ${size}, memory ${memory}`);
      looks++;
    } while (!stopped(gate));
    return looks;
  },
  /** Asks for the size of tables until the last one is gone. */
  sizes({ gate, threads }: Place, tids: readonly Tid[]): number {
    const tables = tids.map((tid) => ets.table(tid));
    meet(gate, threads);
    let asked = 0;
    for (let left = tables.length; left > 0;) {
      left = 0;
      for (const table of tables) {
        const size = table.info('size');
        if (size === undefined) continue;
        if (size !== 10) throw new Error(`size ${size}`);
        left++;
        asked++;
      }
    }
    return asked;
  },
  /** A named table by this name, again and again; whoever is faster has it. Returns how often it was this thread. */
  contend({ gate, threads }: Place, name: string, laps: number): number {
    meet(gate, threads);
    let won = 0;
    for (let i = 0; i < laps; i++) {
      try {
        using table = ets.new(name, { named: true, access: 'public' });
        table.insert(['key', threadId]);
        won++;
      } catch (error) {
        const { code } = error as { code: string };
        if (code !== 'ERR_ETS_ALREADY_EXISTS' && code !== 'ERR_ETS_ID') throw error;
        unlessGone(() => ets.table(name).delete('key'));
        if (i % 7 === 0) unlessGone(() => ets.table(name).drop());
      }
    }
    return won;
  },
  /** Lists every table until told to stop; those named must always be among them. */
  listAll({ gate, threads }: Place, tids: readonly Tid[]): number {
    meet(gate, threads);
    let lists = 0;
    for (; !stopped(gate) || lists === 0; lists++) {
      const all = new Set(ets.all().map((table) => table.tid));
      for (const tid of tids) if (!all.has(tid)) throw new Error(`table ${tid} is missing`);
    }
    return lists;
  },
  /** While a list is inserted the table is there, whoever asks. */
  askWhether({ gate, threads }: Place, name: string): number {
    meet(gate, threads);
    let asked = 0;
    while (!stopped(gate)) {
      const table = ets.whereis(name);
      const size = table?.info('size');
      if (size === undefined || size % 20_000 !== 0) throw new Error(`size ${size}`);
      asked++;
    }
    return asked;
  },
});
