import * as format from '#dist/files/format.js';
import { native } from '#dist/native/binding.js';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ets, type EtsError } from 'termstore';
import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline, memoryStats } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, before, after, beforeEach, afterEach, run } = suite('damaged and foreign files');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const folder = mkdtempSync(join(tmpdir(), 'termstore-damage-'));
const file = join(folder, 'table');
const damagedFile = join(folder, 'damaged');
let whole: Buffer;

before(async () => {
  using table = ets.new('saved', { named: true, keypos: 1, type: 'ordered_set' });
  for (let i = 0; i < 12; i++) table.insert([{ a: i }, i, [`text ${i}`, new Set([i])]]);
  await table.tab2file(file, { extendedInfo: ['md5sum', 'objectCount'] });
  whole = readFileSync(file);
});
after(() => rmSync(folder, { recursive: true }));

async function refused(bytes: Uint8Array, message?: RegExp): Promise<EtsError> {
  writeFileSync(damagedFile, bytes);
  const error = await refusesEither(() => ets.file2tab(damagedFile), 'ERR_ETS_FILE', message);
  assert.is(memoryStats().tables, 0);
  assert.is(ets.whereis('saved'), undefined);
  return error as EtsError;
}

/** The file with other frames, every check and the footer made to fit: what somebody writes on purpose. */
async function forge(
  blocks: readonly { content: Uint8Array<ArrayBuffer>; rows: number }[],
  header?: object,
): Promise<Buffer> {
  const prologue = format.prologue();
  const given = { termFormat: 1, name: 'forged', type: 'set', protection: 'public', namedTable: false };
  const rest = { keypos: 0, size: 1, writeConcurrency: false, extendedInfo: [] };
  const first = await format.frame(format.KIND_HEADER, format.encodePlain({ ...given, ...rest, ...header }));
  const digest = createHash('sha256').update(prologue).update(first.subarray(-format.CHECK_BYTES));
  const parts = [prologue, first];
  let rows = 0;
  for (const block of blocks) {
    const head = format.frameHead(format.KIND_ROWS, block.content.length, block.rows);
    const check = await format.frameCheck(head, block.content);
    digest.update(check);
    parts.push(head, Buffer.from(block.content), check);
    rows += block.rows;
  }
  const footer = { blocks: blocks.length, rows, digest: new Uint8Array(digest.digest()) };
  const last = await format.frame(format.KIND_FOOTER, format.encodePlain(footer));
  return Buffer.concat([...parts, last, format.trailer(last.length)]);
}

const headerBytes = (bytes: Buffer): number => bytes.readUInt32LE(format.prologue().length + 4);

/** A row as a block holds it. */
function sized(...payload: number[]): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(4 + payload.length);
  bytes.writeUInt32LE(payload.length);
  bytes.set(payload, 4);
  return bytes;
}

test('a file that is cut anywhere is refused, and no table is left', async () => {
  for (let length = 0; length < whole.length; length++) await refused(whole.subarray(0, length));
});

test('a frame beyond the largest row is refused before anything is read into memory', async () => {
  const first = await forge([]);
  const head = format.frameHead(format.KIND_ROWS, 2 ** 31, 1);
  for (const rows of [0, 1]) {
    head.writeUInt32LE(rows, 8);
    const headerEnd = format.prologue().length + format.HEAD_BYTES + headerBytes(first) + format.CHECK_BYTES;
    writeFileSync(damagedFile, Buffer.concat([first.subarray(0, headerEnd), head]));
    // Sparse: no disk has to hold it.
    truncateSync(damagedFile, 3 * 2 ** 30);
    const before = process.memoryUsage().arrayBuffers;
    await refusesEither(() => ets.file2tab(damagedFile), 'ERR_ETS_FILE', /larger than a block may be/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
    rmSync(damagedFile);
  }
});

test('a flipped bit in any byte is noticed, and no table is left', async () => {
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
    await refused(bytes);
  }
});

