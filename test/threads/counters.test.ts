import { join } from 'node:path';
import { ets, type HashStats } from 'termstore';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('threads that write to one table');
const hire = crew(join(__dirname, 'jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const THREADS = 4;

function contest(count: number): { gate: Int32Array; threads: number; count: number } {
  return { gate: new Int32Array(new SharedArrayBuffer(4)), threads: THREADS, count };
}

function everybody<T>(job: string, ...args: readonly unknown[]): Promise<T[]> {
  return Promise.all(Array.from({ length: THREADS }, () => hire().call<T>(job, ...args)));
}

for (const type of ['set', 'ordered_set'] as const) {
  for (const writeConcurrency of [false, true, 'auto'] as const) {
    const label = `${type}, writeConcurrency ${String(writeConcurrency)}`;
    const options = { type, writeConcurrency, access: 'public' } as const;

    test(`${label}: counters are exact, also those that are made by the first who counts`, async () => {
      using table = ets.new('counters', options);
      const count = 6000;
      const keys = 3;
      await everybody('count', contest(count), table.tid, keys);
      const each = (count / keys) * THREADS;
      assert.is(table.info('size'), keys);
      for (let i = 0; i < keys; i++)
        assert.equal(table.get(`counter ${i}`), [`counter ${i}`, each, each, BigInt(each) * 2n ** 62n]);
    });

    test(`${label}: of several threads that insert a new key exactly one wins`, async () => {
      const members = Array.from({ length: THREADS }, () => hire());
      const count = 3000;
      const winners = new Set<unknown>();
      // On a busy machine one thread may be through before the others get a core: then they race again.
      for (let race = 0; race === 0 || (winners.size < 2 && race < 100); race++) {
        using table = ets.new('claims', options);
        const shared = contest(count);
        const won = await Promise.all(
          members.map((member) => member.call<number>('claim', shared, table.tid)),
        );
        assert.is(
          won.reduce((sum, n) => sum + n, 0),
          2 * count,
        );
        assert.is(table.info('size'), 3 * count);
        winners.clear();
        for (const row of table) winners.add(row[1]);
      }
      assert.ok(winners.size > 1, 'the threads never met');
    });

    test(`${label}: a row is taken exactly once`, async () => {
      using table = ets.new('taken', options);
      const count = 10_000;
      table.insertMany(Array.from({ length: count }, (_, i) => [i, 'x']));
      const taken = await everybody<number[]>('takeAll', contest(count), table.tid);
      assert.equal(
        taken.flat().sort((a, b) => a - b),
        Array.from({ length: count }, (_, i) => i),
      );
      assert.is(table.info('size'), 0);
    });

    test(`${label}: threads that insert and delete side by side do not disturb each other`, async () => {
      using table = ets.new('churned', options);
      const shared = contest(25);
      await Promise.all(
        Array.from({ length: THREADS }, (_, i) =>
          hire().call('churn', shared, table.tid, i * 400, (i + 1) * 400),
        ),
      );
      const keys = table
        .tab2list()
        .map((row) => row[0] as number)
        .sort((a, b) => a - b);
      assert.equal(
        keys,
        Array.from({ length: (THREADS * 400) / 2 }, (_, i) => 2 * i + 1),
      );
    });
  }
}

test("writeConcurrency 'auto': threads that wait for a table's locks divide it, twice", async () => {
  using table = ets.new('contended', { access: 'public', writeConcurrency: 'auto' });
  const locks = (): number => (table.info('stats') as HashStats).locks;
  const members = Array.from({ length: THREADS }, () => hire());
  assert.is(locks(), 1);
  const count = 6000;
  let races = 0;
  for (; locks() < 512 && races < 200; races++) {
    const shared = contest(count);
    await Promise.all(members.map((member) => member.call('count', shared, table.tid, 3)));
  }
  assert.is(locks(), 512);
  assert.is(table.info('size'), 3);
  const each = (count / 3) * THREADS * races;
  for (let i = 0; i < 3; i++) assert.is(table.get(`counter ${i}`)?.[1], each);
});

run();
