import { $1, $2, _, ets, type Table } from 'termstore';
import { dets, type DetsTable } from 'termstore/dets';
import { constant, ge, gt, le, lt } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { refusesEither } from '../support/refusals.js';
import { suite } from '../support/suite.js';

/* Keys that an ordered table on disk cannot have, and keys that it can just have. */

const { test, before, after, run } = suite('dets: long keys of ordered tables');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

type Row = [key: unknown, count: number];

/** The ordered form of a text has three bytes more than it. */
const LONGEST = 1957;
const LONG = 'x'.repeat(5000);

const SHORT_KEYS = [
  1,
  -(3n ** 5000n),
  'a',
  'w',
  'x',
  'xx',
  'x'.repeat(LONGEST - 1),
  'x'.repeat(LONGEST),
  `${'x'.repeat(LONGEST - 1)}w`,
  `${'x'.repeat(LONGEST - 1)}y`,
  'y',
  [],
  ['x'],
  ['x'.repeat(1000), 'x'.repeat(900)],
  ['x', 1],
];

const LONG_KEYS = [
  LONG,
  `${LONG}y`,
  'x'.repeat(LONGEST + 1),
  'x'.repeat(LONGEST + 2),
  `${'x'.repeat(LONGEST)}\0`,
  `a${LONG}`,
  'ÿ'.repeat(3000),
  'z'.repeat(3000),
  '\0'.repeat(2500),
  3n ** 20_000n,
  -(3n ** 20_000n),
  [LONG],
  ['x', LONG],
  [LONG, 'x'],
  ['x'.repeat(1000), LONG],
  new Uint8Array(5000),
  { [LONG]: 1 },
];

/** The same rows on disk and in memory. */
async function both(): Promise<{ disk: DetsTable<Row>; memory: Table<Row> }> {
  const disk = await dets.openFile<Row>('long', { file: folder.file(), type: 'ordered_set' });
  const memory = ets.new<Row>('long', { type: 'ordered_set' });
  for (const [i, key] of SHORT_KEYS.entries()) {
    memory.insert([key, i]);
    await disk.insert([key, i]);
  }
  return { disk, memory };
}

test('a key that is too long for an ordered table is not in it', async () => {
  const { disk, memory } = await both();
  for (const key of LONG_KEYS) {
    assert.equal(disk.lookup(key), []);
    assert.is(disk.get(key), undefined);
    assert.is(disk.member(key), false);
    await refusesEither(() => disk.updateCounter(key, 1), 'ERR_DETS_BADKEY');
    assert.equal(await disk.matchObject([key, _] as never), []);
    assert.is(await disk.matchDelete([key, _] as never), 0);
    assert.is(await disk.delete(key), 'committed');
    assert.is(await disk.deleteObject([key, 1]), 'committed');
  }
  assert.is(await disk.delete(LONG), 'committed');
  assert.equal(await disk.matchObject(_), memory.tab2list());
  await disk.close();
  memory.drop();
});

test('a row whose key is too long for an ordered table is not written', async () => {
  const { disk, memory } = await both();
  const file = disk.file;
  for (const key of LONG_KEYS) {
    const row: Row = [key, 1];
    await refusesEither(() => disk.insert(row), 'ERR_DETS_KEY_TOO_LARGE', /1960/);
    await refusesEither(() => disk.insertMany([['new', 1], row]), 'ERR_DETS_KEY_TOO_LARGE');
    await refusesEither(() => disk.insertNew(row), 'ERR_DETS_KEY_TOO_LARGE');
    await refusesEither(() => disk.insertNewMany([row]), 'ERR_DETS_KEY_TOO_LARGE');
  }
  assert.equal(await disk.matchObject(_), memory.tab2list());
  await disk.close();
  memory.drop();
  const mirror = { file, mode: 'writeThrough' } as const;
  using mirrored = ets.new<Row>('mirrored', { type: 'ordered_set', mirror });
  assert.is(mirrored.delete(LONG), false);
  await refusesEither(() => mirrored.insert([LONG, 1]), 'ERR_DETS_KEY_TOO_LARGE');
});

test('a key that is too long has its place among those of an ordered table', async () => {
  const { disk, memory } = await both();
  for (const key of [...LONG_KEYS, ...SHORT_KEYS]) {
    assert.equal(disk.next(key), memory.next(key));
    assert.equal(disk.prev(key), memory.prev(key));
  }
  await disk.close();
  memory.drop();
});

test('bounds that are too long for a key bound what is found', async () => {
  const { disk, memory } = await both();
  const specs: unknown[] = [[[[[LONG, $1], _], [], [$1]]], [[[['x', $1], _], [], [$1]]]];
  for (const key of [...LONG_KEYS, ...SHORT_KEYS]) {
    for (const compare of [lt, le, gt, ge]) specs.push([[[$1, _], [compare($1, constant(key))], [$1]]]);
    specs.push([[[$1, $2], [gt($1, 'w'), lt($1, constant(key))], [$2]]]);
    specs.push([
      [[constant(key), $1], [], [$1]],
      [['y', $1], [], [$1]],
    ]);
  }
  for (const spec of specs) {
    assert.equal(await disk.select(spec as never), memory.select(spec as never));
    assert.is(await disk.selectCount(spec as never), memory.selectCount(spec as never));
  }
  await disk.close();
  memory.drop();
});

run();
