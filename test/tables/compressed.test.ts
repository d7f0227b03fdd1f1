import { _, $1, $2, $_, ets, type Row, type Table, TermStoreError, type TableType } from 'termstore';
import * as ms from 'termstore/ms';
import { randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import { type Random, seededRandom } from '../support/random.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';

const { test, beforeEach, afterEach, run } = suite('compressed');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const TYPES: readonly TableType[] = ['set', 'ordered_set', 'bag', 'duplicate_bag'];
const STEPS = 600;
const KEYS = 12;
const TEXT = 'rows of a table that are read less often than they are kept, '.repeat(20);

/** Something for a row: small, large and well compressible, or noise that no compressor makes smaller. */
function element(random: Random): unknown {
  switch (random.below(6)) {
    case 0:
      return random.below(5);
    case 1:
      return { text: TEXT.slice(0, random.below(300)), list: [random.below(3), null, 'x'] };
    case 2:
      return new Uint8Array(randomBytes(random.below(400)));
    case 3:
      return Buffer.alloc(random.below(9) * 1000, 7);
    default:
      return TEXT.slice(0, random.below(TEXT.length));
  }
}

class Pair {
  readonly #random: Random;
  readonly #tables: readonly [Table, Table];
  readonly #keypos: number;
  readonly #recent: Row[] = [];

  constructor(random: Random, tables: readonly [Table, Table], keypos: number) {
    this.#random = random;
    this.#tables = tables;
    this.#keypos = keypos;
  }

  /** Does the same with both tables; what is different in their answers. */
  step(): string | undefined {
    const [name, act] = this.#random.pick(this.#calls());
    const [plain, compressed] = this.#tables.map((table) => answer(() => act(table)));
    return difference(compressed, plain, name);
  }

  #row(): Row {
    const below = (count: number): number => this.#random.below(count);
    // Often one that may be in the table: for what compares whole rows.
    if (this.#recent.length > 0 && below(3) === 0) return this.#random.pick(this.#recent);
    const values = [below(4), element(this.#random), element(this.#random)];
    const row = [...values.slice(0, this.#keypos), below(KEYS), ...values.slice(this.#keypos)];
    this.#recent.push(row);
    if (this.#recent.length > 20) this.#recent.shift();
    return row;
  }

  #calls(): readonly (readonly [string, (table: Table) => unknown])[] {
    const below = (count: number): number => this.#random.below(count);
    const [key, row, rows] = [below(KEYS), this.#row(), [this.#row(), this.#row(), this.#row()]];
    const [at, first] = [below(5), this.#keypos === 0 ? 1 : 0];
    const value = element(this.#random);
    const head = (of: unknown): unknown[] => {
      const pattern: unknown[] = [_, _, _, _];
      pattern[this.#keypos] = $1;
      pattern[first] = of;
      return pattern;
    };
    const matching = [[head(below(4)), [], [true]]] as never;
    return [
      ['insert', (table) => table.insert(row)],
      ['insertNew', (table) => table.insertNew(row)],
      ['insertMany', (table) => table.insertMany(rows)],
      ['insertNewMany', (table) => table.insertNewMany(rows)],
      ['lookup', (table) => table.lookup(key)],
      ['member', (table) => table.member(key)],
      ['lookupElement', (table) => table.lookupElement(key, at)],
      ['delete', (table) => table.delete(key)],
      ['deleteObject', (table) => table.deleteObject(row)],
      ['take', (table) => table.take(key)],
      ['updateElement', (table) => table.updateElement(key, 3, value)],
      ['updateCounter', (table) => table.updateCounter(key, [first, 1])],
      ['updateCounter with a default', (table) => table.updateCounter(key, [first, 1], row)],
      ['firstLookup', (table) => table.firstLookup()],
      ['nextLookup', (table) => table.nextLookup(key)],
      ['tab2list', (table) => table.tab2list()],
      ['keys', (table) => [...table.keys()]],
      ['slot', (table) => table.slot(below(1))],
      ['size', (table) => table.info('size')],
      ['matchObject', (table) => table.matchObject(head(below(1)) as never)],
      ['select', (table) => table.select([[head($2), [ms.gt($2, 1)], [[$1, $_]]]] as never)],
      ['select in chunks', (table) => table.select([[head(_), [], [$_]]] as never, 3)?.results],
      ['selectCount', (table) => table.selectCount(matching)],
      ['selectDelete', (table) => table.selectDelete(matching)],
      ['selectTake', (table) => table.selectTake(matching)],
    ];
  }
}

function answer(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof TermStoreError) return `refused: ${error.code}`;
    throw error;
  }
}

for (const type of TYPES) {
  for (const keypos of [0, 2]) {
    const title = `${type}, keypos ${keypos}: every call answers as in a table that is not compressed`;
    test(title, () => {
      const random = seededRandom(title);
      const options = { type, keypos, writeConcurrency: keypos > 0 };
      using plain = ets.new('plain', options);
      using compressed = ets.new('compressed', { ...options, compressed: true });
      const pair = new Pair(random, [plain, compressed], keypos);
      for (let step = 0; step < STEPS; step++) {
        const found = pair.step();
        if (found !== undefined) throw new Error(`step ${step}, ${found}`);
      }
    });
  }

  test(`${type}: rows of text take clearly less memory, and nothing when they are gone`, () => {
    const fill = (table: Table): number => {
      const empty = table.info('memory') as number;
      for (let i = 0; i < 1000; i++) table.insert([i, `${i} ${TEXT.slice(0, 1000)}`, i % 2 === 0]);
      return (table.info('memory') as number) - empty;
    };
    using plain = ets.new('plain', { type });
    using compressed = ets.new('compressed', { type, compressed: true });
    assert.is(compressed.info('compressed'), true);
    const ratio = fill(compressed) / fill(plain);
    assert.ok(ratio < 0.5, `${ratio}`);
    assert.equal(compressed.lookup(777), plain.lookup(777));
    using control = ets.new('control', { type, compressed: true });
    for (let i = 0; i < 1000; i++) compressed.delete(i);
    assert.is(compressed.info('size'), 0);
    for (const table of [compressed, control]) table.deleteAllObjects();
    assert.is(compressed.info('memory'), control.info('memory'));
  });
}

// The regressions otp_10182 and otp_9932 of OTP's own tests.
test('a bag knows an equal row, also one that was written differently', () => {
  using table = ets.new('t', { type: 'bag', compressed: true });
  const row = (buffer: Uint8Array, object: object): Row => ['key', buffer, object, TEXT];
  const bytes = new Uint8Array(500);
  table.insert(row(bytes, { a: 1, b: 2 }));
  table.insert(row(Buffer.from(bytes), { b: 2, a: 1 }));
  assert.is(table.info('size'), 1);
  table.insert(row(bytes, { a: 1, b: 3 }));
  assert.is(table.lookup('key').length, 2);
  assert.is(table.deleteObject(row(Buffer.from(bytes), { b: 3, a: 1 })), true);
  assert.is(table.deleteObject(row(bytes, { a: 1n, b: 2 })), false);
  assert.equal(table.lookup('key'), [row(bytes, { a: 1, b: 2 })]);
});

for (const type of ['set', 'ordered_set', 'duplicate_bag'] as const) {
  test(`${type}: selectReplace puts compressed rows in place of compressed rows`, () => {
    using table = ets.new('t', { type, keypos: 1, compressed: true });
    for (let i = 0; i < 100; i++) table.insert([TEXT, i, i % 3]);
    const spec = [[[$2, $1, 1], [], [[[$2, $2], $1, 'new']]]] as never;
    assert.is(table.selectReplace(spec), 33);
    assert.equal(table.lookup(4), [[[TEXT, TEXT], 4, 'new']]);
    assert.equal(table.lookup(5), [[TEXT, 5, 2]]);
    assert.is(table.selectCount([[[_, _, 'new'], [], [true]]]), 33);
  });
}

test('slices in the thread pool expand rows with streams of their own', async () => {
  const tables = TYPES.map((type) => ets.new(type, { type, compressed: true }));
  for (const table of tables) for (let i = 0; i < 3000; i++) table.insert([i, TEXT.slice(0, i % 1000), i]);
  const found = await Promise.all(
    tables.map((table) => table.selectAsync<Row>([[[$1, $2, _], [ms.lt($1, 2000)], [[$1, $2]]]])),
  );
  for (const rows of found) {
    assert.is(rows.length, 2000);
    for (const [key, text] of rows) assert.is(text, TEXT.slice(0, (key as number) % 1000));
  }
  for (const table of tables) table.drop();
});

test('rows of every size come back, also those of many megabytes', async () => {
  using table = ets.new('t', { type: 'ordered_set', keypos: 1, compressed: true });
  const sizes = [0, 1, 50, 51, 52, 63, 64, 65, 4000, 4096, 70_000, 5_000_000];
  for (const size of sizes) table.insert(['z'.repeat(size), size, randomBytes(size)]);
  for (const [text, size, noise] of table.tab2list() as [string, number, Uint8Array][]) {
    assert.is(text, 'z'.repeat(size));
    assert.is(noise.length, size);
  }
  assert.equal([...table.keys()], sizes);
  assert.is(table.updateElement(5_000_000, 0, 'short'), true);
  assert.is(table.lookupElement(5_000_000, 0), 'short');
});

run();
