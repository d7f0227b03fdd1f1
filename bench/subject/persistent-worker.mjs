import { parentPort, workerData } from 'node:worker_threads';
import { persistentTerm } from 'termstore';

const { key, stop } = workerData;
const ref = persistentTerm.ref(key);
let sum = ref.get().version;
parentPort.postMessage('reading');
while (Atomics.load(stop, 0) === 0) sum += ref.get().version;
if (Number.isNaN(sum)) throw new Error('a term without its version');
