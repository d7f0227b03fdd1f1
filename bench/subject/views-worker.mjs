import { parentPort, workerData } from 'node:worker_threads';
import { timeOf, warmUp } from './views.mjs';

const { read, warm, key, property } = workerData;

if (warm) warmUp(read);
parentPort.postMessage(timeOf(read, key, property));
