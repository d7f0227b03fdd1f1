import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ets } from 'termstore';

// Question: do two threads on one table do twice the work of one?
//
// Workers live as long as the case. Each round: all warm up, all start together, and each counts what it did in
// the time it really took, so that a late wake-up costs nobody anything.

const kWorker = new URL('./threads-worker.mjs', import.meta.url);

async function startWorker(index, operation, name, gate) {
  const worker = new Worker(kWorker, { workerData: { index, operation, name, gate } });
  // A worker that dies must fail the round: 'error' makes `once` reject.
  await once(worker, 'message');
  return worker;
}

export async function threads({ operation, count }, rows) {
  const name = 'bench_threads';
  const table = ets.new(name, { named: true, access: 'public', writeConcurrency: true });
  for (let i = 0; i < rows; i++) table.insert([i, i]);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const workers = [];
  for (let i = 0; i < count; i++) workers.push(await startWorker(i, operation, name, gate));

  const run = async ([, ms]) => {
    const round = Atomics.load(gate, 0) + 1;
    const ready = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.postMessage({ round, ms });
    await Promise.all(ready);
    const rates = workers.map((worker) => once(worker, 'message'));
    Atomics.store(gate, 0, round);
    Atomics.notify(gate, 0);
    return { value: (await Promise.all(rates)).reduce((sum, [rate]) => sum + rate, 0) };
  };
  run.close = () => Promise.all(workers.map((worker) => worker.terminate()));
  return run;
}
