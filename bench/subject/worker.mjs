import { parentPort, workerData } from 'node:worker_threads';

// The worker's side of workers.mjs.

const kLongestChunk = 256;
/** Before a worker's first round, in rounds: code that is still being compiled says nothing of a server that has run for a while. */
const kFirstWarmUp = 4;
const kWarmUp = 1 / 4;
/** The clock is read between chunks; shorter ones would measure the clock. */
const kChunkNs = 20_000;

let sink = 0;

const now = () => performance.now() * 1e6;

/** Runs chunks for `ms` milliseconds. Returns operations per nanosecond. */
async function runFor(work, chunk, ms) {
  const begin = now();
  const end = begin + ms * 1e6;
  let count = 0;
  let time;
  do {
    const done = work(count, chunk);
    sink += typeof done === 'number' ? done : await done;
    count += chunk;
    time = now();
  } while (time < end);
  return count / (time - begin);
}

async function fittingChunk(work, ms) {
  const end = now() + (ms / 4) * 1e6;
  for (let chunk = 1; ; chunk *= 2) {
    const begin = now();
    sink += await work(0, chunk);
    const time = now();
    if (chunk === kLongestChunk || time - begin > kChunkNs || time > end) return chunk;
  }
}

/** `works[action](from, count)` does `count` operations and returns a number, or a promise of one. */
export function serve(works, longestChunk = kLongestChunk) {
  const { gate } = workerData;
  const warm = new Set();
  parentPort.on('message', async ({ round, ms, action = 0 }) => {
    const work = works[action];
    const fitting = async () => Math.min(longestChunk, await fittingChunk(work, ms));
    // The first calls of all are slow: a chunk that fits them would be so short that the clock is most of it.
    if (!warm.has(action)) await runFor(work, await fitting(), ms * kFirstWarmUp);
    warm.add(action);
    const chunk = await fitting();
    await runFor(work, chunk, ms * kWarmUp);
    parentPort.postMessage('ready');
    Atomics.wait(gate, 0, round - 1);
    parentPort.postMessage(await runFor(work, chunk, ms));
  });
  parentPort.postMessage(Number.isNaN(sink) ? 'broken' : 'loaded');
}
