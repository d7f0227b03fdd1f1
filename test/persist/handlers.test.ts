import { join } from 'node:path';
import { PersistentProcess, type PersistError } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { runChildWell } from '../support/children.js';
import { suite } from '../support/suite.js';
import { codeOf, lister, type ListerCommand, stateOf, storesOf, turns } from './support.js';

/* What handlers and those that listen may do, and when. */

type ListerContext = Parameters<ListerCommand>[0];

const handlers = suite('persist: handlers');
const { test } = handlers;
const { memory } = storesOf(handlers);

test('thousands of messages that wait are handled in their order', async () => {
  const seen: number[] = [];
  const process = await lister(memory(), {
    handleInfo: (_state, message) => void seen.push(message as number),
  }).start();
  for (let i = 0; i < 5000; i++) process.info(i);
  assert.equal(await stateOf(process), []);
  assert.equal(
    seen,
    Array.from({ length: 5000 }, (_one, i) => i),
  );
  await process.stop();
});

test('messages that were handled are not kept', async () => {
  assert.match(await runChildWell(join(__dirname, 'memory.child.js')), /forgotten/);
});

test('a process whose event handler fails ends, also when it would save a last snapshot', async () => {
  for (const fail of [
    () => Promise.reject(new Error('no')),
    () => {
      throw new Error('no');
    },
  ]) {
    // prettier-ignore
    const store = memory();
    let saved: unknown;
    class Failing extends PersistentProcess<number, string, string> {
      persistId = 'failing';
      init(): number {
        return 0;
      }
      handleCommand(command: string): Promise<unknown> {
        return this.persist(command);
      }
      handleEvent(): Promise<number> {
        return fail();
      }
      override async terminate(): Promise<void> {
        saved = await codeOf(this.saveSnapshot());
      }
    }
    const process = await new Failing({ store }).start();
    await process.call('a').catch(() => undefined);
    assert.is(((await process.stopped) as Error).message, 'no');
    assert.is(saved, 'ERR_PERSIST_STOPPED');
    assert.equal(await store.snapshots.list('failing'), []);
  }
});

test('an answer that is a promise with a `then` of its own is one answer', async () => {
  let most = 0;
  let now = 0;
  const process = await lister(memory()).start();
  const odd = (): Promise<string> => {
    const promise = Promise.resolve('answer');
    promise.then = ((done: (value: string) => void) => {
      done('one');
      done('two');
    }) as never;
    return promise;
  };
  assert.is(await process.call(odd), 'answer');
  const slow = async (): Promise<void> => {
    most = Math.max(most, ++now);
    await turns(2);
    now--;
  };
  await Promise.all([process.call(odd), ...[1, 2, 3].map(() => process.call(slow))]);
  assert.is(most, 1);
  await process.stop();
});

test('what a store of another make throws reaches callers with a code', async () => {
  const store = memory();
  const broken = (): Promise<never> => Promise.reject(new Error('disk'));
  Object.assign(store.journal, { append: broken });
  const process = await lister(store).start();
  const error = (await process
    .call(({ persist }) => persist('a'))
    .catch((one: unknown) => one)) as PersistError;
  assert.equal(
    [error.code, error.outcome, (error.cause as Error).message],
    ['ERR_PERSIST_STORE', 'unknown', 'disk'],
  );
  await process.stopped;
});

test('a process with methods: what it does by itself, states that come later, and when it recovers', async () => {
  const store = memory();
  const recovering: boolean[] = [];
  class Counter extends PersistentProcess<number, string, string> {
    persistId = 'counter';
    init(): number {
      return 0;
    }
    async handleCommand(command: string): Promise<number> {
      if (command === 'save') return this.saveSnapshot(100);
      await this.persist(command);
      return this.state;
    }
    async handleEvent(): Promise<number> {
      recovering.push(this.recovering);
      await turns(1);
      return this.state + 1;
    }
  }
  {
    await using first = await new Counter({ store }).start();
    assert.is(await first.call('a'), 1);
    assert.is(await first.call('b'), 2);
    // Nobody handles it.
    first.info('ignored');
  }
  const second = await new Counter({ store }).start();
  assert.is(await second.call('c'), 3);
  assert.equal(recovering, [false, false, true, true, false]);
  assert.is(await second.call('save'), 3);
  await second.stop();
  const third = await new Counter({ store }).start();
  assert.is(await third.call('d'), 101);
  await third.stop();
});

test('what belongs to a handler is refused outside of one', async () => {
  const process = lister(memory());
  await process.start();
  let context: ListerContext | undefined;
  await process.call((given) => void (context = given));
  const { persist, saveSnapshot, truncate } = context!;
  // The answer may come a moment before the handler is done with.
  await turns();
  assert.is(await codeOf(persist('late')), 'ERR_PERSIST_BADARG');
  assert.is(process.seq, 0);
  await process.stop();
  assert.is(await codeOf(saveSnapshot()), 'ERR_PERSIST_BADARG');
  assert.is(await codeOf(truncate()), 'ERR_PERSIST_BADARG');
});

test('a subscriber that throws is an uncaught error of its own, and the process and the others go on', async () => {
  const listener = await lister(memory()).start();
  const seen: unknown[] = [];
  const odd = new Error('of the subscriber');
  listener.subscribe(() => {
    throw odd;
  });
  const forget = listener.subscribe(({ data }) => void seen.push(data));
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note);
  try {
    await listener.call(({ persist }) => persist('a'));
    forget();
    await listener.call(({ persist }) => persist('b'));
    await turns();
  } finally {
    process.removeListener('uncaughtException', note);
  }
  assert.equal(seen, ['a']);
  assert.equal(uncaught, [odd, odd]);
  assert.equal(await stateOf(listener), ['a', 'b']);
  await listener.stop();
});

handlers.run();
