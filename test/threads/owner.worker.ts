import { ets, type Row, type TableOptions, type Tid, type TransferEvent } from 'termstore';
import { serve } from '../support/serve.js';

/* A thread that owns, inherits and gives away. */

interface Seen {
  readonly tid: Tid;
  readonly name: string;
  readonly from: number;
  readonly data: unknown;
  /** Who the owner was when the event arrived. */
  readonly owner: number | undefined;
}

const seen: Seen[] = [];
let waiting: (() => void)[] = [];

function note({ table, from, data }: TransferEvent): void {
  seen.push({ tid: table.tid, name: table.name, from, data, owner: table.info('owner') });
  for (const wake of waiting.splice(0)) wake();
}

let lap = 0;

serve({
  create(name: string, options: TableOptions, rows: Row[] = []): Tid {
    const table = ets.new(name, options);
    table.insertMany(rows);
    return table.tid;
  },
  giveAway: (tid: Tid, thread: number, ...data: unknown[]) => ets.table(tid).giveAway(thread, ...data),
  setopts: (tid: Tid, options: object) => ets.table(tid).setopts(options),
  insert: (tid: Tid, row: Row) => ets.table(tid).insert(row),
  rows: (tid: Tid) => ets.table(tid).tab2list(),
  drop: (tid: Tid) => ets.table(tid).drop(),

  listen: () => ets.on('transfer', note),
  listenOnce: () => ets.once('transfer', note),
  ignore: () => ets.off('transfer', note),
  /** What has been seen, once it is `count` events. */
  async seen(count: number): Promise<readonly Seen[]> {
    while (seen.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return seen;
  },
  /** Waits until whatever is on its way has arrived, and forgets it. */
  async forget(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    waiting = [];
    return seen.splice(0).length;
  },

  /** A listener that throws for the first event that it gets. */
  throwOnce(): void {
    let thrown = false;
    ets.on('transfer', (event) => {
      note(event);
      if (thrown) return;
      thrown = true;
      throw new Error('listener');
    });
  },
  /** From now on this thread outlives what its listeners throw. */
  endure: () => void process.on('uncaughtException', (error) => caught.push(error.message)),
  caught: () => caught,

  /** Passes on what it gets to the next thread of a ring, until each table has made its laps. */
  pass(next: number, laps: number): void {
    ets.on('transfer', ({ table, data }) => {
      lap++;
      const made = data as number;
      if (made >= laps) table.insert(['done', made]);
      else table.giveAway(next, made + 1);
    });
  },
  passed: () => lap,

  exit: (code: number) => process.exit(code),
  throwLater: () =>
    void setImmediate(() => {
      throw new Error('on purpose');
    }),
  /** Nothing keeps the thread alive any more: it ends by itself, although it listens. */
  async finish(): Promise<void> {
    const { parentPort } = await import('node:worker_threads');
    setImmediate(() => parentPort?.close());
  },

  /** Renames a table from one name to the next, `count` times, once the others are there. */
  renameOn(tid: Tid, gate: Int32Array, count: number): void {
    const table = ets.table(tid);
    meet(gate);
    for (let i = 1; i <= count; i++) table.rename(`racy ${i}`);
  },
  /** Looks for that table from the first name to the last; where it was found, it must not be found further back. */
  findOnce(tid: Tid, gate: Int32Array, count: number): number {
    meet(gate);
    let found = 0;
    for (let start = 0; start < count;) {
      let at = start;
      while (at <= count && ets.whereis(`racy ${at}`)?.tid !== tid) at++;
      if (at > count) throw new Error(`from "racy ${start}" on the table has no name`);
      if (at > 0 && ets.whereis(`racy ${at - 1}`) !== undefined) throw new Error(`two names at ${at}`);
      found++;
      start = at;
    }
    return found;
  },
});

const caught: string[] = [];

/** Waits until both threads are here. */
function meet(gate: Int32Array): void {
  if (Atomics.add(gate, 0, 1) === 1) Atomics.notify(gate, 0);
  for (let here = Atomics.load(gate, 0); here < 2; here = Atomics.load(gate, 0))
    Atomics.wait(gate, 0, here, 10);
}
