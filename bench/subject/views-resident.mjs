import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { persistentTerm } from 'termstore';

// Question: does a thread that reads a large term through a view need memory of its own?
//
// All threads live the whole time, so that what is compared is the reading, not the threads.

const kWorker = new URL('./views-resident-worker.mjs', import.meta.url);
const kThreads = 8;
const kKey = 'bench_resident';
const kPropertyBytes = 100;

export function viewResident(rows) {
  return async () => {
    const text = 'x'.repeat(kPropertyBytes - 24);
    persistentTerm.put(
      kKey,
      Object.fromEntries(Array.from({ length: rows }, (_, i) => [`property ${i}`, text])),
    );
    const workers = [];
    for (let i = 0; i < kThreads; i++) {
      const worker = new Worker(kWorker, { workerData: { key: kKey, rows } });
      await once(worker, 'message');
      workers.push(worker);
    }
    const read = async (worker) => {
      worker.postMessage('read');
      await once(worker, 'message');
    };
    await read(workers[0]);
    globalThis.gc();
    const one = process.memoryUsage.rss();
    for (const worker of workers) await read(worker);
    globalThis.gc();
    const all = process.memoryUsage.rss();
    await Promise.all(workers.map((worker) => worker.terminate()));
    persistentTerm.erase(kKey);
    return { value: all / one, oneMb: one / 1e6, allMb: all / 1e6 };
  };
}
