import { deepStrictEqual as equal, ok, rejects } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { badArgument } from './errors.js';
import type {
  ClosableStore,
  JournalBounds,
  JournalRecord,
  JournalStore,
  PersistStore,
  SnapshotRecord,
  WriterLease,
} from './store.js';

/** A store to hold against the interface. */
export interface StoreSubject {
  /** A new, empty store. */
  readonly open: () => ClosableStore | Promise<ClosableStore>;
  /** The same data through another door, as another thread or process would open it; left out where there is none. */
  readonly again?: (store: ClosableStore) => ClosableStore | Promise<ClosableStore>;
}

/** A property that every store has. */
export interface StoreCase {
  /** A sentence that is true of a correct store. */
  readonly name: string;
  /** Rejects when it is not. */
  readonly run: () => Promise<void>;
}

type Body = (store: ClosableStore, subject: StoreSubject) => Promise<void>;

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);
const record = (seq: number, tags: readonly string[] = [], payload = bytes(seq)): JournalRecord => ({
  seq,
  time: 1_700_000_000_000 + seq,
  tags,
  payload,
});
const records = (from: number, to: number, tags: readonly string[] = []): JournalRecord[] =>
  Array.from({ length: to - from + 1 }, (_, i) => record(from + i, tags));
const claim = (takeOver = false): { token: string; takeOver: boolean } => ({ token: randomUUID(), takeOver });
const refused = (work: Promise<unknown>, code: string): Promise<void> => rejects(work, { code });
/** A Buffer and a Uint8Array of the same bytes are equal here. */
const plain = <T extends { payload: Uint8Array }>(found: readonly T[]): unknown[] =>
  found.map((one) => ({ ...one, tags: undefined, payload: [...one.payload] }));

async function append(
  journal: JournalStore,
  persistId: string,
  lease: WriterLease,
  added: JournalRecord[],
): Promise<void> {
  const expectedSeq = (added[0]?.seq ?? 1) - 1;
  await journal.append({ persistId, epoch: lease.epoch, expectedSeq, records: added });
}

/** Long enough for any store that polls. */
const PATIENCE_MS = 10_000;

/** Resolves with `called`, which a listener does; rejects when it is not called. */
async function soon(called: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_resolve, reject) => {
    const complain = (): void => reject(new Error(`the listener was not called for ${PATIENCE_MS} ms`));
    timer = setTimeout(complain, PATIENCE_MS);
  });
  try {
    await Promise.race([called, never]);
  } finally {
    clearTimeout(timer);
  }
}

const all = { from: 1, to: Infinity, limit: 1_000_000 };
const seqs = async (journal: JournalStore, id: string): Promise<number[]> =>
  (await journal.read(id, all)).map(({ seq }) => seq);
const endsOf = ({ firstSeq, lastSeq }: JournalBounds): Omit<JournalBounds, 'life'> => ({ firstSeq, lastSeq });
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

