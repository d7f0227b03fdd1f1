import { _, $1, ets, type Row } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { BAGS, eachTable, times, TYPES, unordered } from '../support/variants.js';

/* ets_SUITE: deleting rows and tables. */

const { test, beforeEach, afterEach, run } = suite('otp: deletes');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

test('ets_SUITE: delete_elem', async () => {
  await eachTable(TYPES, (table) => {
    table.insertMany([
      ['k1', 1],
      ['k2', 2],
      ['k2', 3],
    ]);
    assert.is(table.delete('k2'), true);
    assert.equal(table.lookup('k2'), []);
    assert.is(table.delete('k2'), false);
    assert.equal(table.tab2list(), [['k1', 1]]);
  });
});

test('ets_SUITE: delete_tab', () => {
  for (const type of TYPES) {
    const table = ets.new('foo', { named: true, type });
    table.insert(['key', 'x'.repeat(10_000)]);
    table.drop();
    assert.is(ets.whereis('foo'), undefined);
    refuses(() => table.drop(), 'ERR_ETS_ID');
    const next = ets.new('foo', { named: true, type });
    assert.is.not(next.tid, table.tid);
    assert.equal(next.tab2list(), []);
    next.drop();
  }
});

test('ets_SUITE: table_leak', async () => {
  for (let i = 0; i < 5000; i++) {
    await eachTable(['set'], (table) => assert.is(table.info('size'), 0), { keypos: i % 3 });
    if (i % 500 === 0) assert.equal(ets.all(), []);
  }
});

test('ets_SUITE: baddelete', async () => {
  refuses(() => ets.table('foo').drop(), 'ERR_ETS_ID');
  await eachTable(TYPES, (table) => {
    table.drop();
    refuses(() => table.drop(), 'ERR_ETS_ID');
    refuses(() => table.delete('key'), 'ERR_ETS_ID');
    refuses(() => table.deleteObject(['key']), 'ERR_ETS_ID');
    refuses(() => table.deleteAllObjects(), 'ERR_ETS_ID');
  });
});

