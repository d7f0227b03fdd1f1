import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ets } from 'termstore';
import { dets, DetsError, type OpenFileOptions } from 'termstore/dets';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { randomFrom } from '../support/random.js';
import { refuses, refusesEither } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, before, after, run } = suite('dets: files');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

type Pair = [string, number];

async function made(options: OpenFileOptions = {}, rows = 20_000): Promise<string> {
  const file = folder.file();
  const table = await dets.openFile<Pair>('made', { ...options, file });
  await table.initTable(
    (function* () {
      for (let i = 0; i < rows; i++) yield [`key ${i}`, i] as Pair;
    })(),
  );
  await table.close();
  return file;
}

async function refusedUntouched(
  file: string,
  code: string,
  message: RegExp,
  options: OpenFileOptions = {},
): Promise<void> {
  const bytes = readFileSync(file);
  const lock = existsSync(`${file}-lock`);
  await refusesEither(() => dets.openFile('refused', { file, ...options }), code, message);
  assert.is(Buffer.compare(readFileSync(file), bytes), 0, 'the file was changed');
  assert.is(existsSync(`${file}-lock`), lock, 'a file of locks was made');
  assert.equal(dets.all(), []);
}

test('what is no file of a table is refused and left as it is', async () => {
  const empty = folder.file();
  writeFileSync(empty, '');
  await refusedUntouched(empty, 'ERR_DETS_FILE', /too short/);
  const text = folder.file();
  writeFileSync(text, 'no table at all\n'.repeat(1000));
  await refusedUntouched(text, 'ERR_DETS_FILE', /begins otherwise/);
  assert.is(await dets.isDetsFile(text), false);
  await refusesEither(
    () => dets.openFile('folder', { file: folder.path }),
    'ERR_DETS_FILE',
    /no regular file/,
  );
});

