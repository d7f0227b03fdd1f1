import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const kWorker = new URL('./owner-worker.mjs', import.meta.url);

/** Asks the thread at the other end of `port`; answers come in order. */
export function createClient(port) {
  const waiting = [];
  port.on('message', (answer) => waiting.shift()(answer));
  return (request) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port.postMessage(request);
    });
}

/** A thread that owns a Map and answers messages, as a GenServer would: values are structured clones. */
export async function open() {
  const worker = new Worker(kWorker);
  await once(worker, 'message');
  const ask = createClient(worker);
  return {
    awaited: true,
    get: (key) => ask({ operation: 'get', key }),
    set: (key, value) => ask({ operation: 'set', key, value }),
    has: (key) => ask({ operation: 'has', key }),
    increment: (key) => ask({ operation: 'increment', key }),
    close: () => worker.terminate(),
  };
}
