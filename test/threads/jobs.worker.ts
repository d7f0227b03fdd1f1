import { ets, persistentTerm, type Row, type Table, type TableOptions, type Tid } from 'termstore';
import { threadId, workerData } from 'node:worker_threads';
import { serve } from '../support/serve.js';
import { followTurns } from '../support/turn-taking.js';

/* What tests ask other threads to do. */

/**
 * Waits until every thread of a test has come here, so that they work at the same time. Asleep, not spinning: a thread that
 * has used up its share of a busy core would be sent to the end of the queue just when it should start.
 */
function meet(gate: Int32Array, threads: number): void {
  if (Atomics.add(gate, 0, 1) + 1 === threads) Atomics.notify(gate, 0);
  for (let here = Atomics.load(gate, 0); here < threads; here = Atomics.load(gate, 0))
    Atomics.wait(gate, 0, here, 10);
}

interface Contest {
  readonly gate: Int32Array;
  readonly threads: number;
  readonly count: number;
}

/** The table of readOften(). */
let handle: Table | undefined;

serve({
  thread: () => threadId,
  data: () => (workerData as { tid: Tid }).tid,

  create(name: string, options: TableOptions, rows: Row[] = []): Tid {
    const table = ets.new(name, options);
    table.insertMany(rows);
    return table.tid;
  },
  drop: (tid: Tid) => ets.table(tid).drop(),
  rows: (tid: Tid) => ets.table(tid).tab2list(),
  get: (nameOrTid: string | Tid, key: unknown) => ets.table(nameOrTid).get(key),
  insert: (nameOrTid: string | Tid, row: Row) => ets.table(nameOrTid).insert(row),
  info: (tid: Tid) => ets.table(tid).info(),
  whereis: (name: string) => ets.whereis(name)?.tid,

  fix(tid: Tid, times: number): void {
    for (let i = 0; i < times; i++) ets.table(tid).safeFixtable(true);
  },
  /** Folds over a table until it is closed to this thread, and once at least; returns the error's code. */
  foldUntilClosed(tid: Tid, state: Int32Array): unknown {
    try {
      ets.table(tid).foldl((_row, n: number) => {
        Atomics.store(state, 0, 1);
        Atomics.wait(state, 0, 1);
        return n + 1;
      }, 0);
      return undefined;
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  },
  /** Deletes the keys `first`, `first + step`, … below `end`. */
  deleteKeys(tid: Tid, first: number, step: number, end: number): void {
    const table = ets.table(tid);
    for (let key = first; key < end; key += step) table.delete(key);
  },

  /** Follows a Tid that lies in a row of another table. */
  follow: (tid: Tid, key: unknown, inner: unknown) =>
    ets.table((ets.table(tid).get(key) as [unknown, { table: Tid }])[1].table).get(inner),

  /** Reads the row of the turn as soon as there is one; returns the last turn at which the row was the turn's. */
  followRow(tid: Tid, turn: Int32Array): number {
    const table = ets.table(tid);
    // Read often, as that is when a thread keeps rows.
    for (let i = 0; i < 500; i++) table.lookup('turn');
    return followTurns(turn, (n) => {
      const rows = table.lookup('turn');
      return rows.length === 1 && rows[0]?.[1] === n;
    });
  },
  /** Walks to the last key as soon as it is the turn's; returns the last turn at which it was. */
  followLastKey(tid: Tid, turn: Int32Array): number {
    const table = ets.table(tid);
    return followTurns(turn, (n) => {
      let last: unknown;
      for (let key = table.first(); key !== undefined; key = table.next(key)) last = key;
      return last === n;
    });
  },
  /** Walks on by a few steps in each turn; returns the last turn at which all were what a handle finds that has fetched nothing. */
  followSteps(tid: Tid, turn: Int32Array): number {
    const table = ets.table(tid);
    let at: unknown;
    return followTurns(turn, () => {
      for (let i = 0; i < 12; i++) {
        if (at === undefined || !table.member(at)) at = table.first();
        const next = table.next(at);
        if (next !== ets.table(tid).next(at)) return false;
        at = next;
      }
      return true;
    });
  },
  readOften(tid: Tid, key: unknown, times: number): unknown {
    handle = ets.table(tid);
    let value: unknown;
    for (let i = 0; i < times; i++) value = handle.get(key)?.[1];
    return value;
  },
  /** The code with which the handle of readOften() refuses. */
  codeOfGet(tid: Tid, key: unknown): unknown {
    try {
      return handle?.tid === tid ? handle.get(key) : 'another table';
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  },

  exit: (code: number) => process.exit(code),
  throwLater: () =>
    void setImmediate(() => {
      throw new Error('on purpose');
    }),

  /** insertMany of rows that all carry one number, counted up until `stop` is set. Returns the last number. */
  rewrite(tid: Tid, keys: readonly unknown[], stop: Int32Array): number {
    const table = ets.table(tid);
    let n = 0;
    while (Atomics.load(stop, 0) === 0) {
      n++;
      table.insertMany(keys.map((key) => [key, n, 'x'.repeat(n % 200)]));
    }
    return n;
  },

  /** Alternately all rows and none. */
  fillAndEmpty(tid: Tid, keys: readonly unknown[], stop: Int32Array): number {
    const table = ets.table(tid);
    let n = 0;
    while (Atomics.load(stop, 0) === 0) {
      n++;
      if (!table.insertNewMany(keys.map((key) => [key, n]))) throw new Error('rows were there already');
      table.deleteAllObjects();
    }
    return n;
  },

  count({ gate, threads, count }: Contest, tid: Tid, keys: number): number {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let i = 0; i < count; i++) {
      const key = `counter ${i % keys}`;
      table.updateCounter(key, 1, [key, 0, 0, 0n]);
      table.updateCounter(key, [
        { pos: 2, incr: 2 },
        { pos: 2, incr: -1 },
      ]);
      table.updateCounter(key, { pos: 3, incr: 2n ** 62n });
    }
    return count;
  },

  /** How many of the keys this thread was the first to insert, as one call each and as lists. */
  claim({ gate, threads, count }: Contest, tid: Tid): number {
    const table = ets.table(tid);
    meet(gate, threads);
    let won = 0;
    for (let i = 0; i < count; i++) {
      if (table.insertNew([`key ${i}`, threadId])) won++;
      if (
        table.insertNewMany([
          [`one of ${i}`, threadId],
          [`two of ${i}`, threadId],
        ])
      )
        won++;
    }
    return won;
  },

  /** Keys that this thread took. */
  takeAll({ gate, threads, count }: Contest, tid: Tid): unknown[] {
    const table = ets.table(tid);
    meet(gate, threads);
    const taken: unknown[] = [];
    for (let i = 0; i < count; i++) for (const row of table.take(i)) taken.push(row[0]);
    return taken;
  },

  /** Inserts and deletes the keys `[from, to)` again and again, and checks its own. */
  churn({ gate, threads, count }: Contest, tid: Tid, from: number, to: number): void {
    const table = ets.table(tid);
    meet(gate, threads);
    for (let lap = 0; lap < count; lap++) {
      for (let key = from; key < to; key++) table.insert([key, lap, 'x'.repeat((key + lap) % 300)]);
      for (let key = from; key < to; key++) {
        const row = table.get(key);
        if (row?.[1] !== lap || (row[2] as string).length !== (key + lap) % 300)
          throw new Error(`key ${key} in lap ${lap}: ${String(row)}`);
      }
      for (let key = from; key < to; key += 2)
        if (!table.delete(key)) throw new Error(`key ${key} was not there`);
    }
  },

  async esm(name: string): Promise<unknown> {
    const esm = await import('termstore');
    return [esm.ets.table(name).get('k'), esm.ets === ets, esm.persistentTerm === persistentTerm];
  },
});