const appends: Record<string, Body> = {
  'a log that nobody has written to is empty': async ({ journal, snapshots }) => {
    equal(await journal.read('a', all), []);
    equal(endsOf(await journal.bounds('a')), { firstSeq: 1, lastSeq: 0 });
    equal(await journal.readTag('t', 0, 10), []);
    equal(await snapshots.latest('a', 0, Infinity), undefined);
    const { firstSeq, lastSeq } = await journal.acquire('a', claim());
    equal({ firstSeq, lastSeq }, { firstSeq: 1, lastSeq: 0 });
  },
  'events come back as they were appended, in order': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    const added = [record(1, ['x', 'é']), record(2, [], bytes()), record(3, [], bytes(0, 255, 0))];
    await append(journal, 'a', lease, added.slice(0, 1));
    await append(journal, 'a', lease, added.slice(1));
    const found = await journal.read('a', all);
    equal(plain(found), plain(added));
    equal(
      found.map(({ tags }) => [...tags]),
      [['x', 'é'], [], []],
    );
  },
  'payloads of every size come back': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    const sizes = [0, 1, 100, 2000, 4095, 4096, 4097, 65_536, 3_000_000];
    const added = sizes.map((size, i) => record(i + 1, [], new Uint8Array(size).fill(i + 1)));
    await append(journal, 'a', lease, added);
    const found = await journal.read('a', all);
    ok(found.every(({ payload }, i) => Buffer.compare(payload, added[i]?.payload ?? bytes()) === 0));
    equal(found.length, sizes.length);
  },
  'a part of a log is read by its ends and by a limit': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    await append(journal, 'a', lease, records(1, 20));
    const read = async (from: number, to: number, limit: number): Promise<number[]> =>
      (await journal.read('a', { from, to, limit })).map(({ seq }) => seq);
    equal(await read(3, 5, 100), [3, 4, 5]);
    equal(await read(3, Infinity, 2), [3, 4]);
    equal(await read(20, 20, 1), [20]);
    equal(await read(21, Infinity, 5), []);
    equal(await read(7, 6, 5), []);
  },
  'a scan, where a store has one, visits what a read returns': async ({ journal }) => {
    if (journal.scan === undefined) return;
    const lease = await journal.acquire('a', claim());
    await append(journal, 'a', lease, [...records(1, 20, ['x', 'é']), record(21, [], bytes())]);
    for (const range of [all, { from: 3, to: 5, limit: 10 }, { from: 18, to: 30, limit: 2 }]) {
      const seen: JournalRecord[] = [];
      await journal.scan('a', range, (seq, time, tags, memory, start, end) =>
        seen.push({ seq, time, tags: [...tags], payload: Uint8Array.from(memory.subarray(start, end)) }),
      );
      equal(plain(seen), plain(await journal.read('a', range)));
      equal(
        seen.map(({ tags }) => tags),
        (await journal.read('a', range)).map(({ tags }) => [...tags]),
      );
    }
    const stop = (): never => {
      throw new Error('enough');
    };
    await rejects(journal.scan('a', all, stop), { message: 'enough' });
    equal(await seqs(journal, 'a'), upTo(21));
  },
  'an append that expects another end is refused and changes nothing': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    await append(journal, 'a', lease, records(1, 2));
    for (const from of [1, 2, 4])
      await refused(append(journal, 'a', lease, records(from, from + 1)), 'ERR_PERSIST_SEQUENCE');
    equal(await seqs(journal, 'a'), [1, 2]);
    await append(journal, 'a', lease, records(3, 3));
    equal(await seqs(journal, 'a'), [1, 2, 3]);
  },
  'of several appends that expect the same end one succeeds': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    const outcomes = await Promise.allSettled(
      upTo(8).map((n) => append(journal, 'a', lease, [record(1, [], bytes(n)), record(2, [], bytes(n))])),
    );
    equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    const [first, second] = await journal.read('a', all);
    equal(first?.payload[0], second?.payload[0]);
    equal(await seqs(journal, 'a'), [1, 2]);
  },
  'appends to many logs at once are all there, each in its own': async ({ journal }) => {
    const ids = upTo(50).map((n) => `log-${n}`);
    await Promise.all(
      ids.map(async (id) => {
        const lease = await journal.acquire(id, claim());
        for (let seq = 1; seq <= 5; seq++) await append(journal, id, lease, [record(seq, ['all'])]);
      }),
    );
    for (const id of ids) equal(await seqs(journal, id), upTo(5));
    const tagged = await journal.readTag('all', 0, 1000);
    equal(tagged.length, 250);
    ok(tagged.every(({ offset }, i) => i === 0 || offset > (tagged[i - 1]?.offset ?? 0)));
  },
  'who reads beside a writer sees a beginning of the log': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    let goesOn = true;
    const write = async (): Promise<void> => {
      for (let seq = 1; seq <= 40 && goesOn; seq += 2)
        await append(journal, 'a', lease, records(seq, seq + 1, ['t']));
    };
    const read = async (): Promise<void> => {
      for (let last = 0; last < 40 && goesOn; await new Promise((resolve) => setImmediate(resolve))) {
        const seen = await seqs(journal, 'a');
        const tagged = await journal.readTag('t', 0, 1000);
        equal(seen, upTo(seen.length));
        ok(seen.length % 2 === 0 && seen.length >= last && tagged.length >= seen.length);
        last = seen.length;
      }
    };
    const stop = (error: unknown): never => {
      goesOn = false;
      throw error;
    };
    // Both have come to their end before the store is closed.
    for (const one of await Promise.allSettled([read().catch(stop), write().catch(stop)]))
      if (one.status === 'rejected') throw one.reason;
  },
};

