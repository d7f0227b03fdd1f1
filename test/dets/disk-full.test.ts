import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $1, _, ets } from 'termstore';
import { dets } from 'termstore/dets';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { mountSmall } from '../support/small-disk.js';
import { suite } from '../support/suite.js';
import { unordered } from '../support/variants.js';

const full = suite('dets: a full disk');
const { test, skip } = full;
const TITLE =
  'a full disk is told to the callers concerned, nothing else is harmed, and it goes on when there is room';
const MIRROR = 'a write through to a full disk is none, in memory either';

const WHOLE = 'a write of many rows through to a full disk is none, in memory either';

/** Appends so many bytes if there is room for them. */
function fill(file: string, bytes: number): void {
  try {
    appendFileSync(file, Buffer.alloc(bytes));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
  }
}

const disk = mountSmall(6);
if (disk === undefined) {
  skip(TITLE, 'a file system in memory cannot be mounted here');
  skip(MIRROR, 'a file system in memory cannot be mounted here');
  skip(WHOLE, 'a file system in memory cannot be mounted here');
} else {
  full.after(() => disk.unmount());
  const large = 'x'.repeat(100_000);

  test(TITLE, async () => {
    const ballast = join(disk.folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(3_000_000));
    const file = join(disk.folder, 'table');
    const table = await dets.openFile<[string | number, unknown]>('full', { file, ack: 'flushed' });
    await table.insert(['before', 1]);
    let stored = 0;
    let refused: { code?: string; message: string } | undefined;
    while (refused === undefined) {
      await table.insert([stored, large]).then(
        () => stored++,
        (error: Error) => (refused = error),
      );
    }
    assert.is(refused.code, 'ERR_DETS_IO', refused.message);
    assert.ok(refused.message.includes(file), refused.message);
    assert.is(table.info('size'), stored + 1);
    assert.equal(table.get('before'), ['before', 1]);
    rmSync(ballast);
    await table.insert(['after', 1]);
    await table.close();
    const again = await dets.openFile<[string | number, unknown]>('full', { file });
    assert.is(again.info('size'), stored + 2);
    for (let i = 0; i < stored; i++) assert.is(again.get(i)?.[1], large);
    await again.close();
    dets.remove(file);
  });

  test(MIRROR, async () => {
    const ballast = join(disk.folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(3_000_000));
    const file = join(disk.folder, 'mirror');
    const table = ets.new<[string | number, unknown]>('full', { mirror: { file, mode: 'writeThrough' } });
    table.insert(['before', 1]);
    let stored = 0;
    for (; ; stored++) {
      try {
        table.insert([stored, large]);
      } catch (error) {
        refuses(
          () => {
            throw error;
          },
          'ERR_DETS_IO',
          file,
        );
        break;
      }
    }
    assert.is(table.member(stored), false);
    assert.is(table.info('size'), stored + 1);
    rmSync(ballast);
    table.insert(['after', 1]);
    table.drop();
    using again = ets.new<[string | number, unknown]>('full', { mirror: { file } });
    assert.is(again.info('size'), stored + 2);
  });

  for (const type of ['set', 'bag'] as const) {
    test(`${type}: ${WHOLE}`, () => {
      const ballast = join(disk.folder, 'ballast');
      const file = join(disk.folder, `whole ${type}`);
      using table = ets.new<[string | number, unknown]>('full', {
        type,
        mirror: { file, mode: 'writeThrough' },
      });
      table.insertMany(Array.from({ length: 50 }, (_one, i): [number, unknown] => [i, 'small']));
      writeFileSync(ballast, Buffer.alloc(1_000_000));
      for (let room = 6_000_000; room >= 4096; room /= 2) fill(ballast, room);
      const before = table.tab2list();
      // Every row of the table, and several of one key.
      refuses(
        () => table.selectReplace([[[$1, _], [], [[$1, large]]]] as never),
        type === 'bag' ? 'ERR_ETS_TABLE_TYPE' : 'ERR_DETS_IO',
      );
      refuses(() => table.insertMany([[1, large], [1, `${large}.`], [2, large]]), 'ERR_DETS_IO', file); // prettier-ignore
      assert.equal(unordered(table.tab2list()), unordered(before));
      rmSync(ballast);
      table.insert([1, large]);
      assert.is(table.lookup(1).at(-1)?.[1], large);
    });
  }
}

full.run();
