import Benchmark from 'benchmark';
import { median } from '../runner/stats.mjs';

/** Operations per call of a loop: enough that what benchmark.js adds around a call disappears. */
const kBatch = 1000;

const kFull = { minTime: 0.04, maxTime: 0.25, minSamples: 5 };
const kQuick = { minTime: 0.002, maxTime: 0.01, minSamples: 3 };

/**
 * Nanoseconds per operation of `loop(count)`: the median of benchmark.js's samples.
 *
 * The data of a case lives in the closure of `loop`. benchmark.js's own `setup` would re-compile the function
 * from its text and lose it.
 *
 * @throws what the loop throws: benchmark.js would only note it in `error`.
 */
export function measureLoop(loop, quick) {
  const benchmark = new Benchmark({ ...(quick ? kQuick : kFull), fn: () => loop(kBatch) });
  benchmark.run({ async: false });
  if (benchmark.error !== undefined) throw benchmark.error;
  if (benchmark.stats.sample.length === 0) throw new Error('benchmark.js took no sample');
  return (median(benchmark.stats.sample) * 1e9) / kBatch;
}

/**
 * The same of a loop whose operations are awaited one after the other: they take so long that the clock is read
 * around each of `samples` stretches.
 */
export async function measureAwaitedLoop(loop, quick) {
  const { sampleNs, samples } = quick ? { sampleNs: 2e6, samples: 3 } : { sampleNs: 50e6, samples: 5 };
  let count = 1;
  let ns = await timeOf(loop, count);
  while (ns < sampleNs / 4) {
    count *= 2;
    ns = await timeOf(loop, count);
  }
  count = Math.max(1, Math.round((count * sampleNs) / ns));
  const values = [];
  for (let i = 0; i < samples; i++) values.push((await timeOf(loop, count)) / count);
  return median(values);
}

async function timeOf(loop, count) {
  const start = process.hrtime.bigint();
  await loop(count);
  return Number(process.hrtime.bigint() - start);
}
