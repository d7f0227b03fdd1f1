import { ets, type Row } from 'termstore';
import { dets, type DetsTable } from 'termstore/dets';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { refusesEither } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, before, after, run } = suite('dets: refused calls');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

interface BadCall {
  readonly operation: string;
  readonly code: string;
  readonly message: RegExp;
  readonly call: (table: DetsTable) => unknown;
}

const NO_ROWS: readonly [unknown, RegExp][] = [
  ['row', /array/],
  [{}, /array/],
  [[], /no key/],
  [[undefined, 1], /undefined/],
  [[1, () => 1], /function/],
  [[1, { a: [Symbol('own')] }], /\[1\]\.a\[0\]/],
];

function any(value: unknown): never {
  return value as never;
}

/** A method by its name, whatever it takes. */
function call(table: DetsTable, name: string, ...args: unknown[]): unknown {
  return (table as unknown as Record<string, (...all: unknown[]) => unknown>)[name]!(...args);
}

function bad(operation: string, code: string, message: RegExp, call: BadCall['call']): BadCall {
  return { operation, code, message, call };
}

function badRows(): BadCall[] {
  return NO_ROWS.flatMap(([row, message]) => {
    const code = /function|\\\[0/.test(message.source) ? 'ERR_TERM_UNSUPPORTED' : 'ERR_DETS_BADARG';
    return [
      bad('insert', code, message, (table) => table.insert(any(row))),
      bad('insertNew', code, message, (table) => table.insertNew(any(row))),
      bad('deleteObject', code, message, (table) => table.deleteObject(any(row))),
      bad('insertMany', code, /rows\[1\]/, (table) => table.insertMany([['new', 1], any(row)])),
      bad('insertNewMany', code, /rows\[1\]/, (table) => table.insertNewMany([['new', 1], any(row)])),
    ];
  });
}

const KEYED = ['lookup', 'get', 'member', 'next', 'prev', 'delete'] as const;

const BAD_CALLS: readonly BadCall[] = [
  ...badRows(),
  ...KEYED.flatMap((name) => [
    bad(name, 'ERR_DETS_BADARG', /undefined/, (table) => table[name](undefined)),
    bad(name, 'ERR_TERM_UNSUPPORTED', /function/, (table) => table[name](() => 1)),
  ]),
  ...(['insertMany', 'insertNewMany', 'initTable'] as const).flatMap((name) =>
    [undefined, null, 5, {}].map((rows) =>
      bad(name, 'ERR_DETS_BADARG', /iterable/, (table) => table[name](any(rows))),
    ),
  ),
  bad('initTable', 'ERR_DETS_BADARG', /signal/, (table) => table.initTable([], { signal: any(1) })),
  bad('initTable', 'ERR_DETS_BADARG', /`other`/, (table) => table.initTable([], any({ other: 1 }))),
  ...[-1, 1.5, '0', undefined].map((i) =>
    bad('slot', 'ERR_DETS_BADARG', /`i`/, (table) => table.slot(any(i))),
  ),
  ...(['select', 'selectCount', 'selectDelete'] as const).flatMap((name) =>
    [5, [[1]], [[['a'], [], []]]].map((spec) =>
      bad(name, 'ERR_ETS_MATCH_SPEC', /clause|array/, (table) => call(table, name, spec)),
    ),
  ),
  ...(['match', 'matchObject', 'matchDelete'] as const).map((name) =>
    bad(name, 'ERR_ETS_MATCH_SPEC', /pattern/, (table) => call(table, name, [() => 1])),
  ),
  ...(['select', 'match', 'matchObject'] as const).flatMap((name) =>
    [0, -1, 1.5, '7', null].map((limit) =>
      bad(name, 'ERR_DETS_BADARG', /limit/, (table) => call(table, name, [], limit)),
    ),
  ),
  ...(['foldl', 'foldr', 'traverse'] as const).map((name) =>
    bad(name, 'ERR_DETS_BADARG', /`fn`/, (table) => table[name](any('no function'), any(0))),
  ),
  bad('traverse', 'ERR_DETS_BADARG', /must return/, (table) => table.traverse(() => any('continue'))),
  ...[
    undefined,
    1.5,
    '1',
    null,
    [],
    {},
    { incr: 1, pos: -1 },
    { incr: 1, pos: 0 },
    { incr: 1, threshold: 2 },
  ].map((op) =>
    bad('updateCounter', 'ERR_DETS_BADARG', /operation|incr|pos/, (table) =>
      table.updateCounter('key', any(op)),
    ),
  ),
  bad('updateCounter', 'ERR_DETS_BADKEY', /key/, (table) => table.updateCounter('nobody', 1)),
  bad('updateCounter', 'ERR_DETS_BADARG', /integer/, (table) =>
    table.updateCounter('key', { pos: 2, incr: 1 }),
  ),
  bad('updateCounter', 'ERR_DETS_BADARG', /integer/, (table) =>
    table.updateCounter('key', { pos: 9, incr: 1 }),
  ),
  bad('updateCounter', 'ERR_DETS_BADARG', /bigint/, (table) => table.updateCounter('key', 1n)),
  bad('updateCounter', 'ERR_DETS_COUNTER_RANGE', /safe/, (table) =>
    table.updateCounter('key', Number.MAX_SAFE_INTEGER),
  ),
  bad('info', 'ERR_DETS_BADARG', /item/, (table) => table.info(any('colour'))),
  ...(['toEts', 'fromEts'] as const).flatMap((name) => [
    bad(name, 'ERR_DETS_BADARG', /table of `ets`/, (table) => table[name](any({}))),
    bad(name, 'ERR_DETS_BADARG', /keys at 1/, async (table) => {
      using other = ets.new<Row>('other', { keypos: 1 });
      await table[name](other);
    }),
    bad(name, 'ERR_ETS_ID', /does not exist/, async (table) => {
      const dropped = ets.new<Row>('dropped');
      dropped.drop();
      await table[name](dropped);
    }),
  ]),
];

for (const type of ['set', 'ordered_set'] as const) {
  test(`${type}: what is wrong is refused, and changes nothing`, async () => {
    const table = await dets.openFile('refusing', { file: folder.file(), type });
    await table.insertMany([
      ['key', 1, 'text'],
      ['other', 2n],
    ]);
    const rows = await table.matchObject(any(Symbol.for('nothing'))).catch(() => []);
    assert.equal(rows, []);
    const state = (): unknown => [table.lookup('key'), table.lookup('other'), table.info('size')];
    const expected = state();
    for (const { operation, code, message, call: act } of BAD_CALLS) {
      for (let i = 0; i < 2; i++) {
        try {
          await refusesEither(() => act(table), code, message);
        } catch (error) {
          throw new Error(`${operation} ${code} ${String(message)}: ${(error as Error).message}`, {
            cause: error,
          });
        }
      }
      assert.equal(state(), expected, operation);
    }
    await table.close();
  });
}

test('a bag has no single row of a key', async () => {
  const table = await dets.openFile('bag', { file: folder.file(), type: 'bag' });
  await refusesEither(() => table.get('k'), 'ERR_DETS_TABLE_TYPE');
  await refusesEither(() => table.updateCounter('k', 1), 'ERR_DETS_TABLE_TYPE');
  await table.close();
});

test('a key that is too long for an ordered table is refused, and taken by the others', async () => {
  const key = 'x'.repeat(5000);
  const ordered = await dets.openFile('ordered', { file: folder.file(), type: 'ordered_set' });
  await refusesEither(() => ordered.insert([key]), 'ERR_DETS_KEY_TOO_LARGE', /1960/);
  await ordered.close();
  const set = await dets.openFile('set', { file: folder.file() });
  await set.insertMany([
    [key, 1],
    [`${key}y`, 2],
  ]);
  assert.equal(set.lookup(key), [[key, 1]]);
  assert.equal(set.next(set.first()), set.first() === key ? `${key}y` : key);
  await set.close();
});

test('an initTable that fails half-way leaves the rows before the bad one', async () => {
  const failure = new Error('no more rows');
  async function* failing(rows: number): AsyncGenerator<Row> {
    for (let i = 0; i < rows; i++) yield [`key ${i}`, i];
    await Promise.reject(failure);
  }
  for (const type of ['set', 'ordered_set', 'bag'] as const) {
    await using table = await dets.openFile<Row>('half', { file: folder.file(), type });
    await refusesEither(() => table.initTable([['a'], ['b'], 5 as never]), 'ERR_DETS_BADARG', /rows\[2\]/);
    assert.equal([...table.lookup('a'), ...table.lookup('b')], [['a'], ['b']]);
    assert.is(table.info('size'), 2);
    for (const rows of [0, 3, 5000]) {
      const failed = await table.initTable(failing(rows)).catch((error: unknown) => error);
      assert.is(failed, failure);
      assert.is(table.info('size'), rows);
    }
  }
});

test('every option of openFile is checked', async () => {
  const wrong: readonly [string, unknown][] = [
    ['file', 5],
    ['file', ''],
    ['type', 'heap'],
    ['keypos', -1],
    ['access', 'write'],
    ['ack', true],
    ['autoSave', 0],
    ['autoSave', '1'],
    ['ramFile', 1],
    ['repair', 'yes'],
    ['colour', 1],
  ];
  for (const [name, value] of wrong) {
    const options = { file: folder.file(), [name]: value };
    const message = new RegExp(`\`${name}\``);
    await refusesEither(() => dets.openFile('wrong', any(options)), 'ERR_DETS_BADARG', message);
  }
  for (const name of [undefined, null, 5, ''])
    await refusesEither(() => dets.openFile(any(name)), 'ERR_DETS_BADARG', /name/);
  await refusesEither(() => dets.openFile('wrong', any(5)), 'ERR_DETS_BADARG', /options/);
});

test('the functions of files refuse what is no path', async () => {
  await refusesEither(() => dets.isDetsFile(any(5)), 'ERR_DETS_BADARG', /`file`/);
  await refusesEither(() => dets.isDetsFile(folder.file()), 'ERR_DETS_FILE', /no such file/);
  await refusesEither(() => dets.remove(any(5)), 'ERR_DETS_BADARG', /`file`/);
});

test('every function and method has an error case', () => {
  const methods = new Set<string>();
  const example = dets.all; // a namespace: its functions are named one by one above
  assert.type(example, 'function');
  let at: object | null = null;
  return dets.openFile('methods', { file: folder.file() }).then(async (table) => {
    for (
      at = Reflect.getPrototypeOf(table);
      at !== null && at !== Object.prototype;
      at = Reflect.getPrototypeOf(at)
    )
      for (const name of Object.getOwnPropertyNames(at)) methods.add(name);
    const tested = new Set(BAD_CALLS.map(({ operation }) => operation));
    // Internal ones, and those that only the state of the handle refuses.
    const internal = [
      'constructor',
      'store',
      'writable',
      'isOpen',
      'settled',
      'refused',
      'acknowledge',
      'within',
      'release',
      'groups',
      'rowsOf',
    ];
    const byState = ['first', 'last', 'deleteAllObjects', 'sync', 'close'];
    assert.equal(
      [...methods].filter((name) => !tested.has(name) && !internal.includes(name) && !byState.includes(name)),
      [],
    );
    await table.close();
    for (const name of [...tested, ...byState]) {
      if (name === 'close' || name === 'info') continue;
      const args = name === 'select' ? [[[['$'], [], [true]]]] : [['k']];
      await refusesEither(() => call(table, name, ...args), 'ERR_DETS_NOT_OPEN');
    }
  });
});

run();
