import { workerData } from 'node:worker_threads';
import { kMask } from '../subject/data.mjs';
import { serve } from '../subject/worker.mjs';
import { openStore } from './cases.mjs';

const { index, side, rows, folder, shared } = workerData;
const store = await openStore(rows, { side }, { folder, shared, owner: false });
// Threads walk the same keys from different places.
const start = (index + 1) * 517;

serve([
  (from, count) => {
    let sum = 0;
    for (let i = start + from; i < start + from + count; i++) sum += store.get(i & kMask);
    return sum;
  },
]);