test('anything behind the end is noticed', async () => {
  await refused(Buffer.concat([whole, Buffer.from([0])]), /end/);
  await refused(Buffer.concat([whole, whole]), /end/);
});

test('bytes that were changed, taken out or put in anywhere are noticed', async () => {
  const at = fc.nat(whole.length - 1);
  await fc.assert(
    fc.asyncProperty(at, at, fc.uint8Array({ maxLength: 20 }), async (from, to, put) => {
      const bytes = Buffer.concat([whole.subarray(0, from), put, whole.subarray(to)]);
      if (!bytes.equals(whole)) await refused(bytes);
    }),
    { numRuns: 300 },
  );
});

test('foreign files are refused as such', async () => {
  await refused(Buffer.alloc(0), /no file of a table/);
  await refused(Buffer.from('{"rows": []}\n'), /no file of a table/);
  await refused(readFileSync(process.execPath).subarray(0, 100_000), /no file of a table/);
  await refused(
    Buffer.from(whole.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
    /no file of a table/,
  );
  await refusesEither(() => ets.file2tab(folder), 'ERR_ETS_FILE', /no regular file|EISDIR/);
});

test('a file of a later version is refused by its number', async () => {
  const bytes = Buffer.from(whole);
  bytes.writeUInt32LE(2, 8);
  await refused(bytes, /version 2/);
});

test('the message names the place and the block', async () => {
  const bytes = Buffer.from(whole);
  const at = bytes.indexOf('text 7');
  bytes[at] = 0x54;
  const error = await refused(bytes, /checksum of block 0/);
  const place = Number(/at byte (\d+)/.exec(error.message)?.[1]);
  assert.ok(place > 0 && place < at);
});

/** The frames of a sound file, as file-format.md describes them. */
function framesOf(bytes: Buffer): { at: number; content: Buffer; head: Buffer; check: Buffer }[] {
  const frames = [];
  for (let at = format.PROLOGUE_BYTES; at < bytes.length - format.TRAILER_BYTES;) {
    const from = at + 12;
    const end = from + bytes.readUInt32LE(at + 4);
    const head = bytes.subarray(at, from);
    frames.push({ at, head, content: bytes.subarray(from, end), check: bytes.subarray(end, end + 16) });
    at = end + 16;
  }
  return frames;
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** A dump of one row whose block has `size` bytes of content. */
async function dumpOf(size: number): Promise<Buffer> {
  using table = ets.new('saved', { named: true });
  table.insert([1, 'x'.repeat(500)]);
  await table.tab2file(file);
  const around = (framesOf(readFileSync(file))[1]?.content.length as number) - 500;
  const text = Buffer.alloc(size - around, 'termstore').toString('latin1');
  table.insert([1, text]);
  await table.tab2file(file);
  table.drop();
  using copy = await ets.file2tab<[number, string]>(file, { verify: true });
  assert.ok(copy.get(1)?.[1] === text);
  return readFileSync(file);
}

test('checks are digests of digests, piece by piece, at every size around the ends of pieces', async () => {
  const piece = 1 << 19;
  for (const size of [
    1000,
    piece - 1,
    piece,
    piece + 1,
    2 * piece - 1,
    2 * piece,
    2 * piece + 1,
    3 * piece,
  ]) {
    const frames = framesOf(await dumpOf(size));
    assert.is(frames.length, 3);
    assert.is(frames[1]?.content.length, size);
    for (const { head, content, check } of frames) {
      const digests = [];
      for (let at = 0; at < content.length; at += piece)
        digests.push(sha256(content.subarray(at, at + piece)));
      assert.ok(
        sha256(head, ...digests)
          .subarray(0, 16)
          .equals(check),
        `${size} bytes`,
      );
    }
  }
});

test('damage in any piece of a large row is noticed before anything of it is stored', async () => {
  const piece = 1 << 19;
  const good = await dumpOf(1_258_291);
  const block = framesOf(good)[1] as ReturnType<typeof framesOf>[number];
  const start = block.at + 12;
  const end = start + block.content.length;
  const changeable = native as unknown as Record<'importSlice', () => void>;
  const importSlice = changeable.importSlice;
  changeable.importSlice = () => assert.unreachable('the rows of a damaged block went to the table');
  try {
    const edges = [0, 1, 2].flatMap((n) => [start + n * piece, start + (n + 1) * piece - 1]);
    const inside = [start + 99_999, start + piece + 77_777, start + 2 * piece + 55_555];
    for (const at of [
      block.at + 8,
      ...edges.filter((edge) => edge < end),
      ...inside,
      end - 1,
      end,
      end + 15,
    ]) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] as number) ^ 1;
      await refused(bytes, new RegExp(`damaged at byte ${block.at}: the checksum of block 0 is wrong`));
    }
    const [first, second] = [start, start + piece].map((at) => good.subarray(at, at + piece)) as [
      Buffer,
      Buffer,
    ];
    const swapped = [good.subarray(0, start), second, first, good.subarray(start + 2 * piece)];
    assert.not.ok(first.equals(second));
    await refused(Buffer.concat(swapped), /the checksum of block 0 is wrong/);
    for (const length of [start, start + piece, start + piece + 1, end - 1, end, end + 15])
      await refused(good.subarray(0, length), /longer than the file/);
  } finally {
    changeable.importSlice = importSlice;
  }
});

