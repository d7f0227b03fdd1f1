import { ets, TermStoreError } from 'termstore';
import { parentPort, workerData } from 'node:worker_threads';

/* A thread with a small stack that takes rows: says why each was refused. */

const { keys } = workerData as { readonly keys: readonly unknown[] };
const table = ets.table('rows of depth');
parentPort?.postMessage(
  keys.map((key) => {
    try {
      table.take(key);
    } catch (error) {
      return error instanceof TermStoreError ? error.code : String(error);
    }
    return 'taken';
  }),
);
