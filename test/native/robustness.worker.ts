import { ets } from 'termstore';
import { parentPort, workerData } from 'node:worker_threads';

/* Gives every table that it gets back to where it came from, so that events travel in both directions. */

const ready = workerData as Int32Array;

// Terms that were damaged before they were sent are refused here; tables may be gone again.
process.on('uncaughtException', () => undefined);
ets.on('transfer', ({ table, from, data }) => table.giveAway(from, data));
// Keeps this thread alive until it is ended.
parentPort?.on('message', () => undefined);
Atomics.store(ready, 0, 1);
Atomics.notify(ready, 0);
