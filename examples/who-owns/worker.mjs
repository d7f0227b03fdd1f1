import { parentPort, threadId, workerData } from 'node:worker_threads';
import { listenAt } from './connections.mjs';
import { changeRequests } from './changes.mjs';
import { openStore, readHistory } from './config-process.mjs';
import { createApp } from './routes.mjs';
import { openTables } from './tables.mjs';

/** How long requests that are under way may still take when the server stops. */
const GRACE_MS = 500;

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const tables = openTables();
const store = openStore(workerData.data);
const changes = changeRequests(port);
const app = createApp(tables, {
  token: workerData.token,
  changeConfig: changes.change,
  history: (limit) => readHistory(store, limit),
});

// A row from the start, so that a thread nobody has asked yet shows as 0 and not as missing.
tables.threads.insert([threadId, 0]);
await app.ready();
await listenAt(app.server, workerData.place);

async function stop() {
  const cut = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
  await new Promise((resolve) => {
    app.server.close(resolve);
    app.server.closeIdleConnections();
  });
  clearTimeout(cut);
  await app.close();
  await store.close();
  port.close();
}

port.on('message', (message) => (message === 'stop' ? stop() : changes.answered(message)));
port.postMessage('ready');
