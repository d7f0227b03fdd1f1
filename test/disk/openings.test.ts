import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ets } from 'termstore';
import { dets } from 'termstore/dets';
import { lmdbStore } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { OpeningLock } from '#dist/disk/opening-lock.js';
import { DiskFolder } from '../support/disk.js';
import { suite } from '../support/suite.js';

const { test, before, after, run } = suite('files on disk that others open while they are written to');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

type Kind = 'dets' | 'journal';
const child = join(__dirname, 'opener.child.js');
const opener = (kind: Kind, file: string, times: number): string[] => [child, kind, file, `${times}`];

/** Writes one after the other until another process has opened the file often enough; returns how many there were. */
async function writeWhileOpened(kind: Kind, file: string, write: (n: number) => unknown): Promise<number> {
  const others = spawn(process.execPath, opener(kind, file, 150), { stdio: 'inherit' });
  let over = false;
  const exited = once(others, 'exit').then(([code]) => {
    over = true;
    return code as number;
  });
  let written = 0;
  while (!over) await write(++written);
  assert.is(await exited, 0);
  return written;
}

const numbersTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

test('no row is lost, with one writer after the other and with several at once', async () => {
  const file = folder.file();
  const table = await dets.openFile<[number, string]>('rows', { file });
  const keys: number[] = [];
  const put = async (key: number, method: 'insert' | 'insertNew'): Promise<void> => {
    await table[method]([key, 'row']);
    keys.push(key);
  };
  const written = await writeWhileOpened('dets', file, async (n) => {
    await put(4 * n, 'insert');
    await Promise.all([put(4 * n + 1, 'insert'), put(4 * n + 2, 'insertNew'), put(4 * n + 3, 'insert')]);
  });
  assert.ok(written > 0);
  assert.equal(
    keys.filter((key) => !table.member(key)),
    [],
  );
  await table.close();
});

test('no event is lost', async () => {
  const file = folder.file();
  const store = lmdbStore({ path: file, durability: 'committed' });
  const { journal } = store;
  const { epoch } = await journal.acquire('log', { token: randomUUID(), takeOver: false });
  let seq = 0;
  const append = (tags: string[]) => {
    const record = { seq: ++seq, time: 5, tags, payload: new Uint8Array([1]) };
    return journal.append({ persistId: 'log', epoch, expectedSeq: seq - 1, records: [record] });
  };
  await writeWhileOpened('journal', file, async (n) => {
    await append([]);
    await Promise.all([append([]), append(n % 3 === 0 ? ['third'] : []), append([])]);
  });
  const events = await journal.read('log', { from: 1, to: Infinity, limit: 10_000_000 });
  assert.equal(
    events.map((event) => event.seq),
    numbersTo(seq),
  );
  await store.close();
});

for (const mode of ['writeThrough', 'writeBehind'] as const) {
  test(`no row of a table with a mirror is lost: ${mode}`, async () => {
    const file = folder.file();
    const table = ets.new<[number, string]>(`mirrored ${mode}`, { mirror: { file, mode, interval: 1 } });
    const written = await writeWhileOpened('dets', file, async (n) => {
      table.insert([n, 'row']);
      if (n % 20 === 0) await table.syncMirror();
      else await Promise.resolve();
      if (n % 5 === 0) await new Promise(setImmediate);
    });
    await table.syncMirror();
    table.drop();
    const rows = await dets.openFile<[number, string]>('rows', { file, access: 'read' });
    assert.equal(
      numbersTo(written).filter((n) => !rows.member(n)),
      [],
    );
    await rows.close();
  });
}

test('a process whose event loop stands still behind a write does not keep others from opening the file', async () => {
  const file = folder.file();
  const table = await dets.openFile<[number]>('rows', { file });
  await table.insert([1]);
  void table.insert([2]);
  execFileSync(process.execPath, opener('dets', file, 1));
  await table.insert([3]);
  assert.is(table.info('size'), 3);
  await table.close();
});

test('a table that is closed while writes wait for somebody else has them', async () => {
  const file = folder.file();
  const table = await dets.openFile<[number]>('rows', { file });
  let writes: Promise<unknown>[] = [];
  let closed: Promise<unknown> = Promise.resolve();
  OpeningLock.around(file, (lock) => {
    writes = [table.insert([1]), table.insertNew([2]), table.delete(1), table.insert([3])];
    closed = table.close();
    lock.close();
  });
  assert.equal(await Promise.all(writes), ['committed', 'committed', 'committed', 'committed']);
  await closed;
  const again = await dets.openFile<[number]>('rows', { file });
  assert.is(again.info('size'), 2);
  assert.equal([again.member(1), again.member(2), again.member(3)], [false, true, true]);
  await again.close();
});

test('nobody may begin a commit while somebody opens the file, and everybody may afterwards', async () => {
  const file = folder.file();
  const mine = OpeningLock.around(file, (lock) => lock);
  assert.is(mine.ready(), undefined);
  const waited = OpeningLock.around(file, (other) => {
    // It is open in this process, so nobody was waited for; what is held stays so until it is asked for again.
    other.close();
    return mine.ready();
  });
  await waited;
  assert.is(mine.ready(), undefined);
  await mine.quiet();
  mine.close();
});

test('commits that do not return to the event loop hold the file, also inside of each other', () => {
  const file = folder.file();
  const lock = OpeningLock.around(file, (one) => one);
  const order: string[] = [];
  const result = lock.whileHeld(() => {
    lock.whileHeld(() => order.push('inner'));
    order.push('outer');
    return 7;
  });
  assert.is(result, 7);
  assert.equal(order, ['inner', 'outer']);
  const fails = (): never => {
    throw new Error('on purpose');
  };
  assert.throws(() => lock.whileHeld(fails), /on purpose/);
  lock.close();
  lock.close();
});

test('a file that could not be opened is not left behind empty, and one that was there stays as it is', () => {
  const fails = (): never => {
    throw new Error('cannot be opened');
  };
  const file = folder.file();
  assert.throws(() => OpeningLock.around(file, fails), /cannot be opened/);
  assert.not.ok(existsSync(file));
  writeFileSync(file, 'somebody else');
  assert.throws(() => OpeningLock.around(file, fails), /cannot be opened/);
  assert.is(readFileSync(file, 'utf8'), 'somebody else');
  const made = folder.file();
  assert.throws(
    () =>
      OpeningLock.around(made, () => {
        writeFileSync(made, 'by the engine');
        fails();
      }),
    /cannot be opened/,
  );
  assert.is(readFileSync(made, 'utf8'), 'by the engine');
});

test('a path that cannot be locked is left to the engine', () => {
  for (const path of [join(folder.path, 'no such folder', 'file'), join(folder.path, 'x'.repeat(70_000))]) {
    const lock = OpeningLock.around(path, (one) => one);
    assert.is(lock.ready(), undefined);
    assert.is(
      lock.whileHeld(() => 1),
      1,
    );
    lock.close();
  }
});

run();
