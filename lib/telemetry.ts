/**
 * Metrics of tables and persistent terms for OpenTelemetry, and the threshold of slow operations.
 *
 * Needs the package `@opentelemetry/api`, and an SDK that reads the metrics, beside this one.
 *
 * @module termstore/telemetry
 */
import { createRequire } from 'node:module';
import type { Attributes, BatchObservableResult, MeterProvider, Observable } from '@opentelemetry/api';
import { badArgument, kindOf } from './failures.js';
import { TermStoreError } from './errors.js';
import { ets } from './ets.js';
import { knownNearInfo } from './near-cache.js';
import { persistentTerm } from './persistent-term.js';
import { faultOfOptions } from './plain-options.js';
import type { TableInfo } from './types.js';

export { setSlowThreshold, type SlowOperation } from './slow.js';

/** Options of `startMetrics`. */
export interface MetricsOptions {
  /** Where the metrics go. Default: the global provider of `@opentelemetry/api` at the time of the call. */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * How many names of tables have lines of their own, at most: the ones that are met first, of those the ones with the most rows. A name keeps
   * its line, with zeros while it has no table. All others of a type are one line, named `(others)`. Default 100.
   */
  readonly mostTables?: number | undefined;
}

/** What `startMetrics` returns. */
export interface RunningMetrics {
  /** Ends the observation. Calling it again does nothing. */
  stop(): void;
  /** As `stop`, for `using`. */
  [Symbol.dispose](): void;
}

interface OpenTelemetry {
  readonly metrics: { getMeterProvider(): MeterProvider };
}

const OTHERS = '(others)';
const DEFAULT_MOST_TABLES = 100;

/** What is told of one table, or of several together. */
interface Line {
  readonly attributes: Attributes;
  tables: number;
  rows: number;
  bytes: number;
  waits: number;
  hits: number;
  misses: number;
}

function lineOf(name: string, type: string): Line {
  const attributes = { 'termstore.table.name': name, 'termstore.table.type': type };
  return { attributes, tables: 0, rows: 0, bytes: 0, waits: 0, hits: 0, misses: 0 };
}

function clear(line: Line): void {
  line.tables = line.rows = line.bytes = line.waits = line.hits = line.misses = 0;
}

function addTo(line: Line, info: TableInfo, waits: number): void {
  const { hits, misses } = knownNearInfo(info.id);
  line.tables++;
  line.rows += info.size;
  line.bytes += info.memory;
  line.waits += waits;
  line.hits += hits;
  line.misses += misses;
}

/**
 * What is told of tables. An SDK goes on exporting the last value of whatever it was told once, so a line that was told is told at each
 * collection from then on, with zeros when its tables are gone; and there are never more than `mostTables` of single names.
 */
class Lines {
  readonly #most: number;
  readonly #told = new Map<string, Line>();
  #named = 0;

  constructor(mostTables: number) {
    this.#most = mostTables;
  }

