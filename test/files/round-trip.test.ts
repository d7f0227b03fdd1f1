import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ets, type Row, type Table } from 'termstore';
import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { anyKey, anyTerm, difference } from '../support/terms.js';

const { test, after, beforeEach, afterEach, run } = suite('tables in files');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const folder = mkdtempSync(join(tmpdir(), 'termstore-files-'));
const file = join(folder, 'table');
after(() => rmSync(folder, { recursive: true }));

const TYPES = ['set', 'ordered_set', 'bag', 'duplicate_bag'] as const;
const BAGS = ['bag', 'duplicate_bag'] as const;

async function copyOf<R extends Row>(table: Table<R>): Promise<Table<R>> {
  await table.tab2file(file);
  return ets.file2tab<R>(file, { verify: true });
}

for (const type of TYPES) {
  test(`${type}: every row of any terms comes back and is found under its key`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyTerm, anyKey, anyTerm), { maxLength: 30 }), async (rows) => {
        using table = ets.new<Row>('t', { type, keypos: 1 });
        table.insertMany(rows);
        using copy = await copyOf(table);
        assert.is(copy.info('size'), table.info('size'));
        for (const [, key] of rows) assert.is(difference(copy.lookup(key), table.lookup(key)), undefined);
        if (type === 'ordered_set') assert.is(difference([...copy.keys()], [...table.keys()]), undefined);
      }),
      { numRuns: 60 },
    );
  });

  test(`${type}: objects come back with their properties in order, however often their shape was met`, async () => {
    using table = ets.new<[number, Record<string, unknown>]>('t', { type });
    for (let i = 0; i < 100; i++) {
      const wide = Object.fromEntries(Array.from({ length: i }, (_, n) => [`name${n}`, { n, i }]));
      table.insert([i, { z: i, a: { b: [{ c: i }] }, wide }]);
    }
    using copy = await copyOf(table);
    for (let i = 0; i < 100; i++) {
      assert.is(JSON.stringify(copy.lookup(i)), JSON.stringify(table.lookup(i)));
    }
  });

  test(`${type}: rows larger than a block, and rows of many sizes around the ends of chunks, come back`, async () => {
    using table = ets.new<[number, Uint8Array | string]>('t', { type });
    for (const size of [0, 1, 65_000, 65_536, 70_000, 262_144, 300_000, 3_000_000]) {
      table.insert([size, 'x'.repeat(size)]);
      table.insert([size + 0.5, new Uint8Array(size).fill(size)]);
    }
    for (let i = 0; i < 3000; i++) table.insert([-i - 1, 'y'.repeat(i)]);
    using copy = await copyOf(table);
    assert.is(copy.info('size'), table.info('size'));
    for (const row of table) assert.ok(same(copy.lookup(row[0])[0], row), `${row[0]}`);
  });
}

function same(a: readonly unknown[] | undefined, b: readonly unknown[]): boolean {
  return a !== undefined && Buffer.from(a[1] as string).equals(Buffer.from(b[1] as string)) && a[0] === b[0];
}

for (const type of BAGS) {
  test(`${type}: the rows of a key keep their order and their number, also when they fill many blocks`, async () => {
    using table = ets.new<[string, number, string]>('t', { type });
    for (let i = 0; i < 600; i++) {
      table.insert(['many', i, 'x'.repeat(1000)]);
      table.insert(['few', i % 5, '']);
      table.insert([`one ${i}`, i, '']);
    }
    using copy = await copyOf(table);
    assert.is(copy.info('size'), table.info('size'));
    assert.is(copy.info('size'), type === 'bag' ? 600 + 5 + 600 : 1800);
    for (const key of ['many', 'few', 'one 7']) assert.equal(copy.lookup(key), table.lookup(key));
  });
}