test('blocks that change places, are left out or come twice are noticed although each is sound', async () => {
  const block = (n: number) => ({ content: sized(1, 0x08, n, 0, 0, 0), rows: 1 });
  const good = await forge([block(1), block(2)]);
  writeFileSync(damagedFile, good);
  using table = await ets.file2tab(damagedFile);
  assert.equal(table.tab2list().sort(), [[1], [2]]);
  table.drop();

  const size = format.HEAD_BYTES + 10 + format.CHECK_BYTES;
  const start = good.indexOf(Buffer.concat([format.frameHead(format.KIND_ROWS, 10, 1), block(1).content]));
  const [head, one, two, tail] = [0, start, start + size, start + 2 * size].map((from, i, all) =>
    good.subarray(from, all[i + 1]),
  ) as [Buffer, Buffer, Buffer, Buffer];
  await refused(Buffer.concat([head, two, one, tail]), /written together/);
  await refused(Buffer.concat([head, one, tail]), /missing/);
  await refused(Buffer.concat([head, one, two, two, tail]), /too many/);
  await refused(Buffer.concat([head, one, one, tail]), /written together/);
});

test('rows that are none are refused although every checksum is right', async () => {
  const bad: readonly (readonly [string, Uint8Array<ArrayBuffer>, number])[] = [
    ['no elements', sized(0), 1],
    ['an unknown tag', sized(1, 0x7f), 1],
    ['an undefined key', sized(1, 0x01), 1],
    ['an object with a shape of another process', sized(2, 0x02, 0x21, 4, 0, 0, 0, 0, 0, 0, 0), 1],
    ['a string that is longer than its row', sized(1, 0x11, 0xff, 0xff, 0xff, 0x7f, 0x61), 1],
    ['a million elements', sized(1, 0x20, 4, 0, 0, 0, 0x40, 0x42, 0x0f, 0), 1],
    ['bytes behind the row', sized(1, 0x02, 0x02), 1],
    ['a row that is longer than its block', Buffer.from([9, 0, 0, 0, 1, 2]), 1],
    ['fewer rows than it says', sized(1, 0x02), 2],
    ['more rows than it says', Buffer.concat([sized(1, 0x02), sized(1, 0x03)]), 1],
    ['four billion rows', sized(1, 0x02), 0xffffffff],
    ['no rows but bytes', sized(1, 0x02), 0],
  ];
  for (const [what, content, rows] of bad) {
    await refused(await forge([{ content, rows }])).catch((error: Error) => {
      throw new Error(`${what}: ${error.message}`, { cause: error });
    });
  }
});