  /** A line for each name that has one, and one for the others of each type. */
  gather(): Iterable<Line> {
    for (const line of this.#told.values()) clear(line);
    const infos = ets.all().flatMap((table) => {
      const info = table.info();
      const waits = table.info('waits');
      // Another thread may have dropped it meanwhile.
      return info === undefined || waits === undefined ? [] : [{ info, waits }];
    });
    // Those with the most rows come first to what lines are left.
    infos.sort((a, b) => b.info.size - a.info.size);
    for (const { info, waits } of infos) addTo(this.#lineOf(info), info, waits);
    return this.#told.values();
  }

  #lineOf({ namedTable, name, type }: TableInfo): Line {
    // A table may be called what the others are called together.
    const key = namedTable && name !== OTHERS ? `${type} ${name}` : type;
    const told = this.#told.get(key);
    if (told !== undefined) return told;
    if (key !== type && this.#named >= this.#most) return this.#add(type, OTHERS, type);
    if (key !== type) this.#named++;
    return this.#add(key, key === type ? OTHERS : name, type);
  }

  #add(key: string, name: string, type: string): Line {
    const line = this.#told.get(key) ?? lineOf(name, type);
    this.#told.set(key, line);
    return line;
  }
}

function requireOptions(options: MetricsOptions): MetricsOptions & { readonly mostTables: number } {
  const fault = faultOfOptions(options);
  if (fault !== undefined) throw badArgument('startMetrics', `options ${fault}`);
  for (const name of Object.keys(options)) {
    if (name !== 'meterProvider' && name !== 'mostTables')
      throw badArgument('startMetrics', `there is no option \`${name}\``);
  }
  const { meterProvider, mostTables = DEFAULT_MOST_TABLES } = options;
  if (typeof mostTables !== 'number' || !(mostTables >= 0))
    throw badArgument('startMetrics', `\`mostTables\` must be a number from 0 up, not ${kindOf(mostTables)}`);
  if (meterProvider !== undefined && typeof meterProvider?.getMeter !== 'function')
    throw badArgument('startMetrics', `\`meterProvider\` must be one, not ${kindOf(meterProvider)}`);
  return { meterProvider, mostTables };
}

function globalProvider(): MeterProvider {
  try {
    // Only when it is needed: the package is an optional one.
    const api = createRequire(__filename)('@opentelemetry/api') as OpenTelemetry;
    return api.metrics.getMeterProvider();
  } catch (error) {
    throw new TermStoreError(
      'ERR_TERMSTORE_LOAD',
      'startMetrics: the package @opentelemetry/api cannot be loaded; install it, or pass `meterProvider`',
      { cause: error },
    );
  }
}

/**
 * Observes all tables of the process and its persistent terms, each time an SDK collects metrics. Call it in one thread: rows and
 * bytes are those of the whole process; only the near cache, what a thread keeps of rows, is that of the calling thread.
 *
 * | metric | kind, unit | attributes |
 * |---|---|---|
 * | `termstore.tables` | gauge, `{table}` | name and type |
 * | `termstore.table.rows` | gauge, `{row}` | name and type |
 * | `termstore.table.memory` | gauge, `By` | name and type |
 * | `termstore.table.lock_waits` | gauge, `{wait}`: how often an operation waited for a lock since the table was made | name and type |
 * | `termstore.near_cache.reads` | gauge, `{read}`: since this thread began to keep rows of the table | name, type, `termstore.near_cache.result` (`hit`, `miss`) |
 * | `termstore.persistent_terms` | gauge, `{term}` | |
 * | `termstore.persistent_terms.memory` | gauge, `By` | |
 *
 * Name and type are `termstore.table.name` and `termstore.table.type`. Sums are gauges here because they begin anew with each
 * table of a name.
 *
 * Time of a collection: O(tables).
 *
 * @throws {EtsError} `ERR_ETS_BADARG` for an option that is not known or of the wrong type.
 * @throws {TermStoreError} `ERR_TERMSTORE_LOAD` without `meterProvider` when `@opentelemetry/api` is not installed.
 * @example
 * ```js
 * const { startMetrics } = require('termstore/telemetry');
 * const metrics = startMetrics();
 * metrics.stop(); // undefined
 * startMetrics({ mostTables: -1 }); // throws ERR_ETS_BADARG
 * ```
 */
export function startMetrics(options: MetricsOptions = {}): RunningMetrics {
  const { meterProvider, mostTables } = requireOptions(options);
  const meter = (meterProvider ?? globalProvider()).getMeter('termstore');
  const gauge = (name: string, unit: string, description: string): Observable =>
    meter.createObservableGauge(`termstore.${name}`, { unit, description });
  const tables = gauge('tables', '{table}', 'Tables that exist');
  const rows = gauge('table.rows', '{row}', 'Rows in the table');
  const memory = gauge('table.memory', 'By', 'Bytes taken from the system for the table');
  const waits = gauge('table.lock_waits', '{wait}', 'How often an operation waited for a lock of the table');
  const reads = gauge('near_cache.reads', '{read}', 'Reads of this thread, by whether it had kept the row');
  const terms = gauge('persistent_terms', '{term}', 'Persistent terms that exist');
  const termMemory = gauge(
    'persistent_terms.memory',
    'By',
    'Bytes taken from the system for persistent terms',
  );
  const observables = [tables, rows, memory, waits, reads, terms, termMemory];

  const lines = new Lines(mostTables);
  const observe = (result: BatchObservableResult): void => {
    for (const line of lines.gather()) {
      const { attributes } = line;
      result.observe(tables, line.tables, attributes);
      result.observe(rows, line.rows, attributes);
      result.observe(memory, line.bytes, attributes);
      result.observe(waits, line.waits, attributes);
      result.observe(reads, line.hits, { ...attributes, 'termstore.near_cache.result': 'hit' });
      result.observe(reads, line.misses, { ...attributes, 'termstore.near_cache.result': 'miss' });
    }
    const { count, memory: bytes } = persistentTerm.info();
    result.observe(terms, count);
    result.observe(termMemory, bytes);
  };
  meter.addBatchObservableCallback(observe, observables);
  const stop = (): void => meter.removeBatchObservableCallback(observe, observables);
  return { stop, [Symbol.dispose]: stop };
}
