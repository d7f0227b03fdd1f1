import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lmdbStore, type PersistError } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { mountSmall } from '../support/small-disk.js';
import { suite } from '../support/suite.js';
import { lister, stateOf } from './support.js';

const full = suite('persist: a full disk');
const { test, skip } = full;
const TITLE =
  'a full disk is told to the callers concerned; nothing else is harmed, and it goes on when there is room';

const disk = mountSmall(4);
if (disk === undefined) skip(TITLE, 'a file system in memory cannot be mounted here');
else {
  full.after(() => disk.unmount());
  test(TITLE, async () => {
    const ballast = join(disk.folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(2_500_000));
    const path = join(disk.folder, 'events.mdb');
    const store = lmdbStore({ path });
    const [big, small] = await Promise.all([
      lister(store, { persistId: 'big' }).start(),
      lister(store, { persistId: 'small' }).start(),
    ]);
    await small.call(({ persist }) => persist('before'));
    const stored: string[] = [];
    let refused: PersistError | undefined;
    for (let i = 0; refused === undefined; i++) {
      const event = `${i}${'x'.repeat(100_000)}`;
      await big
        .call(({ persist }) => persist(event))
        .then(
          () => stored.push(event),
          (error: unknown) => (refused = error as PersistError),
        );
    }
    assert.is(refused.code, 'ERR_PERSIST_STORE');
    assert.is(refused.outcome, 'unwritten');
    assert.ok(refused.message.includes(path), refused.message);
    assert.equal([big.status, small.status], ['running', 'running']);
    // What is there can be read, by the process and from the file.
    assert.equal(await stateOf(big), stored);
    assert.is((await store.journal.bounds('big')).lastSeq, stored.length);

    rmSync(ballast);
    await Promise.all([
      big.call(({ persist }) => persist('after')),
      small.call(({ persist }) => persist('after')),
    ]);
    await Promise.all([big.stop(), small.stop()]);
    const again = await lister(store, { persistId: 'big' }).start();
    assert.equal(await stateOf(again), [...stored, 'after']);
    await again.stop();
    await store.close();
  });
}

full.run();