test('headers of tables that cannot be made are refused although every checksum is right', async () => {
  const bad = [
    { name: 5 },
    { type: 'heap' },
    { protection: undefined },
    { namedTable: 'yes' },
    { keypos: -1 },
    { keypos: 2 ** 40 },
    { size: NaN },
    { extendedInfo: ['crc'] },
    { writeConcurrency: 7 },
    { compressed: 1 },
    { termFormat: 2 },
  ];
  for (const header of bad) await refused(await forge([], header));
});

/** What a header or footer may say: its fields, with anything in them, missing or more. */
const anyFields = (...names: readonly string[]): fc.Arbitrary<object> => {
  const value = fc.oneof(
    fc.constantFrom('set', 'bag', 'public', 'private', 'auto', 'termstore', ''),
    fc.constantFrom(0, 1, -1, 0.5, 255, 256, 2 ** 31, 2 ** 53, -0, NaN, Infinity, 2n ** 64n, 7n),
    fc.boolean(),
    fc.constantFrom(null, undefined, [], {}, [['md5sum']], new Set(['md5sum']), new Map([['a', 1]])),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(fc.constantFrom('md5sum', 'objectCount', 'crc', 1), { maxLength: 3 }),
    fc.string({ maxLength: 20 }),
  );
  return fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, fc.string()), value, {
    maxKeys: 3,
  });
};
const anyHeader = anyFields('termFormat', 'name', 'type', 'protection', 'namedTable', 'keypos', 'size', 'readConcurrency', 'writeConcurrency', 'compressed', 'extendedInfo'); // prettier-ignore

test('whatever a header says with every checksum right, it is refused or a table of that kind is made', async () => {
  const block = { content: sized(1, 0x08, 1, 0, 0, 0), rows: 1 };
  let loaded = 0;
  await fc.assert(
    fc.asyncProperty(anyHeader, async (header) => {
      writeFileSync(damagedFile, await forge([block], header));
      const before = process.memoryUsage().arrayBuffers;
      const described = await ets.tabfileInfo(damagedFile).catch((error: unknown) => error as EtsError);
      const table = await ets.file2tab(damagedFile).catch((error: unknown) => error as EtsError);
      assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
      for (const failure of [described, table])
        if (failure instanceof Error) assert.is(failure.code, 'ERR_ETS_FILE', failure.stack);
      if (table instanceof Error) return assert.is(memoryStats().tables, 0);
      loaded++;
      assert.not.instance(described, Error);
      if (!(described instanceof Error)) {
        for (const name of ['name', 'type', 'keypos', 'protection'] as const)
          assert.is(table.info(name), described[name]);
      }
      assert.equal(table.tab2list(), [[1]]);
      table.drop();
    }),
    { numRuns: 200 },
  );
  assert.ok(loaded > 0 && loaded < 200, `${loaded} of 200 were loaded`);
});

test('whatever the frames of a file say with every checksum right, it is refused by name', async () => {
  const frame = fc.record({
    kind: fc.constantFrom(format.KIND_HEADER, format.KIND_ROWS, format.KIND_FOOTER, 0, 4, 2 ** 32 - 1),
    content: fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      anyFields('blocks', 'rows', 'digest', 'md5').map((fields) => format.encodePlain(fields)),
    ),
    rows: fc.constantFrom(0, 1, 2, 2 ** 31, 2 ** 32 - 1),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 4 }), fc.boolean(), async (frames, withHeader) => {
      const sound = await forge([]);
      const headerEnd = format.PROLOGUE_BYTES + format.HEAD_BYTES + headerBytes(sound) + format.CHECK_BYTES;
      const parts: Buffer[] = [withHeader ? sound.subarray(0, headerEnd) : format.prologue()];
      for (const { kind, content, rows } of frames) {
        const bytes = Uint8Array.from(content);
        const head = format.frameHead(kind, bytes.length, rows);
        parts.push(head, Buffer.from(bytes), Buffer.from(await format.frameCheck(head, bytes)));
      }
      const last = parts.slice(-3).reduce((sum, part) => sum + part.length, 0);
      await refused(Buffer.concat([...parts, format.trailer(last)]));
      await refusesEither(() => ets.tabfileInfo(damagedFile), 'ERR_ETS_FILE');
    }),
    { numRuns: 120 },
  );
});

