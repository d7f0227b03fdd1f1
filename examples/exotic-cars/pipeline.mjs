// The pipeline: facts from the disk into a table, threads that check the sales, a persistent process that keeps the averages.
//   node examples/exotic-cars/pipeline.mjs FOLDER
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ets } from 'termstore';
import { dets } from 'termstore/dets';
import { lmdbStore } from 'termstore/persist';
import { Averages } from './averages.mjs';
import { BATCHES } from './sales.mjs';

const THREADS = 2;
const folder = process.argv[2] ?? '.';

// Before anything else: the facts, at memory speed for every thread from here on.
/** @type {import('termstore').Table<import('./sales.mjs').Car>} */
const cars = ets.new('exotic cars', { named: true });
/** @type {import('termstore/dets').DetsTable<import('./sales.mjs').Car>} */
const facts = await dets.openFile('cars', { file: join(folder, 'cars.dets'), access: 'read' });
await facts.toEts(cars);
await facts.close();

const store = lmdbStore({ path: join(folder, 'averages.mdb') });
const averages = await new Averages(store).start();
const { done } = await averages.call('state');
const missing = Array.from({ length: BATCHES }, (_, batch) => batch).filter((batch) => !done.includes(batch));
console.log(`${cars.info()?.size} cars; ${done.length} of ${BATCHES} batches are in`);

await Promise.all(
  Array.from({ length: THREADS }, async () => {
    const worker = new Worker(new URL('checker.mjs', import.meta.url));
    for (let batch = missing.shift(); batch !== undefined; batch = missing.shift()) {
      worker.postMessage(batch);
      const [checked] = await once(worker, 'message');
      // Answered when it is on the disk: from here on the batch is never asked for again.
      const state = await averages.call(checked);
      console.log(`batch ${state.done.length}`);
    }
    await worker.terminate();
  }),
);

const { sums } = await averages.call('state');
for (const [car, { sold, total }] of Object.entries(sums).sort())
  console.log(`average ${car} ${sold} ${(total / sold).toFixed(2)}`);
await averages.stop();
await store.close();
