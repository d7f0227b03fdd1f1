import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { HERE, THERE } from './ledger.js';
import { type Orders, write } from './writing.js';

const orders = JSON.parse(process.argv[2] ?? '') as Omit<Orders, 'ids'>;
new Worker(join(__dirname, 'victim.worker.js'), { workerData: { ...orders, ids: THERE } });
void write({ ...orders, ids: HERE });
