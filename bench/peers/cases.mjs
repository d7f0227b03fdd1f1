import assert from 'node:assert/strict';
import { residentPerRow } from '../subject/bulk.mjs';
import { churning } from '../subject/churn.mjs';
import { comparison } from '../subject/comparison.mjs';
import { slowestInsert } from '../subject/slowest.mjs';
import { throughputOf, Workers } from '../subject/workers.mjs';
import { open as openModule } from './module.mjs';
import { kMask, nextRandom, pick, stringKey, stringKeys, user } from '../subject/data.mjs';

// The same few operations for every peer that is a store of keys and values. `parameters` say which kinds of keys and
// values; the loops are those of subject/loops.mjs.

const kStores = {
  map: () => import('./map.mjs'),
  lru_cache: () => import('./lru-cache.mjs'),
  lmdb: () => import('./lmdb.mjs'),
  sharedmap: () => import('./sharedmap.mjs'),
  sqlite: () => import('./sqlite.mjs'),
  redis: () => import('./redis.mjs'),
  owner: () => import('./owner.mjs'),
};
const kThreadsWorker = new URL('./threads-worker.mjs', import.meta.url);
const kFillStep = 1000;
const kRangeRows = 100;

/** Where the result of the last loop goes. */
export let sink;

export async function openStore(rows, { side, parameters = {}, services }, more) {
  const { open } = await kStores[side]();
  return open({ rows, services, ...parameters, ...more });
}

const inTransaction = (store, work) => (store.transaction === undefined ? work() : store.transaction(work));

async function fill(store, rows, keyAt, valueAt) {
  for (let from = 0; from < rows; from += kFillStep) {
    const to = Math.min(rows, from + kFillStep);
    if (store.fill !== undefined)
      await store.fill(Array.from({ length: to - from }, (_, i) => [keyAt(from + i), valueAt(from + i)]));
    else if (store.awaited) for (let i = from; i < to; i++) await store.set(keyAt(i), valueAt(i));
    else
      inTransaction(store, () => {
        for (let i = from; i < to; i++) store.set(keyAt(i), valueAt(i));
      });
  }
}

async function openFilled(rows, context) {
  const { key = 'int', value = 'int' } = context.parameters ?? {};
  const store = await openStore(rows, context);
  const keys = key === 'string' ? stringKeys(rows) : undefined;
  const keyAt = keys === undefined ? (i) => i : (i) => keys[i];
  const valueAt = value === 'object' ? user : (i) => i;
  await fill(store, rows, keyAt, valueAt);
  assert.deepEqual(await store.get(keyAt(rows - 1)), valueAt(rows - 1));
  const numberOf = value === 'object' ? (stored) => stored.score : (stored) => stored;
  return { store, keyAt, valueAt, numberOf };
}

/** A loop of `one(i)`, awaited or not, whose numbers are added up. */
function loopOf(store, one) {
  if (store.awaited)
    return {
      awaited: async (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += await one(i);
        sink = sum;
      },
      close: store.close,
    };
  const loop = (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += one(i);
    sink = sum;
  };
  loop.close = store.close;
  return loop;
}

function writesOf(store, one) {
  if (store.awaited || store.transaction === undefined) return loopOf(store, one);
  const loop = (count) =>
    store.transaction(() => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += one(i);
      sink = sum;
    });
  loop.close = store.close;
  return loop;
}

function once(store, work) {
  const run = work;
  run.close = store.close;
  return run;
}

const nsPerRow = (rows, work) => {
  const start = process.hrtime.bigint();
  work();
  return { value: Number(process.hrtime.bigint() - start) / rows };
};