test('name, type, access, key position and options come back; the owner is the thread that loads', async () => {
  for (const type of TYPES) {
    for (const access of ['public', 'protected', 'private'] as const) {
      for (const writeConcurrency of [false, true, 'auto'] as const) {
        const compressed = writeConcurrency === true;
        const options = { type, access, named: true, keypos: 2, writeConcurrency, compressed };
        const name = `${type} ${access} \ud800`;
        const table = ets.new(name, options);
        table.insert([1, 2, 3]);
        const before = table.info();
        await table.tab2file(file);
        table.drop();
        using copy = await ets.file2tab(file);
        const { id: _, memory: __, ...rest } = before as NonNullable<typeof before>;
        const { id: ___, memory: ____, ...loaded } = copy.info() as NonNullable<typeof before>;
        assert.equal(loaded, rest);
        assert.is(ets.table(name).tid, copy.tid);
        assert.is(copy.name, name);
      }
    }
  }
});

test('a name that is taken is refused, and the table that has it is not touched', async () => {
  using table = ets.new('taken', { named: true });
  table.insert(['k', 1]);
  await table.tab2file(file);
  table.insert(['k', 2]);
  await refusesEither(() => ets.file2tab(file), 'ERR_ETS_ALREADY_EXISTS', /^ets\.file2tab: /);
  assert.equal(table.tab2list(), [['k', 2]]);
  assert.is(ets.all().length, 1);
});

test('an empty table comes back empty', async () => {
  using table = ets.new('t');
  using copy = await copyOf(table);
  assert.is(copy.info('size'), 0);
});

test('tabfileInfo says what is in a file without reading its rows', async () => {
  using table = ets.new('t', { type: 'ordered_set', access: 'public', keypos: 1 });
  for (let i = 0; i < 20_000; i++) table.insert([0, i]);
  await table.tab2file(file, { extendedInfo: ['md5sum', 'objectCount'] });
  assert.equal(await ets.tabfileInfo(file), {
    name: 't',
    type: 'ordered_set',
    protection: 'public',
    namedTable: false,
    keypos: 1,
    size: 20_000,
    extendedInfo: ['objectCount', 'md5sum'],
    version: 1,
  });
});

test('every combination of extendedInfo and verify loads', async () => {
  using table = ets.new('t');
  table.insertMany([
    ['a', 1],
    ['b', 2],
  ]);
  for (const extendedInfo of [[], ['objectCount'], ['md5sum'], ['objectCount', 'md5sum']] as const) {
    await table.tab2file(file, { extendedInfo, sync: true });
    for (const verify of [false, true]) {
      using copy = await ets.file2tab(file, { verify });
      assert.equal(copy.tab2list().sort(), table.tab2list().sort());
    }
  }
});

test('a path may be a file URL, and is resolved when the call is made', async () => {
  using table = ets.new('t');
  const before = process.cwd();
  process.chdir(folder);
  const written = table.tab2file('relative');
  process.chdir(before);
  await written;
  using copy = await ets.file2tab(pathToFileURL(join(folder, 'relative')));
  assert.is(copy.info('size'), 0);
});

test('a file keeps its permissions when it is replaced', async () => {
  if (process.platform === 'win32') return;
  using table = ets.new('t');
  const secret = join(folder, 'secret');
  await table.tab2file(secret);
  chmodSync(secret, 0o600);
  await table.tab2file(secret);
  assert.is(statSync(secret).mode & 0o777, 0o600);
});

test('two dumps to one path at once leave one whole file and nothing else', async () => {
  using one = ets.new<[number, string]>('one');
  using two = ets.new<[number, string]>('two');
  for (let i = 0; i < 5000; i++) {
    one.insert([i, 'one']);
    two.insert([i, 'two']);
  }
  const target = join(folder, 'contested');
  await Promise.all([one.tab2file(target), two.tab2file(target), one.tab2file(target)]);
  using copy = await ets.file2tab<[number, string]>(target, { verify: true });
  assert.is(copy.info('size'), 5000);
  assert.is(new Set(copy.tab2list().map((row) => row[1])).size, 1);
  assert.not.ok(readdirSync(folder).some((name) => name.endsWith('.tmp')));
});

run();