test('a file of the engine that is no table is refused and left as it is', async () => {
  const { loadLmdb } = await import('#dist/disk/lmdb.js');
  const file = folder.file();
  const environment = loadLmdb('test').open({
    path: file,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  environment.transactionSync(() => environment.putSync(Buffer.from('k'), Buffer.from('v')), 3);
  await environment.close();
  await refusedUntouched(file, 'ERR_DETS_FILE', /no file of a table/);
});

test('a file of a later version is refused and left as it is', async () => {
  const file = await made({}, 10);
  const bytes = readFileSync(file);
  let changed = 0;
  // The header may stand in more than one page: an old one is not wiped.
  const version = Buffer.from('\x87version\x08\x01\0\0\0', 'latin1');
  for (let at = bytes.indexOf(version); at >= 0; at = bytes.indexOf(version, at + 1), changed++)
    bytes[at + 9] = 2;
  assert.ok(changed > 0);
  writeFileSync(file, bytes);
  await refusedUntouched(
    file,
    'ERR_DETS_FILE',
    /format has version 2, its terms version 1; .* reads 1 and 1/,
  );
  await refusedUntouched(file, 'ERR_DETS_FILE', /nothing can be saved: its format has version 2/, {
    repair: 'force',
  });
});

test('a file that was cut is refused and left as it is', async () => {
  for (const part of [0.99, 0.7, 0.3, 0.01]) {
    const file = await made();
    truncateSync(file, Math.floor(readFileSync(file).length * part));
    await refusedUntouched(file, 'ERR_DETS_FILE', /./);
  }
});

test('a file with another type or position of the key is refused', async () => {
  const file = await made({ type: 'bag' }, 5);
  await refusedUntouched(file, 'ERR_DETS_ARGUMENTS_MISMATCH', /type/, { type: 'set' });
  await refusedUntouched(file, 'ERR_DETS_ARGUMENTS_MISMATCH', /keypos/, { keypos: 1 });
  const table = await dets.openFile('again', { file });
  assert.is(table.type, 'bag');
  await refusesEither(() => dets.openFile('again', { file, type: 'set' }), 'ERR_DETS_ARGUMENTS_MISMATCH');
  await refusesEither(
    () => dets.openFile('again', { file: folder.file() }),
    'ERR_DETS_ARGUMENTS_MISMATCH',
    /by this name/,
  );
  assert.is(table.info('size'), 5);
  await table.close();
});

test('a file is whole behind each of many transactions, also where their numbers need a byte more', async () => {
  const file = folder.file();
  const copy = folder.file();
  const table = await dets.openFile<Pair>('counted', { file });
  for (let i = 0; i < 530; i++) {
    await table.insert([`key ${i % 100}`, i]);
    if ((i + 10) % 256 > 20) continue;
    copyFileSync(file, copy);
    const look = await dets.openFile<Pair>('look', { file: copy });
    assert.equal(look.lookup(`key ${i % 100}`), [[`key ${i % 100}`, i]]);
    await look.close();
    dets.remove(copy);
  }
  await table.close();
});

for (const type of ['set', 'ordered_set', 'duplicate_bag'] as const)
  test(`${type}: a byte that changed in whatever page is noticed, or changes no answer but that of a key`, async () => {
    const file = await made({ type }, 2000);
    const whole = readFileSync(file);
    const random = randomFrom(20_261);
    const pages = whole.length / 4096;
    let refused = 0;
    for (let i = 0; i < 3 * pages; i++) {
      const bytes = Buffer.from(whole);
      const at = 4096 * Math.floor(i / 3) + random.below(i % 3 === 0 ? 64 : 4096);
      bytes[at] = (bytes[at] as number) ^ (1 + random.below(255));
      const other = folder.file();
      writeFileSync(other, bytes);
      try {
        const table = await dets.openFile<Pair>('flipped', { file: other });
        try {
          assert.is(await table.foldl((__, sum) => sum + 1, 0), 2000, `byte ${at}`);
          for (let key = 0; key < 2000; key += 7) table.lookup(`key ${key}`);
        } finally {
          await table.close();
        }
      } catch (error) {
        if (!(error instanceof DetsError) || error.code !== 'ERR_DETS_FILE') throw error;
        refused++;
      }
    }
    assert.ok(refused > pages, `${refused} of ${3 * pages}`);
  });

test('a row whose key was damaged is found again after a repair', async () => {
  const file = await made({}, 2000);
  const bytes = readFileSync(file);
  // In front of the payload, which has the key as well: 8 bytes of the engine, the key; 4 of the checksum.
  const at = bytes.indexOf('key 77');
  bytes[at + 5] = '8'.charCodeAt(0);
  writeFileSync(file, bytes);
  await using table = await dets.openFile<Pair>('key', { file, repair: 'force' });
  assert.is(table.repaired?.saved, 2000);
  assert.equal(table.lookup('key 77'), [['key 77', 77]]);
});

test('keys of any length are found, changed and deleted', async () => {
  for (const type of ['set', 'bag', 'duplicate_bag'] as const) {
    await using table = await dets.openFile<Pair>('long', { file: folder.file(), type });
    for (const length of [1900, 2000, 20_000, 40_000, 1_000_000, 40_000, 3_000_000]) {
      const key = 'q'.repeat(length);
      await table.insert([key, 1]);
      assert.ok(table.member(key), `${length}`);
      assert.equal(table.lookup(key), [[key, 1]]);
      if (type === 'set') assert.is(await table.updateCounter(key, 1), 2);
      await table.delete(key);
      assert.is(table.info('size'), 0, `${type} ${length}`);
    }
  }
});

test('a damaged row is noticed when it is read, and the others are there', async () => {
  const file = await made();
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf('key 4711'); at >= 0; at = bytes.indexOf('key 4711', at + 1))
    bytes[at + 9]! ^= 1;
  writeFileSync(file, bytes);
  const table = await dets.openFile<Pair>('damaged', { file });
  await refusesEither(() => table.lookup('key 4711'), 'ERR_DETS_FILE', /damaged/);
  await refusesEither(
    () => table.matchObject(['nobody', 1]).then(() => table.foldl((_row, n) => n + 1, 0)),
    'ERR_DETS_FILE',
    /damaged/,
  );
  assert.equal(table.lookup('key 4712'), [['key 4712', 4712]]);
  await table.close();
});

test('`repair: force` saves what is left, says what is not, and keeps the damaged file', async () => {
  const file = await made();
  const copy = folder.file();
  copyFileSync(file, copy);
  const bytes = readFileSync(file);
  const pageBytes = 4096;
  let pages = 0;
  // A third of the leaves, the first branch, and one row more.
  for (let page = 2, leaves = 0, branches = 0; page * pageBytes < bytes.length; page++) {
    const flags = bytes.readUInt16LE(page * pageBytes + 18);
    const hit = (flags === 2 && leaves++ % 3 === 2 && leaves > 6) || (flags === 1 && branches++ === 0);
    if (!hit) continue;
    pages++;
    bytes.fill(0xa5, page * pageBytes, page * pageBytes + 64);
  }
  assert.ok(pages > 10);
  writeFileSync(file, bytes);
  const table = await dets.openFile<Pair>('repaired', { file, repair: 'force' });
  const report = table.repaired;
  assert.ok(report !== undefined);
  assert.ok(report.damagedPages > 0 && report.missing > 0, JSON.stringify(report));
  assert.is(report.saved, table.info('size'));
  assert.is(report.saved + report.missing + report.damagedRows, 20_000);
  assert.ok(report.saved > 5000, JSON.stringify(report));
  for (const [key, i] of await table
    .select<Pair>([[['key 1', 1], [], [true]]] as never)
    .then(() => table.foldl((row, all) => [...all, row].slice(-50), [] as Pair[])))
    assert.is(key, `key ${i}`);
  assert.is(Buffer.compare(readFileSync(report.kept), bytes), 0);
  await table.insert(['new', 1]);
  await table.close();
  const whole = await dets.openFile('whole', { file: copy, repair: 'force' });
  assert.is(whole.repaired, undefined);
  assert.is(existsSync(`${copy}.damaged`), false);
  await whole.close();
});

test('what has no first page is refused also by `repair: force`', async () => {
  const file = await made({}, 10);
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(8192, 0x11), 0, 8192, 0);
  closeSync(handle);
  await refusedUntouched(file, 'ERR_DETS_FILE', /nothing can be saved/, { repair: 'force' });
});

