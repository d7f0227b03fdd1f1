import { ets, persistentTerm, type Row, type TableOptions, type Tid, type TransferEvent } from 'termstore';
import { threadId } from 'node:worker_threads';
import { serve } from '../support/serve.js';

/* What the smoke suite asks of other threads. */

let received: Promise<{ readonly tid: Tid; readonly from: number; readonly data: unknown }> | undefined;

serve({
  thread: () => threadId,
  count(name: string, times: number): void {
    const table = ets.table(name);
    for (let i = 0; i < times; i++) table.updateCounter('hits', 1);
  },
  create(name: string, options: TableOptions, rows: Row[]): Tid {
    const table = ets.new(name, options);
    table.insertMany(rows);
    return table.tid;
  },
  insert: (name: string, row: Row) => ets.table(name).insert(row),
  put: (key: unknown, value: unknown) => persistentTerm.put(key, value),
  listen(): void {
    received = new Promise((resolve) => {
      ets.once('transfer', ({ table, from, data }: TransferEvent) => resolve({ tid: table.tid, from, data }));
    });
  },
  received: () => received,
  /** Reads, writes and selects until this thread is terminated. Deno ends a thread only between two turns of its event loop. */
  async churn(name: string, gate: Int32Array): Promise<never> {
    const table = ets.table(name);
    const own = ets.new('own', { named: true });
    for (let i = 0; ; i++) {
      table.insert([i % 100, { i, text: 'x'.repeat(i % 50) }]);
      table.get(i % 7);
      own.insert([i % 1000]);
      if (i % 64 === 0) table.tab2list();
      if (i % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
      if (i === 1000) Atomics.store(gate, 0, 1);
    }
  },
});