const writers: Record<string, Body> = {
  'a log has one writer; the next one comes when it has gone': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    await refused(journal.acquire('a', claim()), 'ERR_PERSIST_HELD');
    await append(journal, 'a', lease, records(1, 1));
    await journal.release('a', lease.epoch);
    const next = await journal.acquire('a', claim());
    ok(next.epoch > lease.epoch);
    equal(next.lastSeq, 1);
    await refused(append(journal, 'a', lease, records(2, 2)), 'ERR_PERSIST_FENCED');
    await append(journal, 'a', next, records(2, 2));
  },
  'a writer whose log was taken over can write no more': async ({ journal }) => {
    const old = await journal.acquire('a', claim());
    await append(journal, 'a', old, records(1, 3));
    const lease = await journal.acquire('a', claim(true));
    ok(lease.epoch > old.epoch);
    await refused(append(journal, 'a', old, records(4, 4)), 'ERR_PERSIST_FENCED');
    await refused(journal.truncate('a', old.epoch, 2), 'ERR_PERSIST_FENCED');
    await refused(journal.delete('a', old.epoch), 'ERR_PERSIST_FENCED');
    await journal.release('a', old.epoch);
    await refused(journal.acquire('a', claim()), 'ERR_PERSIST_HELD');
    await append(journal, 'a', lease, records(4, 4));
    equal(await seqs(journal, 'a'), [1, 2, 3, 4]);
  },
  'an append that is refused does no harm to those beside it': async ({ journal }) => {
    const old = await journal.acquire('a', claim());
    const lease = await journal.acquire('a', claim(true));
    const other = await journal.acquire('b', claim());
    const outcomes = await Promise.allSettled([
      append(journal, 'b', other, records(1, 2)),
      append(journal, 'a', old, records(1, 1)),
      append(journal, 'a', lease, records(1, 2)),
      append(journal, 'b', other, records(5, 5)),
    ]);
    equal(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
    );
    equal([await seqs(journal, 'a'), await seqs(journal, 'b')], [upTo(2), upTo(2)]);
  },
};

const finding: Record<string, Body> = {
  'events are found by tag, in the order in which they became durable': async ({ journal }) => {
    const a = await journal.acquire('a', claim());
    const b = await journal.acquire('b', claim());
    await append(journal, 'a', a, [record(1, ['t', 'u']), record(2, ['tt'])]);
    await append(journal, 'b', b, [record(1, ['t']), record(2)]);
    await append(journal, 'a', a, [record(3, ['t'])]);
    const found = await journal.readTag('t', 0, 100);
    const names = (list: typeof found): string[] => list.map((one) => `${one.persistId}${one.record.seq}`);
    equal(names(found), ['a1', 'b1', 'a3']);
    equal(names(await journal.readTag('t', found[0]?.offset ?? 0, 1)), ['b1']);
    equal(await journal.readTag('t', found[2]?.offset ?? 0, 100), []);
    equal(names(await journal.readTag('tt', 0, 100)), ['a2']);
  },
  'names are listed in order, and those without an event are not': async ({ journal }) => {
    // The last two stand the other way round in the order of their UTF-16 units.
    for (const id of ['b', 'a', 'é', '\u{1f600}', '\uffff', 'ab', 'empty']) {
      const lease = await journal.acquire(id, claim());
      if (id !== 'empty') await append(journal, id, lease, records(1, 1));
    }
    equal(await journal.persistIds(undefined, 100), ['a', 'ab', 'b', 'é', '\uffff', '\u{1f600}']);
    equal(await journal.persistIds('a', 2), ['ab', 'b']);
    equal(await journal.persistIds('é', 1), ['\uffff']);
    equal(await journal.persistIds('\u{1f600}', 100), []);
  },
  'who watches is called after an append, and no more when it has ended': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    let calls = 0;
    let called = (): void => undefined;
    const first = new Promise<void>((resolve) => (called = resolve));
    const stop = journal.watch(() => {
      calls++;
      called();
    });
    await append(journal, 'a', lease, records(1, 1));
    await soon(first);
    stop();
    const before = calls;
    await append(journal, 'a', lease, records(2, 2));
    await new Promise((resolve) => setTimeout(resolve, 5));
    equal(calls, before);
  },
};

