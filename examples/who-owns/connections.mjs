/**
 * One port, several threads. Node's `cluster` shares a port between processes; between worker threads there is no such
 * thing: a socket cannot be posted to another thread, and listening on one descriptor in several threads closes that
 * descriptor several times, by then perhaps somebody else's. What is sound:
 *
 * - One thread listens itself.
 * - Linux with Node 22.12, 23.1 or later: every thread opens a socket of its own with SO_REUSEPORT, and the kernel spreads the
 *   connections. libuv offers this only where the kernel does spread them, so not on macOS and not on Windows.
 * - Elsewhere, Node 20 included: the main thread accepts and relays each connection, in turn, to the private socket of
 *   a worker. This costs the main thread two copies of each message.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where a worker listens: on a port of its own or shared, or at a path to which the main thread relays.
 * @typedef {{ host: string, port: number, reusePort: boolean } | { path: string }} Place
 *
 * What the main thread does for them. `open` starts to accept and resolves to the port; `stop` accepts no more; `close`
 * lets go of what is left, once the workers have answered what they still had.
 * @typedef {{ how: string, places: Place[], open: () => Promise<number>, stop: () => void, close: () => void }} Front
 */

/** The relay sends the client's address first, padded to this length: the worker must not see everybody as itself. */
const PREAMBLE_BYTES = 46;

function canReusePort() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const hasOption = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
  return process.platform === 'linux' && hasOption && process.versions['bun'] === undefined;
}

/** @param {import('node:net').Server} server @param {import('node:net').ListenOptions} options */
export function listen(server, options) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve(server.address());
    });
  });
}

/**
 * Binds without sharing and lets go. SO_REUSEPORT would join a server of the same user that already shares the port, in
 * silence; this way a taken port is an error, and port 0 becomes a number that all threads can use.
 * @param {string} host @param {number} port @returns {Promise<number>}
 */
async function probePort(host, port) {
  const probe = createServer();
  const address = await listen(probe, { host, port, exclusive: true });
  await new Promise((resolve) => probe.close(resolve));
  return address.port;
}

/** @param {number} threads */
function privatePaths(threads) {
  const names = Array.from({ length: threads }, (_, i) => `worker-${i}.sock`);
  if (process.platform === 'win32') {
    const id = randomBytes(16).toString('hex');
    return { paths: names.map((name) => `\\\\.\\pipe\\who-owns-${id}-${name}`), remove: () => {} };
  }
  // Only this user may connect: whoever can, chooses the address that the rate limit counts.
  const folder = mkdtempSync(join(tmpdir(), 'who-owns-'));
  chmodSync(folder, 0o700);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { paths: names.map((name) => join(folder, name)), remove };
}

/** @param {import('node:net').Socket} client @param {string} path */
function relayOne(client, path) {
  const upstream = connect({ path, allowHalfOpen: true });
  upstream.write((client.remoteAddress ?? '').padEnd(PREAMBLE_BYTES));
  client.pipe(upstream).pipe(client);
  // Either side may vanish at any moment, which is no news to anybody but the other side.
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ]) {
    one?.on('error', () => other?.destroy());
    one?.on('close', () => other?.destroy());
  }
}

/** @param {{ host: string, port: number, threads: number }} options @returns {Front} */
function relayFront({ host, port, threads }) {
  const { paths, remove } = privatePaths(threads);
  /** @type {Set<import('node:net').Socket>} */
  const clients = new Set();
  let turn = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    relayOne(client, /** @type {string} */ (paths[turn++ % paths.length]));
  });
  return {
    how: 'the main thread relays connections in turn',
    places: paths.map((path) => ({ path })),
    open: async () => (await listen(server, { host, port })).port,
    stop: () => void server.close(),
    close: () => {
      for (const client of clients) client.destroy();
      remove();
    },
  };
}

/**
 * Decides how `threads` workers serve one port.
 * @param {{ host: string, port: number, threads: number }} options
 * @returns {Promise<Front>}
 */
export async function chooseFront(options) {
  const { host, threads } = options;
  if (threads > 1 && !canReusePort()) return relayFront(options);
  const port = await probePort(host, options.port);
  return {
    how: threads === 1 ? 'one thread listens' : 'the kernel spreads connections (SO_REUSEPORT)',
    places: Array.from({ length: threads }, () => ({ host, port, reusePort: threads > 1 })),
    open: async () => port,
    stop: () => {},
    close: () => {},
  };
}

/**
 * Makes `server` listen at `place`. A relayed connection is handed on only when its preamble has been read, with the
 * client's address in place of the relay's.
 * @param {import('node:http').Server} server
 * @param {Place} place
 */
export async function listenAt(server, place) {
  if (!('path' in place)) return listen(server, place);
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    const readPreamble = () => {
      const preamble = socket.read(PREAMBLE_BYTES);
      if (preamble === null) return;
      socket.off('readable', readPreamble);
      Object.defineProperty(socket, 'remoteAddress', { value: preamble.toString('latin1').trimEnd() });
      for (const serve of listeners) serve.call(server, socket);
    };
    socket.on('readable', readPreamble);
    socket.on('error', () => socket.destroy());
  });
  return listen(server, place);
}
