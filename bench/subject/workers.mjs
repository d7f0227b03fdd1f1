import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Workers that do the same work for a while, all at once. They live as long as the case. Each round: all warm up, all
 * start together, and each counts what it did in the time it really took, so that a late wake-up costs nobody anything.
 *
 * `workerData(index)` goes to each worker, whose file calls `serve` of worker.mjs.
 */
export class Workers {
  #workers = [];
  #gate = new Int32Array(new SharedArrayBuffer(8));

  async start(file, count, workerData, transfer = () => []) {
    for (let index = 0; index < count; index++) {
      const worker = new Worker(file, {
        workerData: { ...workerData(index), index, gate: this.#gate },
        transferList: transfer(index),
      });
      // A worker that dies must fail the round: 'error' makes `once` reject.
      await once(worker, 'message');
      this.#workers.push(worker);
    }
  }

  /** Operations per nanosecond of each of the first `count` workers, in `ms` milliseconds. */
  async run(count, ms, action) {
    const chosen = this.#workers.slice(0, count);
    const round = Atomics.load(this.#gate, 0) + 1;
    const ready = chosen.map((worker) => once(worker, 'message'));
    for (const worker of chosen) worker.postMessage({ round, ms, action });
    await Promise.all(ready);
    const rates = chosen.map((worker) => once(worker, 'message'));
    Atomics.store(this.#gate, 0, round);
    Atomics.notify(this.#gate, 0);
    return (await Promise.all(rates)).map(([rate]) => rate);
  }

  close() {
    return Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** Millions of operations per second of all, and of each. */
export function throughputOf(rates) {
  const perThread = rates.map((rate) => rate * 1000);
  return { value: perThread.reduce((sum, rate) => sum + rate, 0), perThread };
}
