import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ets, type Row, type Table, type TableOptions } from 'termstore';
import * as assert from 'uvu/assert';
import { rejection } from '../support/crew.js';
import { seededRandom } from '../support/random.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { eachTable, times, TYPES, VARIANTS } from '../support/variants.js';

/* ets_SUITE: tables in files. */

const { test, before, after, beforeEach, afterEach, run } = suite('otp: files');
let folder = '';
before(() => void (folder = mkdtempSync(join(tmpdir(), 'termstore-'))));
after(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const path = (): string => join(folder, 'table');

/** The rows, those of ordered tables in their order. */
function rowsOf(table: Table): Row[] {
  const rows = table.tab2list();
  if (table.info('type') === 'ordered_set') return rows;
  return rows.sort((a, b) => Number(a[0]) - Number(b[0]));
}

/** Dumps `table`, drops it, and makes it again. */
async function throughFile(table: Table): Promise<Table> {
  await table.tab2file(path());
  const info = table.info();
  const rows = rowsOf(table);
  table.drop();
  const again = await ets.file2tab(path(), { verify: true });
  assert.is(difference(rowsOf(again), rows), undefined);
  const now = again.info();
  assert.ok(info && now);
  // What a thread keeps of the rows is no part of the table.
  const same = { id: 0, memory: 0, nearCache: undefined };
  assert.equal({ ...now, ...same }, { ...info, ...same });
  return again;
}

test('ets_SUITE: tab2file', async () => {
  for (const type of TYPES) {
    for (const variant of VARIANTS) {
      for (const sync of [false, true]) {
        const options: TableOptions = { ...variant, type, named: sync, keypos: sync ? 1 : 0 };
        const table = await throughFile(ets.new('dumped', options));
        table.insertMany(times(300, (i): Row => [i, i + 0.5, `value ${i}`]));
        await table.tab2file(path(), { sync });
        const again = await throughFile(table);
        assert.is(again.info('size'), 300);
        assert.is(ets.whereis('dumped')?.tid, sync ? again.tid : undefined);
        again.drop();
      }
    }
  }
  const table = ets.new('t');
  assert.is(await rejection(table.tab2file(join(folder, 'no', 'such', 'folder'))), 'ERR_ETS_FILE');
  assert.is(await rejection(ets.file2tab(join(folder, 'none'))), 'ERR_ETS_FILE');
  const taken = ets.new('name', { named: true });
  await taken.tab2file(path());
  assert.is(await rejection(ets.file2tab(path())), 'ERR_ETS_ALREADY_EXISTS');
});

test('ets_SUITE: tab2file2', async () => {
  const random = seededRandom('tab2file2');
  const value = (i: number): unknown =>
    random.pick<unknown>([
      i,
      BigInt(i) ** 20n,
      `text ${i}`,
      'ü'.repeat(random.below(500)),
      Buffer.alloc(random.below(3000), i),
      new Float64Array([i]),
      [i, [i]],
      { i, nested: { i } },
      new Map([[i, i]]),
      new Set([i]),
      new Date(i),
      null,
      undefined,
      Symbol.for(`atom ${i % 10}`),
    ]);
  for (const type of TYPES) {
    const table = ets.new('t', { type });
    const bag = type.endsWith('bag');
    for (let i = 0; i < 2000; i++) table.insert([bag ? i % 500 : i, i, value(i), value(i)]);
    const before = table.lookup(7);
    const again = await throughFile(table);
    assert.is(difference(again.lookup(7), before), undefined);
    assert.is(again.info('size'), 2000);
  }
});

/** Writes a table with this information, and checks that it is told and that damage is found. */
async function checkExtended(
  extendedInfo: readonly ('objectCount' | 'md5sum')[],
  options: TableOptions,
  rows: number,
): Promise<void> {
  for (const type of TYPES) {
    const table = ets.new('ext', { ...options, type });
    table.insertMany(times(rows, (i): Row => [i, `value ${i}`, 'x'.repeat(i % 100)]));
    await table.tab2file(path(), { extendedInfo });
    table.drop();
    const told = await ets.tabfileInfo(path());
    assert.is(told.size, rows);
    assert.is(told.name, 'ext');
    assert.is(told.type, type);
    assert.equal([...told.extendedInfo].sort(), [...extendedInfo].sort());
    for (const verify of [false, true]) {
      const again = await ets.file2tab(path(), { verify });
      assert.is(again.info('size'), rows);
      assert.equal(again.lookup(rows - 1)[0]?.[1], `value ${rows - 1}`);
      again.drop();
    }
    const good = readFileSync(path());
    const random = seededRandom('damage');
    for (let i = 0; i < 8; i++) {
      const bad = Buffer.from(good);
      const at = random.below(bad.length);
      bad.writeUInt8((bad.readUInt8(at) + 1 + random.below(255)) % 256, at);
      writeFileSync(path(), i % 4 === 0 ? good.subarray(0, at) : bad);
      assert.is(await rejection(ets.file2tab(path(), { verify: true })), 'ERR_ETS_FILE');
      assert.equal(ets.all(), []);
    }
  }
}

test('ets_SUITE: tabfile_ext1', () => checkExtended(['objectCount'], {}, 100));

test('ets_SUITE: tabfile_ext2', () => checkExtended(['md5sum'], {}, 100));

test('ets_SUITE: tabfile_ext3', () => checkExtended([], { named: true }, 100));

test('ets_SUITE: tabfile_ext4', () => checkExtended(['md5sum', 'objectCount'], {}, 10_000));

/** The files that this process holds open in `folder`. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      // The one that was open for this listing.
      return [];
    }
  });
}

test('ets_SUITE: badfile', async () => {
  for (const content of [
    Buffer.alloc(0),
    Buffer.from('no table'),
    Buffer.alloc(100_000, 7),
    Buffer.from('{"name":"t"}'),
  ]) {
    writeFileSync(path(), content);
    assert.is(await rejection(ets.file2tab(path())), 'ERR_ETS_FILE');
    assert.is(await rejection(ets.tabfileInfo(path())), 'ERR_ETS_FILE');
  }
  assert.is(await rejection(ets.file2tab(folder)), 'ERR_ETS_FILE');
  assert.equal(ets.all(), []);
  assert.equal(openFiles(), []);
});

test('ets_SUITE: t_init_table', async () => {
  const rows = times(2000, (i): Row => [i, `value ${i}`]);
  await eachTable(TYPES, async (table) => {
    table.insert(['old', 1]);
    await table.initTable([]);
    assert.is(table.info('size'), 0);
    table.insert(['old', 1]);
    await table.initTable(rows);
    assert.equal(rowsOf(table), rows);
    await table.initTable(
      (async function* () {
        for (const row of rows.slice(0, 50)) yield await Promise.resolve(row);
      })(),
    );
    assert.equal(rowsOf(table), rows.slice(0, 50));
    // A wrong row ends it; the source is closed, and the rows before it are there.
    let closed = false;
    const source = (function* (): Generator<Row> {
      try {
        yield [1, 'one'];
        yield 'row' as never;
        yield [2, 'two'];
      } finally {
        closed = true;
      }
    })();
    assert.is(await rejection(table.initTable(source)), 'ERR_ETS_BADARG');
    assert.is(closed, true);
    assert.equal(table.tab2list(), [[1, 'one']]);
    const thrown = new Error('from the source');
    const failing = (function* (): Generator<Row> {
      yield [3, 'three'];
      throw thrown;
    })();
    assert.is(await rejection(table.initTable(failing)), thrown);
    assert.is(await rejection(table.initTable(5 as never)), 'ERR_ETS_BADARG');
    assert.equal(table.tab2list(), [[3, 'three']]);
  });
});

run();
