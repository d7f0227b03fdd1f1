import { ets } from 'termstore';
import { openJournal, PersistError, SnapshotFailed, type ClosableStore } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { codeOf, lister, stateOf, storesOf, turns } from './support.js';

const upTo = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i + 1));

for (const kind of ['memory', 'lmdb'] as const) {
  const snapshots = suite(`persist: snapshots in the ${kind} store`);
  const { test } = snapshots;
  const open = storesOf(snapshots)[kind];

  /** What a recovery meets: numbers of snapshots (negative) and of events. */
  async function met(store: ClosableStore): Promise<number[]> {
    const steps: number[] = [];
    const process = await lister(store, {
      handleRecover: (_state, step) => void steps.push('snapshot' in step ? -step.seq : step.seq),
    }).start();
    await process.stop();
    return steps;
  }

  test('a process starts from its latest snapshot and the events after it', async () => {
    const store = open();
    const process = await lister(store).start();
    await process.call(async ({ persistAll, saveSnapshot }) => {
      await persistAll(upTo(5));
      assert.is(await saveSnapshot(), 5);
      await persistAll(['6', '7']);
    });
    await process.stop();
    assert.equal(await met(store), [-5, 6, 7]);
    const again = await lister(store).start();
    assert.equal(await stateOf(again), upTo(7));
    await again.stop();
  });

  test('the policy says when snapshots are taken and how many are kept', async () => {
    const store = open();
    const process = await lister(store, { snapshots: { every: 10, keep: 2 } }).start();
    for (const event of upTo(57)) await process.call(({ persist }) => persist(event));
    await process.stop();
    const numbers = await store.snapshots.list('lister');
    assert.is(numbers.length, 2);
    assert.ok(numbers[1]! >= 40, String(numbers));
    assert.equal(await store.journal.bounds('lister'), { firstSeq: 1, lastSeq: 57, life: 0 });
    const again = await lister(store).start();
    assert.equal(await stateOf(again), upTo(57));
    await again.stop();
  });

  test('a journal that is truncated goes on, and the process still knows everything', async () => {
    const store = open();
    const process = await lister(store, { snapshots: { every: 10, keep: 1, truncate: true } }).start();
    for (const event of upTo(35)) await process.call(({ persist }) => persist(event));
    await process.stop();
    const [oldest] = await store.snapshots.list('lister');
    assert.equal(await store.journal.bounds('lister'), { firstSeq: oldest! + 1, lastSeq: 35, life: 0 });
    const again = await lister(store).start();
    assert.equal(await stateOf(again), upTo(35));
    await again.call(({ persist }) => persist('36'));
    assert.is(again.seq, 36);
    await again.stop();
  });

  test('nothing is truncated that no snapshot is there for', async () => {
    const store = open();
    const process = await lister(store).start();
    await process.call(async ({ persistAll, saveSnapshot, truncate }) => {
      await persistAll(upTo(4));
      await truncate();
      assert.is((await store.journal.bounds('lister')).firstSeq, 1);
      await saveSnapshot();
      await persistAll(['5']);
      await truncate(3);
      assert.is((await store.journal.bounds('lister')).firstSeq, 1);
      await truncate();
      assert.is((await store.journal.bounds('lister')).firstSeq, 5);
    });
    assert.is(await codeOf(process.call(({ truncate }) => truncate(-1))), 'ERR_PERSIST_BADARG');
    await process.stop();
    await store.snapshots.delete('lister', 0);
    assert.is(await codeOf(lister(store).start()), 'ERR_PERSIST_GONE');
    // The failed start gave the name back.
    await store.journal.acquire('lister', { token: 'x', takeOver: false });
  });

  test('snapshots that an earlier life has left do not make a later one remove its events', async () => {
    const store = open();
    const payload = new Uint8Array(1);
    for (const seq of [90, 100]) await store.snapshots.save('lister', { seq, time: 1, life: 0, payload });
    const log = await store.journal.acquire('lister', { token: 'x', takeOver: false });
    await store.journal.delete('lister', log.epoch);
    const policy = { snapshots: { every: 10, keep: 2, truncate: true } };
    const process = await lister(store, policy).start();
    for (const event of upTo(25)) await process.call(({ persist }) => persist(event));
    await process.stop();
    const next = await lister(store, policy).start();
    assert.equal(await stateOf(next), upTo(25));
    await next.stop();
  });

  test('a process that was taken over harms no snapshot of a later life', async () => {
    const store = open();
    const old = await lister(store).start();
    await old.call(({ persistAll }) => persistAll(upTo(10)));
    await (await lister(store).start({ takeOver: true })).stop();
    await openJournal(store).delete('lister');
    const policy = { snapshots: { every: 10, keep: 1, truncate: true } };
    const young = await lister(store, policy).start();
    const events = upTo(10).map((one) => `young ${one}`);
    await young.call(({ persistAll }) => persistAll(events));
    await young.stop();
    await old.call(({ saveSnapshot }) => saveSnapshot());
    await old.stop();
    const next = await lister(store).start();
    assert.equal(await stateOf(next), events);
    await next.stop();
  });

  test('a snapshot that is asked for while an event is handled holds that event', async () => {
    const store = open();
    const saved: Promise<number>[] = [];
    let save = (): Promise<number> => Promise.resolve(0);
    const handleEvent = (state: string[], event: string): string[] => {
      if (event === 'save') saved.push(save());
      return [...state, event];
    };
    const process = await lister(store, { handleEvent }).start();
    await process.call(({ persistAll, saveSnapshot }) => {
      save = saveSnapshot;
      return persistAll(['a', 'save', 'b']);
    });
    assert.equal(await Promise.all(saved), [2]);
    await process.stop();
    assert.equal(await met(store), [-2, 3]);
  });

  snapshots.run();
}

