import { createReadStream, existsSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite';
import {
  type Body,
  type Config,
  Connection,
  connectToTwoThreads,
  dataFolder,
  type Server,
  spawnServer,
  startServer,
  stop,
} from './server';

const SAMPLE_STEP = 2003;
const STOP_LIMIT_MS = 2000;

const { test, before, after, beforeEach, afterEach, run } = suite('example: who owns this address?');

let server: Server;
let one: Connection;
let other: Connection;

// Windows of a day or so do not end during a test, and each test has a length of its own, so no two share a counter.
const generous = { requests: 1_000_000, windowSeconds: 86_000 };
const configWith = (change: Partial<Config>): Config => ({ limit: generous, blockedNetworks: {}, ...change });

interface Range {
  first: string;
  last: string;
  asn: number;
  name: string;
}

/** Every so many ranges of a data file, read from its other form (dotted and colon addresses), not from the loaded one. */
async function sampleRanges(file: string): Promise<Range[]> {
  const ranges: Range[] = [];
  let line = 0;
  for await (const text of createInterface({
    input: createReadStream(require.resolve(`@ip-location-db/asn/${file}`)),
  })) {
    if (line++ % SAMPLE_STEP !== 0) continue;
    const [, first, last, asn, name] = /^([^,]+),([^,]+),(\d+),(.*)$/.exec(text)!;
    const plain = name!.replace(/^"(.*)"$/, '$1').replaceAll('""', '"');
    ranges.push({ first: first!, last: last!, asn: Number(asn), name: plain });
  }
  return ranges;
}

/** The data file also shortens a single group of zeros to `::`, which RFC 5952 forbids. */
function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

before(async () => {
  server = await startServer();
});

// Anew for each test: a connection that had to be opened again in between may end in the other's thread.
beforeEach(async () => {
  [one, other] = await connectToTwoThreads(server);
  assert.is((await one.putConfig(configWith({}))).status, 200);
});

afterEach(() => {
  one.close();
  other.close();
});

after(async () => {
  const exit = await server.stop('SIGTERM');
  assert.is(exit.code, 0);
});

test('the start-up lines tell rows, seconds, memory, the place and the licences', () => {
  const text = server.lines.join('\n');
  assert.match(text, /Loaded \d{3},\d{3} ranges of \d+,\d{3} networks in \d+\.\d s/);
  assert.match(text, /tables \d+ MB, process \d+ MB/);
  assert.match(text, /open http:\/\/127\.0\.0\.1:\d+\/$/m);
  for (const owner of ['Route Views', 'DB-IP', 'NRO']) {
    assert.match(text, new RegExp(`${owner}.*licensed under a Creative Commons Attribution 4.0`));
  }
});

for (const file of ['asn-ipv4.csv', 'asn-ipv6.csv']) {
  test(`first and last address of the ranges of ${file} belong to the network that the file names`, async () => {
    const ranges = await sampleRanges(file);
    assert.ok(ranges.length > 50);
    for (const { first, last, asn, name } of ranges) {
      for (const address of [first, last]) {
        const { status, body } = await one.get(`/ip/${address}`);
        assert.is(status, 200, address);
        assert.equal(body.network, { asn, name }, address);
        assert.is(body.range.first, canonical(first));
        assert.is(body.range.last, canonical(last));
        assert.is(body.address, canonical(address));
      }
    }
  });
}

test('an IPv4 address in IPv6 form is looked up as IPv4', async () => {
  const plain = await one.get('/ip/8.8.8.8');
  assert.is(plain.body.range.prefix, '8.8.8.0/24');
  for (const form of ['::ffff:8.8.8.8', '::FFFF:808:808', '0:0:0:0:0:ffff:8.8.8.8']) {
    assert.equal((await one.get(`/ip/${form}`)).body, plain.body);
  }
});

test('an address that nobody announces is 404, and text that is no address is 400', async () => {
  for (const address of ['10.0.0.1', '255.255.255.255', '0.0.0.0', '::1', 'ffff::']) {
    const { status, body } = await one.get(`/ip/${address}`);
    assert.is(status, 404, address);
    assert.is(body.error, 'unknown_address');
    assert.ok(body.message.includes(address));
  }
  for (const text of [
    'nobody',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    'fe80::1%25eth0',
    '1:2',
    '..%2f..%2fetc%2fpasswd',
  ]) {
    const { status, body } = await one.get(`/ip/${text}`);
    assert.is(status, 400, text);
    assert.is(body.error, 'invalid_address');
  }
  assert.is((await one.get('/ip/%zz')).status, 400);
  assert.is((await one.get('/nothing')).body.error, 'not_found');
});

test('two threads together allow exactly as many requests as the limit says', async () => {
  const limit = { requests: 30, windowSeconds: 85_001 };
  await one.putConfig(configWith({ limit }));
  const sent = await Promise.all(
    [one, other].flatMap((connection) => Array.from({ length: 40 }, () => connection.get('/ip/8.8.8.8'))),
  );
  const refused = sent.filter(({ status }) => status === 429);
  assert.is(sent.filter(({ status }) => status === 200).length, limit.requests);
  assert.is(refused.length, sent.length - limit.requests);
  assert.is(new Set(sent.map(({ headers }) => headers['x-thread'])).size, 2);
  for (const { body, headers } of refused) {
    assert.is(body.error, 'too_many_requests');
    const seconds = Number(headers['retry-after']);
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= limit.windowSeconds);
  }
});

