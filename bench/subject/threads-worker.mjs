import { parentPort, workerData } from 'node:worker_threads';
import { ets } from 'termstore';
import { kMask } from './data.mjs';

const kChunk = 256;
const { index, operation, name, gate } = workerData;
const table = ets.table(name);
// Threads walk the same keys from different places.
const start = (index + 1) * 517;

/** Each does one chunk of operations from `n` on. */
const chunks = {
  lookup: (n) => {
    let sum = 0;
    for (let i = n; i < n + kChunk; i++) sum += table.lookup(i & kMask)[0][1];
    return sum;
  },
  insert: (n) => {
    for (let i = n; i < n + kChunk; i++) table.insert([i & kMask, i]);
    return n;
  },
  counter: (n) => {
    let sum = 0;
    for (let i = n; i < n + kChunk; i++) sum += table.updateCounter(i & kMask, 1);
    return sum;
  },
};
const chunk = chunks[operation];
let sink = 0;

/** Runs chunks for `ms` milliseconds. Returns: millions of operations per second. */
function runFor(ms) {
  const begin = performance.now();
  let n = start;
  let now;
  do {
    sink += chunk(n);
    n += kChunk;
    now = performance.now();
  } while (now - begin < ms);
  return (n - start) / (now - begin) / 1000;
}

parentPort.on('message', ({ round, ms }) => {
  runFor(ms / 4);
  parentPort.postMessage('ready');
  Atomics.wait(gate, 0, round - 1);
  parentPort.postMessage(runFor(ms));
});
parentPort.postMessage(Number.isNaN(sink) ? 'broken' : 'loaded');
