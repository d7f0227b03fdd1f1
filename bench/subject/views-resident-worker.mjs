import { parentPort, workerData } from 'node:worker_threads';
import { persistentTerm } from 'termstore';

const { key, rows } = workerData;

function readAll() {
  const view = persistentTerm.view(key);
  let length = 0;
  for (let i = 0; i < rows; i++) length += view[`property ${i}`].length;
  return length;
}

// Code and heap are there before anything is weighed.
parentPort.on('message', () => {
  const length = readAll();
  globalThis.gc();
  parentPort.postMessage(length);
});
parentPort.postMessage('ready');
