import { parentPort, threadId, workerData } from 'node:worker_threads';
import { listenAt } from './connections.mjs';
import { createApp } from './routes.mjs';
import { openTables } from './tables.mjs';

/** How long requests that are under way may still take when the server stops. */
const GRACE_MS = 500;

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const tables = openTables();
const app = createApp(tables, workerData);

// A row from the start, so that a thread nobody has asked yet shows as 0 and not as missing.
tables.threads.insert([threadId, 0]);
await app.ready();
await listenAt(app.server, workerData.place);

port.once('message', async () => {
  const cut = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
  await new Promise((resolve) => {
    app.server.close(resolve);
    app.server.closeIdleConnections();
  });
  clearTimeout(cut);
  await app.close();
  port.close();
});
port.postMessage('ready');
