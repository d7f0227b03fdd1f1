import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId, Worker } from 'node:worker_threads';
import { ets, TermStoreError, type Table, type TableType } from 'termstore';
import * as assert from 'uvu/assert';
import { OPERATIONS } from '../support/operations.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

/* Wherever this package calls back, every operation may be called on the very table. */

const { test, before, after, beforeEach, afterEach, run } = suite('calls from within calls');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });
let folder = '';
before(() => void (folder = mkdtempSync(join(tmpdir(), 'termstore-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const types: TableType[] = ['set', 'ordered_set', 'bag', 'duplicate_bag'];

function filled(type: TableType): Table {
  const table = ets.new('t', { type, access: 'public' });
  for (let i = 0; i < 40; i++) table.insert([i, i, 'x'.repeat(i * 30)]);
  table.insertMany([['key', 1, 'text'], ['other', 2, 'y'.repeat(70_000)]]); // prettier-ignore
  return table;
}

/** The ways in which this package calls a function of the user, who does `act` in it. */
const CALLBACKS: Readonly<Record<string, (table: Table, act: () => void) => unknown>> = {
  foldl: (t, act) => t.foldl((__, n: number) => (act(), n + 1), 0),
  foldr: (t, act) => t.foldr((__, n: number) => (act(), n + 1), 0),
  'for of': (t, act) => {
    for (const row of t) if (row.length > 0) act();
  },
  'for of keys': (t, act) => {
    for (const key of t.keys()) if (key !== undefined) act();
  },
  initTable: (t, act) =>
    t.initTable(
      (function* () {
        for (let i = 0; i < 5; i++) {
          act();
          yield [`row ${i}`, i, 'z'];
        }
      })(),
    ),
  'progress of tab2file': (t, act) => t.tab2file(join(folder, 'table'), { onProgress: act }),
};

for (const type of types) {
  for (const [name, callback] of Object.entries(CALLBACKS)) {
    test(`${type}: every operation may be called within ${name}`, async () => {
      for (const operation of OPERATIONS) {
        if (operation.ordered === true && type !== 'ordered_set') continue;
        const table = filled(type);
        const pending: unknown[] = [];
        let calls = 0;
        const act = (): void => {
          if (++calls > 6) return;
          try {
            pending.push(Promise.resolve(operation.call(table)).catch(() => undefined));
          } catch (error) {
            if (!(error instanceof TermStoreError)) throw error;
          }
        };
        try {
          await callback(table, act);
        } catch (error) {
          // The table may be gone, or the key where a traversal stands.
          if (!(error instanceof TermStoreError)) throw error;
        }
        await Promise.all(pending);
        assert.ok(calls > 0 || name === 'progress of tab2file');
        if (table.info() === undefined) continue;
        // The store is whole: all that is there can be listed and found.
        const rows = table.tab2list();
        assert.is(rows.length, table.info('size'));
        for (const row of rows) assert.ok(table.member(row[0]));
        assert.is(table.info('fixed'), false, operation.name);
        table.drop();
      }
    });
  }
}

test('a transfer handler may use, give on and drop the table it is told of', async () => {
  const seen: unknown[] = [];
  const told = new Promise<void>((resolve, reject) => {
    ets.once('transfer', ({ table, data }) => {
      try {
        seen.push(table.get('k')?.[1], data);
        table.insert(['k', 'changed']);
        refuses(() => table.giveAway(threadId), 'ERR_ETS_OWNER');
        table.safeFixtable(true);
        table.drop();
        refuses(() => table.get('k'), 'ERR_ETS_ID');
        resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
  const worker = new Worker(
    `const { ets } = require(${JSON.stringify(require.resolve('termstore'))});
     const gift = ets.new('gift');
     gift.insert(['k', 'given']);
     gift.giveAway(${threadId}, { n: 1 });`,
    { eval: true },
  );
  await Promise.all([told, once(worker, 'exit')]);
  assert.equal(seen, ['given', { n: 1 }]);
});

run();
