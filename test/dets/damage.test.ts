import { readFileSync, writeFileSync } from 'node:fs';
import { dets, type DetsError } from 'termstore/dets';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { suite } from '../support/suite.js';

/* Files that are not as the engine left them, down to single numbers in their pages. */

const { test, before, after, run } = suite('dets: damage');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

type Pair = [string, number];

async function made(rows: number): Promise<string> {
  const file = folder.file();
  const table = await dets.openFile<Pair>('made', { file });
  await table.initTable(Array.from({ length: rows }, (_, i) => [`key ${i}`, i] as Pair));
  await table.close();
  return file;
}

test('numbers in a page that would end the process are damage', async () => {
  const file = await made(5000);
  const whole = readFileSync(file);
  const pageOf = (flag: number): number => {
    for (let page = whole.length / 4096 - 1; page > 1; page--)
      if (whole.readUInt16LE(page * 4096 + 18) === flag && whole.readUIntLE(page * 4096, 6) === page)
        return page * 4096;
    throw new Error('no such page');
  };
  const leaf = pageOf(2);
  /** The last list of free pages: behind its count are page numbers. */
  const freed = (bytes: Buffer): Buffer => {
    const metas = [24, 4096 + 24].sort((a, b) =>
      Number(bytes.readBigUInt64LE(b + 128) - bytes.readBigUInt64LE(a + 128)),
    );
    const root = 4096 * Number(bytes.readBigUInt64LE((metas[0] as number) + 24 + 40));
    const nodes = bytes.readUInt16LE(root + 20) / 2;
    const node = root + 24 + bytes.readUInt16LE(root + 24 + 2 * (nodes - 1));
    return bytes.subarray(node + 8 + 8);
  };
  const changes: ((bytes: Buffer) => void)[] = [
    (bytes) => bytes.writeUInt16LE(2 | 0x20, leaf + 18),
    (bytes) => bytes.writeUInt16LE(2 | 0x40, leaf + 18),
    (bytes) => bytes.writeUInt32LE(0x7fffffff, leaf + 8),
    (bytes) => freed(bytes).writeBigInt64LE(BigInt(leaf / 4096), 8),
    (bytes) => freed(bytes).writeBigInt64LE(2n ** 40n, 8),
    (bytes) => freed(bytes).writeBigInt64LE(-(2n ** 40n), 8),
    (bytes) => freed(bytes).writeBigUInt64LE(2n ** 40n, 0),
    (bytes) => bytes.writeUInt32LE(8192, 4096 + 24 + 24),
    (bytes) => [0, 4096].forEach((meta) => bytes.writeUIntLE(2 ** 40, meta + 24 + 24 + 96, 6)),
    // Trees whose keys have several values.
    (bytes) => [0, 2048, 4096].forEach((meta) => bytes.writeUInt16LE(4, meta + 24 + 24 + 48 + 4)),
    (bytes) => {
      const name = 'rows\0';
      for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1))
        bytes.writeUInt16LE(4, at + name.length + 4);
    },
  ];
  let refused = 0;
  for (const change of changes) {
    const bytes = Buffer.from(whole);
    change(bytes);
    const other = folder.file();
    writeFileSync(other, bytes);
    const error = await dets.openFile('damaged', { file: other }).then(
      (table) => table.close(),
      (one: unknown) => one,
    );
    if (error !== undefined && (error as DetsError).code === 'ERR_DETS_FILE') refused++;
  }
  assert.is(refused, changes.length);
});

if (process.platform === 'linux')
  test('after the system was started anew a file is what had reached the disk, as the engine has it', async () => {
    const file = folder.file();
    const table = await dets.openFile<Pair>('flushed', { file, ack: 'flushed' });
    for (let i = 0; i < 50; i++) await table.insert([`key ${i}`, i]);
    await table.sync();
    const flushed = readFileSync(file);
    // Two transactions whose first pages reached the disk, and nothing else of them.
    const rows = Array.from({ length: 3000 }, (_, i) => [`later ${i}`, i] as Pair);
    for (let i = 0; i < 2; i++) await table.insertMany(rows);
    const later = readFileSync(file);
    await table.close();
    const bytes = Buffer.from(flushed);
    later.copy(bytes, 0, 0, 2048);
    later.copy(bytes, 4096, 4096, 8192);
    // Written under another start of the system, before they were flushed.
    for (const meta of [24, 4096 + 24]) {
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE(meta + 136) ^ 1n, meta + 136);
      bytes.writeUInt16LE(bytes.readUInt16LE(meta + 28) | 0x1000, meta + 28);
    }
    const other = folder.file();
    writeFileSync(other, bytes);
    const found = await dets.openFile<Pair>('restored', { file: other });
    assert.is(found.info('size'), 50);
    assert.equal(found.lookup('key 49'), [['key 49', 49]]);
    await found.close();
  });

run();
