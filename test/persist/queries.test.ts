import { type JournalRange, type JournalStore, openJournal, type StoredEvent } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { codeOf, lister, storesOf, turns } from './support.js';

/** Everything that an iterator delivers, until it ends or `most` have come. */
async function collect<T>(iterator: AsyncIterable<T>, most = Infinity): Promise<T[]> {
  const found: T[] = [];
  for await (const one of iterator) {
    found.push(one);
    if (found.length === most) break;
  }
  return found;
}
const numbers = (events: readonly StoredEvent[]): number[] => events.map(({ seq }) => seq);
const bad = <T>(value: unknown): T => value as T;
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const adapter = {
  toJournal: (event: string) => ({ data: event, tags: event.startsWith('t') ? ['t', event] : [] }),
};

for (const kind of ['memory', 'lmdb'] as const) {
  const queries = suite(`persist: queries in the ${kind} store`);
  const { test } = queries;
  const open = storesOf(queries)[kind];

  test('the events of a process are found by their numbers', async () => {
    const store = open();
    const process = await lister(store).start();
    await process.call(({ persistAll }) => persistAll(upTo(1200).map(String)));
    const journal = openJournal<string>(store);
    const found = await collect(journal.events('lister'));
    assert.equal(numbers(found), upTo(1200));
    assert.ok(
      found.every(
        ({ data, seq, persistId, time }) => data === String(seq) && persistId === 'lister' && time > 0,
      ),
    );
    assert.equal(numbers(await collect(journal.events('lister', { from: 3, to: 5 }))), [3, 4, 5]);
    assert.equal(numbers(await collect(journal.events('lister', { to: 0 }))), []);
    assert.equal(await collect(journal.events('nobody')), []);
    await process.stop();
  });

  test('a live query delivers what is there and what comes, beside the writers, until it is told to end', async () => {
    const store = open();
    const process = await lister(store, { adapter }).start();
    await process.call(({ persist }) => persist('t1'));
    const journal = openJournal<string>(store);
    const abort = new AbortController();
    const reading = collect(journal.events('lister', { live: true, to: 300 }));
    const tagged = collect(journal.eventsByTag('t', { live: true }), 300);
    const endless = codeOf(collect(journal.events('lister', { live: true, signal: abort.signal })));
    for (let i = 2; i <= 300; i++) process.cast(({ persist }) => persist(`t${i}`).then(() => undefined));
    assert.equal(numbers(await reading), upTo(300));
    assert.equal(numbers(await tagged), upTo(300));
    abort.abort(new Error('enough'));
    assert.is(await endless, 'enough');
    await process.stop();
  });

  test('a query by tag goes on where another one has stopped', async () => {
    const store = open();
    const [a, b] = await Promise.all([
      lister(store, { adapter, persistId: 'a' }).start(),
      lister(store, { adapter, persistId: 'b' }).start(),
    ]);
    for (let i = 0; i < 5; i++) {
      await a.call(({ persistAll }) => persistAll(['t', 'x']));
      await b.call(({ persist }) => persist('t2'));
    }
    const journal = openJournal<string>(store);
    const first = await collect(journal.eventsByTag('t'), 4);
    const rest = await collect(journal.eventsByTag('t', { after: first.at(-1)!.offset }));
    assert.equal(
      [...first, ...rest].map(({ persistId, seq }) => `${persistId}${seq}`),
      ['a1', 'b1', 'a3', 'b2', 'a5', 'b3', 'a7', 'b4', 'a9', 'b5'],
    );
    assert.equal((await collect(journal.eventsByTag('t2'))).length, 5);
    assert.equal(await collect(journal.eventsByTag('nothing')), []);
    await Promise.all([a.stop(), b.stop()]);
  });

  test('names are found, new ones live, and deleted ones not', async () => {
    const store = open();
    const journal = openJournal(store);
    const live = journal.persistIds({ live: true });
    const next = live.next();
    for (const persistId of ['b', 'a']) {
      const process = await lister(store, { persistId }).start();
      await process.call(({ persist }) => persist('x'));
      await process.stop();
    }
    const names = [(await next).value, (await live.next()).value];
    assert.equal(names.sort(), ['a', 'b']);
    await live.return();
    assert.equal(await collect(journal.persistIds()), ['a', 'b']);
    await journal.delete('a');
    assert.equal(await collect(journal.persistIds()), ['b']);
    assert.equal(await collect(journal.events('a')), []);
  });

  test('a process that runs is not deleted; one that was begins anew', async () => {
    const store = open();
    const journal = openJournal(store);
    const process = await lister(store).start();
    await process.call(async ({ persist, saveSnapshot }) => {
      await persist('old');
      await saveSnapshot();
    });
    assert.is(await codeOf(journal.delete('lister')), 'ERR_PERSIST_HELD');
    await process.stop();
    await journal.delete('lister');
    const young = await lister(store).start();
    assert.equal(await young.call(({ state }) => state()), []);
    await young.call(({ persist }) => persist('new'));
    assert.is(young.seq, 1);
    await young.stop();
    assert.equal(await store.snapshots.list('lister'), []);
  });

  test('a query whose events are taken away says so', async () => {
    const store = open();
    const process = await lister(store).start();
    await process.call(async ({ persistAll, saveSnapshot, truncate }) => {
      await persistAll(upTo(20).map(String));
      await saveSnapshot();
      await truncate();
      await persistAll(['21', '22']);
    });
    const journal = openJournal(store);
    assert.equal(numbers(await collect(journal.events('lister'))), [21, 22]);
    assert.is(await codeOf(collect(journal.events('lister', { from: 5 }))), 'ERR_PERSIST_GONE');
    const live = journal.events('lister', { live: true });
    assert.is((await live.next()).value?.seq, 21);
    assert.is((await live.next()).value?.seq, 22);
    await process.stop();
    const waiting = codeOf(live.next());
    await turns();
    await journal.delete('lister');
    const young = await lister(store).start();
    await young.call(({ persist }) => persist('of another life'));
    assert.is(await waiting, 'ERR_PERSIST_GONE');
    await young.stop();
  });

  test('a live query knows a log that has grown again from the one that it read', async () => {
    const store = open();
    const grow = async (events: readonly string[]): Promise<void> => {
      const process = await lister(store).start();
      await process.call(({ persistAll }) => persistAll(events));
      await process.stop();
    };
    await grow(['old 1', 'old 2', 'old 3']);
    const journal = openJournal<string>(store);
    const live = journal.events('lister', { live: true });
    for (let n = 1; n <= 3; n++) assert.is((await live.next()).value?.data, `old ${n}`);
    await journal.delete('lister');
    await grow(upTo(5).map((n) => `new ${n}`));
    assert.is(await codeOf(live.next()), 'ERR_PERSIST_GONE');
    assert.is((await collect(journal.events('lister', { live: true }), 5)).at(-1)?.data, 'new 5');
  });

  test('a live query ends with an error when the store is closed, as one that begins then does', async () => {
    const store = open();
    const journal = openJournal(store);
    const waiting = [
      journal.events('lister', { live: true }),
      journal.eventsByTag('t', { live: true }),
      journal.persistIds({ live: true }),
    ].map((query) => codeOf(query.next()));
    await turns();
    await store.close();
    const later = [journal.events('lister'), journal.eventsByTag('t'), journal.persistIds()];
    for (const code of [...waiting, ...later.map((query) => codeOf(query.next()))])
      assert.is(await code, 'ERR_PERSIST_STORE');
    assert.is(await codeOf(journal.delete('lister')), 'ERR_PERSIST_STORE');
  });

  test('a query does not end where the store has lost events', async () => {
    const store = open();
    const process = await lister(store).start();
    await process.call(({ persistAll }) => persistAll(upTo(20).map(String)));
    await process.stop();
    const journal: JournalStore = Object.create(store.journal, {
      bounds: { value: store.journal.bounds.bind(store.journal) },
      watch: { value: store.journal.watch.bind(store.journal) },
      read: {
        value: async (id: string, range: JournalRange) =>
          (await store.journal.read(id, range)).filter(({ seq }) => seq < 8),
      },
    });
    const query = openJournal({ journal, snapshots: store.snapshots });
    const found = query.events('lister', { from: 5, to: 7 });
    assert.equal(numbers(await collect(found)), [5, 6, 7]);
    assert.is(await codeOf(collect(query.events('lister'))), 'ERR_PERSIST_STORE');
    assert.is(await codeOf(collect(query.events('lister', { from: 8 }))), 'ERR_PERSIST_STORE');
    assert.is(await codeOf(collect(query.events('lister', { live: true, to: 20 }))), 'ERR_PERSIST_STORE');
  });

  test('what a store throws has a code, whatever was asked', async () => {
    const fails = (): never => {
      throw new Error('the net');
    };
    const { journal, snapshots } = open();
    const broken: JournalStore = Object.assign(Object.create(journal) as JournalStore, {
      bounds: fails,
      read: fails,
      readTag: fails,
      persistIds: fails,
      acquire: fails,
    });
    const query = openJournal({ journal: broken, snapshots });
    const asked = [
      query.events('a').next(),
      query.eventsByTag('a').next(),
      query.persistIds().next(),
      query.delete('a'),
    ];
    for (const one of asked) assert.is(await codeOf(one), 'ERR_PERSIST_STORE');
  });

  test('fromJournal may change, split and forget events', async () => {
    const store = open();
    const old = await lister(store).start();
    await old.call(({ persistAll }) => persistAll(['one', 'two three', 'secret']));
    await old.stop();
    const migrate = {
      fromJournal: (data: unknown) => (data === 'secret' ? [] : (data as string).toUpperCase().split(' ')),
    };
    const process = await lister(store, { adapter: migrate }).start();
    assert.equal(await process.call(({ state }) => state()), ['ONE', 'TWO', 'THREE']);
    assert.is(process.seq, 3);
    await process.stop();
    const found = await collect(openJournal<string>(store, { adapter: migrate }).events('lister'));
    assert.equal(
      found.map(({ seq, data }) => [seq, data]),
      [
        [1, 'ONE'],
        [2, 'TWO'],
        [2, 'THREE'],
      ],
    );
  });

  queries.run();
}

