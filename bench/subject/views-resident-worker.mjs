import { parentPort, workerData } from 'node:worker_threads';
import { persistentTerm } from 'termstore';

const kPropertyBytes = 100;

function put({ key, rows }) {
  const text = 'x'.repeat(kPropertyBytes - 24);
  const properties = Array.from({ length: rows }, (_, i) => [`property ${i}`, text]);
  // A Map: for a million names of properties V8 would keep a table of its own in each thread.
  persistentTerm.put(key, new Map(properties));
}

function read({ key, rows, times }) {
  const view = persistentTerm.view(key);
  let length = 0;
  for (let time = 0; time < times; time++)
    for (let i = 0; i < rows; i++) length += view.get(`property ${i}`).length;
  return length;
}

parentPort.on('message', (message) => {
  const length = read(message);
  globalThis.gc();
  parentPort.postMessage(length);
});
if (workerData.put) put(workerData);
parentPort.postMessage('ready');
