// Question: how many questions per second does the server answer, with one thread and with two, and how long do they take?
// The load comes from this process on the same machine, so both share its cores: with two cores, a second thread has to
// win its time from the load. `node examples/who-owns/load-test.mjs --help` lists what can be set.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
// @ts-expect-error autocannon has no types; the part of its result that is used here is Result.
import autocannon from 'autocannon';
import { Command } from 'commander';

const ADDRESSES = 2000;
const WARM_UP_S = 2;
const SEED = 1;

const { duration, connections, threads } = new Command('load-test')
  .option('--duration <seconds>', 'of each measurement', Number, 10)
  .option('--connections <number>', 'kept open all the time', Number, 50)
  .option('--threads <numbers>', 'comma-separated', (text) => text.split(',').map(Number), [1, 2])
  .parse()
  .opts();

/** Addresses all over IPv4, the same in every run; some are nobody's, as in life. */
function addresses() {
  let state = SEED;
  return Array.from({ length: ADDRESSES }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return [1 + ((state >>> 24) % 223), (state >>> 16) & 255, (state >>> 8) & 255, 1].join('.');
  });
}

/** Its limit is not that of a server that somebody uses. */
const data = mkdtempSync(join(tmpdir(), 'who-owns-load-'));
process.on('exit', () => rmSync(data, { recursive: true, force: true }));

/** @param {number} threadCount */
async function startServer(threadCount) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('server.mjs', import.meta.url))], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', THREADS: String(threadCount), DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    url ??= /open (http\S+)/.exec(line)?.[1];
    const token = /Token for PUT \/config: (\S+)/.exec(line)?.[1];
    if (url !== undefined && token !== undefined) return { child, url, token, how: line.split('. Token')[0] };
  }
  throw new Error('the server ended before it was ready');
}

/** Lifts the limit, which would otherwise be what is measured. @param {string} url @param {string} token */
async function liftLimit(url, token) {
  const response = await fetch(new URL('config', url), {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ limit: { requests: 1_000_000_000, windowSeconds: 86_400 }, blockedNetworks: {} }),
  });
  if (!response.ok) throw new Error(`PUT /config: ${response.status} ${await response.text()}`);
}

/**
 * @typedef {Record<'errors' | 'timeouts' | '2xx' | '4xx' | '5xx', number> & {
 *   statusCodeStats: Record<string, { count: number }>,
 *   requests: { average: number },
 *   latency: Record<'p50' | 'p99' | 'p99_9', number>,
 * }} Result
 */

/** @param {number} threadCount */
async function measure(threadCount) {
  const { child, url, token, how } = await startServer(threadCount);
  const ended = once(child, 'exit');
  try {
    await liftLimit(url, token);
    const requests = addresses().map((address) => ({ path: `/ip/${address}` }));
    await autocannon({ url, connections, requests, duration: WARM_UP_S });
    /** @type {Result} */
    const result = await autocannon({ url, connections, requests, duration });
    const refused = result.statusCodeStats['429']?.count ?? 0;
    const failed = result.errors + result.timeouts + result['5xx'] + refused;
    if (failed > 0) throw new Error(`${failed} requests failed, so the figures mean nothing`);
    return { how, result };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

console.log(
  `node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ` +
    `${connections} connections, ${duration} s each`,
);
const rows = [];
for (const threadCount of threads) {
  const { how, result } = await measure(threadCount);
  console.log(how);
  rows.push({
    threads: threadCount,
    'requests/s': Math.round(result.requests.average),
    'p50 ms': result.latency.p50,
    'p99 ms': result.latency.p99,
    'p99.9 ms': result.latency.p99_9,
    found: result['2xx'],
    'not found': result['4xx'],
  });
}
console.table(rows);
