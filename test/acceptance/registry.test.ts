// @timeout 120
import { join } from 'node:path';
import { ets, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, type Member, rejection } from '../support/crew.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import type { Entry } from './registry.worker.js';

/* The registry of the Elixir guide ("Speeding up with ETS"), with threads for processes. */

const { test, beforeEach, afterEach, run } = suite('acceptance: KV.Registry');
const hireRegistry = crew(join(__dirname, 'registry.worker.js'), { afterEach });
const hireClient = crew(join(__dirname, 'client.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const find = (name: string): Tid | undefined => ets.table<Entry>('registry').get(name)?.[1];

async function startRegistry(): Promise<Member> {
  const registry = hireRegistry();
  assert.is(await registry.call('thread'), registry.threadId);
  return registry;
}

test('spawns buckets', async () => {
  const registry = await startRegistry();
  const client = hireClient();
  assert.is(await client.call('find', 'shopping'), undefined);
  const bucket = await registry.call<Tid>('create', 'shopping');
  // Nobody has to wait: when the answer is there, so is the entry, in every thread.
  assert.is(find('shopping'), bucket);
  assert.is(await client.call('find', 'shopping'), bucket);
  await client.call('put', 'shopping', 'milk', 1);
  assert.equal(ets.table(bucket).get('milk'), ['milk', 1]);
  ets.table(bucket).insert(['eggs', 12]);
  assert.is(await client.call('get', 'shopping', 'eggs'), 12);
  assert.is(await registry.call('create', 'shopping'), bucket);
  assert.is(ets.table('registry').info('size'), 1);
});

for (const how of ['exit', 'crash', 'terminate'] as const) {
  test(`removes a bucket when its thread ends (${how})`, async () => {
    const registry = await startRegistry();
    const client = hireClient();
    const bucket = await registry.call<Tid>('create', 'shopping');
    const other = await registry.call<Tid>('create', 'other');
    await registry.call('stop', 'shopping', how);
    assert.is(find('shopping'), undefined);
    assert.is(await client.call('find', 'shopping'), undefined);
    refuses(() => ets.table(bucket), 'ERR_ETS_ID');
    assert.is(find('other'), other);
    const next = await registry.call<Tid>('create', 'shopping');
    assert.is.not(next, bucket);
    assert.is(await client.call('find', 'shopping'), next);
  });
}

test('a bucket can end at any time: who still holds it is told', async () => {
  const registry = await startRegistry();
  const bucket = ets.table(await registry.call<Tid>('create', 'shopping'));
  bucket.insert(['milk', 3]);
  await registry.call('stop', 'shopping', 'crash');
  refuses(() => bucket.insert(['milk', 4]), 'ERR_ETS_ID');
  refuses(() => bucket.get('milk'), 'ERR_ETS_ID');
});

test('lookups do not ask the registry: they are answered while it does nothing', async () => {
  const registry = await startRegistry();
  const clients = [hireClient(), hireClient()];
  const bucket = await registry.call<Tid>('create', 'shopping');
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const sleeping = registry.call('sleep', gate);
  while (Atomics.load(gate, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const late = registry.call<Tid>('create', 'late');
  for (let i = 0; i < 100; i++) {
    for (const client of clients) assert.is(await client.call('find', 'shopping'), bucket);
    await clients[i % 2]?.call('put', 'shopping', `item ${i}`, i);
  }
  assert.is(find('late'), undefined);
  assert.is(ets.table(bucket).info('size'), 100);
  Atomics.store(gate, 1, 1);
  Atomics.notify(gate, 1);
  await sleeping;
  assert.is(await late, find('late'));
});

test('only the registry writes its table', async () => {
  const registry = await startRegistry();
  const client = hireClient();
  assert.is(await rejection(client.call('register', 'mine')), 'ERR_ETS_ACCESS');
  refuses(() => ets.table('registry').delete('shopping'), 'ERR_ETS_ACCESS');
  refuses(() => ets.table('registry').drop(), 'ERR_ETS_ACCESS');
  assert.is(ets.table('registry').info('owner'), registry.threadId);
});

test('a registry that ends leaves nothing, and the next one takes its name', async () => {
  const first = await startRegistry();
  const bucket = await first.call<Tid>('create', 'shopping');
  const table = ets.table('registry');
  await first.terminate();
  await first.ended;
  refuses(() => table.get('shopping'), 'ERR_ETS_ID');
  const next = await startRegistry();
  assert.is(find('shopping'), undefined);
  assert.is.not(await next.call('create', 'shopping'), bucket);
});

run();