test('a length that is larger than the file is refused before anything is allocated for it', async () => {
  const bytes = Buffer.from(whole);
  bytes.writeUInt32LE(0xfffffff0, format.PROLOGUE_BYTES + 4);
  await refused(bytes, /longer than the file/);
});

test('tabfileInfo refuses what file2tab refuses in header and footer', async () => {
  const info = (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(damagedFile, bytes);
    return refusesEither(() => ets.tabfileInfo(damagedFile), 'ERR_ETS_FILE');
  };
  for (let length = 0; length < whole.length; length++) await info(whole.subarray(0, length));
  const footerBytes = whole.readUInt32LE(whole.length - format.TRAILER_BYTES);
  const headerEnd = whole.readUInt32LE(16) + format.PROLOGUE_BYTES + format.HEAD_BYTES + format.CHECK_BYTES;
  const footerAt = whole.length - format.TRAILER_BYTES - footerBytes;
  for (let at = 0; at < whole.length; at++) {
    if (at >= headerEnd && at < footerAt) continue;
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ 0x10;
    await info(bytes);
  }
});

test('with verify a file whose sums were forged is refused, without it its checksums are enough', async () => {
  const row = { content: sized(1, 0x08, 1, 0, 0, 0), rows: 1 };
  // Two rows of one key in a set: written by no dump, and every checksum is right.
  writeFileSync(damagedFile, await forge([row, row]));
  using table = await ets.file2tab(damagedFile);
  assert.is(table.info('size'), 1);
  table.drop();
  const verified = ets.file2tab(damagedFile, { verify: true });
  await refusesEither(() => verified, 'ERR_ETS_FILE', /invalid object count/);
});

/** A row of a bag: key `'k'`, then a number. */
function bagRow(i: number): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from([2, 0x81, 0x6b, 0x08, 0, 0, 0, 0]);
  bytes.writeInt32LE(i, 4);
  return sized(...bytes);
}

test('the file of a bag that has a row twice is refused, wherever the second one stands', async () => {
  for (const count of [2, 15, 16, 17, 100]) {
    for (const repeated of new Set([0, count >> 1, count - 1])) {
      const rows = Array.from({ length: count }, (_, i) => bagRow(i));
      const twice = [...rows, bagRow(repeated)];
      const one = { content: Buffer.concat(twice), rows: count + 1 };
      const message = new RegExp(`row ${count} of block 0 is none of this table, or is there twice`);
      await refused(await forge([one], { type: 'bag' }), message);
      await refused(await forge([one], { type: 'bag', compressed: true }), message);
      const many = twice.map((content) => ({ content, rows: 1 }));
      await refused(await forge(many, { type: 'bag' }), /row 0 of block/);
      writeFileSync(damagedFile, await forge([one], { type: 'duplicate_bag' }));
      using table = await ets.file2tab(damagedFile, { verify: true });
      assert.is(table.info('size'), count + 1);
    }
  }
});

test('a key of a bag may have very many rows', async () => {
  // Comparing each with all before it would take hours.
  const count = 400_000;
  const blocks = [];
  for (let at = 0; at < count; at += 10_000) {
    const rows = Array.from({ length: 10_000 }, (_, i) => bagRow(at + i));
    blocks.push({ content: Buffer.concat(rows), rows: rows.length });
  }
  for (const compressed of [false, true]) {
    writeFileSync(damagedFile, await forge(blocks, { type: 'bag', compressed }));
    using table = await ets.file2tab<[string, number]>(damagedFile, { verify: true });
    assert.is(table.info('size'), count);
    const rows = table.lookup('k');
    assert.ok(rows.every((row, i) => row[1] === i));
  }
});

run();