const removing: Record<string, Body> = {
  'a truncated log keeps its numbers': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    await append(journal, 'a', lease, records(1, 3000, ['t']));
    await journal.truncate('a', lease.epoch, 2990);
    equal(endsOf(await journal.bounds('a')), { firstSeq: 2991, lastSeq: 3000 });
    equal((await journal.read('a', all)).length, 10);
    equal((await journal.readTag('t', 0, 5000)).length, 10);
    await journal.truncate('a', lease.epoch, Infinity);
    await append(journal, 'a', lease, records(3001, 3001));
    equal(await seqs(journal, 'a'), [3001]);
    await journal.release('a', lease.epoch);
    const { firstSeq, lastSeq } = await journal.acquire('a', claim());
    equal({ firstSeq, lastSeq }, { firstSeq: 3001, lastSeq: 3001 });
  },
  'a deleted log is gone, and begins a new life with 1': async ({ journal }) => {
    const lease = await journal.acquire('a', claim());
    await append(journal, 'a', lease, records(1, 2500, ['t']));
    const [, last] = await journal.readTag('t', 0, 2);
    const { life = lease.life } = await journal.bounds('a');
    equal(life, lease.life);
    await journal.delete('a', lease.epoch);
    equal(await journal.persistIds(undefined, 10), []);
    equal([await seqs(journal, 'a'), await journal.readTag('t', 0, 10)], [[], []]);
    await refused(append(journal, 'a', lease, records(2501, 2501)), 'ERR_PERSIST_FENCED');
    const next = await journal.acquire('a', claim());
    ok(next.epoch > lease.epoch && next.life > lease.life);
    const { life: now = next.life } = await journal.bounds('a');
    equal(now, next.life);
    equal(next.lastSeq, 0);
    await append(journal, 'a', next, records(1, 1, ['t']));
    const [found] = await journal.readTag('t', 0, 10);
    ok((found?.offset ?? 0) > (last?.offset ?? 0));
    equal(await seqs(journal, 'a'), [1]);
  },
};

const snapshot = (seq: number, life = 0, value = seq): SnapshotRecord => ({
  seq,
  time: 5,
  life,
  payload: bytes(value),
});
const latest = async ({ snapshots }: PersistStore, life: number, maxSeq: number): Promise<unknown> => {
  const found = await snapshots.latest('a', life, maxSeq);
  return found === undefined ? undefined : { ...found, payload: [...found.payload] };
};

