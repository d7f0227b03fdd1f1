import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { TableType } from 'termstore';
import { dets, type DetsTable, type OpenFileOptions, type RepairReport } from 'termstore/dets';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { refusesEither } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { TYPES } from '../support/variants.js';

/* Files of which so much is gone that nothing leads to the rows any more. */

const { test, before, after, run } = suite('dets: files that were cut off');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

type Row = [key: string, text: string];

const ROWS = 2000;
const PAGE = 4096;
const textOf = (i: number, version = 0): string => `${version}:${i} `.padEnd(60, '.');

async function inPieces(table: DetsTable<Row>, rows: readonly Row[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 50) await table.insertMany(rows.slice(at, at + 50));
}

/** The rows of `version`; of a bag, three with each key. */
function rowsOf(isBag: boolean, version = 0): Row[] {
  return Array.from({ length: ROWS }, (_one, i): Row => [
    `key ${isBag ? Math.floor(i / 3) : i}`,
    textOf(i, version),
  ]);
}

/** The offsets of the roots that a file goes by: of its free pages and of its main tree. */
function rootsOf(bytes: Buffer): { free: number; main: number } {
  const metas = [0, PAGE / 2, PAGE].map((at) => at + 24);
  const number = (meta: number): bigint => bytes.readBigUInt64LE(meta + 128);
  const newest = metas.reduce((a, b) => (number(b) > number(a) ? b : a));
  const root = (tree: number): number => PAGE * Number(bytes.readBigUInt64LE(newest + 24 + 48 * tree + 40));
  return { free: root(0), main: root(1) };
}

/** Repairs `file`, and checks that what was saved is a table of rows of `expected` which works, also when it is opened anew. */
async function repaired(
  file: string,
  expected: ReadonlySet<string>,
  type: TableType,
): Promise<{ report: RepairReport; rows: Row[] }> {
  const table = await dets.openFile<Row>('repaired', {
    file,
    // Where the header is lost, nothing else tells one kind of bags from the other.
    ...(type.endsWith('bag') && { type }),
    repair: 'force',
  });
  const report = table.repaired;
  assert.ok(report !== undefined);
  const rows = await table.foldl<Row[]>((row, all) => (all.push(row), all), []);
  assert.is(report.saved, rows.length);
  assert.is(report.saved, table.info('size'));
  for (const row of rows) assert.ok(expected.has(JSON.stringify(row)), JSON.stringify(row));
  assert.is(new Set(rows.map((row) => JSON.stringify(row))).size, rows.length);
  await table.insert(['new', 'row']);
  await table.close();
  const again = await dets.openFile<Row>('again', { file });
  assert.is(again.info('size'), rows.length + 1);
  assert.is(again.type, type);
  for (const row of rows) assert.ok(again.lookup(row[0]).some(([, text]) => text === row[1]));
  await again.close();
  return { report, rows };
}

for (const type of TYPES)
  test(`${type}: a repair saves rows of a file that was cut off, wherever its trees begin`, async () => {
    const file = folder.file();
    const isBag = type.endsWith('bag');
    const written = await dets.openFile<Row>('written', { file, type });
    const rows = rowsOf(isBag);
    await inPieces(written, rows);
    await written.close();
    const size = readFileSync(file).length;
    const expected = new Set(rows.map((row) => JSON.stringify(row)));
    for (let percent = 20; percent <= 95; percent += 5) {
      const cut = folder.file();
      copyFileSync(file, cut);
      truncateSync(cut, Math.floor((size * percent) / 100));
      const { report } = await repaired(cut, expected, type);
      assert.ok(report.saved > 0, `${percent} %`);
      // Behind that only free pages may lie.
      if (percent <= 80) assert.ok(report.damagedPages > 0, `${percent} %`);
    }
  });

for (const type of TYPES)
  test(`${type}: the last row of a key is saved where all leaves are left`, async () => {
    const file = folder.file();
    const isBag = type.endsWith('bag');
    const written = await dets.openFile<Row>('written', { file, type });
    const large = 'large'.padEnd(30_000, '.');
    for (let version = 0; version < 3; version++) {
      if (isBag) await written.deleteAllObjects();
      await inPieces(written, rowsOf(isBag, version));
      await written.delete('large');
      await written.insert(['large', `${version}${large}`]);
    }
    await written.close();
    const bytes = readFileSync(file);
    const { free, main } = rootsOf(bytes);
    const last = new Set([...rowsOf(isBag, 2), ['large', `2${large}`]].map((row) => JSON.stringify(row)));

    // What is free is known: nothing comes back.
    const known = folder.file();
    writeFileSync(known, Buffer.from(bytes).fill(0, main, main + 64));
    const exact = await repaired(known, last, type);
    assert.is(exact.report.saved, ROWS + 1);
    assert.is(exact.report.missing, 0);

    const unknown = folder.file();
    writeFileSync(
      unknown,
      Buffer.from(bytes)
        .fill(0, main, main + 64)
        .fill(0, free, free + 64),
    );
    const any = new Set(last);
    if (isBag)
      for (const version of [0, 1])
        for (const row of [...rowsOf(true, version), ['large', `${version}${large}`]])
          any.add(JSON.stringify(row));
    const { rows } = await repaired(unknown, any, type);
    const saved = new Set(rows.map((row) => JSON.stringify(row)));
    // The rows of a bag have numbers, which begin anew when all are deleted: the last row of a number is the one that stays.
    for (const row of last) assert.ok(saved.has(row), row);
  });

test('a bag that was cut off has no row twice, also when rows had been deleted and inserted again', async () => {
  const file = folder.file();
  const written = await dets.openFile<Row>('written', { file, type: 'bag' });
  const rows = rowsOf(true);
  await inPieces(written, rows);
  for (let i = 0; i < ROWS; i += 3) {
    await written.deleteObject(rows[i]!);
    await written.insert(rows[i]!);
  }
  await written.close();
  const bytes = readFileSync(file);
  const { free, main } = rootsOf(bytes);
  writeFileSync(file, bytes.fill(0, main, main + 64).fill(0, free, free + 64));
  const { report } = await repaired(file, new Set(rows.map((row) => JSON.stringify(row))), 'bag');
  assert.is(report.saved, ROWS);
});

test('a file without a header in any page is saved if its rows fit what it is said to be', async () => {
  const file = folder.file();
  const written = await dets.openFile<Row>('written', { file });
  await inPieces(written, rowsOf(false));
  await written.close();
  const bytes = readFileSync(file);
  const name = '!termstore.dets';
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) bytes[at] = 0x20;
  const { main } = rootsOf(bytes);
  const refused = async (content: Buffer, options: Partial<OpenFileOptions>): Promise<void> => {
    writeFileSync(file, content);
    await refusesEither(
      () => dets.openFile('refused', { file, repair: 'force', ...options }),
      'ERR_DETS_FILE',
      options.type === undefined ? /header of the table is missing/ : /`type` and `keypos`/,
    );
    assert.is(Buffer.compare(readFileSync(file), content), 0);
  };
  await refused(bytes, {});
  bytes.fill(0, main, main + 64);
  for (const type of TYPES) if (type !== 'set') await refused(bytes, { type });
  await refused(bytes, { type: 'set', keypos: 1 });
  const { report } = await repaired(file, new Set(rowsOf(false).map((row) => JSON.stringify(row))), 'set');
  assert.is(report.saved, ROWS);
});

run();
