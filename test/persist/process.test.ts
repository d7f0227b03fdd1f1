import { PersistError, noReply, PersistentProcess, type From } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { codeOf, lister, slowed, stateOf, storesOf, turns } from './support.js';

for (const kind of ['memory', 'lmdb'] as const) {
  const processes = suite(`persist: processes in the ${kind} store`);
  const { test } = processes;
  const open = storesOf(processes)[kind];

  test('a process starts with what its events have made, in order, and goes on from there', async () => {
    const store = open();
    for (let round = 0; round < 3; round++) {
      const process = await lister(store).start();
      assert.is(process.seq, round * 3);
      await process.call(({ persist }) => persist(`a${round}`));
      await process.call(({ persistAll }) => persistAll([`b${round}`, `c${round}`]));
      await process.stop();
    }
    const process = await lister(store).start();
    assert.equal(await stateOf(process), ['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
    await process.stop();
  });

  test('every kind of term comes back as an event', async () => {
    const store = open();
    const event = {
      map: new Map([[{ a: 1 }, new Set([1n])]]),
      date: new Date(5),
      bytes: new Uint8Array([1, 2]),
      error: new RangeError('far'),
      none: [undefined, null, NaN, -0],
      symbol: Symbol.for('x'),
    };
    const seen: unknown[] = [];
    class Keeper extends PersistentProcess<null, 'put', typeof event> {
      persistId = 'terms';
      init(): null {
        return null;
      }
      async handleCommand(): Promise<void> {
        await this.persist(event);
      }
      handleEvent(one: typeof event): void {
        seen.push(one);
      }
    }
    const first = await new Keeper({ store }).start();
    await first.call('put');
    await first.stop();
    await (await new Keeper({ store }).start()).stop();
    assert.is(seen.length, 2);
    assert.equal(seen[1], event);
    assert.ok(seen[1] !== event);
  });

  test('a second process of the same name is refused until the first has stopped', async () => {
    const store = open();
    const first = await lister(store).start();
    assert.is(await codeOf(lister(store).start()), 'ERR_PERSIST_HELD');
    await first.call(({ persist }) => persist('still mine'));
    await first.stop();
    const second = await lister(store).start();
    assert.equal(await stateOf(second), ['still mine']);
    await second.stop();
  });

  test('a process that was taken over learns it at its next event, stops, and has stored nothing', async () => {
    const store = open();
    const old = await lister(store).start();
    await old.call(({ persist }) => persist('one'));
    const young = await lister(store).start({ takeOver: true });
    assert.is(await codeOf(old.call(({ persist }) => persist('lost'))), 'ERR_PERSIST_FENCED');
    assert.is(((await old.stopped) as PersistError).code, 'ERR_PERSIST_FENCED');
    assert.is(await codeOf(old.call(() => 1)), 'ERR_PERSIST_STOPPED');
    await young.call(({ persist }) => persist('two'));
    assert.equal(await stateOf(young), ['one', 'two']);
    await young.stop();
  });

  test('256 processes that persist at once all get their answers', async () => {
    const store = open();
    const all = await Promise.all(
      Array.from({ length: 256 }, (_, i) => lister(store, { persistId: `p${i}` }).start()),
    );
    await Promise.all(all.map((process, i) => process.call(({ persist }) => persist(`e${i}`))));
    for (const [i, process] of all.entries()) assert.equal(await stateOf(process), [`e${i}`]);
    await Promise.all(all.map((process) => process.stop()));
  });

  processes.run();
}

const order = suite('persist: order');
const { test } = order;
const { memory } = storesOf(order);

test('nested events come behind everything that was asked for before', async () => {
  const store = memory();
  const nested: Record<string, string> = { a: 'c', b: 'd', c: 'e' };
  class Nester extends PersistentProcess<string[], string[], string> {
    persistId = 'nester';
    init(): string[] {
      return [];
    }
    handleCommand(events: string[]): void {
      for (const event of events) void this.persist(event);
    }
    handleEvent(event: string): void {
      this.state.push(event);
      if (event in nested) void this.persist(nested[event]!);
    }
    get events(): string[] {
      return this.state;
    }
  }
  const nester = await new Nester({ store }).start();
  await nester.call(['a', 'b', 'x']);
  assert.equal(nester.events, ['a', 'b', 'x', 'c', 'd', 'e']);
  await nester.stop();
  const again = await new Nester({ store }).start();
  assert.equal(again.events, ['a', 'b', 'x', 'c', 'd', 'e']);
  assert.is(again.seq, 6);
  await again.stop();
});

test('nothing is handled, and nobody is answered, before the event is durable', async () => {
  const slow = slowed(memory());
  const process = await lister(slow.store).start();
  const log: string[] = [];
  process.subscribe(({ seq, data }) => log.push(`${seq} ${data}`));
  const first = process
    .call(async ({ persist, state }) => {
      log.push('asked');
      await persist('one');
      log.push(`durable ${state().length}`);
    })
    .then(() => log.push('answered'));
  const second = process.call(({ state }) => log.push(`next ${state().length}`));
  await turns();
  assert.equal(log, ['asked']);
  assert.is(process.mailboxLength, 1);
  slow.go();
  await Promise.all([first, second]);
  assert.equal(log.slice(0, 3), ['asked', '1 one', 'durable 1']);
  // Answered first; who of the two hears of it first is the engine's affair.
  assert.equal(log.slice(3).sort(), ['answered', 'next 1']);
  await process.stop();
});

test('a persist that nobody waits for is waited for by the answer, by reply() and by the next message', async () => {
  const slow = slowed(memory());
  const process = await lister(slow.store).start();
  const log: string[] = [];
  const replied = process
    .call(({ persist, reply, from }) => {
      void persist('one');
      reply(from, 'early');
      void persist('two');
      return 'late';
    })
    .then((answer) => log.push(String(answer)));
  const next = process.call(({ state }) => log.push(`next ${state().length}`));
  await turns();
  assert.equal(log, []);
  // Both were asked for in one turn: they share an append.
  assert.equal(slow.appends, [2]);
  slow.go();
  await Promise.all([replied, next]);
  assert.equal(log.sort(), ['early', 'next 2']);
  await process.stop();
});

test('events that are asked for while the journal is busy share the next append', async () => {
  const slow = slowed(memory());
  const process = await lister(slow.store).start();
  const call = process.call(async ({ persist }) => {
    void persist('1');
    await turns(2);
    for (const event of ['2', '3', '4']) void persist(event);
    await turns(2);
    void persist('5');
  });
  await turns();
  slow.go();
  await turns();
  slow.go();
  await call;
  assert.equal(slow.appends, [1, 4]);
  assert.equal(await stateOf(process), ['1', '2', '3', '4', '5']);
  await process.stop();
});

test('messages that come during the recovery wait', async () => {
  const store = memory();
  const first = await lister(store).start();
  await first.call(({ persist }) => persist('one'));
  await first.stop();
  const process = lister(store);
  const started = process.start();
  const answer = stateOf(process);
  assert.is(process.status, 'recovering');
  assert.equal(await answer, ['one']);
  await started;
  await process.stop();
});

test('an answer may come later, from another handler', async () => {
  const waiting: (From | undefined)[] = [];
  const process = await lister(memory(), {
    handleInfo: (_state, message, { reply }) => reply(waiting.shift(), message),
  }).start();
  const answer = process.call(({ from }) => {
    waiting.push(from);
    return noReply;
  });
  assert.is(await process.call(() => 'another one'), 'another one');
  process.info('now');
  assert.is(await answer, 'now');
  await process.stop();
});

order.run();

const failing = suite('persist: what goes wrong');
{
  const { test } = failing;
  const { memory } = storesOf(failing);
  const full = () => new PersistError('ERR_PERSIST_STORE', 'disk full', { outcome: 'unwritten' });

  test('what the store could not take is the answer of its call, and the process goes on', async () => {
    const slow = slowed(memory());
    const process = await lister(slow.store).start();
    const calls: [string, Promise<unknown>][] = [
      ['awaited', process.call(async ({ persist }) => void (await persist('x')))],
      ['not awaited', process.call(({ persist }) => void persist('x'))],
      ['replied', process.call(({ persist, reply, from }) => (void persist('x'), reply(from, 'ok')))],
    ];
    for (const [name, call] of calls) {
      await turns();
      slow.fail(full());
      assert.is(await codeOf(call), 'ERR_PERSIST_STORE', name);
    }
    const caught = process.call(async ({ persist }) => {
      try {
        await persist('x');
      } catch {
        return 'never mind';
      }
      return 'stored';
    });
    await turns();
    slow.fail(full());
    assert.is(await caught, 'never mind');
    const last = process.call(({ persist }) => persist('y'));
    await turns();
    slow.go();
    await last;
    assert.equal(await stateOf(process), ['y']);
    assert.is(process.seq, 1);
    await process.stop();
  });

  test('what was asked for behind an event that failed fails with it', async () => {
    const slow = slowed(memory());
    const process = await lister(slow.store).start();
    const call = process.call(async ({ persist }) => {
      void persist('first');
      await turns(2);
      void persist('believes in the first');
    });
    await turns();
    slow.fail(full());
    assert.is(await codeOf(call), 'ERR_PERSIST_STORE');
    assert.equal(slow.appends, [1]);
    assert.equal(await stateOf(process), []);
    await process.stop();
  });

  test('a process that cannot know whether its event is stored stops', async () => {
    const slow = slowed(memory());
    const process = await lister(slow.store).start();
    const call = process.call(({ persist }) => persist('x'));
    const waiting = process.call(() => 1);
    await turns();
    slow.fail(new PersistError('ERR_PERSIST_STORE', 'timeout', { outcome: 'unknown' }));
    assert.is(await codeOf(call), 'ERR_PERSIST_STORE');
    assert.is(await codeOf(waiting), 'ERR_PERSIST_STOPPED');
    assert.is(((await process.stopped) as PersistError).outcome, 'unknown');
  });

  test('what a command throws is its answer; what a cast or a message throws stops the process', async () => {
    const store = memory();
    const ended: unknown[] = [];
    const process = await lister(store, { terminate: (_state, reason) => void ended.push(reason) }).start();
    const boom = new Error('boom');
    const throwing = () => {
      throw boom;
    };
    assert.is(await codeOf(process.call(throwing)), 'boom');
    assert.is(await codeOf(process.call(async () => throwing())), 'boom');
    assert.is(process.status, 'running');
    process.cast(throwing);
    const late = process.call(() => 1);
    assert.is(await process.stopped, boom);
    assert.is(await codeOf(late), 'ERR_PERSIST_STOPPED');
    assert.equal(ended, [boom]);
    refuses(() => process.cast(() => 1), 'ERR_PERSIST_STOPPED');
    // It gave its name back.
    await (await lister(store).start()).stop();
  });

  test('an event that cannot become part of the state is stored, and stops the process', async () => {
    const store = memory();
    const process = await lister(store, {
      handleEvent: (state, event) => {
        if (event === 'bad') throw new Error('cannot');
        return [...state, event];
      },
    }).start();
    assert.is(await codeOf(process.call(({ persist }) => persist('bad'))), 'cannot');
    assert.is(((await process.stopped) as Error).message, 'cannot');
    const again = await lister(store).start();
    assert.equal(await stateOf(again), ['bad']);
    await again.stop();
  });

  test('an event that is no term is refused with the path to it, and nothing is stored', async () => {
    const store = memory();
    const process = await lister(store).start();
    const bad = { deep: [() => 1] } as unknown as string;
    const thrown: unknown = await process
      .call(({ persist }) => persist(bad))
      .catch((error: unknown) => error);
    assert.match((thrown as Error).message, /event\.deep\[0\]/);
    assert.is(await codeOf(process.call(({ persistAll }) => persistAll(['a', bad]))), 'ERR_TERM_UNSUPPORTED');
    assert.is(await codeOf(process.call(({ persistAll }) => persistAll([]))), 'ERR_PERSIST_BADARG');
    assert.is(
      await codeOf(process.call(({ persistAll }) => persistAll('a' as unknown as string[]))),
      'ERR_PERSIST_BADARG',
    );
    assert.is(process.seq, 0);
    await process.stop();
  });

  test('a call that is given up is not handled, unless it already is', async () => {
    const process = await lister(memory()).start();
    let handled = 0;
    const busy = process.call(() => turns(10));
    const abort = new AbortController();
    const waiting = process.call(() => handled++, { signal: abort.signal });
    abort.abort(new Error('enough'));
    assert.is(await codeOf(waiting), 'enough');
    await busy;
    assert.is(
      await codeOf(process.call(() => handled++, { signal: AbortSignal.abort(new Error('no')) })),
      'no',
    );
    await process.call(() => 1);
    assert.is(handled, 0);
    await process.stop();
  });

  test('a process that has not started, or has stopped, says so', async () => {
    const process = lister(memory());
    assert.is(await codeOf(process.call(() => 1)), 'ERR_PERSIST_STOPPED');
    refuses(() => process.info(1), 'ERR_PERSIST_STOPPED');
    await process.start();
    assert.is(await codeOf(process.start()), 'ERR_PERSIST_BADARG');
    const [early, stopping] = [process.call(() => 'handled'), process.stop()];
    assert.is(await codeOf(process.call(() => 1)), 'ERR_PERSIST_STOPPED');
    assert.is(await early, 'handled');
    await stopping;
    assert.is(await process.stopped, undefined);
    await lister(memory()).stop();
  });

  test('wrong arguments are refused by name', async () => {
    const store = memory();
    const good = { persistId: 'x', store };
    const wrong: [object, string][] = [
      [{ store: undefined }, '`store`'],
      [{ store: {} }, '`store`'],
      [{ snapshots: {} }, '`snapshots.every`'],
      [{ snapshots: { every: 0 } }, '`snapshots.every`'],
      [{ snapshots: { every: 5, keep: 0 } }, '`snapshots.keep`'],
      [{ snapshots: { every: 5, truncate: 1 } }, '`snapshots.truncate`'],
      [{ snapshots: { every: 5, kep: 1 } }, '`kep`'],
      [{ adapter: 5 }, '`adapter`'],
      [{ adapter: { toJournal: 5 } }, '`adapter.toJournal`'],
      [{ projection: { table: {}, project: () => [] } }, '`projection.table`'],
      [{ handleEvent: undefined }, '`handleEvent`'],
      [{ handleInfo: 5 }, '`handleInfo`'],
      [{ handleEvnt: () => 1 }, '`handleEvnt`'],
    ];
    for (const [more, text] of wrong)
      refuses(() => lister(store, { ...good, ...more }), 'ERR_PERSIST_BADARG', text);
    for (const persistId of ['', 'a\0b', '\ud800', 'x'.repeat(256), 5])
      assert.is(
        await codeOf(lister(store, { persistId: persistId as string }).start()),
        'ERR_PERSIST_BADARG',
      );
    assert.is(await codeOf(lister(store).start({ takeOver: 1 as never })), 'ERR_PERSIST_BADARG');
    const process = await lister(store).start();
    assert.is(await codeOf(process.call(() => 1, { signal: 5 as never })), 'ERR_PERSIST_BADARG');
    refuses(() => process.subscribe(5 as unknown as () => void), 'ERR_PERSIST_BADARG', '`listener`');
    await process.stop();
  });
}
failing.run();
