import { inspect } from 'node:util';
import { $1, $2, $_, _, ets, type Row, type Table } from 'termstore';
import { DetsContinuation, type DetsTable, dets } from 'termstore/dets';
import { ge, gt, le, lt } from 'termstore/ms';
import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { seededRandom } from '../support/random.js';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { anyKey, anyRow, difference } from '../support/terms.js';
import { TYPES, unordered } from '../support/variants.js';

/* A table in memory says what a table on disk must answer. */

const { test, before, after, beforeEach, afterEach, run } = suite('dets: as a table in memory');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

/** Keys that an ordered table on disk takes. */
const shortKey = anyKey.filter((key) => inspect(key).length < 400);

type Pair = [key: unknown, value: unknown];

const KEYS = [
  0,
  1,
  1n,
  'a',
  'b',
  'a\0',
  null,
  true,
  Symbol.for('x'),
  [1],
  [1, 2],
  { a: 1 },
  'long'.repeat(700),
];
const VALUES = [1, 2, 'x', { a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, new Map([['k', 1n]]), -0, 0];

/** Whether a key may be used in an ordered table on disk. */
function fits(key: unknown, type: string): boolean {
  return type !== 'ordered_set' || typeof key !== 'string' || key.length < 1900;
}

async function same(disk: DetsTable<Pair>, memory: Table<Pair>): Promise<void> {
  const rows = await disk.matchObject(_);
  if (disk.type === 'ordered_set') assert.equal(rows, memory.tab2list());
  else assert.equal(unordered(rows), unordered(memory.tab2list()));
  assert.is(disk.info('size'), memory.info('size'));
  assert.is(disk.info('noKeys'), new Set(rows.map(([key]) => inspect(key))).size);
  const slots: Pair[][] = [];
  for (let slot = disk.slot(0); slot !== undefined; slot = disk.slot(slots.length)) slots.push(slot);
  assert.is(slots.length, disk.info('noKeys'));
  assert.equal(slots.flat(), rows);
  for (const slot of slots) assert.equal(slot, disk.lookup(slot[0]![0]));
  for (const key of KEYS.filter((one) => fits(one, disk.type))) {
    assert.equal(disk.lookup(key), memory.lookup(key));
    assert.is(disk.member(key), memory.member(key));
    if (disk.type === 'ordered_set') {
      assert.equal(disk.next(key), memory.next(key));
      assert.equal(disk.prev(key), memory.prev(key));
    }
  }
}

async function change(
  disk: DetsTable<Pair>,
  memory: Table<Pair>,
  random: (limit: number) => number,
): Promise<void> {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const keys = KEYS.filter((one) => fits(one, disk.type));
  const row = (): Pair => [pick(keys), pick(VALUES)];
  const rows = [row(), row(), row()];
  switch (random(9)) {
    case 0:
      memory.insertMany(rows);
      return void (await disk.insertMany(rows));
    case 1:
      return assert.is(await disk.insertNew(rows[0]!), memory.insertNew(rows[0]!) && disk.ack);
    case 2:
      return assert.is(await disk.insertNewMany(rows), memory.insertNewMany(rows) && disk.ack);
    case 3:
      memory.delete(rows[0]![0]);
      return void (await disk.delete(rows[0]![0]));
    case 4:
      memory.deleteObject(rows[0]!);
      return void (await disk.deleteObject(rows[0]!));
    case 5:
      return assert.is(await disk.matchDelete([_, 2]), memory.matchDelete([_, 2]));
    case 6: {
      const spec = [[[$1, $2], [gt($1, 0), lt($1, 'b')], [true]]] as never;
      return assert.is(await disk.selectDelete(spec), memory.selectDelete(spec));
    }
    default:
      memory.insert(rows[0]!);
      return void (await disk.insert(rows[0]!));
  }
}

for (const type of TYPES) {
  test(`${type}: random changes leave the same rows, also when the file is opened again`, async () => {
    const random = seededRandom(type);
    const file = folder.file();
    using memory = ets.new<Pair>('model', { type });
    for (let round = 0; round < 4; round++) {
      const disk = await dets.openFile<Pair>('model', { file, type });
      await same(disk, memory);
      for (let i = 0; i < 60; i++) await change(disk, memory, (limit) => random.below(limit));
      await same(disk, memory);
      await disk.close();
    }
  });

  test(`${type}: every term comes back as it was`, async () => {
    const file = folder.file();
    const disk = await dets.openFile<unknown[]>('terms', { file, type });
    using memory = ets.new('terms', { type });
    const rows = fc.sample(
      anyRow.filter((row) => row[0] !== undefined),
      { numRuns: 300, seed: 7 },
    );
    const refused = new Set<unknown>();
    for (const row of rows) {
      memory.insert(row);
      await disk.insert(row).catch((error: { code: string }) => {
        assert.is(error.code, 'ERR_DETS_KEY_TOO_LARGE');
        refused.add(row[0]);
      });
    }
    let compared = 0;
    for (const [key] of rows) {
      // Only too long a key of an ordered table was refused.
      if (refused.has(key)) continue;
      assert.is(difference(disk.lookup(key), memory.lookup(key)), undefined, inspect(key));
      compared++;
    }
    assert.ok(compared > 200);
    await disk.close();
  });

  test(`${type}: match specs give what they give in memory, whatever part of the keys they are for`, async () => {
    const file = folder.file();
    const disk = await dets.openFile<Row>('specs', { file, type });
    using memory = ets.new<Row>('specs', { type });
    const rows = [];
    for (let i = 0; i < 3000; i++) rows.push([i % 3 === 0 ? [i % 40, i] : i, `text ${i}`, { i }]);
    memory.insertMany(rows);
    await disk.insertMany(rows);
    const specs = [
      [[_, [], [$_]]],
      [[[$1, _, _], [gt($1, 100), lt($1, 1500)], [$1]]],
      [[[[4, $1], _, $2], [], [[$1, $2]]]],
      [
        [[7, $1, _], [], [$1]],
        [[[8, 128], $1, _], [], [$1]],
      ],
      [[[1, $1, _], [], [$1]]],
      [[['no such key', $1, _], [], [$1]]],
      [[[_, _, { i: 77 }], [], [true]]],
    ] as never[];
    for (const spec of specs) {
      const [found, expected] = [await disk.select(spec), memory.select(spec)];
      if (type === 'ordered_set') assert.equal(found, expected);
      else assert.equal(unordered(found), unordered(expected));
      const chunks: unknown[] = [];
      for (
        let chunk = await disk.select(spec, 7);
        chunk !== undefined;
        chunk = await disk.select(chunk.continuation)
      ) {
        assert.ok(chunk.results.length <= 7);
        chunks.push(...chunk.results);
      }
      assert.equal(chunks, found);
      assert.is(await disk.selectCount(spec), memory.selectCount(spec));
    }
    await disk.close();
  });
}

test('a table goes to a file and back, with every row and in every type', async () => {
  for (const type of TYPES) {
    using from = ets.new('from', { type });
    const rows = fc.sample(fc.tuple(shortKey, anyKey), { numRuns: 200, seed: 3 });
    for (const row of rows) from.insert(row);
    for (let i = 0; i < 20_000; i++) from.insert([`key ${i}`, i, { i }]);
    from.insert(['large', 'x'.repeat(3_000_000)]);
    const disk = await dets.openFile('through', { file: folder.file(), type });
    const seen: number[] = [];
    assert.is(await disk.fromEts(from, { onProgress: (count) => seen.push(count) }), from.info('size'));
    assert.is(seen.at(-1), from.info('size'));
    using to = ets.new('to', { type });
    assert.is(await disk.toEts(to), from.info('size'));
    for (const key of from.keys()) assert.is(difference(to.lookup(key), from.lookup(key)), undefined);
    await disk.close();
  }
});

test('folds and traversals go through all rows in the order of the file, in steps, and stop where they are told', async () => {
  for (const type of TYPES) {
    const disk = await dets.openFile<[number, string]>('walks', { file: folder.file(), type });
    // More than one step reads.
    await disk.initTable(
      Array.from({ length: 6000 }, (_one, i): [number, string] => [i, 'x'.repeat(i % 50)]),
    );
    const forwards = await disk.foldl<number[]>(([i], all) => (all.push(i), all), []);
    assert.is(forwards.length, 6000);
    if (type === 'ordered_set') assert.is(forwards[4321], 4321);
    const backwards = await disk.foldr<number[]>(([i], all) => (all.push(i), all), []);
    assert.equal(backwards, [...forwards].reverse());
    const even = await disk.traverse<number>(([i]) => (i % 2 === 0 ? { continue: i } : undefined));
    assert.equal(
      even,
      forwards.filter((i) => i % 2 === 0),
    );
    let seen = 0;
    const until = await disk.traverse<number>(([i]) => {
      seen++;
      return i === forwards[3000] ? { done: -1 } : i === forwards[5] ? { continue: i } : undefined;
    });
    assert.equal(until, [forwards[5], -1]);
    assert.is(seen, 3001);
    await disk.close();
  }
});

test('an ordered table is read by ranges of its keys, whatever is open at either end', async () => {
  const disk = await dets.openFile<[number]>('ranges', { file: folder.file(), type: 'ordered_set' });
  await disk.insertMany(Array.from({ length: 100 }, (_one, i): [number] => [i]));
  const bounds = { gt, ge, lt, le };
  for (const low of ['gt', 'ge'] as const)
    for (const high of ['lt', 'le'] as const) {
      const spec = [[[$1], [bounds[low]($1, 10), bounds[high]($1, 20)], [$1]]] as never;
      const expected = Array.from({ length: 100 }, (_one, i) => i).filter(
        (i) => (low === 'gt' ? i > 10 : i >= 10) && (high === 'lt' ? i < 20 : i <= 20),
      );
      assert.equal(await disk.select(spec), expected);
    }
  assert.equal(await disk.select([[[$1], [gt($1, 97)], [$1]]] as never), [98, 99]);
  assert.equal(await disk.select([[[$1], [lt($1, 2)], [$1]]] as never), [0, 1]);
  await disk.close();
});

test('a continuation goes on with its own file and limit only', async () => {
  const disk = await dets.openFile<[number]>('goes on', { file: folder.file() });
  const other = await dets.openFile<[number]>('other', { file: folder.file() });
  await disk.insertMany([[1], [2], [3]]);
  const { continuation } = (await disk.matchObject(_, 2))!;
  const refused = (act: () => Promise<unknown>, message: RegExp): Promise<unknown> =>
    refusesEither(act, 'ERR_DETS_BADARG', message);
  await refused(() => other.matchObject(continuation), /another file/);
  await refused(() => disk.matchObject(continuation as never, 2), /limit already/);
  const forged = Object.create(DetsContinuation.prototype) as typeof continuation;
  await refused(() => disk.matchObject(forged), /no selection has made/);
  const last = await disk.matchObject(continuation);
  assert.is(last?.results.length, 1);
  await disk.close();
  await other.close();
});

test('rows of two keys of a bag keep the order of their insertion', async () => {
  const disk = await dets.openFile<[string, number]>('order', { file: folder.file(), type: 'duplicate_bag' });
  for (let i = 0; i < 300; i++) void disk.insert([i % 2 === 0 ? 'even' : 'odd', i]);
  await disk.deleteObject(['even', 40]);
  await disk.insert(['even', 40]);
  const even = disk.lookup('even').map(([, i]) => i);
  assert.equal(even, [...Array.from({ length: 150 }, (_one, i) => 2 * i).filter((i) => i !== 40), 40]);
  await disk.close();
});

run();
