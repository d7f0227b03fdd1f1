// @timeout 300
import {
  $1,
  $2,
  $_,
  ets,
  type HashStats,
  type MatchSpec,
  type Row,
  type Table,
  type TableOptions,
} from 'termstore';
import { exactEq } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { crowd, pause } from '../support/crowd.js';
import { meet } from '../support/gate.js';
import { suite } from '../support/suite.js';
import { HASHES, SETS, times, TYPES } from '../support/variants.js';

/* ets_SUITE: all threads on one table; fixing and releasing it meanwhile. */

const hooks = suite('otp: threads on one table');
const { test, run } = hooks;
const { hireReady, start } = crowd(hooks, __dirname);

const DIVIDED: TableOptions = { access: 'public', writeConcurrency: 'auto' };

const kept = (table: Table): number => (table.info('stats') as HashStats).keptPseudoDeleted;
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

test('ets_SUITE: smp_insert', async () => {
  for (const type of SETS) {
    const table = ets.new('t', { ...DIVIDED, type });
    await start(3, 'insertRandom', () => [table.tid, 10_000, 20_000]).results;
    const keys = new Set(table.keys());
    assert.is(keys.size, table.info('size'));
    assert.ok(keys.size > 9500 && keys.size <= 10_000);
    for (const key of keys) assert.is(table.member(key), true);
    if (type !== 'set') continue;
    const { averageChain, buckets, maxChain } = table.info('stats') as HashStats;
    assert.is(Math.round(averageChain * buckets), keys.size);
    assert.ok(maxChain < 100);
  }
});

test('ets_SUITE: smp_fixed_delete', async () => {
  const count = 30_000;
  for (const type of HASHES) {
    const table = ets.new('t', { ...DIVIDED, type });
    table.insertMany(times(count, (i): Row => [i, i]));
    table.safeFixtable(true);
    await start(3, 'deleteKeys', () => [table.tid, count, 3]).results;
    assert.is(table.info('size'), 0);
    assert.is(kept(table), count);
    table.safeFixtable(false);
    assert.is(kept(table), 0);
    assert.is(table.first(), undefined);
  }
});

test('ets_SUITE: smp_unfix_fix', async () => {
  const count = 20_000;
  for (const type of HASHES) {
    const table = ets.new('t', { ...DIVIDED, type });
    table.insertMany(times(count, (i): Row => [i, i]));
    table.safeFixtable(true);
    for (let i = 0; i < count; i++) if (i % 100 !== 0) table.delete(i);
    const work = start(2, 'fixAndRelease', () => [table.tid, 20], 1);
    meet(work.gate, 3);
    table.safeFixtable(false);
    await work.results;
    assert.is(table.info('fixed'), false);
    assert.is(kept(table), 0);
    assert.is(new Set(table.keys()).size, table.info('size'));
  }
});

test('ets_SUITE: smp_select_delete', async () => {
  const modulus = 17;
  for (const type of TYPES) {
    const table = ets.new('t', { ...DIVIDED, type });
    const balances = await start<number[]>(3, 'selectDelete', () => [table.tid, 1500, modulus]).results;
    for (let residue = 0; residue < modulus; residue++) {
      const left = table.selectCount([[[$1, $2], [exactEq($2, residue)], [true]]]);
      assert.is(left, sum(balances.map((balance) => balance[residue] as number)));
    }
    assert.is(table.info('size'), sum(balances.map(sum)));
  }
});

test('ets_SUITE: smp_select_replace', async () => {
  for (const type of SETS) {
    const table = ets.new('t', { ...DIVIDED, type });
    table.insertMany(times(20, (i): Row => [i, 0]));
    const done = await start<number>(3, 'swap', () => [table.tid, 20, 10_000]).results;
    const values = table.select<number>([[[$1, $2], [], [$2]]]);
    assert.is(sum(values), sum(done));
    assert.ok(sum(done) > 1000);
    assert.is(table.info('size'), 20);
  }
});