const wrong = suite('persist: wrong queries');
{
  const { test } = wrong;
  const { memory } = storesOf(wrong);

  test('wrong arguments are refused by name, at once', () => {
    const journal = openJournal(memory());
    const refused: [() => unknown, string][] = [
      [() => openJournal(bad({})), '`store`'],
      [() => openJournal(memory(), { adapter: 5 as never }), '`adapter`'],
      [() => journal.events(bad(5)), '`persistId`'],
      [() => journal.events('x', { from: 0 }), '`from`'],
      [() => journal.events('x', { to: -1 }), '`to`'],
      [() => journal.events('x', { live: 1 as never }), '`live`'],
      [() => journal.events('x', { signal: 1 as never }), '`signal`'],
      [() => journal.events('x', bad({ after: 1 })), '`after`'],
      [() => journal.eventsByTag(''), '`tag`'],
      [() => journal.eventsByTag('t', { after: 0.5 }), '`after`'],
      [() => journal.persistIds(bad({ tag: 't' })), '`tag`'],
    ];
    for (const [act, text] of refused) refuses(act, 'ERR_PERSIST_BADARG', text);
  });

  test('an adapter that returns something else is refused, and nothing is stored', async () => {
    const process = await lister(memory(), {
      adapter: {
        toJournal: (event) => {
          if (event === 'no list') return { data: 1, tags: 'tag' as never };
          if (event === 'too many')
            return { data: 1, tags: Array.from({ length: 1000 }, (_one, i) => `t${i}`) };
          return event === 'tags' ? { data: 1, tags: [''] } : (event as never);
        },
      },
    }).start();
    for (const event of ['no object', 'tags', 'no list', 'too many'])
      assert.is(await codeOf(process.call(({ persist }) => persist(event))), 'ERR_PERSIST_BADARG');
    assert.is(process.seq, 0);
    await process.stop();
  });
}
wrong.run();
