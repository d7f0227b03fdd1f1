import { $1, $2, $_, _, ets, type MatchSpec, type Row, type Table, type TableType } from 'termstore';
import { existsSync, symlinkSync } from 'node:fs';
import { dets } from 'termstore/dets';
import { add, gt } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { join } from 'node:path';
import { MirroredTable } from '#dist/mirror/table.js';
import { runChild } from '../support/children.js';
import { Member } from '../support/crew.js';
import { DiskFolder } from '../support/disk.js';
import { refuses, refusesEither } from '../support/refusals.js';
import { seededRandom } from '../support/random.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { TYPES, unordered } from '../support/variants.js';

const { test, before, after, beforeEach, afterEach, run } = suite('mirrored tables');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

type Pair = [key: unknown, value: number, more?: unknown];
type Step = readonly [
  name: string,
  (table: Table<Pair>, key: unknown, other: unknown, n: number) => unknown,
  bags?: false,
];

/** Every way to write to a table. */
const STEPS: readonly Step[] = [
  ['insert', (table, key, _other, n) => table.insert([key, n, { n }])],
  ['insertNew', (table, key, _other, n) => table.insertNew([key, n])],
  [
    'insertMany',
    (table, key, other, n) =>
      table.insertMany([
        [key, n],
        [other, n],
        [key, n + 1],
      ]),
  ],
  [
    'insertNewMany',
    (table, key, other, n) =>
      table.insertNewMany([
        [key, n],
        [other, n],
      ]),
  ],
  ['delete', (table, key) => table.delete(key)],
  ['deleteObject', (table, key, _other, n) => table.deleteObject([key, n])],
  ['take', (table, key) => table.take(key)],
  ['updateCounter', (table, key, _other, n) => table.updateCounter(key, n, [key, 0]), false],
  [
    'updateCounter',
    (table, key) => table.updateCounter(key, [{ pos: 1, incr: 2, threshold: 50, set: 0 }], [key, 0]),
    false,
  ],
  ['updateElement', (table, key, _other, n) => table.updateElement(key, 1, n), false],
  ['updateElements', (table, key, _other, n) => table.updateElements(key, [[1, n]], [key, 0]), false],
  ['selectTake', (table, _key, _other, n) => table.selectTake([[[_, n], [], [true]]] as never)],
  [
    'selectDelete',
    (table, _key, _other, n) => table.selectDelete([[[_, $1], [gt($1, n + 30)], [true]]] as never),
  ],
  ['matchDelete', (table, key) => table.matchDelete([key, _, _] as never)],
  ['selectReplace', (table) => table.selectReplace([[[$1, $2], [], [[$1, add($2, 1)]]]] as never), false],
  [
    'selectReplace',
    (table, key) => table.selectReplace([[[key, $2], [], [[key, add($2, 1)]]]] as never),
    false,
  ],
  ['selectTakeAsync', (table, _key, _other, n) => table.selectTakeAsync([[[_, n], [], [true]]] as never)],
  [
    'selectDeleteAsync',
    (table, _key, _other, n) => table.selectDeleteAsync([[[_, n + 1], [], [true]]] as never),
  ],
  [
    'selectReplaceAsync',
    (table, key) => table.selectReplaceAsync([[[key, $2], [], [[key, add($2, 1)]]]] as MatchSpec<Pair>),
    false,
  ],
];
/** Rarely, because little is left then. */
const SWEEPS: readonly Step[] = [
  ['deleteAllObjects', (table) => table.deleteAllObjects()],
  [
    'initTable',
    (table, key, other, n) =>
      table.initTable([
        [key, n],
        [other, n],
      ]),
  ],
  ['matchDelete', (table) => table.matchDelete(_)],
];

async function sameInFile(file: string, table: Table<Pair>): Promise<void> {
  const disk = await dets.openFile<Pair>('look', { file, access: 'read' });
  const rows = await disk.matchObject(_);
  if (disk.type === 'ordered_set') assert.equal(rows, table.tab2list());
  else assert.equal(unordered(rows), unordered(table.tab2list()));
  for (const key of table.keys()) assert.equal(disk.lookup(key), table.lookup(key));
  await disk.close();
}

function options(type: TableType, mode: 'writeThrough' | 'writeBehind', file: string) {
  return { type, access: 'public', mirror: { file, mode, interval: 5 } } as const;
}