test('a client is heard again after Retry-After, and its old windows are removed', async () => {
  const rows = async () =>
    (await one.get('/stats')).body.tables.find((table) => table.name === 'clients')!.rows;
  const rowsBefore = await rows();
  await one.putConfig(configWith({ limit: { requests: 1, windowSeconds: 2 } }));
  let refused = await one.get('/ip/8.8.8.8');
  while (refused.status !== 429) refused = await other.get('/ip/8.8.8.8');
  await sleep(Number(refused.headers['retry-after']) * 1000);
  assert.is((await one.get('/ip/8.8.8.8')).status, 200);
  for (let attempt = 0; (await rows()) > rowsBefore; attempt++) {
    assert.ok(attempt < 100, 'windows that have ended are still there');
    await sleep(100);
  }
});

test('a new configuration holds for the next request of every thread', async () => {
  for (const reason of ['first reason', 'second reason']) {
    await one.putConfig(configWith({ blockedNetworks: { 15169: reason } }));
    for (const connection of [other, one]) {
      const { status, body } = await connection.get('/ip/8.8.8.8');
      assert.is(status, 403);
      assert.is(body.error, 'network_blocked');
      assert.ok(body.message.includes(reason));
      assert.is((await connection.get('/ip/1.1.1.1')).status, 200);
    }
  }
  await other.putConfig(configWith({}));
  assert.is((await one.get('/ip/8.8.8.8')).status, 200);
});

test('a configuration without the token or with a mistake changes nothing', async () => {
  const config = await one.get('/config');
  assert.is((await one.putConfig(configWith({ blockedNetworks: { 1: 'x' } }), 'wrong')).status, 401);
  assert.is((await one.send('PUT', '/config', '{}', { 'content-type': 'application/json' })).status, 401);
  const mistakes = [
    '{',
    '[]',
    '{}',
    { limit: generous },
    configWith({ limit: { requests: 0, windowSeconds: 1 } }),
    configWith({ limit: { requests: 1.5, windowSeconds: 1 } }),
    configWith({ blockedNetworks: { google: 'no number' } }),
    configWith({ blockedNetworks: { 15169: '' } }),
    { ...configWith({}), more: true },
  ];
  for (const mistake of mistakes) {
    const { status, body } = await one.putConfig(mistake);
    assert.is(status, 400, JSON.stringify(mistake));
    assert.type(body.message, 'string');
  }
  // The server hangs up on who sends too much, so this takes a connection of its own.
  const third = new Connection(server);
  assert.is((await third.putConfig(`"${'x'.repeat(300_000)}"`)).status, 413);
  third.close();
  assert.equal((await other.get('/config')).body, config.body);
});

test('the configuration and its history survive a server that is killed', async () => {
  const DATA = dataFolder();
  const first = await startServer({ THREADS: '2', DATA });
  const connection = new Connection(first);
  const blocked = { 13335: 'closed', 15169: 'closed too' };
  const { body: given } = await connection.get('/config');
  assert.equal((await connection.get('/config/history')).body.changes, []);
  await connection.putConfig({ limit: generous, blockedNetworks: blocked });
  await connection.putConfig({ limit: generous, blockedNetworks: { 15169: 'closed too' } });
  await connection.putConfig({ limit: generous, blockedNetworks: { 15169: 'closed too' } });
  const second = spawnServer({ DATA });
  let errors = '';
  second.stderr!.on('data', (chunk) => (errors += chunk));
  assert.is(await new Promise((resolve) => second.once('close', resolve)), 1);
  assert.match(errors, /who-owns\/config.*DATA/);
  connection.close();
  assert.is((await first.stop('SIGKILL')).signal, 'SIGKILL');

  const again = await startServer({ DATA, THREADS: '1' });
  const later = new Connection(again);
  assert.equal((await later.get('/config')).body, {
    limit: generous,
    blockedNetworks: { 15169: 'closed too' },
  });
  assert.is((await later.get('/ip/8.8.8.8')).status, 403);
  const { changes } = (await later.get('/config/history')).body;
  assert.equal(
    changes.map(({ number, type, network }) => [number, type, network]),
    [
      [1, 'limit', undefined],
      [2, 'blocked', '13335'],
      [3, 'blocked', '15169'],
      [4, 'allowed', '13335'],
    ],
  );
  assert.ok(changes.every(({ at }) => Date.parse(at) <= Date.now()));
  assert.is((await later.get('/config/history?limit=1')).body.changes[0]!.number, 4);
  assert.is((await later.get('/config/history?limit=0')).status, 400);
  assert.ok(JSON.stringify(given).includes('requests'));
  later.close();
  assert.is((await again.stop('SIGTERM')).code, 0);
});