export const cases = {
  async get(rows, context) {
    const { store, keyAt, numberOf } = await openFilled(rows, context);
    if (store.awaited) return loopOf(store, async (i) => numberOf(await store.get(keyAt(i & kMask))));
    return loopOf(store, (i) => numberOf(store.get(keyAt(i & kMask))));
  },
  async has(rows, context) {
    const { store, keyAt } = await openFilled(rows, context);
    if (store.awaited) return loopOf(store, async (i) => Number(await store.has(keyAt(i & kMask))));
    return loopOf(store, (i) => (store.has(keyAt(i & kMask)) ? 1 : 0));
  },
  async set(rows, context) {
    const { store, keyAt, valueAt } = await openFilled(rows, context);
    const value = valueAt(1);
    const one = (i) => {
      const done = store.set(keyAt(i & kMask), value);
      return store.awaited ? done.then(() => 1) : 1;
    };
    return writesOf(store, one);
  },
  async increment(rows, context) {
    const { store, keyAt } = await openFilled(rows, context);
    return writesOf(store, (i) => store.increment(keyAt(i & kMask)));
  },
  async get_random(rows, context) {
    const { store, keyAt, numberOf } = await openFilled(rows, context);
    let seed = 1;
    const draw = () => {
      seed = nextRandom(seed);
      return keyAt(pick(seed, rows));
    };
    return loopOf(store, () => numberOf(store.get(draw())));
  },
  async range(rows, context) {
    const { store } = await openFilled(rows, context);
    let seed = 1;
    const loop = (count) => {
      let sum = 0;
      for (let i = 0; i < count; i += kRangeRows) {
        const start = pick(seed, rows - kRangeRows);
        for (const value of store.range(start, start + kRangeRows)) sum += value;
        seed = nextRandom(seed);
      }
      sink = sum;
    };
    loop.close = store.close;
    return loop;
  },
  async iterate(rows, context) {
    const { store } = await openFilled(rows, context);
    return once(store, async () =>
      nsPerRow(rows, () => {
        let sum = 0;
        for (const value of store.values()) sum += value;
        assert.equal(sum, (rows * (rows - 1)) / 2);
      }),
    );
  },
  /** A new store each round: what a fresh insert costs. */
  async fill(rows, context) {
    return async () => {
      const store = await openStore(rows, context);
      const result = nsPerRow(rows, () => {
        for (let from = 0; from < rows; from += kFillStep)
          inTransaction(store, () => {
            for (let i = from; i < from + kFillStep; i++) store.set(i, i);
          });
      });
      await store.close?.();
      return result;
    };
  },
  async resident(rows, context) {
    const keyAt = context.parameters.key === 'string' ? stringKey : (i) => i;
    const store = await openStore(rows, context);
    const filled = async () => {
      await fill(store, rows, keyAt, (i) => i);
      // Pages of a database count only once they were read.
      if (store.values !== undefined) for (const value of store.values()) sink = value;
      return store;
    };
    if (store.memory === undefined) return once(store, residentPerRow(rows, filled));
    return once(store, async () => {
      const before = await store.memory();
      await filled();
      return { value: ((await store.memory()) - before) / rows };
    });
  },
  async churn(rows, context) {
    const store = await openStore(rows, context);
    return churning({ insert: store.set, delete: store.delete }, rows);
  },
  async slowest(rows) {
    return slowestInsert(rows, () => {
      const map = new Map();
      return { insert: (i) => map.set(i, i), drop: () => map.clear() };
    });
  },
  async constant() {
    const module = await openModule({ value: user(1) });
    const loop = (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += module.read().score;
      sink = sum;
    };
    loop.close = module.close;
    return loop;
  },
  /** Peers that several threads of a process can share. */
  async threads(rows, context) {
    const { store } = await openFilled(rows, context);
    const workers = new Workers();
    const { counts } = context.parameters;
    const data = { side: context.side, rows, folder: store.folder, shared: store.shared };
    await workers.start(kThreadsWorker, Math.max(...counts), () => data);
    const run = async ([count, ms]) => throughputOf(await workers.run(count, ms));
    run.close = async () => {
      await workers.close();
      await store.close?.();
    };
    return run;
  },
  comparison,
};