for (const mode of ['writeThrough', 'writeBehind'] as const) {
  for (const type of TYPES) {
    test(`${mode}, ${type}: every kind of write is in the file, and the table comes back from it`, async () => {
      const random = seededRandom(`${mode} ${type}`);
      const file = folder.file();
      const used = new Set<string>();
      const bag = type === 'bag' || type === 'duplicate_bag';
      let expected: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        const table = ets.new<Pair>('mirrored', options(type, mode, file));
        assert.is(table.info('mirrored'), true);
        assert.equal(unordered(table.tab2list()), expected);
        for (let i = 0; i < 40; i++) {
          const steps = random.below(25) === 0 ? SWEEPS : STEPS;
          const [name, act, bags] = random.pick(steps.filter((step) => !bag || step[2] !== false));
          const keys = ['a', 'b', 1, 2n, [1], 'long'.repeat(30)];
          await act(table, random.pick(keys), random.pick(keys), random.below(20));
          used.add(name);
          assert.is(bags === false && bag, false);
          if (mode === 'writeThrough' && i % 5 === 0) await sameInFile(file, table);
        }
        await table.syncMirror();
        await sameInFile(file, table);
        // Also what was not waited for is there when the table was dropped.
        table.insert(['last', round]);
        expected = unordered(table.tab2list());
        table.drop();
      }
      assert.ok(used.size > (bag ? 8 : 10), [...used].join());
    });
  }
}

test('the methods that write are those that are tried here', () => {
  const own = Object.getOwnPropertyNames(MirroredTable.prototype);
  const tried = new Set<string>([...STEPS, ...SWEEPS].map(([name]) => name));
  const others = ['constructor', 'unmirrored', 'syncMirror', 'drop'];
  assert.equal(
    own.filter((name) => !tried.has(name) && !others.includes(name)),
    [],
  );
  assert.equal(
    [...tried].filter((name) => !own.includes(name)),
    [],
  );
});

test('a table is filled from a file, with progress, and mirrored from then on where that is wanted', async () => {
  const file = folder.file();
  const saved = await dets.openFile<[string, number]>('saved', { file, type: 'ordered_set' });
  await saved.initTable(Array.from({ length: 50_000 }, (_one, i): [string, number] => [`key ${i}`, i]));
  await saved.close();
  const seen: number[] = [];
  using table = await ets.hydrate<[string, number]>('facts', {
    from: file,
    named: true,
    onProgress: (rows) => seen.push(rows),
  });
  assert.is(table.info('type'), 'ordered_set');
  assert.is(table.info('protection'), 'protected');
  assert.is(table.info('size'), 50_000);
  assert.equal(table.get('key 777'), ['key 777', 777]);
  assert.ok(seen.length > 2 && seen.at(-1) === 50_000);
  table.insert(['only in memory', 1]);
  using kept = await ets.hydrate<[string, number]>('kept', {
    mirror: { file, mode: 'writeThrough' },
    access: 'public',
  });
  assert.is(kept.info('size'), 50_000);
  kept.insert(['also on disk', 2]);
  const other = folder.file();
  using copy = await ets.hydrate<[string, number]>('copy', {
    from: file,
    mirror: { file: other, mode: 'writeThrough' },
  });
  copy.insert(['only in the copy', 3]);
  const disk = await dets.openFile<[string, number]>('disk', { file: other });
  assert.is(disk.info('size'), 50_002);
  assert.equal(disk.get('also on disk'), ['also on disk', 2]);
  await disk.close();
});

test('what ends a hydration leaves no table and no open file', async () => {
  const file = folder.file();
  const saved = await dets.openFile<[number]>('saved', { file });
  await saved.initTable(Array.from({ length: 50_000 }, (_one, i): [number] => [i]));
  await saved.close();
  const abort = new AbortController();
  const stopped = ets.hydrate('stopped', {
    from: file,
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('enough')),
  });
  await stopped.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'enough'),
  );
  for (const bad of [
    {},
    { from: 5 },
    { from: file, type: 'heap' },
    { from: file, colour: 1 },
    { from: file, mirror: 5 },
  ])
    await refusesEither(() => ets.hydrate('bad', bad as never), 'ERR_ETS_BADARG');
  await refusesEither(() => ets.hydrate('bag', { from: file, type: 'bag' }), 'ERR_DETS_ARGUMENTS_MISMATCH');
  await refusesEither(() => ets.hydrate('none', { from: folder.file() }), 'ERR_DETS_FILE', /no such file/);
  dets.remove(file);
});

