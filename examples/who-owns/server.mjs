// "Who owns this address?": an HTTP server whose threads share their tables. See examples/README.md.
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { ConfigProcess, openStore } from './config-process.mjs';
import { chooseFront } from './connections.mjs';
import { removeEndedWindows } from './limits.mjs';
import { licenceLines, loadData, sizeOfData } from './load.mjs';
import { readOptions } from './options.mjs';
import { hydrateData, keepData, readNote } from './prepared.mjs';
import { createDataTables, createFigureTables, describeTables, openTables } from './tables.mjs';

const SWEEP_MS = 1000;
/** After this the process ends in any case; a worker needs half a second at most. */
const STOP_DEADLINE_MS = 1500;

const count = new Intl.NumberFormat('en');
/** @param {number} bytes */
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** @param {string} host @param {number} port */
function urlOf(host, port) {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/`;
}

/** @param {number} total @param {(bar: SingleBar) => Promise<any>} work */
async function withBar(total, work) {
  const bar = new SingleBar({
    format: 'loading {bar} {percentage}% | {ranges} ranges | {duration_formatted}',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, 0, { ranges: '0' });
  try {
    return await work(bar);
  } finally {
    bar.stop();
  }
}

/** @param {AbortSignal} signal @returns {Promise<{ ranges: number, networks: number }>} */
async function parseWithProgress(signal) {
  createDataTables();
  return withBar(await sizeOfData(), (bar) =>
    loadData(openTables(), {
      signal,
      onProgress: (bytes, ranges) => bar.increment(bytes, { ranges: count.format(ranges) }),
    }),
  );
}

/**
 * Fills the tables: from the disk, if an earlier start has left the data there, and from the text otherwise.
 * @param {string} folder @param {AbortSignal} signal
 * @returns {Promise<{ ranges: number, networks: number, hydrated: boolean }>}
 */
async function loadWithProgress(folder, signal) {
  const note = await readNote(folder);
  const hydrated =
    note !== undefined &&
    (await withBar(note.ranges + note.networks, (bar) =>
      hydrateData(folder, {
        signal,
        onProgress: (rows) => bar.update(rows, { ranges: count.format(Math.min(rows, note.ranges)) }),
      }),
    ));
  return hydrated ? { ...note, hydrated } : { ...(await parseWithProgress(signal)), hydrated: false };
}

/**
 * Starts a thread that answers at `place`; resolves when it does.
 * @param {import('./connections.mjs').Place} place
 * @param {{ token: string, data: string }} shared
 * @param {ConfigProcess} config
 * @returns {Promise<Worker>}
 */
function startWorker(place, shared, config) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { place, ...shared } });
    worker.once('message', () => {
      worker.on('message', (request) => changeConfig(worker, config, request));
      resolve(worker);
    });
    worker.once('error', reject);
  });
}

/**
 * Does what a worker was asked for: the process that keeps the configuration is in this thread.
 * @param {Worker} worker @param {ConfigProcess} config @param {import('./changes.mjs').ChangeRequest} request
 */
async function changeConfig(worker, config, { id, next }) {
  try {
    await config.call(next);
    worker.postMessage({ id });
  } catch (error) {
    console.error(error);
    worker.postMessage({ id, failed: true });
  }
}

/** @param {Worker} worker */
const exitOf = (worker) => new Promise((resolve) => worker.once('exit', resolve));

/**
 * Aborts at the first SIGINT or SIGTERM; the second ends the process at once.
 * @returns {AbortSignal}
 */
function stopSignal() {
  const controller = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      controller.abort();
      setTimeout(() => {
        console.error('Not everything stopped in time.');
        process.exit(1);
      }, STOP_DEADLINE_MS).unref();
    });
  }
  return controller.signal;
}

/** @param {AbortSignal} signal */
const aborted = (signal) =>
  new Promise((resolve) => (signal.aborted ? resolve(undefined) : signal.addEventListener('abort', resolve)));

async function main() {
  const { host, port: wantedPort, threads, data } = readOptions();
  const stop = stopSignal();
  const store = openStore(data);
  const config = await new ConfigProcess(store).start();
  const startedAt = performance.now();
  createFigureTables();
  const loaded = await loadWithProgress(data, stop);
  const tables = openTables();
  config.publish();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);

  const front = await chooseFront({ host, port: wantedPort, threads });
  const token = randomBytes(24).toString('base64url');
  const workers = await Promise.all(front.places.map((place) => startWorker(place, { token, data }, config)));
  const exits = workers.map(exitOf);
  for (const worker of workers) {
    worker.on('error', (error) => {
      console.error(error);
      process.exit(1);
    });
  }
  const port = await front.open();
  const sweep = setInterval(() => removeEndedWindows(tables.clients), SWEEP_MS);

  const tableBytes = describeTables(tables).reduce((sum, { bytes }) => sum + bytes, 0);
  for (const line of await licenceLines()) console.log(line);
  console.log(
    `Loaded ${count.format(loaded.ranges)} ranges of ${count.format(loaded.networks)} networks ` +
      `${loaded.hydrated ? 'from the disk ' : ''}in ${seconds} s (tables ${megabytes(tableBytes)}, process ${megabytes(process.memoryUsage.rss())}): open ${urlOf(host, port)}`,
  );
  console.log(
    `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${front.how}. Token for PUT /config: ${token}`,
  );

  // For the next start. A stop in the middle of it is no failure: then that one parses the data again.
  const kept = loaded.hydrated ? Promise.resolve() : keepData(data, tables, loaded, stop);
  kept.catch((error) => stop.aborted || console.error(error));

  await aborted(stop);
  console.log('Stopping.');
  clearInterval(sweep);
  front.stop();
  for (const worker of workers) worker.postMessage('stop');
  await Promise.all(exits);
  front.close();
  await kept.catch(() => undefined);
  await config.stop();
  await store.close();
}

try {
  await main();
} catch (error) {
  const { name, code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (name !== 'AbortError') {
    if (code === 'EADDRINUSE') console.error(`${message}: choose another with PORT`);
    else if (code === 'ERR_PERSIST_HELD') console.error(`${message}. Choose another folder with DATA.`);
    else console.error(error);
    // Not exitCode: threads that did start would keep the process alive.
    process.exit(1);
  }
}