/** The ways to find the keys of the rows that stay, each in order. */
const WALKS: Readonly<Record<string, (table: Table) => unknown[]>> = {
  next: (table) => walk(table.first(), (key) => table.next(key)),
  prev: (table) => walk(table.last(), (key) => table.prev(key)).reverse(),
  nextLookup: (table) => walk(table.firstLookup()?.key, (key) => table.nextLookup(key)?.key),
  select: (table) => table.select(STABLE),
  selectReverse: (table) => table.selectReverse(STABLE).reverse(),
  chunks: (table) => chunked(table, table.select(STABLE, 7)),
  chunksReverse: (table) => chunked(table, table.selectReverse(STABLE, 7)).reverse(),
  keys: (table) => [...table.keys()].filter((key) => (key as number) % 3 === 0),
  tab2list: (table) => table.tab2list().flatMap(([key, kind]) => (kind === 'stable' ? [key] : [])),
};
const STABLE: MatchSpec = [[[$1, 'stable'], [], [$1]]];

function walk(first: unknown, next: (key: unknown) => unknown): unknown[] {
  const keys: unknown[] = [];
  for (let key = first; key !== undefined; key = next(key)) if ((key as number) % 3 === 0) keys.push(key);
  return keys;
}

function chunked(table: Table, first: ReturnType<Table['select']> | undefined): unknown[] {
  const keys: unknown[] = [];
  for (let chunk = first as { results: unknown[]; continuation: never } | undefined; chunk !== undefined;) {
    keys.push(...chunk.results);
    chunk = table.select(chunk.continuation) as never;
  }
  return keys;
}

test('ets_SUITE: smp_ordered_iteration', async () => {
  for (const writeConcurrency of [true, 'auto'] as const) {
    const table = ets.new('t', { access: 'public', type: 'ordered_set', writeConcurrency });
    const stable = times(250, (i) => 3 * i);
    table.insertMany(stable.map((key) => [key, 'stable']));
    const work = start<number>(2, 'changeVolatile', () => [table.tid], 1);
    meet(work.gate, 3);
    for (let lap = 0; lap < 15; lap++)
      for (const [name, find] of Object.entries(WALKS)) assert.equal(find(table), stable, name);
    for (const changes of await work.stop()) assert.ok(changes > 0);
  }
});

test('ets_SUITE: otp_8166', async () => {
  for (const type of TYPES) {
    const table = ets.new('t', { ...DIVIDED, type });
    table.insertMany(times(1000, (i): Row => [i, i]));
    const fixing = start(1, 'fixAndRelease', () => [table.tid, 20], 1);
    const selecting = start(1, 'selectOften', () => [table.tid, 20], 1);
    meet(fixing.gate, 2);
    meet(selecting.gate, 2);
    for (let i = 0; i < 20_000; i++) {
      if (i % 3 === 0) table.delete(i % 1000);
      else table.insertNew([i % 1000, i]);
    }
    await Promise.all([fixing.results, selecting.results]);
    assert.is(table.info('fixed'), false);
    assert.is(new Set(table.keys()).size, table.info('size'));
    if (type !== 'ordered_set') assert.is(kept(table), 0);
  }
});

test('ets_SUITE: delete_unfix_race', async () => {
  for (const type of HASHES) {
    const table = ets.new('t', { ...DIVIDED, type });
    for (let lap = 0; lap < 5; lap++) {
      table.insertMany(times(2000, (i): Row => [i, i]));
      const deleting = start(2, 'deleteKeys', () => [table.tid, 2000, 2], 1);
      meet(deleting.gate, 3);
      for (let i = 0; i < 200; i++) {
        table.safeFixtable(true);
        table.delete(i);
        table.safeFixtable(false);
      }
      await deleting.results;
      assert.is(table.info('size'), 0);
      assert.is(kept(table), 0);
    }
  }
});

test('ets_SUITE: otp_9423', async () => {
  // Made, used and dropped under one name, by whoever is faster.
  const won = await start<number>(3, 'contend', () => ['contended', 1000]).results;
  assert.ok(sum(won) > 0);
  assert.is(ets.whereis('contended'), undefined);
  assert.equal(ets.all(), []);
});

