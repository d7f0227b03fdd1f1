import Benchmark from 'benchmark';
import { median } from './stats.mjs';

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