const snapshotting: Record<string, Body> = {
  'the newest snapshot of a life is found, and of a number the last one': async (store) => {
    const { snapshots } = store;
    for (const one of [snapshot(10), snapshot(30, 0, 1), snapshot(20), snapshot(30, 0, 2), snapshot(25, 1)])
      await snapshots.save('a', one);
    await snapshots.save('ab', snapshot(40));
    equal(await latest(store, 0, Infinity), { seq: 30, time: 5, life: 0, payload: [2] });
    equal(await latest(store, 0, 29), { seq: 20, time: 5, life: 0, payload: [20] });
    equal(await latest(store, 1, Infinity), { seq: 25, time: 5, life: 1, payload: [25] });
    equal(await latest(store, 0, 9), undefined);
    equal(await latest(store, 2, Infinity), undefined);
  },
  'older snapshots are removed, or all': async ({ snapshots }) => {
    for (const seq of [3, 1, 10, 2]) await snapshots.save('a', snapshot(seq));
    await snapshots.save('ab', snapshot(1));
    equal(await snapshots.list('a'), [1, 2, 3, 10]);
    await snapshots.prune('a', 0, 3);
    equal(await snapshots.list('a'), [3, 10]);
    await snapshots.prune('a', 0, 3);
    await snapshots.delete('a', 0);
    equal([await snapshots.list('a'), await snapshots.list('ab')], [[], [1]]);
  },
  'who writes for an earlier life harms no snapshot of a later one': async (store) => {
    const { snapshots } = store;
    await snapshots.save('a', snapshot(10, 1));
    await snapshots.save('a', snapshot(10, 0, 5));
    await snapshots.save('a', snapshot(20, 0));
    equal(await latest(store, 1, Infinity), { seq: 10, time: 5, life: 1, payload: [10] });
    await snapshots.prune('a', 0, 20);
    equal(await snapshots.list('a'), [10, 20]);
    await snapshots.delete('a', 0);
    equal(await snapshots.list('a'), [10]);
    await snapshots.save('a', snapshot(10, 2, 6));
    equal(await latest(store, 2, Infinity), { seq: 10, time: 5, life: 2, payload: [6] });
  },
};

const doors: Record<string, Body> = {
  'a store that is closed refuses to write': async (store) => {
    const lease = await store.journal.acquire('a', claim());
    await store.close();
    await refused(append(store.journal, 'a', lease, records(1, 1)), 'ERR_PERSIST_STORE');
  },
  'what one door wrote is seen through the other, and there is one writer': async (store, { again }) => {
    if (again === undefined) return;
    const other = await again(store);
    try {
      const lease = await store.journal.acquire('a', claim());
      await append(store.journal, 'a', lease, records(1, 2, ['t']));
      await store.snapshots.save('a', snapshot(2));
      equal(await seqs(other.journal, 'a'), [1, 2]);
      equal((await other.journal.readTag('t', 0, 10)).length, 2);
      equal(await latest(other, 0, Infinity), { seq: 2, time: 5, life: 0, payload: [2] });
      await refused(other.journal.acquire('a', claim()), 'ERR_PERSIST_HELD');
      const next = await other.journal.acquire('a', claim(true));
      await refused(append(store.journal, 'a', lease, records(3, 3)), 'ERR_PERSIST_FENCED');
      await append(other.journal, 'a', next, records(3, 3));
      equal(await seqs(store.journal, 'a'), [1, 2, 3]);
    } finally {
      await other.close();
    }
  },
  'who watches through one door is told of what comes through the other': async (store, { again }) => {
    if (again === undefined) return;
    const other = await again(store);
    const lease = await store.journal.acquire('a', claim());
    let stop = (): void => undefined;
    const told = new Promise<void>((resolve) => (stop = other.journal.watch(resolve)));
    try {
      await append(store.journal, 'a', lease, records(1, 1));
      await soon(told);
      stop();
      equal(await seqs(other.journal, 'a'), [1]);
    } finally {
      await other.close();
    }
  },
};

/**
 * What every store must do, as cases for a test runner of your choice. Each opens a store of its own and closes it.
 *
 * Time: a second or so for all of them, plus what the store needs.
 *
 * @example
 * ```js
 * const { memoryStore, storeConformance } = require('termstore/persist');
 * const cases = storeConformance({ open: memoryStore });
 * for (const { name, run } of cases.slice(0, 3)) await run(); // with a test runner: test(name, run)
 * cases.length > 15; // true
 * ```
 */
export function storeConformance(subject: StoreSubject): StoreCase[] {
  if (typeof (subject as Partial<StoreSubject> | null | undefined)?.open !== 'function')
    throw badArgument('storeConformance', '`subject.open` must be a function that opens a store');
  const groups = [appends, writers, finding, removing, snapshotting, doors];
  return groups.flatMap(Object.entries<Body>).map(([name, body]) => ({
    name,
    run: async () => {
      const store = await subject.open();
      try {
        await body(store, subject);
      } finally {
        await store.close();
      }
    },
  }));
}
