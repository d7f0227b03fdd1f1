// @timeout 120
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { ets, type TransferEvent } from 'termstore';
import * as assert from 'uvu/assert';
import { runChildWell } from '../support/children.js';
import { crew, type Member } from '../support/crew.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('transfer events');
const hire = crew(join(__dirname, 'owner.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

interface Seen {
  readonly tid: number;
  readonly name: string;
  readonly data: unknown;
}

const seen = (member: Member, count: number): Promise<Seen[]> => member.call<Seen[]>('seen', count);

async function hireReady(): Promise<Member> {
  const member = hire();
  await member.call('forget');
  return member;
}

function give(member: Member, ...data: readonly unknown[]): void {
  for (const value of data) ets.new('gift').giveAway(member.threadId, value);
}

test('events wait for the first listener, in the order in which they came', async () => {
  const member = await hireReady();
  const data = Array.from({ length: 3000 }, (_, i) => (i % 1000 === 0 ? 'x'.repeat(i * 50) : i));
  give(member, ...data);
  assert.is(await member.call('forget'), 0);
  await member.call('listen');
  assert.equal(
    (await seen(member, data.length)).map((event) => event.data),
    data,
  );
});

test('a listener that was taken back gets nothing; what came meanwhile waits for the next', async () => {
  const member = await hireReady();
  await member.call('ignore');
  await member.call('listen');
  give(member, 1);
  await seen(member, 1);
  await member.call('ignore');
  give(member, 2, 3);
  assert.is(await member.call('forget'), 1);
  await member.call('listenOnce');
  assert.equal(
    (await seen(member, 1)).map(({ data }) => data),
    [2],
  );
  assert.is(await member.call('forget'), 1);
  await member.call('listen');
  assert.equal(
    (await seen(member, 1)).map(({ data }) => data),
    [3],
  );
});

test('what a listener throws is an uncaught exception of its thread, which gets the other events if it lives on', async () => {
  const member = await hireReady();
  await member.call('endure');
  await member.call('throwOnce');
  give(member, 1, 2, 3);
  assert.equal(
    (await seen(member, 3)).map(({ data }) => data),
    [1, 2, 3],
  );
  assert.equal(await member.call('caught'), ['listener']);

  const mortal = await hireReady();
  await mortal.call('throwOnce');
  give(mortal, 1, 2);
  assert.is(await mortal.ended, 1);
  assert.match(String(mortal.error), 'listener');
});

test('a table that was dropped before its event arrived is told of all the same', async () => {
  const member = await hireReady();
  const table = ets.new('short', { access: 'public' });
  table.giveAway(member.threadId, 'too late');
  table.drop();
  await member.call('listen');
  const [event] = await seen(member, 1);
  assert.equal([event?.tid, event?.name, event?.data], [table.tid, '', 'too late']);
});

test('a listener does not keep its thread alive, and events for a thread that has ended are forgotten', async () => {
  const member = await hireReady();
  await member.call('listen');
  give(member, 'x'.repeat(1000));
  await seen(member, 1);
  const silent = await hireReady();
  give(silent, ...Array.from({ length: 100 }, (_, i) => 'y'.repeat(i)));
  member.tell('finish');
  silent.tell('finish');
  assert.is(await member.ended, 0);
  assert.is(await silent.ended, 0);
  // checkBaseline: no event and no table is left.
});

test('a process whose only thread listens ends', async () => {
  assert.is(await runChildWell(join(__dirname, 'listening.child.js')), 'listening\n');
});

test('this thread is told, too', async () => {
  const events: TransferEvent[] = [];
  const told = new Promise<void>((resolve) => {
    ets.once('transfer', (event) => {
      events.push(event);
      resolve();
    });
  });
  const member = hire();
  const from = (await member.call('forget'), member.threadId);
  const tid = await member.call<number>('create', 'mine', { heir: { thread: threadId, data: [1] } });
  await member.terminate();
  // The listener alone keeps nothing alive.
  const alive = setInterval(() => undefined, 1000);
  await told;
  clearInterval(alive);
  using table = events[0]?.table;
  assert.equal([table?.tid, table?.info('owner')], [tid, threadId]);
  assert.equal([events[0]?.from, events[0]?.data], [from, [1]]);
});

test('tables that go round in a ring of threads arrive as often as they were given', async () => {
  const members = await Promise.all(Array.from({ length: 3 }, hireReady));
  const laps = 300;
  for (const [i, member] of members.entries())
    await member.call('pass', (members[(i + 1) % members.length] as Member).threadId, laps);
  const tables = Array.from({ length: 10 }, (_, i) => {
    const table = ets.new(`ring ${i}`);
    table.giveAway((members[i % members.length] as Member).threadId, 0);
    return table;
  });
  while (!tables.every((table) => table.member('done')))
    await new Promise((resolve) => setTimeout(resolve, 5));
  const passed = await Promise.all(members.map((member) => member.call<number>('passed')));
  assert.is(
    passed.reduce((a, b) => a + b),
    tables.length * (laps + 1),
  );
});

test('threads are ended in the middle of events, and nothing of them is left', async () => {
  for (let i = 0; i < 20; i++) {
    const [one, other] = [await hireReady(), await hireReady()];
    await one.call('pass', other.threadId, 1e9);
    await other.call('pass', one.threadId, 1e9);
    for (let k = 0; k < 20; k++) ets.new('ball').giveAway(one.threadId, 0);
    await new Promise((resolve) => setTimeout(resolve, i));
    one.terminate().catch(() => undefined);
    if (i % 2 === 0) other.terminate().catch(() => undefined);
    else await one.ended;
    await other.terminate();
    await Promise.all([one.ended, other.ended]);
    assert.is(ets.all().length, 0);
  }
});

run();
