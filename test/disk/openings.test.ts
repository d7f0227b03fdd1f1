import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { open } from 'lmdb';
import { ets } from 'termstore';
import { dets } from 'termstore/dets';
import { lmdbStore } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { type Opening, OpeningLock } from '#dist/disk/opening-lock.js';
import { native, REQUEST_OFFSET, scratch } from '#dist/native/binding.js';
import {
  A,
  B,
  ctl,
  LOCK_CLOSE,
  LOCK_EXCLUDE,
  LOCK_TAKE_TURN,
  R0,
  Status,
  STATUS,
} from '#dist/native/control.js';
import { DiskFolder } from '../support/disk.js';
import { refusesEither } from '../support/refusals.js';
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

/** A lock of a file that this thread has made and keeps open. */
function made(file: string): { file: string; lock: OpeningLock } {
  return OpeningLock.around(file, {
    open: () => writeFileSync(file, 'rows'),
    finish: (_engine, lock) => ({ file, lock }),
    close: () => undefined,
  });
}

function step(lock: number, what: number): boolean {
  ctl[A] = lock;
  ctl[B] = what;
  native.useOpeningLock();
  return ctl[STATUS] === Status.Ok;
}

/** Runs `action` as if another process, which needs no leave of this one, opened the file meanwhile. */
function withOpener(file: string, action: (excludes: boolean) => void): void {
  const path = Buffer.from(`${file}\0`);
  new Uint8Array(scratch, REQUEST_OFFSET).set(path);
  ctl[A] = path.length;
  native.makeOpeningLock();
  assert.is(ctl[STATUS], Status.Ok);
  const lock = ctl[R0] as number;
  try {
    assert.ok(step(lock, LOCK_TAKE_TURN));
    action(step(lock, LOCK_EXCLUDE));
  } finally {
    step(lock, LOCK_CLOSE);
  }
}

function canExclude(file: string): boolean {
  let can = false;
  withOpener(file, (excludes) => (can = excludes));
  return can;
}

/** Longer than a lock is kept for the next commit. */
const idle = (): Promise<void> => sleep(30);

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
  withOpener(file, () => {
    writes = [table.insert([1]), table.insertNew([2]), table.delete(1), table.insert([3])];
    closed = table.close();
  });
  assert.equal(await Promise.all(writes), ['committed', 'committed', 'committed', 'committed']);
  await closed;
  const again = await dets.openFile<[number]>('rows', { file });
  assert.is(again.info('size'), 2);
  assert.equal([again.member(1), again.member(2), again.member(3)], [false, true, true]);
  await again.close();
});

test('nobody may begin a commit while somebody opens the file, and everybody may afterwards', async () => {
  const mine = made(folder.file());
  assert.is(mine.lock.ready(), undefined);
  let waited: Promise<void> | undefined;
  await idle();
  withOpener(mine.file, () => {
    waited = mine.lock.ready();
  });
  assert.instance(waited, Promise);
  await waited;
  assert.is(mine.lock.ready(), undefined);
  await mine.lock.quiet();
  mine.lock.close();
});

test('nothing is held any more soon after the last commit, however long it took', async () => {
  const { lock, file } = made(folder.file());
  assert.is(lock.ready(), undefined);
  lock.begin();
  await idle();
  lock.end();
  assert.ok(canExclude(file));
  assert.is(lock.ready(), undefined);
  await idle();
  assert.ok(canExclude(file));
  lock.whileHeld(() => assert.not.ok(canExclude(file)));
  assert.ok(canExclude(file));
  lock.close();
});

test('a commit that begins inside of one that does not return to the event loop is held to its end', () => {
  const { lock, file } = made(folder.file());
  lock.whileHeld(() => {
    assert.is(lock.ready(), undefined);
    lock.begin();
  });
  assert.not.ok(canExclude(file));
  lock.end();
  lock.whileHeld(() => undefined);
  assert.ok(canExclude(file));
  lock.close();
});

