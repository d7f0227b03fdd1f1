import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { persistentTerm } from 'termstore';

// Question: does a thread that reads a large term through a view need memory of its own?
//
// All threads live the whole time and have read as much from a small term before anything is weighed: what is compared is
// the memory of the large one, not that of threads. It is put by a thread that has ended.

const kWorker = new URL('./views-resident-worker.mjs', import.meta.url);
const kThreads = 8;
const kKey = 'bench_resident';
const kSmallKey = 'bench_resident_small';
const kSmallRows = 1000;

async function start(workerData) {
  const worker = new Worker(kWorker, { workerData });
  await once(worker, 'message');
  return worker;
}

async function putElsewhere(key, rows) {
  await (await start({ put: true, key, rows })).terminate();
}

async function read(worker, key, rows, times) {
  worker.postMessage({ key, rows, times });
  await once(worker, 'message');
}

export function viewResident(rows) {
  return async () => {
    await putElsewhere(kSmallKey, kSmallRows);
    await putElsewhere(kKey, rows);
    const workers = [];
    for (let i = 0; i < kThreads; i++) workers.push(await start({}));
    for (const worker of workers) await read(worker, kSmallKey, kSmallRows, rows / kSmallRows);
    await read(workers[0], kKey, rows, 1);
    const one = process.memoryUsage.rss();
    for (const worker of workers) await read(worker, kKey, rows, 1);
    const all = process.memoryUsage.rss();
    await Promise.all(workers.map((worker) => worker.terminate()));
    for (const key of [kKey, kSmallKey]) persistentTerm.erase(key);
    return { value: all / one, oneMb: one / 1e6, allMb: all / 1e6 };
  };
}