const rest = suite('persist: projections and failing snapshots');
{
  const { test } = rest;
  const { memory } = storesOf(rest);
  checkBaseline(rest, { ignore: ['shapes'] });

  test('a snapshot that cannot be saved is told to handleInfo or to who asked, and the process goes on', async () => {
    const store = memory();
    const broken = {
      ...store,
      snapshots: Object.assign(Object.create(store.snapshots) as typeof store.snapshots, {
        latest: store.snapshots.latest.bind(store.snapshots),
        save: () => Promise.reject(new PersistError('ERR_PERSIST_STORE', 'full')),
      }),
    };
    const told: unknown[] = [];
    const process = await lister(broken, {
      snapshots: { every: 2 },
      handleInfo: (_state, message) => void told.push(message),
    }).start();
    for (const event of upTo(5)) await process.call(({ persist }) => persist(event));
    await turns();
    assert.ok(told.length === 2 && told.every((one) => one instanceof SnapshotFailed));
    assert.is(await codeOf(process.call(({ saveSnapshot }) => saveSnapshot())), 'ERR_PERSIST_STORE');
    assert.equal(await stateOf(process), upTo(5));
    await process.stop();
  });

  for (const withRestore of [true, false]) {
    test(`a table shows what the process knows, ${withRestore ? 'with' : 'without'} restore`, async () => {
      const store = memory();
      const table = ets.new('lengths', { type: 'ordered_set' });
      const projection = {
        table,
        project: (event: string, { seq }: { seq: number }) =>
          event === 'drop'
            ? [['delete', seq - 1] as const]
            : [
                ['insertMany', [[seq, event, 0]]] as const,
                ['updateCounter', 'count', 1, ['count', 0]] as const,
                ['updateElement', seq, 2, event.length] as const,
              ],
        ...(withRestore
          ? {
              restore: (state: readonly string[]) => {
                const rows = state.flatMap((e, i) =>
                  e === 'drop' || state[i + 1] === 'drop' ? [] : [[i + 1, e, e.length]],
                );
                return [...rows, ['count', state.filter((e) => e !== 'drop').length]];
              },
            }
          : {}),
      };
      const process = await lister(store, { projection }).start();
      await process.call(({ persist }) => persist('one'));
      // Visible when the caller has its answer.
      assert.equal(table.get(1), [1, 'one', 3]);
      await process.call(async ({ persistAll, saveSnapshot }) => {
        await persistAll(['three', 'drop']);
        await saveSnapshot();
        await persistAll(['five']);
      });
      const rows = [
        [1, 'one', 3],
        [4, 'five', 4],
        ['count', 3],
      ];
      assert.equal(table.tab2list(), rows);
      await process.stop();
      table.insert(['stale', 1]);
      const again = await lister(store, { projection }).start();
      assert.equal(table.tab2list(), rows);
      await again.stop();
      table.drop();
    });
  }

  test('a projection without restore cannot do with a truncated journal, and a wrong one stops the process', async () => {
    const store = memory();
    const table = ets.new('t');
    const projection = { table, project: () => [] };
    const process = await lister(store, { projection }).start();
    await process.call(async ({ persist, saveSnapshot, truncate }) => {
      await persist('x');
      await saveSnapshot();
      await truncate();
    });
    await process.stop();
    assert.is(await codeOf(lister(store, { projection }).start()), 'ERR_PERSIST_GONE');
    for (const wrong of [undefined, [['grow', 1]], [['insert', 5]]]) {
      const bad = { table, project: () => wrong as never, restore: () => [] };
      const one = await lister(memory(), { projection: bad }).start();
      assert.ok(
        ['ERR_PERSIST_BADARG', 'ERR_ETS_BADARG', 'ERR_TERM_UNSUPPORTED'].includes(
          String(await codeOf(one.call(({ persist }) => persist('y')))),
        ),
      );
      assert.ok((await one.stopped) instanceof Error);
    }
    table.drop();
  });
}
rest.run();
