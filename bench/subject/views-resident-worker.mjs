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

/**
 * The engine enlarges the part of the heap where objects are made, up to some 16 MB for each thread, when some of them live
 * on. That is no memory of the term's: here it happens before anything is weighed.
 */
function growYoungGeneration() {
  const kept = new Array(100_000);
  for (let i = 0; i < 40 * kept.length; i++) kept[i % kept.length] = [i];
  return kept.length;
}

parentPort.on('message', (message) => {
  const length = read(message);
  globalThis.gc();
  parentPort.postMessage(length);
});
if (workerData.put) put(workerData);
else growYoungGeneration();
parentPort.postMessage('ready');
