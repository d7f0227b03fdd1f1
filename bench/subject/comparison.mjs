import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { ets, persistentTerm } from 'termstore';
import { newTable } from './data.mjs';
import { Workers } from './workers.mjs';

// Question: what does it cost to read or change one value that all threads share, done in four ways?

const kWorker = new URL('./comparison-worker.mjs', import.meta.url);
const kOwner = new URL('../peers/owner-worker.mjs', import.meta.url);
const kName = 'bench_comparison';

export const smallValue = (version) => ({ version, name: 'Ada Lovelace', active: true });

export function largeValue(entries, version) {
  const value = Object.fromEntries(
    Array.from({ length: entries }, (_, i) => [`key${String(i).padStart(6, '0')}`, i]),
  );
  value.version = version;
  return value;
}

/** Prepares what all threads share; returns what each of them is given, and what ends it. */
const kPrepare = {
  termstore: (value) => table(value, {}),
  near_cache: (value) => table(value, { readConcurrency: true }),
  persistent_term: (value) => {
    persistentTerm.put(kName, value);
    return { given: () => ({ name: kName }) };
  },
  module: () => ({ given: () => ({}) }),
  owner: async (value) => {
    const worker = new Worker(kOwner);
    await once(worker, 'message');
    worker.postMessage({ operation: 'set', key: kName, value });
    await once(worker, 'message');
    const ports = [];
    const given = (index) => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ port: port1 }, [port1]);
      ports[index] = port2;
      return { name: kName, port: port2 };
    };
    return { given, transfer: (index) => [ports[index]], close: () => worker.terminate() };
  },
};

function table(value, options) {
  newTable({ named: true, access: 'public', writeConcurrency: true, ...options }, kName).insert([
    kName,
    value,
  ]);
  return { given: () => ({ name: ets.table(kName).name }) };
}

export async function comparison(rows, { side, parameters: { value: kind, counts } }) {
  const value = kind === 'small' ? smallValue(0) : largeValue(rows, 0);
  const { given, transfer, close } = await kPrepare[side](value);
  const workers = new Workers();
  const data = (index) => ({ ...given(index), side, kind, rows });
  await workers.start(kWorker, Math.max(...counts), data, transfer);
  const run = async ([action, count, ms]) => {
    const rates = await workers.run(count, ms, action);
    const total = rates.reduce((sum, rate) => sum + rate, 0);
    return { value: count / total, perThread: rates.map((rate) => 1 / rate) };
  };
  run.close = async () => {
    await workers.close();
    await close?.();
  };
  return run;
}