test('options of a mirror are checked, and a table without one has nothing to wait for', async () => {
  const file = folder.file();
  const bad: readonly [unknown, RegExp][] = [
    [5, /`mirror`/],
    [{}, /`mirror\.file`/],
    [{ file: '' }, /`mirror\.file`/],
    [{ file, mode: 'sometimes' }, /mode/],
    [{ file, interval: 0 }, /interval/],
    [{ file, colour: 1 }, /colour/],
  ];
  for (const [mirror, message] of bad)
    refuses(() => ets.new('bad', { mirror } as never), 'ERR_ETS_BADARG', message);
  ets.new('bag', { type: 'bag', mirror: { file } }).drop();
  refuses(() => ets.new('set', { mirror: { file } }), 'ERR_DETS_ARGUMENTS_MISMATCH');
  using plain = ets.new('plain');
  await refusesEither(() => plain.syncMirror(), 'ERR_ETS_TABLE_TYPE');
  await refusesEither(() => plain.toDets({} as never), 'ERR_ETS_BADARG', /dets.openFile/);
  await refusesEither(() => plain.fromDets(plain as never), 'ERR_ETS_BADARG', /dets.openFile/);
});

test('a table is kept in a file of its own, which cannot be removed meanwhile', () => {
  const file = folder.file();
  const table = ets.new<Pair>('first', { mirror: { file } });
  refuses(() => ets.new('second', { mirror: { file } }), 'ERR_DETS_ACCESS', /another table/);
  refuses(() => dets.remove(file), 'ERR_DETS_ACCESS');
  table.drop();
  ets.new('second', { mirror: { file } }).drop();
});

test('what is refused makes no file', async () => {
  using _taken = ets.new('taken', { named: true });
  const file = folder.file();
  const mirror = { file };
  refuses(() => ets.new('taken', { named: true, mirror }), 'ERR_ETS_ALREADY_EXISTS');
  refuses(() => ets.new('heir', { heir: { thread: 0, data: () => 1 }, mirror }), 'ERR_TERM_UNSUPPORTED');
  await refusesEither(() => ets.hydrate('taken', { named: true, mirror }), 'ERR_ETS_ALREADY_EXISTS');
  assert.not.ok(existsSync(file));
});

test('a thread whose table was dropped by another one before its writes were in the file is told', async () => {
  const file = folder.file();
  const table = ets.new<Pair>('dropped', { mirror: { file, mode: 'writeBehind', interval: 60_000 } });
  table.insert(['kept', 1]);
  await table.syncMirror();
  table.insert(['lost', 1]);
  // As another thread drops it, which knows nothing of what this one has not written yet.
  (table as MirroredTable<Pair>).unmirrored().drop();
  await refusesEither(() => table.syncMirror(), 'ERR_ETS_ID');
  const rows = await dets.openFile('rows', { file });
  assert.equal([rows.member('kept'), rows.member('lost')], [true, false]);
  await rows.close();
});

