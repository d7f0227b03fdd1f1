// @timeout 300
import { join } from 'node:path';
import { ets, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { SETTINGS } from '../support/variants.js';

const { test, beforeEach, afterEach, run } = suite('operations on many rows are atomic for other threads');
const hire = crew(join(__dirname, 'jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach });

const KEYS = Array.from({ length: 40 }, (_, i) => `key ${i}`);
const DURATION_MS = 400;
/** On a busy machine threads may need so much longer to meet. */
const MORE_MS = 60_000;

function flag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Reads every row by itself, in this order. insertMany is one step, so no row may be older than one read before it. */
function readInOrder(table: Table, keys: readonly string[]): { first: number; last: number } {
  let newest = 0;
  let first = 0;
  for (const key of keys) {
    const n = table.lookupElement(key, 1) as number;
    if (n < newest) throw new Error(`${key} is of insertMany ${n}, a row read before it of ${newest}`);
    if (first === 0) first = n;
    newest = n;
  }
  return { first, last: newest };
}

for (const type of ['set', 'ordered_set'] as const) {
  for (const { writeConcurrency, compressed, readConcurrency } of SETTINGS) {
    const label = `${type}, writeConcurrency ${String(writeConcurrency)}${compressed ? ', compressed' : ''}${readConcurrency ? ', readConcurrency' : ''}`;

    test(`${label}: nobody sees a part of an insertMany`, async () => {
      using table = ets.new('rewritten', {
        type,
        writeConcurrency,
        compressed,
        readConcurrency,
        access: 'public',
      });
      table.insertMany(KEYS.map((key) => [key, 1, '']));
      const stop = flag();
      const writer = hire();
      await writer.call('thread');
      const written = writer.call<number>('rewrite', table.tid, KEYS, stop);
      // Not `await`: the event loop is not needed, and the writer must not be alone.
      while (table.lookupElement('key 0', 1) === 1);
      let changedMeanwhile = 0;
      const versions = new Set<unknown>();
      const end = Date.now() + DURATION_MS;
      const met = (): boolean => changedMeanwhile > 0 && versions.size > 1;
      while (Date.now() < end || (!met() && Date.now() < end + MORE_MS)) {
        for (const keys of [KEYS, [...KEYS].reverse()]) {
          const { first, last } = readInOrder(table, keys);
          if (last > first) changedMeanwhile++;
        }
        const rows = table.tab2list();
        assert.is(rows.length, KEYS.length);
        for (const row of rows) assert.is(row[1], rows[0]?.[1], 'tab2list shows a part');
        for (const [, n, text] of rows) assert.is((text as string).length, (n as number) % 200);
        versions.add(rows[0]?.[1]);
      }
      Atomics.store(stop, 0, 1);
      assert.ok((await written) > 10);
      // A race that never happened proves nothing.
      assert.ok(met(), `${changedMeanwhile} reads met a write, ${versions.size} versions`);
    });

    test(`${label}: a table that is filled and emptied at once is full or empty`, async () => {
      using table = ets.new('filled', {
        type,
        writeConcurrency,
        compressed,
        readConcurrency,
        access: 'public',
      });
      const stop = flag();
      const writer = hire();
      await writer.call('thread');
      const filled = writer.call<number>('fillAndEmpty', table.tid, KEYS, stop);
      let full = 0;
      let empty = 0;
      const end = Date.now() + DURATION_MS;
      const met = (): boolean => full > 0 && empty > 0;
      while (Date.now() < end || (!met() && Date.now() < end + MORE_MS)) {
        // The message must leave; and where there is one core, it is the writer's.
        if (!met()) await new Promise((resolve) => setTimeout(resolve, 1));
        const rows = table.tab2list();
        if (rows.length === 0) empty++;
        else if (rows.length === KEYS.length) full++;
        else throw new Error(`${rows.length} of ${KEYS.length} rows`);
        for (const row of rows) assert.is(row[1], rows[0]?.[1]);
      }
      Atomics.store(stop, 0, 1);
      assert.ok((await filled) > 10);
      assert.ok(met(), `full ${full}, empty ${empty}`);
    });
  }
}

run();
