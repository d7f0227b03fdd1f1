import { constants, performance, PerformanceObserver } from 'node:perf_hooks';
import { newTable } from './data.mjs';

// Question: how long does the slowest single insert take while a table grows, and who was to blame?
//
// An insert is slow because the table works (resize, page faults), because V8 collected garbage inside it, or
// because the system gave the core to someone else. The latter two are noted, not subtracted.

/** Inserts above this are looked into; the rest only count for the percentile. */
const kSlowNs = 50_000;
const kKept = 10;
/** So that the observer is told of collections while they can still be told apart. */
const kInsertsPerTurn = 100_000;
/** How often the system is asked how often it took the core away; less often would blame it for too much. */
const kInsertsPerLook = 512;
const kWarmUpRows = 20_000;

const kGcKinds = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

function observeCollections() {
  const collections = [];
  const note = (entries) => {
    for (const { startTime, duration, detail } of entries)
      collections.push({ startMs: startTime, ms: duration, kind: kGcKinds[detail.kind] ?? 'other' });
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return { collections, stop: () => (note(observer.takeRecords()), observer.disconnect()) };
}

const switches = () => process.resourceUsage().involuntaryContextSwitches;

/** Inserts `count` rows from `from` on, timing each into `times`; what was slow goes into `slow`. */
function insertTimed(insert, from, count, times, slow) {
  let switched = switches();
  for (let i = from; i < from + count; i++) {
    if (i % kInsertsPerLook === 0) switched = switches();
    const start = process.hrtime.bigint();
    insert(i);
    const ns = Number(process.hrtime.bigint() - start);
    times[i] = ns;
    if (ns < kSlowNs) continue;
    const now = switches();
    slow.push({ row: i, ns, endMs: performance.now(), preempted: now !== switched });
    switched = now;
  }
}

function explain({ row, ns, endMs, preempted }, collections) {
  const startMs = endMs - ns / 1e6;
  // 0.05 ms of slack: two clocks are compared.
  const gc = collections.find((c) => c.startMs < endMs && c.startMs + c.ms > startMs - 0.05);
  return { row, us: ns / 1000, ...(gc && { gc: gc.kind, gcMs: gc.ms }), ...(preempted && { preempted }) };
}

/** Compiles what the timed inserts run, on a table of its own: a compiler's pauses are not the table's. */
function warmUp(store) {
  insertTimed(store.insert, 0, kWarmUpRows, new Float64Array(kWarmUpRows), []);
  store.drop();
}

/** `make` makes an empty store, with `insert(i)` and `drop()`. A store that refuses to grow is measured until then. */
export const slowestInsert = (rows, make) => {
  const times = new Float64Array(rows);
  warmUp(make());
  return async () => {
    const store = make();
    const observed = observeCollections();
    const slow = [];
    let refused;
    times.fill(0);
    for (let from = 0; from < rows && refused === undefined; from += kInsertsPerTurn) {
      try {
        insertTimed(store.insert, from, Math.min(kInsertsPerTurn, rows - from), times, slow);
      } catch (error) {
        refused = error.message;
      }
      await new Promise(setImmediate);
    }
    observed.stop();
    store.drop();
    const worst = slow.sort((a, b) => b.ns - a.ns).map((insert) => explain(insert, observed.collections));
    const own = worst.find((insert) => insert.gc === undefined && !insert.preempted);
    times.sort();
    return {
      value: times[rows - 1] / 1000,
      slowest: worst.slice(0, kKept),
      slowestUndisturbedUs: own?.us ?? kSlowNs / 1000,
      p99999Us: times[Math.ceil(rows * 0.99999) - 1] / 1000,
      collections: observed.collections.length,
      longestCollectionMs: Math.max(0, ...observed.collections.map((c) => c.ms)),
      ...(refused !== undefined && { refused }),
    };
  };
};

const ofTable = (options) => (rows) =>
  slowestInsert(rows, () => {
    const table = newTable(options);
    return { insert: (i) => table.insert([i, i]), drop: () => table.drop() };
  });

export const slowest = {
  slowest_set: ofTable({}),
  slowest_set_concurrent: ofTable({ writeConcurrency: true }),
  slowest_ordered: ofTable({ type: 'ordered_set' }),
  slowest_past_2_24: ofTable({}),
};
