import { _, $1, ets, type Row, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { BAGS, eachTable, SETS, times, TYPES } from '../support/variants.js';

/* ets_SUITE: making tables, storing and finding rows. */

const { test, beforeEach, afterEach, run } = suite('otp: basic');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

test('ets_SUITE: default', () => {
  const table = ets.new('plain');
  const info = table.info();
  assert.equal(
    { ...info, id: 0, owner: 0, memory: 0 },
    {
      id: 0,
      owner: 0,
      memory: 0,
      name: 'plain',
      namedTable: false,
      type: 'set',
      protection: 'protected',
      heir: 'none',
      keypos: 0,
      size: 0,
      compressed: false,
      readConcurrency: false,
      writeConcurrency: false,
      decentralizedCounters: false,
    },
  );
});

test('ets_SUITE: setbag', async () => {
  await eachTable(TYPES, (table, { type }) => {
    table.insert(['key', 'first']);
    table.insert(['key', 'second']);
    table.insert(['key', 'second']);
    const expected = {
      set: [['key', 'second']],
      ordered_set: [['key', 'second']],
      bag: [
        ['key', 'first'],
        ['key', 'second'],
      ],
      duplicate_bag: [
        ['key', 'first'],
        ['key', 'second'],
        ['key', 'second'],
      ],
    };
    assert.equal(table.lookup('key'), expected[type as 'set']);
    assert.is(table.info('size'), expected[type as 'set'].length);
  });
});

test('ets_SUITE: badnew', () => {
  const make = ets.new as (name: unknown, options?: unknown) => Table;
  for (const name of [12, null, undefined, ['foo'], {}, Symbol.for('foo')]) {
    refuses(() => make(name), 'ERR_ETS_BADARG', 'name');
  }
  const bad: unknown[] = [
    null,
    'set',
    ['set'],
    { type: 'foo' },
    { type: 'set ' },
    { bag: true },
    { access: 'secret' },
    { named: 1 },
    { keypos: -1 },
    { keypos: 0.5 },
    { keypos: '1' },
    { keypos: 1n },
    { keypos: Infinity },
    { heir: {} },
    { heir: { thread: 'main' } },
    { heir: 5 },
    { writeConcurrency: 'yes' },
    { decentralizedCounters: 0 },
  ];
  for (const options of bad) refuses(() => make('foo', options), 'ERR_ETS_BADARG');
  assert.equal(ets.all(), []);
});

test('ets_SUITE: verybadnew', () => {
  const make = ets.new as (name: unknown, options?: unknown) => Table;
  const thrown = new Error('from a getter');
  const hostile = {
    get type() {
      throw thrown;
    },
  };
  assert.throws(
    () => make('foo', hostile),
    (error: unknown) => error === thrown,
  );
  refuses(() => make('foo', ['type', 'set']), 'ERR_ETS_BADARG');
  refuses(() => make('foo', Object.assign(['set'], { type: 'bag' })), 'ERR_ETS_BADARG');
  refuses(() => make('foo', () => 'set'), 'ERR_ETS_BADARG');
  assert.equal(ets.all(), []);
});

test('ets_SUITE: named', () => {
  const table = ets.new('foo', { named: true });
  const label = ets.new('bar');
  assert.is(ets.table('foo').tid, table.tid);
  ets.table('foo').insert([{ type: 1 }, 'there']);
  assert.equal(table.lookup({ type: 1 }), [[{ type: 1 }, 'there']]);
  refuses(() => ets.table('bar'), 'ERR_ETS_ID');
  refuses(() => ets.new('foo', { named: true }), 'ERR_ETS_ALREADY_EXISTS');
  assert.is(ets.new('bar', { named: true }).tid, ets.table('bar').tid);
  assert.is.not(label.tid, ets.table('bar').tid);
});

test('ets_SUITE: keypos2', async () => {
  await eachTable(
    ['set', 'ordered_set', 'bag'],
    (table, { type }) => {
      table.insert(['foo', 'key']);
      table.insert([['foo', 'b'], 'key']);
      table.insert(['foo', 'other']);
      assert.equal(
        table.lookup('key'),
        type === 'bag'
          ? [
              ['foo', 'key'],
              [['foo', 'b'], 'key'],
            ]
          : [[['foo', 'b'], 'key']],
      );
      assert.equal(table.lookup('foo'), []);
      assert.equal(table.lookupElement('other', 0), type === 'bag' ? ['foo'] : 'foo');
      refuses(() => table.insert(['only']), 'ERR_ETS_BADARG');
      assert.equal(table.match([$1, 'other']), [['foo']]);
    },
    { keypos: 1 },
  );
});

test('ets_SUITE: empty', async () => {
  await eachTable(TYPES, (table) => {
    assert.equal(table.lookup('key'), []);
    assert.equal(table.tab2list(), []);
    assert.is(table.first(), undefined);
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: badinsert', async () => {
  await eachTable(TYPES, (table) => {
    const insert = (row: unknown): void => table.insert(row as Row);
    for (const row of [[], {}, null, undefined, 5, 'row', { 0: 'key' }, new Map(), new Set(['key'])])
      refuses(() => insert(row), 'ERR_ETS_BADARG');
    refuses(() => insert([undefined]), 'ERR_ETS_BADARG');
    refuses(() => insert(['key', () => 1]), 'ERR_TERM_UNSUPPORTED');
    const insertMany = (rows: unknown): void => table.insertMany(rows as Row[]);
    for (const rows of [5, null, undefined, {}, ['row'], [['a'], []], [['a'], ['b'], 'c'], [['a'], null]]) {
      refuses(() => insertMany(rows), 'ERR_ETS_BADARG');
      refuses(() => table.insertNewMany(rows as Row[]), 'ERR_ETS_BADARG');
    }
    assert.is(table.info('size'), 0);
  });
  await eachTable(
    TYPES,
    (table) => {
      refuses(() => table.insert(['a', 'b']), 'ERR_ETS_BADARG');
      refuses(
        () =>
          table.insertMany([
            [1, 2, 3],
            [1, 2],
          ]),
        'ERR_ETS_BADARG',
      );
      refuses(() => table.insertNew(['a']), 'ERR_ETS_BADARG');
      assert.is(table.info('size'), 0);
    },
    { keypos: 2 },
  );
});

test('ets_SUITE: badlookup', async () => {
  refuses(() => ets.table('foo').lookup('key'), 'ERR_ETS_ID');
  await eachTable(TYPES, (table) => {
    table.insert(['key']);
    table.drop();
    refuses(() => table.lookup('key'), 'ERR_ETS_ID');
    refuses(() => table.member('key'), 'ERR_ETS_ID');
    refuses(() => table.lookupElement('key', 0), 'ERR_ETS_ID');
  });
});

test('ets_SUITE: lookup_element_mult', async () => {
  await eachTable(BAGS, (table) => {
    const rows = times(30, (i): Row => ['key', i, `value ${i % 7}`, [i]]);
    table.insertMany(rows);
    table.insert(['other', 1, 2]);
    for (const pos of [0, 1, 2, 3])
      assert.equal(
        table.lookupElement('key', pos),
        rows.map((row) => row[pos]),
      );
    refuses(() => table.lookupElement('key', 4), 'ERR_ETS_POSITION');
    refuses(() => table.lookupElement('missing', 1), 'ERR_ETS_BADKEY');
    // One row that is too short is enough.
    table.insert(['key', 5]);
    refuses(() => table.lookupElement('key', 2), 'ERR_ETS_POSITION');
    assert.equal((table.lookupElement('key', 1) as unknown[]).length, 31);
  });
});

test('ets_SUITE: lookup_element_default', async () => {
  await eachTable(TYPES, (table, { type }) => {
    table.insert(['key', 42]);
    const one = (value: unknown): unknown => (BAGS.includes(type as 'bag') ? [value] : value);
    assert.equal(table.lookupElement('key', 1, 13), one(42));
    assert.is(table.lookupElement('missing', 1, 13), 13);
    assert.is(table.lookupElement('missing', 1, undefined), undefined);
    // The default value stands for the row, not for the element.
    refuses(() => table.lookupElement('key', 2, 13), 'ERR_ETS_POSITION');
    refuses(() => table.lookupElement('key', -1, 13), 'ERR_ETS_POSITION');
    refuses(() => table.lookupElement('key', 'one' as never, 13), 'ERR_ETS_BADARG');
    refuses(() => table.lookupElement('missing', 1), 'ERR_ETS_BADKEY');
  });
});

test('ets_SUITE: dups', async () => {
  await eachTable(['duplicate_bag'], (table) => {
    for (let i = 0; i < 100; i++) {
      table.insert([2, i % 10]);
      table.insert([3, i % 10]);
    }
    assert.equal(
      table.lookup(2),
      times(100, (i) => [2, i % 10]),
    );
    assert.is(table.deleteObject([2, 4]), true);
    assert.is(table.info('size'), 190);
    table.delete(2);
    assert.is(table.info('size'), 100);
    table.matchDelete([3, 7]);
    assert.equal(
      table.lookup(3),
      times(100, (i) => [3, i % 10]).filter(([, n]) => n !== 7),
    );
  });
});

test('ets_SUITE: tab2list', async () => {
  await eachTable(TYPES, (table, { type }) => {
    const rows = times(1000, (i): Row => [i, `value ${i}`, { i }]);
    for (const row of rows) table.insert(row);
    const list = table.tab2list();
    assert.equal(type === 'ordered_set' ? list : list.sort((a, b) => Number(a[0]) - Number(b[0])), rows);
    table.deleteAllObjects();
    assert.equal(table.tab2list(), []);
  });
});

test('ets_SUITE: member', async () => {
  await eachTable(TYPES, (table, { type }) => {
    table.insertMany(times(500, (i): Row => [{ key: i }, i]));
    for (let i = 0; i < 500; i++) assert.is(table.member({ key: i }), true);
    for (const key of [{ key: 500 }, { key: '1' }, {}, { key: 1, more: 1 }, 1, 'key'])
      assert.is(table.member(key), false);
    assert.is(table.member({ key: 1n }), type === 'ordered_set');
    table.delete({ key: 3 });
    assert.is(table.member({ key: 3 }), false);
    refuses(() => table.member(undefined), 'ERR_ETS_BADARG');
    table.drop();
    refuses(() => table.member(1), 'ERR_ETS_ID');
  });
});

test('ets_SUITE: whereis_table', () => {
  assert.is(ets.whereis('foo'), undefined);
  const table = ets.new('foo', { named: true });
  assert.is(ets.whereis('foo')?.tid, table.tid);
  refuses(() => ets.whereis(5 as never), 'ERR_ETS_BADARG');
  const found = ets.whereis('foo') as Table;
  found.insert(['key', 1]);
  table.rename('bar');
  assert.is(ets.whereis('foo'), undefined);
  assert.is(ets.whereis('bar')?.tid, found.tid);
  assert.equal(found.get('key'), ['key', 1]);
  // A Tid is bound to its one table, whoever takes the name.
  table.drop();
  ets.new('bar', { named: true });
  refuses(() => found.get('key'), 'ERR_ETS_ID');
  refuses(() => ets.table(found.tid), 'ERR_ETS_ID');
});

test('ets_SUITE: t_insert_new', async () => {
  await eachTable(TYPES, (table, { type }) => {
    for (let i = 0; i < 500; i++) {
      assert.is(table.insertNew([i, i]), true);
      assert.is(table.insertNew([i, 'again']), false);
    }
    assert.is(table.info('size'), 500);
    const fresh = times(100, (i): Row => [1000 + i, i]);
    assert.is(table.insertNewMany([...fresh, [499, 'there']]), false);
    assert.is(table.insertNewMany([[0, 'there'], ...fresh]), false);
    assert.is(table.info('size'), 500);
    assert.is(table.insertNewMany(fresh), true);
    assert.is(table.insertNewMany(fresh), false);
    assert.is(table.insertNewMany([]), true);
    assert.is(table.insertNew([5n, 'bigint']), type !== 'ordered_set');
    refuses(() => table.insertNewMany([[2000], 'row' as never]), 'ERR_ETS_BADARG');
    assert.is(table.member(2000), false);
    // A key that stands twice in the list is new nevertheless.
    assert.is(
      table.insertNewMany([
        ['twice', 1],
        ['twice', 2],
      ]),
      true,
    );
    assert.equal(table.lookup('twice').at(-1), ['twice', 2]);
    assert.is(table.lookup('twice').length, SETS.includes(type as 'set') ? 1 : 2);
  });
});

run();
