import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { persistentTerm } from 'termstore';
import { viewResident } from './views-resident.mjs';

// Question: how long does a thread wait for the first property of a term of 100 MB?
//
// Each round has a term that no thread has looked at, and workers are new. Cold, a worker has never viewed anything and
// compiles the code first; otherwise it has viewed other terms, and what is measured is this one.

const kWorker = new URL('./views-worker.mjs', import.meta.url);
/** Bytes of a property, so that 1 M properties make 100 MB. */
const kPropertyBytes = 100;
/** Large enough to be viewed in pieces. */
const kWarmRows = 12_000;
const kKey = 'bench_large';

const name = (i) => `property ${i}`;

/** `rows` properties, the last of which a reader without an index would meet last. */
function putTerm(key, rows, round) {
  const text = 'x'.repeat(kPropertyBytes - 24);
  const value = Object.fromEntries(Array.from({ length: rows }, (_, i) => [name(i), text]));
  value.round = round;
  persistentTerm.put(key, value);
}

/** Microseconds until the property is there. */
export function timeOf(read, key, property) {
  // As a name in the source of a program the engine knows it beforehand.
  assert.equal({}[property], undefined);
  const start = process.hrtime.bigint();
  const value = persistentTerm[read](key)[property];
  const end = process.hrtime.bigint();
  assert.equal(typeof value, 'string');
  return Number(end - start) / 1000;
}

export const lastOf = (rows) => name(rows - 1);

/** Reads new terms of the same kind until the code is there. */
export function warmUp(read) {
  const key = `bench_warm_${read}`;
  for (let i = 0; i < 4; i++) {
    putTerm(key, kWarmRows, i);
    timeOf(read, key, lastOf(kWarmRows));
  }
  for (let i = 0; i < 200; i++) {
    putTerm(key, 64, i);
    timeOf(read, key, lastOf(64));
  }
  persistentTerm.erase(key);
}

function here(rows) {
  let round = 0;
  const run = async () => {
    putTerm(kKey, rows, round++);
    globalThis.gc();
    warmUp('view');
    return { value: timeOf('view', kKey, lastOf(rows)) };
  };
  run.close = () => persistentTerm.erase(kKey);
  return run;
}

const inWorker = (read, warm) => (rows) => {
  let round = 0;
  const run = async () => {
    putTerm(kKey, rows, round++);
    globalThis.gc();
    const worker = new Worker(kWorker, { workerData: { read, warm, key: kKey, property: lastOf(rows) } });
    const exit = once(worker, 'exit');
    const [value] = await once(worker, 'message');
    await exit;
    return { value };
  };
  run.close = () => persistentTerm.erase(kKey);
  return run;
};

export const views = {
  view_first: here,
  view_first_worker: inWorker('view', true),
  view_first_cold: inWorker('view', false),
  get_first_worker: inWorker('get', true),
  view_resident: viewResident,
};
