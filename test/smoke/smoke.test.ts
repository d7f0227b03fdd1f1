import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $1, ets, persistentTerm, skip, _, type Table, type TransferEvent } from 'termstore';
import { gt } from 'termstore/ms';
import { threadId } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { runChild } from '../support/children.js';
import { crew } from '../support/crew.js';
import { refuses, refusesEither } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

/* What has to work in every runtime, in a few seconds. `npm run runtimes` runs it on Node, Bun and Deno. */

const { test, beforeEach, afterEach, run } = suite('smoke');
const hire = crew(join(__dirname, 'smoke.worker.js'), { afterEach });
afterEach(async () => {
  // Deno says that a thread has ended shortly before it has, and its tables are gone.
  const isForeign = (table: Table): boolean => ![threadId, undefined].includes(table.info('owner'));
  while (ets.all().some(isForeign)) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const table of ets.all()) table[Symbol.dispose]();
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

test('workers find a table by its name and count exactly', async () => {
  const table = ets.new('counters', { named: true, access: 'public', writeConcurrency: true });
  table.insert(['hits', 0]);
  const workers = [hire(), hire()];
  await Promise.all(workers.map((worker) => worker.call('count', 'counters', 5000)));
  assert.is(table.updateCounter('hits', 1), 10_001);
});

test('values of every kind come back as they were', () => {
  const row = [
    { composite: [1, 'ä'] },
    {
      list: [1, undefined, 3],
      text: 'x'.repeat(5000),
      wide: '日本\ud800',
      big: 2n ** 100n,
      none: null,
      nan: NaN,
    },
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
    new Date(5),
    new Float64Array([1.5, -0]),
    Buffer.from('bytes'),
    new RangeError('far'),
  ];
  const table = ets.new('values');
  table.insert(row);
  const back = table.get({ composite: [1, 'ä'] }) as typeof row;
  assert.equal(back.slice(0, 6), row.slice(0, 6));
  assert.is((back[6] as Error).message, 'far');
});

test('rows that a thread keeps are new as soon as another thread has written them', async () => {
  const writer = hire();
  const table = ets.new('kept', { named: true, access: 'public', readConcurrency: true });
  table.insert(['k', { n: 0 }]);
  for (let n = 1; n <= 50; n++) {
    for (let i = 0; i < 20; i++) assert.equal(table.get('k'), ['k', { n: n - 1 }]);
    await writer.call('insert', 'kept', ['k', { n }]);
  }
  assert.equal(table.get('k'), ['k', { n: 50 }]);
  // Every read, also where a runtime has no memory that threads share with native code.
  const { hits, misses } = table.info('nearCache') ?? { hits: 0, misses: 0 };
  assert.ok(hits === 0 ? misses === 0 : hits >= 900, `${hits} hits, ${misses} misses`);
});

test('a persistent term is new in this thread as soon as another thread has put it', async () => {
  const writer = hire();
  persistentTerm.put('config', { n: 0 });
  const config = persistentTerm.ref('config');
  for (let n = 1; n <= 20; n++) {
    assert.equal(config.get(), { n: n - 1 });
    await writer.call('put', 'config', { n });
  }
  assert.equal([config.get(), persistentTerm.get('config')], [{ n: 20 }, { n: 20 }]);
});

test('a view reads single properties, also of a term that another thread has replaced', async () => {
  const writer = hire();
  const users = Object.fromEntries(
    Array.from({ length: 30_000 }, (_, i) => [`user ${i}`, { i, roles: ['a', `r${i}`] }]),
  );
  persistentTerm.put('users', { users, set: new Set([1, 'two']) });
  const view = persistentTerm.view<{ users: typeof users; set: Set<unknown> }>('users');
  assert.is(view.users['user 29999']?.roles[1], 'r29999');
  await writer.call('put', 'users', { users: {} });
  assert.is(view.users['user 12345']?.i, 12_345);
  assert.ok(view.set.has('two') && !('nobody' in view.users));
  assert.equal(Object.keys(persistentTerm.view<typeof view>('users').users), []);
});

test('what is selected in the thread pool is what is selected at once', async () => {
  const table = ets.new<[number, string]>('rows', { type: 'ordered_set' });
  table.insertMany(Array.from({ length: 5000 }, (_, i) => [i, `row ${i}`]));
  const spec = ets.fun2ms<[number, string]>(([key, text]) => (key > 4990 ? text : skip));
  assert.equal(await table.selectAsync(spec), table.select(spec));
  assert.is(await table.selectCountAsync([[[$1, _], [gt($1, 10)], [true]]]), 4989);
});

test('a dump is loaded as it was, a damaged one is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'termstore-smoke-'));
  try {
    const path = join(folder, 'table');
    const table = ets.new('dumped', { type: 'bag' });
    table.insertMany(Array.from({ length: 20_000 }, (_, i) => [i % 1000, { i }]));
    await table.tab2file(path, { extendedInfo: ['objectCount', 'md5sum'] });
    const loaded = await ets.file2tab(path, { verify: true });
    assert.equal(loaded.lookup(7), table.lookup(7));
    assert.is(loaded.info('size'), 20_000);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(path, bytes);
    await refusesEither(() => ets.file2tab(path), 'ERR_ETS_FILE');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an inherited table and a table that was given away are announced', async () => {
  const other = hire();
  await other.call('listen');
  const gift = ets.new('gift');
  gift.giveAway(await other.call('thread'), { why: 'smoke' });
  assert.equal(await other.call('received'), { tid: gift.tid, from: threadId, data: { why: 'smoke' } });

  const announced = new Promise<TransferEvent>((resolve) => ets.once('transfer', resolve));
  const heir = { thread: threadId, data: 'inherited' };
  const mortal = hire();
  await mortal.call('create', 'left', { heir }, [['k', 1]]);
  await mortal.terminate();
  const { table, data } = await announced;
  assert.equal([table.name, data, table.get('k')], ['left', 'inherited', ['k', 1]]);
});

test('threads that are terminated while they work leave nothing but what they shared', async () => {
  const table = ets.new('shared', { named: true, access: 'public' });
  for (let round = 0; round < 10; round++) {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const worker = hire();
    let failed: unknown;
    worker.call('churn', 'shared', gate).catch((error: unknown) => (failed = error));
    while (Atomics.load(gate, 0) === 0 && failed === undefined)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.is(failed, undefined);
    await worker.terminate();
    await worker.ended;
    // Deno says that a thread has ended shortly before it has.
    while (ets.whereis('own') !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.is(table.info('size'), 100);
  for (const row of table) assert.equal([row.length, typeof row[0]], [2, 'number']);
});

for (const [how, code] of [
  ['exit', 7],
  ['throw', 1],
  ['end', 0],
] as const) {
  test(`the process ends with ${code} by "${how}" while workers are in the middle of calls`, async () => {
    const ended = await runChild(join(__dirname, '../threads/exit.child.js'), [how], 30_000);
    assert.equal([ended.code, ended.signal], [code, null], ended.stderr);
  });
}

test('the store outlives the workers that alone have loaded it', async () => {
  const { code, stdout, stderr } = await runChild(join(__dirname, '../threads/only-workers.child.js'));
  assert.is(code, 0, stderr);
  assert.equal(JSON.parse(stdout), [2, 4, 6, { tables: 0, terms: [['sum', 6]] }]);
});

test('ESM and CommonJS have one store', async () => {
  const esm = (await import('termstore')) as { ets: typeof ets };
  assert.is(esm.ets, ets);
  assert.is((createRequire(__filename)('termstore') as { ets: typeof ets }).ets, ets);
});

test('what is refused is an error with a code, and changes nothing', () => {
  const table = ets.new('strict');
  table.insert(['k', 1]);
  refuses(() => table.insert(['k', () => 0]), 'ERR_TERM_UNSUPPORTED');
  refuses(() => table.insert([] as never), 'ERR_ETS_BADARG');
  table.drop();
  refuses(() => table.get('k'), 'ERR_ETS_ID');
});

run();