test('rows that a bag has already are no hindrance when it gets those of a file', async () => {
  const file = folder.file();
  const rows = await dets.openFile<Pair>('rows', { file, type: 'bag' });
  await rows.insertMany([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  using bag = ets.new<Pair>('bag', { type: 'bag' });
  bag.insertMany([
    ['b', 2],
    ['q', 1],
  ]);
  await rows.toEts(bag);
  await bag.fromDets(rows);
  assert.equal(bag.tab2list().map(String).sort(), ['a,1', 'b,2', 'c,3', 'q,1']);
  await rows.close();
});

test('a key that is too long for the file is refused by whatever fills the table, and nothing is stuck', async () => {
  const long = 'k'.repeat(3000);
  const source = await dets.openFile<Row>('source', { file: folder.file() });
  await source.insertMany([
    ['a', 1],
    [long, 1],
  ]);
  async function* later(): AsyncGenerator<Row> {
    await Promise.resolve();
    yield [long, 1];
  }
  for (const mode of ['writeThrough', 'writeBehind'] as const) {
    const file = folder.file();
    using table = ets.new<Row>('fitting', options('ordered_set', mode, file));
    table.insert(['k', 1]);
    await refusesEither(() => table.fromDets(source), 'ERR_DETS_KEY_TOO_LARGE', /detsTable\.toEts/);
    await refusesEither(() => source.toEts(table), 'ERR_DETS_KEY_TOO_LARGE');
    assert.equal(table.tab2list(), [['k', 1]]);
    await refusesEither(() => table.initTable(later()), 'ERR_DETS_KEY_TOO_LARGE', /table\.initTable/);
    await refusesEither(
      () =>
        table.initTable([
          ['b', 1],
          [long, 1],
        ]),
      'ERR_DETS_KEY_TOO_LARGE',
    );
    table.insert(['after', 1]);
    assert.equal(table.tab2list(), [
      ['after', 1],
      ['b', 1],
    ]);
    await table.syncMirror();
    await sameInFile(file, table as never);
  }
  await source.close();
});

test('a file has one identity, whatever links its path goes through', async () => {
  const file = folder.file();
  const link = `${file}-link`;
  using table = ets.new<Row>('linked', options('set', 'writeThrough', file));
  table.insert(['k', 1]);
  try {
    symlinkSync(file, link);
  } catch (error) {
    // Windows lets only some users make one.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return;
    throw error;
  }
  refuses(() => ets.new('second', options('set', 'writeThrough', link)), 'ERR_DETS_ACCESS', /another table/);
  refuses(() => dets.remove(link), 'ERR_DETS_ACCESS', /is open/);
  const handle = await dets.openFile<Row>('handle', { file: link });
  assert.equal(handle.get('k'), ['k', 1]);
  await handle.insert(['k', 2]);
  await handle.close();
  table.insert(['l', 1]);
  table.drop();
  const again = await dets.openFile<Row>('again', { file });
  assert.equal(
    unordered(await again.foldl((row, all: Row[]) => [...all, row], [])),
    unordered([
      ['k', 2],
      ['l', 1],
    ]),
  );
  await again.close();
});

test('what is refused changes neither the table nor the file', async () => {
  for (const mode of ['writeThrough', 'writeBehind'] as const) {
    const file = folder.file();
    using table = ets.new<Row>('refusing', options('ordered_set', mode, file));
    table.insert(['k', 1]);
    refuses(() => table.insert('row' as never), 'ERR_ETS_BADARG');
    refuses(() => table.insert(['k', () => 1]), 'ERR_TERM_UNSUPPORTED');
    refuses(() => table.insertMany([['new', 1], [] as never]), 'ERR_ETS_BADARG');
    refuses(() => table.insertMany(5 as never), 'ERR_ETS_BADARG');
    refuses(() => table.insert(['x'.repeat(4000)]), 'ERR_DETS_KEY_TOO_LARGE');
    refuses(() => table.updateCounter('nobody', 1), 'ERR_ETS_BADKEY');
    refuses(() => table.selectDelete('spec' as never), 'ERR_ETS_MATCH_SPEC', /table\.selectDelete/);
    assert.equal(table.tab2list(), [['k', 1]]);
    await table.syncMirror();
    await sameInFile(file, table as never);
  }
});

test('a table on disk is copied into a mirrored table and into its file', async () => {
  const saved = await dets.openFile<[string, number]>('saved', { file: folder.file() });
  await saved.insertMany([
    ['a', 1],
    ['b', 2],
  ]);
  const file = folder.file();
  using table = ets.new<[string, number]>('mirrored', { mirror: { file, mode: 'writeThrough' } });
  assert.is(await table.fromDets(saved), 2);
  await sameInFile(file, table);
  await saved.close();
});

test('writes of several threads to one key end in the file as they end in memory', async () => {
  for (const mode of ['writeThrough', 'writeBehind'] as const) {
    const file = folder.file();
    using table = ets.new<Pair>('shared', options('set', mode, file));
    const crew = [
      new Member(join(__dirname, 'mirror.worker.js')),
      new Member(join(__dirname, 'mirror.worker.js')),
    ];
    const counts = await Promise.all(crew.map((member) => member.call<number>('write', table.tid, 150)));
    assert.equal(counts, [150, 150]);
    await table.syncMirror();
    assert.equal(table.get('counter'), ['counter', 300]);
    await sameInFile(file, table);
    for (const member of crew) await member.terminate();
    table.insert(['after', 1]);
    await table.syncMirror();
    await sameInFile(file, table);
  }
});

const ENDS = { exit: 7, end: 0, throw: 1, worker: 0, 'under way': 7, 'behind another': 0, listener: 0 };
for (const [how, code] of Object.entries(ENDS)) {
  test(`write-behind: what was written is in the file when the process ends by itself: ${how}`, async () => {
    const file = folder.file();
    const ended = await runChild(join(__dirname, 'exit.child.js'), [how, file]);
    assert.is(ended.signal, null, ended.stderr);
    assert.is(ended.code, code, ended.stderr);
    if (how === 'listener') {
      const closed = 'ERR_DETS_NOT_OPEN';
      assert.equal(JSON.parse(ended.stdout), [null, closed, closed, closed, closed, closed, 0, null]);
    }
    const disk = await dets.openFile<Pair>('look', { file, access: 'read' });
    assert.is(disk.info('size'), 100);
    assert.equal(disk.lookup(99), [[99, 1]]);
    await disk.close();
  });
}

test('a match spec finds in a mirrored table what is there', () => {
  using table = ets.new<Pair>('found', options('set', 'writeBehind', folder.file()));
  table.insertMany([
    ['a', 1],
    ['b', 2],
  ]);
  assert.equal(table.select([[[_, 2], [], [$_]]] as never), [['b', 2]]);
});

run();
