// @timeout 300
import { ets, type Row, type TableOptions, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { rejection } from '../support/crew.js';
import { crowd, pause } from '../support/crowd.js';
import { meet } from '../support/gate.js';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { times, TYPES } from '../support/variants.js';

/* ets_SUITE: lists, deletions and lookups among many processes, here threads. */

const hooks = suite('otp: threads');
const { test, run } = hooks;
const { hireReady, start } = crowd(hooks, __dirname);

const PUBLIC: TableOptions = { access: 'public' };
const DIVIDED: TableOptions = { access: 'public', writeConcurrency: 'auto' };

test('ets_SUITE: privacy', async () => {
  const member = await hireReady();
  for (const type of TYPES) {
    for (const access of ['public', 'protected', 'private'] as const) {
      const mine = ets.new('mine', { type, access });
      mine.insert(['key', 'mine']);
      assert.equal(await member.call('tried', mine.tid), [
        access === 'private' ? 'ERR_ETS_ACCESS' : [['key', 'mine']],
        access === 'public' ? undefined : 'ERR_ETS_ACCESS',
        access === 'public' ? undefined : 'ERR_ETS_ACCESS',
      ]);
      assert.is(mine.info() === undefined, access === 'public');

      const theirs = ets.table(await member.call<Tid>('create', 'theirs', { type, access }, 1));
      const read = (): unknown => theirs.lookup(0);
      if (access === 'private') refuses(read, 'ERR_ETS_ACCESS');
      else assert.equal(read(), [[0, 0]]);
      if (access === 'public') theirs.insert([0, 'changed']);
      else refuses(() => theirs.insert([0, 'changed']), 'ERR_ETS_ACCESS');
      assert.is(theirs.info('size'), access === 'public' && type.endsWith('bag') ? 2 : 1);
    }
  }
});

test('ets_SUITE: t_insert_list_parallel', async () => {
  for (const type of TYPES) {
    for (const [lists, length] of [
      [300, 2],
      [100, 10],
      [4, 1000],
      [1, 20_000],
    ] as const) {
      if (type !== 'set' && length > 10) continue;
      const table = ets.new('t', { ...DIVIDED, type });
      await start(3, 'insertLists', () => [table.tid, lists, length]).results;
      assert.is(table.info('size'), 3 * lists * length);
      assert.is(new Set(table.keys()).size, 3 * lists * length);
    }
  }
});

test('ets_SUITE: t_insert_list_delete_set', async () => {
  // Dropped while long lists go in.
  for (const length of [200_000, 10_000, 10]) {
    const table = ets.new('t', PUBLIC);
    const work = start<number>(2, 'insertUntilGone', () => [table.tid, length], 1);
    meet(work.gate, 3);
    await pause(30);
    table.drop();
    await work.results;
    refuses(() => table.insert(['key']), 'ERR_ETS_ID');
  }
});

test('ets_SUITE: t_insert_list_delete_parallel', async () => {
  for (const type of TYPES) {
    const table = ets.new('t', { ...DIVIDED, type });
    const work = start<number>(2, 'insertUntilGone', () => [table.tid, 20], 1);
    meet(work.gate, 3);
    while ((table.info('size') ?? 0) < 2000) await pause(1);
    const size = table.info('size') as number;
    assert.is(size % 20, 0);
    table.drop();
    const lists = await work.results;
    assert.ok(lists.reduce((sum, count) => sum + count) * 20 >= size);
  }
});

test('ets_SUITE: t_insert_list_kill_process', async () => {
  for (const type of ['set', 'ordered_set'] as const) {
    const table = ets.new('t', { ...PUBLIC, type });
    for (const wait of [1, 9, 28]) {
      const work = start(1, 'insertForEver', () => [table.tid, 20_000], 1);
      meet(work.gate, 2);
      await pause(wait);
      await work.members[0]?.terminate();
      await rejection(work.results);
      // A whole list or nothing of it.
      assert.is(table.info('size'), 20_000);
      const numbers = new Set(table.tab2list().map(([, n]) => n));
      assert.is(numbers.size, 1);
    }
  }
});

test('ets_SUITE: evil_delete', async () => {
  for (const type of TYPES) {
    const table = ets.new('t', { ...PUBLIC, type });
    table.insertMany(times(1000, (key): Row => [key, key]));
    for (let lap = 0; lap < 2; lap++) {
      const work = start(1, 'deleteForEver', () => [table.tid], 1);
      meet(work.gate, 2);
      await pause(10);
      await work.members[0]?.terminate();
      await rejection(work.results);
      // Whatever it was doing, the table is whole.
      assert.is(new Set(table.keys()).size, table.info('size'));
      for (let key = 0; key < 1000; key++) assert.is(table.lookup(key).length, table.member(key) ? 1 : 0);
    }
    table.drop();
  }
});

test('ets_SUITE: delete_large_tab', async () => {
  // Others work on while it goes; with and without keys that are kept because the table is fixed.
  for (const type of TYPES) {
    for (const fixed of [false, true]) {
      const other = ets.new('other', DIVIDED);
      const work = start(1, 'churn', () => [other.tid, 100, 50], 1);
      const table = ets.new('large', { type });
      table.insertMany(times(30_000, (i): Row => [i, 'value', i]));
      if (fixed) {
        table.safeFixtable(true);
        for (let i = 0; i < 30_000; i++) table.delete(i);
      }
      meet(work.gate, 2);
      table.drop();
      assert.is(table.info(), undefined);
      await work.results;
      assert.is(other.info('size'), 0);
    }
  }
});

test('ets_SUITE: delete_large_named_table', async () => {
  for (const type of TYPES) {
    const member = await hireReady();
    for (const fixed of [false, true]) {
      const table = ets.new('large', { named: true, type });
      table.insertMany(times(30_000, (i): Row => [i, 'value', i]));
      if (fixed) {
        table.safeFixtable(true);
        for (let i = 0; i < 30_000; i++) table.delete(i);
      }
      table.drop();
      // The name is free at once, also for others.
      const next = await member.call<Tid>('create', 'large', { named: true }, 3);
      assert.is(ets.whereis('large')?.tid, next);
      assert.is(ets.table('large').info('size'), 3);
      await member.call('drop', next);
      assert.is(ets.whereis('large'), undefined);
    }
    await member.terminate();
  }
});

async function walkTogether(lookup: boolean): Promise<void> {
  for (const writeConcurrency of [false, true]) {
    const table = ets.new('t', { ...PUBLIC, type: 'ordered_set', writeConcurrency });
    table.insertMany(times(1000, (i): Row => [2 * i, 'stays']));
    const walkers = start<number>(2, 'walk', () => [table.tid, 1000, lookup], 1);
    const writers = start(1, 'comeAndGo', () => [table.tid, 1000], 1);
    meet(walkers.gate, 3);
    meet(writers.gate, 2);
    await pause(150);
    for (const laps of await walkers.stop()) assert.ok(laps >= 1);
    await writers.stop();
  }
}

test('ets_SUITE: firstnext_concurrent', () => walkTogether(false));

test('ets_SUITE: firstnext_lookup_concurrent', () => walkTogether(true));

test('ets_SUITE: heavy_concurrent', async () => {
  for (const type of TYPES) {
    const table = ets.new('t', { ...DIVIDED, type });
    table.insertMany(times(5000, (key): Row => [key, { key, by: -1 }, 'x', key]));
    const wrong = await start<number>(3, 'lookUp', () => [table.tid, 5000, 8000]).results;
    assert.equal(wrong, [0, 0, 0]);
    assert.is(new Set(table.keys()).size, 5000);
  }
});

test('ets_SUITE: evil_update_counter', async () => {
  const steps = 10_000;
  const edges = [0n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n, -(2n ** 63n)];
  const results = await start<bigint[]>(3, 'count', () => [steps]).results;
  for (const result of results)
    assert.equal(
      result,
      edges.map((edge) => edge + BigInt(steps / 2)),
    );
});

test('ets_SUITE: info_whereis_busy', async () => {
  const table = ets.new('busy', { ...PUBLIC, named: true });
  const work = start<number>(2, 'askWhether', () => ['busy'], 1);
  meet(work.gate, 3);
  for (let lap = 0; lap < 8; lap++) table.insertMany(times(20_000, (i): Row => [lap * 20_000 + i, i]));
  for (const asked of await work.stop()) assert.ok(asked > 0);
});

test('ets_SUITE: test_table_size_concurrency', async () => {
  for (const type of TYPES) {
    for (const writeConcurrency of [false, true]) {
      const table = ets.new('t', { ...PUBLIC, type, writeConcurrency });
      const watching = start<number>(1, 'watch', () => [table.tid, 2 * 200], 1);
      const working = start(2, 'churn', () => [table.tid, 200, 50], 1);
      meet(watching.gate, 2);
      meet(working.gate, 3);
      await working.results;
      assert.ok(((await watching.stop())[0] as number) > 0);
      assert.is(table.info('size'), 0);
    }
  }
});

test('ets_SUITE: test_table_memory_concurrency', async () => {
  for (const type of TYPES) {
    // Not 'auto': what a table has of stripes then depends on how the threads meet.
    const table = ets.new('t', { ...PUBLIC, type, writeConcurrency: true });
    const filled = (): number => {
      table.insertMany(times(400, (i): Row => [i, 0]));
      for (let i = 0; i < 400; i++) table.delete(i);
      return table.info('memory') as number;
    };
    filled();
    const before = filled();
    await start(2, 'churn', () => [table.tid, 200, 50]).results;
    assert.is(table.info('size'), 0);
    // What threads keep apart adds up again to what one thread counts.
    const after = filled();
    assert.ok(after >= before / 2 && after <= before * 2, `${before} bytes before, ${after} after`);
  }
});

test('ets_SUITE: test_delete_table_while_size_snapshot', async () => {
  for (const type of TYPES) {
    const tables = times(200, () => {
      const table = ets.new('t', { ...DIVIDED, type, decentralizedCounters: true });
      table.insertMany(times(10, (i) => [i]));
      return table;
    });
    const work = start<number>(2, 'sizes', () => [tables.map((table) => table.tid)], 1);
    meet(work.gate, 3);
    for (const table of tables) table.drop();
    await work.results;
    assert.equal(ets.all(), []);
  }
});

test('ets_SUITE: massive_ets_all', async () => {
  const stay = times(200, (i) => ets.new(`stay ${i}`).tid);
  const lists = start<number>(2, 'listAll', () => [stay], 1);
  meet(lists.gate, 3);
  for (let lap = 0; lap < 20; lap++)
    for (const table of times(100, () => ets.new('comes and goes'))) table.drop();
  for (const count of await lists.stop()) assert.ok(count > 0);
  assert.is(ets.all().length, 200);
});

run();
