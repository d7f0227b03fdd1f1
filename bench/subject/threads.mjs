import { ets } from 'termstore';
import { newTable, nextRandom, pick } from './data.mjs';
import { throughputOf, Workers } from './workers.mjs';

// Question: what do several threads on one table do, and does each get its share?

const kWorker = new URL('./threads-worker.mjs', import.meta.url);
const kMixWorker = new URL('./throughput-worker.mjs', import.meta.url);
const kName = 'bench_threads';

const kOptions = {
  near: { writeConcurrency: true, readConcurrency: true },
  hot_near: { writeConcurrency: true, readConcurrency: true },
  lookup_auto: { writeConcurrency: 'auto' },
  insert_auto: { writeConcurrency: 'auto' },
  counter_auto: { writeConcurrency: 'auto' },
  own_counter_auto: { writeConcurrency: 'auto' },
};

async function working(file, counts, workerData) {
  const workers = new Workers();
  await workers.start(file, Math.max(...counts), () => workerData);
  const run = async ([count, ms]) => throughputOf(await workers.run(count, ms));
  run.close = () => workers.close();
  return run;
}

export async function threads(rows, { parameters: { operation, counts } }) {
  const options = kOptions[operation] ?? { writeConcurrency: true };
  const table = newTable({ named: true, access: 'public', ...options }, kName);
  for (let i = 0; i < rows; i++) table.insert([i, i]);
  return working(kWorker, counts, { operation, name: kName });
}

/** OTP's throughput_benchmark: a table half full, and operations drawn by their probability on random keys. */
export async function throughput(rows, { parameters: { operations, options, counts } }) {
  const table = newTable({ named: true, access: 'public', ...options }, kName);
  let x = 1;
  while (table.info('size') < rows / 2) {
    // `size` is looked at now and then only: it is exact and not free.
    for (let i = 0; i < 100; i++, x = nextRandom(x)) table.insert([pick(x, rows)]);
  }
  return working(kMixWorker, counts, { operations, name: ets.table(kName).name, range: rows });
}
