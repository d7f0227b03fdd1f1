import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { PersistError } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { codeOf, lister, slowed, storesOf, turns } from './support.js';

const telemetry = suite('persist: telemetry');
const { test } = telemetry;
const { memory } = storesOf(telemetry);

test('appends, recoveries and messages are seen as spans and as metrics', async () => {
  const spans = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  const store = memory();
  const first = await lister(store).start();
  await first.call(({ persistAll }) => persistAll(['a', 'b', 'c']));
  await first.stop();
  const process = await lister(store).start();
  assert.is(await codeOf(process.call(({ persist }) => persist(Symbol() as never))), 'ERR_TERM_UNSUPPORTED');
  await process.stop();

  const found = spans
    .getFinishedSpans()
    .map(({ name, attributes }) => [name, attributes['termstore.persist.events']]);
  assert.equal(found, [
    ['termstore.persist.recover', 0],
    ['termstore.persist.append', 3],
    ['termstore.persist.handle', undefined],
    ['termstore.persist.recover', 3],
    ['termstore.persist.handle', undefined],
  ]);
  await reader.forceFlush();
  const points = new Map(
    exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]),
  );
  const value = (name: string): { count?: number; sum?: number } =>
    points.get(`termstore.persist.${name}`) as object;
  assert.is(value('append.duration').count, 1);
  assert.is(value('append.events').sum, 3);
  assert.is(value('recovery.duration').count, 2);
  assert.is(points.get('termstore.persist.mailbox.length'), 0);
  await reader.shutdown();

  spans.reset();
  const full = slowed(memory());
  const failing = await lister(full.store).start();
  const failed = codeOf(failing.call(({ persist }) => persist('a')));
  await turns();
  full.fail(new PersistError('ERR_PERSIST_STORE', 'disk full', { outcome: 'unwritten' }));
  assert.is(await failed, 'ERR_PERSIST_STORE');
  await failing.stop();
  const span = spans.getFinishedSpans().find(({ name }) => name === 'termstore.persist.append');
  assert.is(span?.status.code, SpanStatusCode.ERROR);
  assert.equal(
    span?.events.map(({ name, attributes }) => [name, attributes?.['exception.message']]),
    [['exception', 'disk full']],
  );
  const handled = spans.getFinishedSpans().find(({ name }) => name === 'termstore.persist.handle');
  assert.is(handled?.status.code, SpanStatusCode.ERROR);
});

telemetry.run();