test('a handle that was closed answers nothing, and another one of the same file does', async () => {
  const file = folder.file();
  const first = await dets.openFile<Pair>('first', { file });
  const second = await dets.openFile<Pair>('first', { file: pathToFileURL(file) });
  await first.insert(['a', 1]);
  await first.close();
  await first.close();
  await refusesEither(() => first.lookup('a'), 'ERR_DETS_NOT_OPEN');
  await refusesEither(() => first.insert(['b', 1]), 'ERR_DETS_NOT_OPEN');
  assert.is(first.info(), undefined);
  assert.equal(second.lookup('a'), [['a', 1]]);
  await second.close();
  const again = await dets.openFile<Pair>('first', { file });
  assert.equal(again.lookup('a'), [['a', 1]]);
  await again.close();
});

test('a table is closed at the end of the block that uses it', async () => {
  const file = folder.file();
  {
    await using table = await dets.openFile<Pair>('used', { file });
    await table.insert(['a', 1]);
    assert.equal(dets.all(), [table]);
  }
  assert.equal(dets.all(), []);
  await using again = await dets.openFile<Pair>('used', { file });
  assert.equal(again.lookup('a'), [['a', 1]]);
});

test('a file is removed by nobody who has it open, and only where the system lets one', async () => {
  const file = folder.file();
  const table = await dets.openFile<Pair>('removed', { file });
  refuses(() => dets.remove(file), 'ERR_DETS_ACCESS', /is open/);
  await table.insert(['a', 1]);
  await table.close();
  dets.remove(file);
  assert.is(existsSync(file), false);
  // Also when there is none.
  dets.remove(file);
  refuses(() => dets.remove(folder.path), 'ERR_DETS_IO');
  await refusesEither(() => dets.isDetsFile(file), 'ERR_DETS_FILE', /no such file/);
});