test('ets_SUITE: grow_pseudo_deleted', async () => {
  for (const type of HASHES) {
    const table = ets.new('t', { ...DIVIDED, type });
    const count = 10_000;
    table.insertMany(times(count, (i): Row => [`${i}`, i]));
    table.safeFixtable(true);
    for (let i = 0; i < count; i++) if (i % 4 !== 0) table.delete(`${i}`);
    assert.is(kept(table), count - count / 4);
    // It grows while those keys are purged.
    const growing = start(2, 'insertLists', () => [table.tid, 500, 10], 1);
    meet(growing.gate, 3);
    table.safeFixtable(false);
    await growing.results;
    assert.is(kept(table), 0);
    assert.is(table.info('size'), count / 4 + 10_000);
    assert.is(new Set(table.keys()).size, count / 4 + 10_000);
  }
});

test('ets_SUITE: shrink_pseudo_deleted', async () => {
  for (const type of HASHES) {
    const table = ets.new('t', { ...DIVIDED, type });
    const count = 10_000;
    table.insertMany(times(count, (i): Row => [i, i]));
    table.safeFixtable(true);
    for (let i = count / 2; i < count; i++) table.delete(i);
    const shrinking = start(2, 'deleteKeys', () => [table.tid, count / 2 - 100, 2], 1);
    meet(shrinking.gate, 3);
    table.safeFixtable(false);
    await shrinking.results;
    assert.is(kept(table), 0);
    assert.is(table.info('size'), 100);
    assert.equal(new Set(table.keys()), new Set(times(100, (i) => count / 2 - 100 + i)));
  }
});

test('ets_SUITE: t_delete_all_objects_trap', async () => {
  // Whoever asks meanwhile finds all rows or none, also while others fix it, give it another name and end.
  for (const type of TYPES) {
    const table = ets.new('busy', { access: 'public', named: true, type });
    const asking = start<number>(2, 'askWhether', () => ['busy'], 1);
    meet(asking.gate, 3);
    for (let lap = 0; lap < 4; lap++) {
      table.insertMany(times(20_000, (i): Row => [i, i]));
      table.safeFixtable(lap % 2 === 0);
      table.deleteAllObjects();
      table.safeFixtable(false);
    }
    await asking.stop();
    const holder = await hireReady();
    table.insertMany(times(20_000, (i): Row => [i, i]));
    await holder.call('fix', table.tid, true, 1);
    table.deleteAllObjects();
    table.rename('other');
    if (type !== 'ordered_set') assert.ok(kept(table) > 0);
    await holder.terminate();
    await holder.ended;
    assert.is(table.info('fixed'), false);
    if (type !== 'ordered_set') assert.is(kept(table), 0);
    assert.is(table.info('size'), 0);
    table.drop();
  }
});

test('ets_SUITE: select_fixtab_owner_change', async () => {
  const member = await hireReady();
  let given = 0;
  const listener = (): void => void given++;
  ets.on('transfer', listener);
  for (const type of TYPES) {
    const table = ets.new('t', { access: 'public', type });
    const { owner } = table.info() ?? {};
    table.insertMany(times(30_000, (i): Row => [i, i]));
    const selections = times(5, () => table.selectAsync([[[$1, $2], [exactEq($1, $2)], [$_]]]));
    for (let lap = 0; lap < 5; lap++) {
      table.giveAway(member.threadId);
      for (let i = 0; i < 100; i++) table.insert([i, i]);
      await member.call('giveAway', table.tid, owner);
    }
    for (const rows of await Promise.all(selections))
      assert.is(new Set(rows.map((row) => (row as Row)[0])).size, 30_000);
    assert.is(table.info('owner'), owner);
    assert.is(table.info('fixed'), false);
    assert.is(table.info('safeFixed'), false);
  }
  // What tells of gifts must have arrived before nobody listens any more.
  while (given < 5 * TYPES.length) await pause(1);
  ets.off('transfer', listener);
});

