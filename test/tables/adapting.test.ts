import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _, $1, $2, ets, type HashStats, type MatchSpec, type Table, type TableOptions } from 'termstore';
import * as assert from 'uvu/assert';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, after, beforeEach, afterEach, run } = suite("tables with writeConcurrency 'auto'");
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const directory = mkdtempSync(join(tmpdir(), 'termstore-adapting-'));
after(() => rmSync(directory, { recursive: true, force: true }));

type Numbered = [key: number, value: string];

const VALUE = 'v'.repeat(100);

const HASH_TYPES = ['set', 'bag', 'duplicate_bag'] as const;
const STAYING = 3000;
const DIVIDED_AT = 4097;

const locks = (table: Table<Numbered>): number => (table.info('stats') as HashStats).locks;

function adapting(rows: number, options: TableOptions = {}): Table<Numbered> {
  const table = ets.new<Numbered>('adapting', { access: 'public', writeConcurrency: 'auto', ...options });
  for (let i = 0; i < rows; i++) table.insert([i, VALUE]);
  return table;
}

/** Rows that nobody asked for: with them the table is large enough to be divided. */
function divide(table: Table<Numbered>): void {
  assert.is(locks(table), 1);
  for (let i = 0; table.info('size')! < DIVIDED_AT; i++) table.insert([-1 - i, VALUE]);
  assert.is(locks(table), 64);
}

/** Every row that stays was met once. */
function checkMet(keys: readonly number[]): void {
  const stayed = keys.filter((key) => key >= 0);
  assert.is(stayed.length, STAYING);
  assert.is(new Set(stayed).size, STAYING);
}

for (const type of HASH_TYPES) {
  test(`${type}: one lock while it is small, 64 when it is large, one again when its rows are deleted`, () => {
    using table = adapting(DIVIDED_AT - 1, { type });
    const small = ets.new<Numbered>('small', { type });
    for (let i = 0; i < DIVIDED_AT - 1; i++) small.insert([i, VALUE]);
    assert.is(locks(table), 1);
    assert.is(table.info('memory'), small.info('memory'));
    small.drop();
    table.insert([DIVIDED_AT - 1, VALUE]);
    assert.is(locks(table), 64);
    assert.is(table.info('size'), DIVIDED_AT);
    for (let i = 0; i < DIVIDED_AT; i++) assert.ok(table.member(i));
    table.deleteAllObjects();
    assert.is(locks(table), 1);
    assert.is(table.info('size'), 0);
    divide(table);
  });

  test(`${type}: a list that makes it large finds it divided`, () => {
    using table = adapting(10, { type });
    table.insertMany(Array.from({ length: DIVIDED_AT }, (_, i): Numbered => [100 + i, VALUE]));
    assert.is(locks(table), 64);
    assert.is(table.info('size'), DIVIDED_AT + 10);
  });

  test(`${type}: a traversal meets every row that stays once when the table is divided meanwhile`, () => {
    using table = adapting(STAYING, { type });
    const met: number[] = [];
    for (const row of table) {
      if (met.push(row[0]) === 1500) divide(table);
    }
    checkMet(met);
    assert.is(locks(table), 64);
  });

  test(`${type}: so does a selection in chunks, also from a continuation that is used again`, () => {
    using table = adapting(STAYING, { type });
    const keys: MatchSpec<Numbered> = [[[$1, _], [], [$1]]];
    const before = table.select<number>(keys, 1000);
    const rest = (): number[] => {
      const met = [...(before?.results ?? [])];
      for (let chunk = table.select(before?.continuation); chunk !== undefined;) {
        met.push(...chunk.results);
        if (met.length === 2000 && locks(table) === 1) divide(table);
        chunk = table.select(chunk.continuation);
      }
      return met;
    };
    checkMet(rest());
    assert.is(locks(table), 64);
    checkMet(rest());
  });

  test(`${type}: a fixed table knows its deleted keys also when it is divided meanwhile`, () => {
    using table = adapting(STAYING, { type });
    table.safeFixtable(true);
    const met: number[] = [];
    for (let key = table.first(); typeof key === 'number'; key = table.next(key)) {
      met.push(key);
      if (met.length % 3 === 0) table.delete(key);
      if (met.length === 1500) divide(table);
    }
    checkMet(met);
    table.safeFixtable(false);
  });

  test(`${type}: a file has every row that stays once when the table is divided meanwhile`, async () => {
    using table = adapting(STAYING, { type });
    const path = join(directory, type);
    await table.tab2file(path, {
      onProgress: (rows) => {
        if (rows < STAYING && locks(table) === 1) divide(table);
      },
    });
    assert.is(locks(table), 64);
    using loaded = await ets.file2tab<Numbered>(path);
    checkMet(loaded.tab2list().map(([key]) => key));
  });
}

test('rows that a selection makes large divide the table', () => {
  using table = adapting(100);
  const large: MatchSpec<Numbered> = [[[$1, $2], [], [[$1, 'x'.repeat(20_000)]]]];
  assert.is(table.selectReplace(large), 100);
  assert.is(locks(table), 64);
  assert.is(table.info('size'), 100);
  assert.is(table.get(7)?.[1].length, 20_000);
});

test('a table that other threads do not write to has no reason to be divided', () => {
  using table = adapting(DIVIDED_AT - 1);
  for (let i = 0; i < 30_000; i++) table.insert([i % 4000, VALUE]);
  assert.is(locks(table), 1);
  const own = ets.new<Numbered>('private', { access: 'private', writeConcurrency: 'auto' });
  for (let i = 0; i < DIVIDED_AT; i++) own.insert([i, VALUE]);
  assert.is(locks(own), 1);
  own.drop();
});

run();