test('a second start has the data from the disk; what is damaged there, or not finished, is parsed again', async () => {
  const DATA = dataFolder();
  const start = async (): Promise<boolean> => {
    const started = await startServer({ DATA });
    const connection = new Connection(started);
    assert.is((await connection.get('/ip/8.8.8.8')).body.network.asn, 15169);
    assert.is((await connection.get('/ip/2001:4860:4860::8888')).body.network.asn, 15169);
    connection.close();
    const hydrated = started.lines.some((line) => /Loaded \d{3},\d{3} ranges .* from the disk in/.test(line));
    for (let i = 0; i < 1200 && !existsSync(join(DATA, 'data.json')); i++) await sleep(50);
    assert.is((await started.stop('SIGTERM')).code, 0);
    return hydrated;
  };
  assert.not(await start());
  assert.ok(await start());
  truncateSync(join(DATA, 'ipv6.dets'), 100_000);
  assert.not(await start());
  rmSync(join(DATA, 'data.json'));
  assert.not(await start());
  assert.ok(await start());
});

test('top lists networks by questions, over all threads', async () => {
  const count = async () => {
    const { networks } = (await one.get('/top?limit=100')).body;
    assert.equal(
      networks,
      [...networks].sort((a, b) => b.requests - a.requests),
    );
    return networks.find((network) => network.asn === 13335)?.requests ?? 0;
  };
  const start = await count();
  for (let i = 0; i < 20; i++) await (i % 2 === 0 ? one : other).get('/ip/1.1.1.1');
  assert.is(await count(), start + 20);
  assert.is((await one.get('/top?limit=1')).body.networks.length, 1);
  assert.is((await one.get('/top?limit=0')).status, 400);
});

test('stats count every request of each thread, rows and bytes of the tables, and memory', async () => {
  const threads = [await one.thread(), await other.thread()];
  const requestsOf = (stats: Body) =>
    threads.map((thread) => stats.threads.find((row) => row.thread === thread)!.requests);
  const { body: start } = await one.get('/stats');
  for (let i = 0; i < 5; i++) await other.get('/ip/1.1.1.1');
  const { body: end } = await one.get('/stats');
  const [ofOne, ofOther] = requestsOf(start);
  assert.equal(requestsOf(end), [ofOne! + 1, ofOther! + 5]);
  const rows = Object.fromEntries(end.tables.map((table) => [table.name, table.rows]));
  assert.ok(rows['ipv4']! > 400_000 && rows['ipv6']! > 100_000 && rows['networks']! > 50_000);
  assert.ok(end.tables.every((table) => table.bytes > 0));
  assert.ok(end.memory.processBytes > end.memory.tableBytes);
});

test('a taken port is an error that says so', async () => {
  const second = spawnServer({ PORT: new URL(server.url).port });
  let errors = '';
  second.stderr!.on('data', (chunk) => (errors += chunk));
  const code = await new Promise((resolve) => second.once('close', resolve));
  assert.is(code, 1);
  assert.match(errors, /EADDRINUSE.*PORT/);
});

test('SIGINT ends it with 0 while clients hold connections open, and also while it loads', async () => {
  const second = await startServer({ THREADS: '1' });
  const connection = new Connection(second);
  await connection.get('/stats');
  const loading = spawnServer({});
  await sleep(500);
  for (const exit of [await second.stop('SIGINT'), await stop(loading, 'SIGINT')]) {
    assert.is(exit.signal, null);
    assert.is(exit.code, 0);
    assert.ok(exit.milliseconds < STOP_LIMIT_MS, `${exit.milliseconds} ms`);
  }
  connection.close();
});

run();
