import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { persistentTerm } from 'termstore';
import { largeValue } from './comparison.mjs';

// Question: what does it cost to replace a large term that other threads read all the time?

const kReader = new URL('./persistent-worker.mjs', import.meta.url);
const kReaders = 2;
const kKey = 'bench_replaced';

export const persistent = {
  persistent_put: async (rows) => {
    let version = 0;
    // What is put is made before the clock starts, on both sides.
    const values = [largeValue(rows, 0), largeValue(rows, 0)];
    const put = () => {
      const value = values[version & 1];
      value.version = ++version;
      persistentTerm.put(kKey, value);
    };
    put();
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const readers = [];
    for (let i = 0; i < kReaders; i++) {
      const reader = new Worker(kReader, { workerData: { key: kKey, stop } });
      await once(reader, 'message');
      readers.push(reader);
    }
    const run = async ([puts]) => {
      const start = process.hrtime.bigint();
      for (let i = 0; i < puts; i++) put();
      return { value: Number(process.hrtime.bigint() - start) / puts / 1000 };
    };
    run.close = async () => {
      const ended = readers.map((reader) => once(reader, 'exit'));
      Atomics.store(stop, 0, 1);
      await Promise.all(ended);
    };
    return run;
  },
};