test('what is stopped by its signal has kept the rows so far, and the table works', async () => {
  const file = folder.file();
  await using table = await dets.openFile<Pair>('stopped', { file });
  // More than a few pieces of bytes.
  const rows = Array.from({ length: 20_000 }, (_one, i): Pair => [`key ${i}`.padEnd(200), i]);
  const enough = new Error('enough');
  for (const stop of ['initTable', 'fromEts', 'toEts'] as const) {
    using memory = ets.new<Pair>('memory');
    if (stop === 'toEts') await table.initTable(rows);
    else memory.insertMany(rows);
    const abort = new AbortController();
    const options = {
      signal: abort.signal,
      onProgress: (count: number): void => void (count > 0 && abort.abort(enough)),
    };
    const stopped = stop === 'initTable' ? table.initTable(rows, options) : table[stop](memory, options);
    await stopped.then(
      () => assert.unreachable(stop),
      (error: unknown) => assert.is(error, enough),
    );
    const size = stop === 'toEts' ? memory.info('size')! : table.info('size')!;
    assert.ok(size > 0 && size < rows.length, `${stop}: ${size}`);
    assert.is(memory.info('fixed'), false);
    const late = { signal: AbortSignal.abort(enough) };
    await (stop === 'initTable' ? table.initTable(rows, late) : table[stop](memory, late)).then(
      () => assert.unreachable(),
      (error: unknown) => assert.is(error, enough),
    );
    assert.is(stop === 'toEts' ? memory.info('size') : table.info('size'), size);
  }
  const gone = ets.new<Pair>('gone');
  gone.drop();
  await refusesEither(() => table.toEts(gone), 'ERR_ETS_ID', /does not exist/);
  await refusesEither(() => table.fromEts(gone), 'ERR_ETS_ID', /does not exist/);
  await table.deleteAllObjects();
  await table.insert(['a', 1]);
  assert.is(table.info('size'), 1);
});

test('a file that was opened for reading is not written, and must exist', async () => {
  const file = await made({}, 3);
  const table = await dets.openFile<Pair>('read', { file, access: 'read' });
  assert.equal(table.lookup('key 2'), [['key 2', 2]]);
  await refusesEither(() => table.insert(['k', 1]), 'ERR_DETS_ACCESS');
  await refusesEither(() => table.deleteAllObjects(), 'ERR_DETS_ACCESS');
  await table.close();
  await refusesEither(
    () => dets.openFile('none', { file: folder.file(), access: 'read' }),
    'ERR_DETS_FILE',
    /no such file/,
  );
});

test('a file in the memory of the system has everything once it was synced or closed', async () => {
  const file = folder.file();
  const table = await dets.openFile<Pair>('ram', { file, ramFile: true, autoSave: 5 });
  assert.is(await table.insert(['a', 1]), 'committed');
  assert.is(await table.sync(), 'flushed');
  await table.insert(['b', 2]);
  await refusesEither(() => dets.openFile('ram', { file }), 'ERR_DETS_ARGUMENTS_MISMATCH', /ramFile/);
  await table.close();
  const again = await dets.openFile<Pair>('ram', { file });
  assert.is(again.info('size'), 2);
  await again.close();
});

test('a file in the memory of the system that is closed while it saves itself is saved first', async () => {
  const file = folder.file();
  for (let round = 0; round < 100; round++) {
    const table = await dets.openFile<Pair>('ram', { file, ramFile: true, autoSave: 1 });
    await table.insert(['round', round]);
    // From before it saves itself until it has.
    await sleep(round % 4);
    await (round % 3 === 0 ? Promise.all([table.sync(), table.close()]) : table.close());
  }
  assert.equal(dets.all(), []);
});

run();