test('ets_SUITE: match_delete', async () => {
  await eachTable(TYPES, (table) => {
    const rows = times(200, (i): Row => [['key', i], i % 2 === 0 ? 'even' : 'odd', i % 5]);
    table.insertMany(rows);
    table.matchDelete([_, 'none', _]);
    assert.is(table.info('size'), 200);
    table.matchDelete([['key', $1], _, $1]);
    assert.is(table.info('size'), 195);
    table.matchDelete([_, 'even', _]);
    assert.equal(
      unordered(table.tab2list()),
      unordered(rows.filter(([key, parity]) => parity === 'odd' && (key as [string, number])[1] > 4)),
    );
    table.matchDelete([['key', 7], _, _]);
    assert.equal(table.lookup(['key', 7]), []);
    table.matchDelete([_, _]);
    assert.is(table.info('size'), 97);
    table.matchDelete(_);
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: match_delete3', async () => {
  await eachTable(['duplicate_bag'], (table) => {
    table.insertMany([
      ['aa', 17],
      ['cA', 1000],
      ['cA', 17],
      ['cA', 1000],
      ['aa', 17],
    ]);
    table.matchDelete(['cA', 1000]);
    assert.equal(unordered(table.tab2list()), [
      ['aa', 17],
      ['aa', 17],
      ['cA', 17],
    ]);
    table.matchDelete(['cA', 17]);
    table.matchDelete(['aa', 17n]);
    assert.is(table.info('size'), 2);
    table.matchDelete(['aa', 17]);
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: misc1', async () => {
  await eachTable(TYPES, (table) => {
    table.insertMany(times(100, (i): Row => [`k${i}`, i]));
    table.safeFixtable(true);
    table.insert(['kA', 'fixed']);
    assert.is(table.member('kA'), true);
    assert.is(table.delete('k5'), true);
    assert.is(table.info('size'), 100);
    table.safeFixtable(false);
    assert.equal(table.take('kA'), [['kA', 'fixed']]);
    assert.is(table.selectCount([[[$1, _], [], [true]]]), 99);
    table.deleteAllObjects();
    assert.equal(table.tab2list(), []);
  });
});

test('ets_SUITE: t_delete_object', async () => {
  await eachTable(TYPES, (table, { type }) => {
    const ordered = type === 'ordered_set';
    table.insertMany(times(1000, (i): Row => [i, i]));
    for (let i = 0; i < 1000; i += 2) assert.is(table.deleteObject([i, i]), true);
    assert.is(table.info('size'), 500);
    // Equal in every element, and of the same type: the key of an ordered table is no exception.
    for (const row of [[1], [1, 2], [1, 1, 1], [1, 1n], [1n, 1], [1n, 1n]])
      assert.is(table.deleteObject(row), false);
    assert.is(table.info('size'), 500);
    assert.is(table.member(1n), ordered);
    refuses(() => table.deleteObject([] as never), 'ERR_ETS_BADARG');
    refuses(() => table.deleteObject('row' as never), 'ERR_ETS_BADARG');
  });
  await eachTable(BAGS, (table, { type }) => {
    for (let i = 0; i < 4; i++) for (const value of [1, 2]) table.insert(['key', value]);
    assert.is(table.deleteObject(['key', 1]), true);
    assert.equal(table.lookup('key'), type === 'bag' ? [['key', 2]] : times(4, () => ['key', 2]));
    // While it is fixed, too: what comes back is behind the others.
    table.safeFixtable(true);
    table.insert(['key', 1]);
    table.insert(['key', 3]);
    table.deleteObject(['key', 1]);
    table.insert(['key', 1]);
    assert.equal((table.lookupElement('key', 1) as number[]).slice(-2), [3, 1]);
    table.safeFixtable(false);
    assert.equal((table.lookupElement('key', 1) as number[]).slice(-2), [3, 1]);
  });
});

test('ets_SUITE: take', async () => {
  await eachTable(TYPES, (table, { type }) => {
    table.insert(['foo', 'bar']);
    assert.equal(table.take('bar'), []);
    assert.equal(table.take('foo'), [['foo', 'bar']]);
    assert.equal(table.tab2list(), []);
    table.insert([1, 'integer']);
    assert.equal(table.take(1n), type === 'ordered_set' ? [[1, 'integer']] : []);
    table.deleteAllObjects();
    if (!BAGS.includes(type as 'bag')) return;
    table.insertMany([
      ['bar', 42],
      ['foo', 1],
      ['foo', 2],
      ['foo', 1],
    ]);
    assert.equal(
      table.take('foo'),
      type === 'bag'
        ? [
            ['foo', 1],
            ['foo', 2],
          ]
        : [
            ['foo', 1],
            ['foo', 2],
            ['foo', 1],
          ],
    );
    assert.equal(table.tab2list(), [['bar', 42]]);
  });
});

test('ets_SUITE: t_delete_all_objects', async () => {
  await eachTable(TYPES, (table) => {
    const rows = times(5000, (i): Row => [i, `value ${i}`]);
    for (const fixed of [false, true]) {
      table.insertMany(rows);
      if (fixed) table.safeFixtable(true);
      const first = table.first();
      table.deleteAllObjects();
      assert.is(table.info('size'), 0);
      assert.is(table.first(), undefined);
      if (fixed) assert.is(table.next(first), undefined);
      table.insertMany(rows.slice(0, 10));
      table.insert([0, 'again']);
      assert.is(table.member(11), false);
      if (fixed) table.safeFixtable(false);
      assert.equal(new Set(table.keys()).size, 10);
      assert.equal(table.selectDelete([[_, [], [true]]]) >= 10, true);
      assert.is(table.info('size'), 0);
    }
  });
});

run();