test('ets_SUITE: safe_fixtable', async () => {
  for (const type of TYPES) {
    const table = ets.new('t', { access: 'protected', type });
    table.insertMany(times(10, (i): Row => [i, i]));
    assert.is(table.info('fixed'), false);
    assert.is(table.info('safeFixed'), false);
    const mine = table.info('owner') as number;
    const counts = (): [number, number][] => {
      const fixed = table.info('safeFixed');
      if (fixed === false || fixed === undefined) return [];
      return fixed.threads.map(({ thread, count }): [number, number] => [thread, count]).sort();
    };
    table.safeFixtable(true);
    table.safeFixtable(true);
    const before = table.info('safeFixed') as { time: number };
    assert.ok(Math.abs(before.time - Date.now()) < 3_600_000);
    assert.equal(counts(), [[mine, 2]]);
    // Who reads may fix; each releases its own, and what nobody holds is released in vain.
    const member = await hireReady();
    const theirs = member.threadId;
    await member.call('fix', table.tid, false, 3);
    assert.equal(counts(), [[mine, 2]]);
    await member.call('fix', table.tid, true, 3);
    assert.equal(
      counts(),
      [
        [mine, 2],
        [theirs, 3],
      ].sort(),
    );
    assert.is((table.info('safeFixed') as { time: number }).time, before.time);
    table.delete(5);
    table.safeFixtable(false);
    table.safeFixtable(false);
    table.safeFixtable(false);
    assert.equal(counts(), [[theirs, 3]]);
    assert.is(table.info('fixed'), true);
    assert.is(table.next(5) === undefined || typeof table.next(5) === 'number', true);
    await member.terminate();
    await member.ended;
    assert.is(table.info('fixed'), false);
    assert.equal(counts(), []);
    if (type !== 'ordered_set') assert.throws(() => table.next(5));
  }
});

test('ets_SUITE: racy_rename', async () => {
  const table = ets.new('one', { ...DIVIDED, named: true });
  table.insert(['key', 'value']);
  const renaming = start(1, 'renameOften', () => [table.tid, 'one', 'other', 2000], 1);
  const finding = start<number>(2, 'findOften', () => [['one', 'other']], 1);
  meet(finding.gate, 3);
  meet(renaming.gate, 2);
  await renaming.results;
  for (const found of await finding.stop()) assert.ok(found > 0);
  assert.is(ets.whereis('one')?.tid, table.tid);
  assert.is(ets.whereis('other'), undefined);
});

test('ets_SUITE: evil_rename', async () => {
  for (const type of TYPES) {
    const table = ets.new('name 0', { ...DIVIDED, type, named: true });
    table.insertMany(times(3000, (i): Row => [i, i]));
    const member = await hireReady();
    await member.call('fix', table.tid, true, 500);
    const deleting = start(1, 'deleteKeys', () => [table.tid, 3000, 2], 1);
    meet(deleting.gate, 2);
    for (let i = 1; i <= 300; i++) table.rename(`name ${i}`);
    await deleting.results;
    assert.is(table.info('size'), 1500);
    if (type !== 'ordered_set') assert.is(kept(table), 1500);
    void member.terminate();
    table.rename('the last');
    await member.ended;
    assert.is(ets.whereis('the last')?.tid, table.tid);
    assert.is(ets.whereis('name 300'), undefined);
    assert.is(table.info('fixed'), false);
    assert.is(new Set(table.keys()).size, 1500);
    table.drop();
  }
});

async function lookUpOwn(named: boolean, writes: boolean): Promise<void> {
  const laps = 10_000;
  const sums = await start<number>(3, 'ownTables', () => [named, writes, laps]).results;
  assert.equal(sums, [0, laps, 2 * laps]);
  assert.equal(ets.all(), []);
}

test('ets_SUITE: meta_lookup_unnamed_read', () => lookUpOwn(false, false));

test('ets_SUITE: meta_lookup_unnamed_write', () => lookUpOwn(false, true));

test('ets_SUITE: meta_lookup_named_read', () => lookUpOwn(true, false));

test('ets_SUITE: meta_lookup_named_write', () => lookUpOwn(true, true));

async function makeAndDrop(named: boolean): Promise<void> {
  await start(3, 'makeAndDrop', () => [named, 3000]).results;
  assert.equal(ets.all(), []);
}

test('ets_SUITE: meta_newdel_unnamed', () => makeAndDrop(false));

test('ets_SUITE: meta_newdel_named', () => makeAndDrop(true));

run();