test('commits that do not return to the event loop hold the file, also inside of each other', () => {
  const { lock } = made(folder.file());
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

test('a file that could not be opened leaves nothing behind, and one that was there stays as it is', () => {
  const file = folder.file();
  let closed = 0;
  const opening = (failing: 'open' | 'finish'): Opening<undefined, undefined> => {
    const step = (name: string) => (): undefined => {
      if (name === failing) throw new Error('cannot be opened');
    };
    return { open: step('open'), finish: step('finish'), close: () => closed++ };
  };
  assert.throws(() => OpeningLock.around(file, opening('open')), /cannot be opened/);
  assert.equal(
    readdirSync(folder.path).filter((name) => join(folder.path, name).startsWith(file)),
    [],
  );
  assert.is(closed, 0);
  assert.throws(() => OpeningLock.around(file, opening('finish')), /cannot be opened/);
  assert.is(closed, 1);
  writeFileSync(file, 'somebody else');
  assert.throws(() => OpeningLock.around(file, opening('open')), /cannot be opened/);
  assert.throws(() => OpeningLock.around(file, opening('finish')), /cannot be opened/);
  assert.is(closed, 2);
  assert.is(readFileSync(file, 'utf8'), 'somebody else');
  assert.ok(canExclude(file));
});

test('files of others beside a file that is made stay', async () => {
  const file = folder.file();
  const others = [`${file}-new`, `${file}-lock-new`];
  for (const other of others) writeFileSync(other, 'somebody else');
  await (await dets.openFile('rows', { file })).close();
  for (const other of others) assert.is(readFileSync(other, 'utf8'), 'somebody else');
});

test('every commit begins while the file is held', async () => {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object below
  const begin = OpeningLock.prototype.begin;
  let [file, begun, bare] = ['', 0, 0];
  OpeningLock.prototype.begin = function (): void {
    begun++;
    if (canExclude(file)) bare++;
    begin.call(this);
  };
  try {
    file = folder.file();
    // Large, so that commits last longer than a lock is kept for the next one.
    const payload = new Uint8Array(50_000);
    const store = lmdbStore({ path: file, durability: 'committed' });
    const { epoch } = await store.journal.acquire('log', { token: randomUUID(), takeOver: false });
    const append = (seq: number, tags: string[]) =>
      store.journal.append({
        persistId: 'log',
        epoch,
        expectedSeq: seq - 1,
        records: [{ seq, time: 5, tags, payload }],
      });
    for (let seq = 1; seq < 200; seq += 3)
      await Promise.all([append(seq, []), append(seq + 1, ['tagged']), append(seq + 2, [])]);
    await store.close();
    file = folder.file();
    const table = await dets.openFile<[number, Uint8Array]>('rows', { file });
    for (let n = 0; n < 50; n++)
      await Promise.all([table.insert([n, payload]), table.insertNew([-n, payload]), table.delete(n - 1)]);
    await table.close();
    file = folder.file();
    const mirrored = ets.new<[number]>('mirrored', { mirror: { file, mode: 'writeThrough' } });
    for (let n = 0; n < 20; n++) mirrored.insert([n]);
    mirrored.drop();
  } finally {
    OpeningLock.prototype.begin = begin;
  }
  assert.ok(begun > 200, `${begun}`);
  assert.is(bare, 0);
});

test('a file that several threads and processes make at once is made once, and the others open it', async () => {
  for (let round = 0; round < 5; round++) {
    const file = folder.file();
    const others = Array.from({ length: 3 }, () => spawn(process.execPath, opener('dets', file, 2)));
    const thread = new Worker(child, { argv: ['dets', file, '5'] });
    const exits = [...others, thread].map((other) => once(other, 'exit') as Promise<[number]>);
    const table = await dets.openFile<[number]>('rows', { file });
    await table.insert([round]);
    assert.equal(
      (await Promise.all(exits)).map(([code]) => code),
      [0, 0, 0, 0],
    );
    assert.ok(table.member(round));
    await table.close();
    assert.not.ok(existsSync(`${file}-lock-new`));
  }
});

test('a table whose making was interrupted is made', async () => {
  const file = folder.file();
  await open({ path: file, noSubdir: true, encoding: 'binary', keyEncoding: 'binary' }).close();
  assert.is(await dets.isDetsFile(file), false);
  await refusesEither(() => dets.openFile('rows', { file, access: 'read' }), 'ERR_DETS_FILE', /no such file/);
  const table = await dets.openFile<[number]>('rows', { file, type: 'bag' });
  await table.insert([1]);
  assert.is(table.info('size'), 1);
  await table.close();
  const other = folder.file();
  await open({ path: other, noSubdir: true, encoding: 'binary', keyEncoding: 'binary' }).close();
  const forced = await dets.openFile('rows', { file: other, repair: 'force' });
  assert.is(forced.repaired, undefined);
  await forced.close();
});

test('a path that cannot be locked is left to the engine', () => {
  for (const path of [join(__filename, 'no folder'), join(folder.path, 'x'.repeat(70_000))]) {
    const lock = OpeningLock.around(path, {
      open: () => undefined,
      finish: (_engine, one) => one,
      close: () => undefined,
    });
    assert.is(lock.ready(), undefined);
    assert.is(
      lock.whileHeld(() => 1),
      1,
    );
    lock.close();
  }
});

run();
