import { _, ets, persistentTerm } from 'termstore';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { threadId, workerData } from 'node:worker_threads';

/* Keeps one kind of work that ends later in flight, again and again, until it is ended from outside. */

const { kind, shared, folder } = workerData as { kind: string; shared: string; folder: string };
const common = ets.table(shared);
const big = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`name ${i}`, { i }]));

/** A table of its own, since a dump fixes what others would like to empty. */
const own = ets.new<[number, string]>('own', { access: 'public' });
own.insertMany(Array.from({ length: 3000 }, (_, i) => [i, 'x'.repeat(i % 200)]));
ets.on('transfer', ({ table }) => void table[Symbol.dispose]());

const KINDS: Readonly<Record<string, (n: number) => unknown>> = {
  tab2file: () => own.tab2file(join(folder, `of ${threadId}`)),
  file2tab: async () => {
    await own.tab2file(join(folder, `of ${threadId}`));
    (await ets.file2tab(join(folder, `of ${threadId}`))).drop();
  },
  selectAsync: () => Promise.all([1, 2, 3].map(() => own.tab2listAsync())),
  selectDeleteAsync: (n) => {
    common.insert([`row ${n % 100}`, n]);
    return common.selectDeleteAsync([[[`row ${n % 100}`, _], [], [true]]]);
  },
  initTable: () => own.initTable(Array.from({ length: 2000 }, (_, i) => [i, 'y'])),
  view: (n) => {
    persistentTerm.put('viewed', { ...big, n });
    const view = persistentTerm.view<typeof big>('viewed');
    return view[`name ${n % 5000}`]?.i;
  },
  'transfer event': (n) => {
    const gift = ets.new(`gift ${n}`);
    gift.insert(['k', big]);
    try {
      gift.giveAway(workerData.heir as number, big);
    } catch {
      gift[Symbol.dispose](); // the other thread has ended
    }
  },
  heir: (n) => void ets.new(`kept ${n}`, { heir: { thread: workerData.heir as number, data: { n } } }),
  'fixed traversal': () => {
    common.safeFixtable(true);
    for (let key = common.first(), i = 0; key !== undefined && i < 50; i++) key = common.next(key);
    common.safeFixtable(false);
  },
};

void (async () => {
  for (let n = 0; ; n++) {
    try {
      await (KINDS[kind] as (n: number) => unknown)(n);
    } catch (error) {
      // Others delete the key that a traversal stands on before it is fixed.
      if ((error as { code?: unknown }).code !== 'ERR_ETS_BADKEY') throw error;
    }
    if (n % 8 === 0) await setImmediate();
  }
})();
