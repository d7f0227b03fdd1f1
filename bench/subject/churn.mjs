import { createHistogram } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { flat, newTable } from './data.mjs';
import { computedMs } from './turns.mjs';

// Question: how long does the event loop stand still while a large table changes all the time?
//
// A change removes the oldest row and inserts a new one. A turn of the loop makes some changes and ends; how long it took
// is what this thread computed from one turn to the next (turns.mjs says why), its time on the clock is noted beside it.

const kChangesPerTurn = 128;

const keyOf = (i) => flat(`k${String(i).padStart(8, '0')}`);

/** For `ms` milliseconds; `store` has `insert(key, value)` and `delete(key)`, and `rows` rows. */
export function churning(store, rows) {
  for (let i = 0; i < rows; i++) store.insert(keyOf(i), i);
  let oldest = 0;
  return async ([ms]) => {
    const histogram = createHistogram();
    const end = performance.now() + ms;
    let [value, onTheClockMs, turns] = [0, 0, 0];
    let [computed, clock] = [computedMs(), performance.now()];
    while (clock < end) {
      for (let i = 0; i < kChangesPerTurn; i++, oldest++) {
        const [gone, fresh] = [keyOf(oldest), keyOf(oldest + rows)];
        const start = performance.now();
        store.delete(gone);
        store.insert(fresh, oldest);
        histogram.record(Math.max(1, Math.round((performance.now() - start) * 1e6)));
      }
      await setImmediate();
      turns++;
      const [computedNow, clockNow] = [computedMs(), performance.now()];
      value = Math.max(value, computedNow - computed);
      onTheClockMs = Math.max(onTheClockMs, clockNow - clock);
      [computed, clock] = [computedNow, clockNow];
    }
    return {
      value,
      onTheClockMs,
      turns,
      changes: histogram.count,
      slowestUs: histogram.max / 1000,
      percentiles: kPercentiles.map((percent) => [percent, histogram.percentile(percent) / 1000]),
    };
  };
}

/** Towards the end finer and finer, as the report draws them. */
const kPercentiles = [
  ...[1, 5, 10, 25, 50, 75, 90, 95],
  ...[99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999, 99.9995, 99.9999, 100],
];

export function churn(rows) {
  const table = newTable();
  return churning(
    { insert: (key, value) => table.insert([key, value]), delete: (key) => table.delete(key) },
    rows,
  );
}
