import { ets, Table, type TableOptions, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('ets');
checkBaseline({ beforeEach, afterEach });

test('new() without options makes a protected set with the key in front', () => {
  using table = ets.new('plain');
  assert.instance(table, Table);
  assert.is(table.name, 'plain');
  const { type, protection, keypos, namedTable, writeConcurrency } = table.info()!;
  assert.equal(
    { type, protection, keypos, namedTable, writeConcurrency },
    { type: 'set', protection: 'protected', keypos: 0, namedTable: false, writeConcurrency: false },
  );
});

test('every option arrives', () => {
  using table = ets.new('t', {
    type: 'ordered_set',
    access: 'public',
    named: true,
    keypos: 3,
    writeConcurrency: 'auto',
  });
  const { type, protection, keypos, namedTable, writeConcurrency } = table.info()!;
  assert.equal(
    [type, protection, keypos, namedTable, writeConcurrency],
    ['ordered_set', 'public', 3, true, 'auto'],
  );
  table.insert([1, 2, 3, 'key']);
  assert.equal(table.get('key'), [1, 2, 3, 'key']);
});

test('options that are given as undefined are not given', () => {
  using table = ets.new('t', { type: undefined, keypos: undefined } as unknown as TableOptions);
  assert.is(table.info('type'), 'set');
});

test('divided locks have no effect on a private table', () => {
  using table = ets.new('t', { access: 'private', writeConcurrency: true });
  assert.is(table.info('writeConcurrency'), false);
  assert.is(table.info('protection'), 'private');
});

test('decentralizedCounters is what OTP would make of it', () => {
  const effective = (options: TableOptions): unknown => {
    using table = ets.new('t', options);
    return table.info('decentralizedCounters');
  };
  assert.is(effective({}), false);
  assert.is(effective({ decentralizedCounters: true }), false);
  assert.is(effective({ writeConcurrency: true }), false);
  assert.is(effective({ writeConcurrency: true, decentralizedCounters: true }), true);
  assert.is(effective({ writeConcurrency: 'auto' }), true);
  assert.is(effective({ writeConcurrency: 'auto', decentralizedCounters: false }), false);
  assert.is(effective({ type: 'ordered_set', writeConcurrency: true }), true);
  assert.is(effective({ type: 'ordered_set' }), false);
  assert.is(effective({ access: 'private', writeConcurrency: 'auto', decentralizedCounters: true }), false);
});

test('i() prints one line per table in aligned columns', () => {
  using plain = ets.new('plain', { type: 'ordered_set' });
  plain.insertMany([
    ['a', 1],
    ['b', 2],
  ]);
  using odd = ets.new(`two\nlines ${'x'.repeat(100)}`);
  const { log } = console;
  const printed: unknown[][] = [];
  console.log = (...values: unknown[]) => void printed.push(values);
  try {
    assert.is(ets.i(), undefined);
  } finally {
    console.log = log;
  }
  assert.is(printed.length, 1);
  const lines = String(printed[0]?.[0]).split('\n');
  assert.is(lines.length, 1 + ets.all().length);
  const cells = lines.map((line) => line.trim().split(/ {2,}/));
  assert.equal(cells[0], ['id', 'name', 'type', 'size', 'memory', 'owner']);
  assert.equal(
    cells.find(([id]) => id === String(plain.tid)),
    [plain.tid, 'plain', 'ordered_set', 2, plain.info('memory'), 0].map(String),
  );
  const [, name] = cells.find(([id]) => id === String(odd.tid)) ?? [];
  assert.is(name?.length, 40);
  assert.match(name ?? '', /^two\\nlines x+…$/);
  assert.is(new Set(lines.map((line) => line.length)).size, 1, 'the last column is aligned');
});

test('a registered name finds its table and can be registered once', () => {
  using table = ets.new('users', { named: true });
  assert.is(ets.table('users').tid, table.tid);
  assert.is(ets.whereis('users')?.tid, table.tid);
  refuses(() => ets.new('users', { named: true }), 'ERR_ETS_ALREADY_EXISTS', 'ets.new');
  using label = ets.new('users');
  assert.is.not(label.tid, table.tid);
  assert.is(ets.table('users').tid, table.tid);
});

test('a name that is only a label finds nothing', () => {
  using table = ets.new('label');
  assert.is(ets.whereis('label'), undefined);
  refuses(() => ets.table('label'), 'ERR_ETS_ID', 'ets.table');
  assert.is(table.name, 'label');
});

test('every string is a name, and similar strings are different names', () => {
  const names = [
    '',
    ' ',
    '\0',
    'é',
    'e\u0301',
    '\ud800',
    '\udfff',
    '\ufffd',
    'x'.repeat(100_000),
    '__proto__',
  ];
  const tables = names.map((name) => ets.new(name, { named: true }));
  names.forEach((name, i) => {
    assert.is(ets.whereis(name)?.tid, tables[i]?.tid, JSON.stringify(name).slice(0, 40));
    assert.is(ets.table(name).name, name);
  });
  for (const table of tables) table.drop();
  for (const name of names) assert.is(ets.whereis(name), undefined);
});

test('table() takes a Tid, which is a plain number', () => {
  using table = ets.new('t');
  table.insert(['a', 1]);
  assert.type(table.tid, 'number');
  assert.ok(Number.isSafeInteger(table.tid));
  assert.equal(ets.table(table.tid).get('a'), ['a', 1]);
  assert.equal(ets.table(structuredClone(table.tid)).get('a'), ['a', 1]);
});

test('a Tid names one table for ever, also after a rename; a stale or foreign one names none', () => {
  const table = ets.new('t', { named: true });
  const { tid } = table;
  table.rename('u');
  assert.is(ets.table(tid).name, 'u');
  table.rename('v');
  table.drop();
  assert.is(table.name, 'v');
  using successor = ets.new('t', { named: true });
  const otherRun = tid + 2 ** 32;
  for (const stale of [tid, otherRun, tid - 2 ** 32, 0, -1, 1.5, NaN, Infinity, 2 ** 60, successor.tid + 1]) {
    refuses(() => ets.table(stale), 'ERR_ETS_ID');
  }
});

test('all() lists every table, oldest first', () => {
  const before = ets.all().length;
  const made = Array.from({ length: 10 }, (_, i) => ets.new(`t${i}`, { named: i % 2 === 0 }));
  const listed = ets.all().slice(before);
  assert.equal(
    listed.map((table) => table.tid),
    made.map((table) => table.tid),
  );
  made[3]?.drop();
  assert.is(ets.all().length, before + 9);
  for (const table of listed) table[Symbol.dispose]();
  assert.is(ets.all().length, before);
});

test('all() lists more tables than fit into one reply', () => {
  const before = ets.all().length;
  const made = Array.from({ length: 20_000 }, () => ets.new('many'));
  assert.is(ets.all().length, before + 20_000);
  for (const table of made) table.drop();
  assert.is(ets.all().length, before);
});

test('a table of a thousand others: Tids are terms, in rows and as keys', () => {
  using directory = ets.new('directory', { type: 'ordered_set' });
  const tables = Array.from({ length: 1000 }, (_, i) => {
    const table = ets.new(`t${i}`);
    table.insert(['number', i]);
    directory.insert([table.tid, i]);
    return table;
  });
  for (const [tid, i] of directory as Iterable<readonly [Tid, number]>)
    assert.equal(ets.table(tid).get('number'), ['number', i]);
  for (const table of tables) table.drop();
});

run();
