import { ets, persistentTerm } from 'termstore';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { memoryStats } from '../support/stats.js';

/* Eight workers on hot rows, one of which is ended and replaced every 100 ms; then looks whether the store is whole. */

const seconds = Number(process.argv[2]);
const WORKERS = 8;
const RECYCLE_MS = 100;

const OPTIONS = [
  {},
  { writeConcurrency: true },
  { readConcurrency: true },
  { writeConcurrency: 'auto' },
  { type: 'ordered_set', writeConcurrency: true },
  { compressed: true },
] as const;

async function main(): Promise<void> {
  const tables = OPTIONS.map((options, i) =>
    ets.new(`hot ${i}`, { ...options, access: 'public', named: true }),
  );
  const names = tables.map(({ name }) => name);
  const failures: unknown[] = [];
  let started = 0;
  const start = (): Worker => {
    const worker = new Worker(join(__dirname, 'hot.worker.js'), {
      workerData: { names, seed: started++ * 1000 },
    });
    worker.on('error', (error) => failures.push(error));
    return worker;
  };
  const workers = Array.from({ length: WORKERS }, start);
  const end = Date.now() + seconds * 1000;
  for (let next = 0; Date.now() < end && failures.length === 0; next = (next + 1) % WORKERS) {
    await sleep(RECYCLE_MS);
    await (workers[next] as Worker).terminate();
    workers[next] = start();
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  if (failures.length > 0) throw failures[0];

  // Whatever the dead were doing: no lock of theirs is held, every row is whole, nothing is left.
  for (const table of tables) {
    if (table.tab2list().length !== table.info('size')) throw new Error(`${table.name}: its size is wrong`);
    table.insertMany([['after', 1]]);
    table.deleteAllObjects();
    table.drop();
  }
  persistentTerm.erase('hot');
  for (let i = 0; memoryStats()['pending'] !== 0 && i < 400; i++) await sleep(5);
  console.log(JSON.stringify({ started, stats: memoryStats() }));
}

void main();
