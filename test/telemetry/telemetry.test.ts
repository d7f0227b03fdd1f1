import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { metrics as globalMetrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { $1, _, ets, persistentTerm } from 'termstore';
import { setSlowThreshold, startMetrics, type SlowOperation } from 'termstore/telemetry';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('metrics and slow operations');
const hire = crew(join(__dirname, '../threads/jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** The real SDK, which is asked for its metrics when a test wants them. */
function collector() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  const provider = new MeterProvider({ readers: [reader] });
  /** `name attributes` -> value, of the present moment. */
  const collect = async (): Promise<Record<string, number>> => {
    exporter.reset();
    await provider.forceFlush();
    const found: Record<string, number> = {};
    for (const { scopeMetrics } of exporter.getMetrics())
      for (const { scope, metrics } of scopeMetrics)
        for (const { descriptor, dataPoints } of metrics)
          for (const { value, attributes } of dataPoints) {
            assert.is(scope.name, 'termstore');
            const key = [descriptor.name, ...Object.values(attributes)].join(' ');
            assert.is(found[key], undefined, `twice: ${key}`);
            found[key] = value as number;
          }
    return found;
  };
  return { provider, collect };
}

test('tables that are gone are told as gone, and names never make more lines than were asked for', async () => {
  const { provider, collect } = collector();
  const running = startMetrics({ meterProvider: provider, mostTables: 2 });
  for (let i = 0; i < 5; i++) {
    using table = ets.new(`short-${i}`, { named: true });
    table.insert([i]);
    const found = await collect();
    const lines = Object.entries(found).filter(([key]) => key.startsWith('termstore.table.rows '));
    assert.is(lines.length, Math.min(i + 1, 3));
    assert.is(
      lines.reduce((sum, [, rows]) => sum + rows, 0),
      1,
    );
  }
  using odd = ets.new('(others)', { named: true });
  odd.insert(['k']);
  const found = await collect();
  assert.is(found['termstore.tables (others) set'], 1);
  assert.is(found['termstore.tables short-0 set'], 0);
  running.stop();
});

test('rows, bytes, waits, near-cache reads and persistent terms come out of the real SDK', async () => {
  const { provider, collect } = collector();
  const running = startMetrics({ meterProvider: provider });
  using users = ets.new('users', { named: true, readConcurrency: true });
  using prices = ets.new('prices', { named: true, type: 'ordered_set' });
  using one = ets.new('unnamed');
  using other = ets.new('unnamed');
  users.insertMany([['ada', 1], ['bob', 2]]); // prettier-ignore
  prices.insert([1, 'x'.repeat(1000)]);
  one.insert(['k']);
  other.insertMany([['k'], ['l']]);
  for (let i = 0; i < 10; i++) users.get('ada');
  persistentTerm.put('term', [1, 2, 3]);
  const found = await collect();
  assert.is(found['termstore.tables users set'], 1);
  assert.is(found['termstore.table.rows users set'], 2);
  assert.is(found['termstore.table.memory users set'], users.info('memory'));
  assert.is(found['termstore.table.rows prices ordered_set'], 1);
  assert.is(found['termstore.table.rows (others) set'], 3);
  assert.is(found['termstore.tables (others) set'], 2);
  assert.is(found['termstore.table.lock_waits users set'], 0);
  const { hits, misses } = users.info('nearCache') as { hits: number; misses: number };
  assert.ok(hits > 0);
  assert.is(found['termstore.near_cache.reads users set hit'], hits);
  assert.is(found['termstore.near_cache.reads users set miss'], misses);
  assert.is(found['termstore.persistent_terms'], 1);
  assert.is(found['termstore.persistent_terms.memory'], persistentTerm.info().memory);
  // The present moment, not the time of the call.
  users.insert(['eve', 3]);
  persistentTerm.erase('term');
  const later = await collect();
  assert.is(later['termstore.table.rows users set'], 3);
  assert.is(later['termstore.persistent_terms'], 0);
  running.stop();
  running.stop();
  // Nobody looks any more: the SDK repeats what it was told last.
  users.insert(['mallory', 4]);
  assert.is((await collect())['termstore.table.rows users set'], 3);
  await provider.shutdown();
});

test('as many tables have lines of their own as asked for: the named ones with the most rows', async () => {
  const { provider, collect } = collector();
  using running = startMetrics({ meterProvider: provider, mostTables: 2 });
  const tables = [1, 2, 3, 4].map((rows) => {
    const table = ets.new(`t${rows}`, { named: true });
    for (let i = 0; i < rows; i++) table.insert([i]);
    return table;
  });
  const found = await collect();
  const rows = Object.entries(found).filter(([name]) => name.startsWith('termstore.table.rows'));
  assert.equal(Object.fromEntries(rows), {
    'termstore.table.rows t4 set': 4,
    'termstore.table.rows t3 set': 3,
    'termstore.table.rows (others) set': 3,
  });
  for (const table of tables) table.drop();
  assert.ok(running);
  await provider.shutdown();
});

test('without a provider the metrics go to the global one', async () => {
  const { provider, collect } = collector();
  globalMetrics.setGlobalMeterProvider(provider);
  using running = startMetrics();
  using table = ets.new('t', { named: true });
  assert.is((await collect())['termstore.table.rows t set'], table.info('size'));
  assert.ok(running);
  globalMetrics.disable();
  await provider.shutdown();
});

test('options of the wrong kind are refused', () => {
  for (const options of [null, { mostTables: -1 }, { mostTables: '1' }, { meterProvider: {} }, { other: 1 }])
    refuses(() => startMetrics(options as never), 'ERR_ETS_BADARG', /startMetrics/);
  for (const ms of [-1, NaN, '1', undefined])
    refuses(() => setSlowThreshold(ms as never), 'ERR_ETS_BADARG', /setSlowThreshold/);
});

test('waits for locks are counted, and stay counted when a table is divided', async () => {
  for (const options of [{ type: 'ordered_set' }, {}, { writeConcurrency: 'auto' }] as const) {
    using table = ets.new('t', { ...options, access: 'public' });
    assert.is(table.info('waits'), 0);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    for (let round = 0; table.info('waits') === 0 && round < 200; round++) {
      Atomics.store(gate, 0, 0);
      const members = [hire(), hire()];
      await Promise.all(
        members.map((member) => member.call('count', { gate, threads: 2, count: 3000 }, table.tid, 2)),
      );
      for (const member of members) await member.terminate();
      // One counter each for keys that all want.
      table.deleteAllObjects();
    }
    const waits = table.info('waits') as number;
    assert.ok(waits > 0, 'the threads never met: that proves nothing');
    table.insertMany(Array.from({ length: 6000 }, (__, i) => [i, 'x']));
    assert.ok((table.info('waits') as number) >= waits);
  }
});

test('operations that hold the event loop are published, when somebody listens', () => {
  const seen: SlowOperation[] = [];
  const listen = (event: unknown): void => void seen.push(event as SlowOperation);
  using table = ets.new('t');
  const work = (): void => {
    table.insertMany([[1, 1], [2, 2]]); // prettier-ignore
    table.insertNewMany([[3, 3]]);
    table.select([[[$1, _], [], [$1]]]);
    table.selectCount([[[$1, _], [], [true]]]);
    table.selectDelete([[[3, _], [], [true]]]);
    table.tab2list();
    table.deleteAllObjects();
    persistentTerm.put('k', [1]);
    persistentTerm.erase('k');
    table.insert([1, 1]);
    table.get(1);
  };
  setSlowThreshold(0);
  work();
  assert.equal(seen, []);
  subscribe('termstore:slow', listen);
  work();
  unsubscribe('termstore:slow', listen);
  work();
  setSlowThreshold(10);
  assert.equal(
    seen.map(({ operation }) => operation),
    [
      'table.insertMany',
      'table.insertNewMany',
      'table.select',
      'table.selectCount',
      'table.selectDelete',
      'table.tab2list',
      'table.deleteAllObjects',
      'persistentTerm.put',
    ],
  );
  for (const { operation, table: tid, durationMs } of seen) {
    assert.is(tid, operation.startsWith('table') ? table.tid : undefined);
    assert.ok(durationMs >= 0);
  }
});

test('below the threshold nothing is published', () => {
  const seen: unknown[] = [];
  const listen = (event: unknown): void => void seen.push(event);
  using table = ets.new('t');
  setSlowThreshold(2 ** 30);
  subscribe('termstore:slow', listen);
  table.insertMany([[1, 1]]);
  unsubscribe('termstore:slow', listen);
  setSlowThreshold(10);
  assert.equal(seen, []);
});

run();
