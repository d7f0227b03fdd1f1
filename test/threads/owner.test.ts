// @timeout 120
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { ets, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, type Member, rejection } from '../support/crew.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('owners, heirs and gifts');
const hire = crew(join(__dirname, 'owner.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

interface Seen {
  readonly tid: Tid;
  readonly name: string;
  readonly from: number;
  readonly data: unknown;
  readonly owner: number;
}

const seen = (member: Member, count: number): Promise<Seen[]> => member.call<Seen[]>('seen', count);

/** A worker that has loaded the package, and so can be given tables. */
async function hireReady(): Promise<Member> {
  const member = hire();
  await member.call('forget');
  return member;
}

const ENDS: Readonly<Record<string, (member: Member) => void>> = {
  'its end': (member) => member.tell('finish'),
  'process.exit()': (member) => member.tell('exit', 3),
  'an uncaught error': (member) => member.tell('throwLater'),
  'terminate()': (member) => void member.terminate(),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(`after ${how} the heir owns the tables and is told; those without an heir are gone`, async () => {
    const heir = await hireReady();
    await heir.call('listen');
    const owner = hire();
    await owner.call('listen');
    const from = owner.threadId;
    const options = { heir: { thread: heir.threadId, data: { gift: [1n, 'ü'] } } };
    const tids = [
      await owner.call<Tid>('create', 'one', { ...options, named: true, access: 'private' }, [['k', 1]]),
      await owner.call<Tid>('create', 'two', { ...options, type: 'ordered_set' }, [['k', 2]]),
    ];
    const lost = await owner.call<Tid>('create', 'lost', { named: true });
    end(owner);
    await owner.ended;
    assert.is(ets.whereis('lost'), undefined);
    refuses(() => ets.table(lost), 'ERR_ETS_ID');
    const told = await seen(heir, 2);
    assert.equal(
      new Map(told.map(({ tid, ...rest }) => [tid, rest])),
      new Map(
        tids.map((tid, i) => [
          tid,
          { name: ['one', 'two'][i], from, data: { gift: [1n, 'ü'] }, owner: heir.threadId },
        ]),
      ),
    );
    assert.equal(await heir.call('rows', tids[0]), [['k', 1]]);
    assert.is(ets.table('one').info('owner'), heir.threadId);
    assert.is(ets.table('one').info('heir'), heir.threadId);
    await heir.call('insert', tids[1], ['mine', 1]);
  });
}

test('an heir without data gets the table silently', async () => {
  const heir = await hireReady();
  await heir.call('listen');
  const owner = hire();
  const silent = await owner.call<Tid>('create', 'silent', { heir: { thread: heir.threadId } });
  const loud = await owner.call<Tid>('create', 'loud', { heir: { thread: heir.threadId, data: null } });
  await owner.terminate();
  await owner.ended;
  assert.is(ets.table(silent).info('owner'), heir.threadId);
  assert.equal(
    (await seen(heir, 1)).map(({ tid, data }) => [tid, data]),
    [[loud, null]],
  );
  assert.is(await heir.call('forget'), 1);
});

test('an heir that has ended, or is not there yet, is none', async () => {
  const dead = await hireReady();
  const thread = dead.threadId;
  using early = ets.new('early', { heir: { thread, data: 'x'.repeat(1000) } });
  assert.is(early.info('heir'), thread);
  await dead.terminate();
  await dead.ended;
  using late = ets.new('late', { heir: { thread, data: 1 } });
  assert.is(late.info('heir'), 'none');
  late.setopts({ heir: { thread: threadId } });
  assert.is(late.info('heir'), threadId);
  late.setopts({ heir: { thread: -1 } });
  assert.is(late.info('heir'), 'none');
  using unborn = ets.new('unborn', { heir: { thread: 1_000_000 } });
  assert.is(unborn.info('heir'), 'none');
});

test('the heir of a thread that ends after the heir did is nobody', async () => {
  const heir = await hireReady();
  const owner = hire();
  await owner.call('create', 't', { named: true, heir: { thread: heir.threadId, data: 1 } });
  await heir.terminate();
  await heir.ended;
  assert.is.not(ets.whereis('t'), undefined);
  await owner.terminate();
  await owner.ended;
  assert.is(ets.whereis('t'), undefined);
});

test('the owner can be its own heir: what it gave away comes back', async () => {
  const owner = await hireReady();
  await owner.call('listen');
  const thread = owner.threadId;
  const tid = await owner.call<Tid>('create', 't', { heir: { thread, data: 'back' } });
  for (let i = 0; i < 3; i++) {
    const other = await hireReady();
    const from = other.threadId;
    await owner.call('giveAway', tid, from, i);
    assert.is(ets.table(tid).info('owner'), from);
    assert.is(ets.table(tid).info('heir'), thread);
    await other.terminate();
    await other.ended;
    assert.equal((await seen(owner, i + 1))[i], { tid, name: 't', from, data: 'back', owner: thread });
  }
  await owner.terminate();
  await owner.ended;
  refuses(() => ets.table(tid), 'ERR_ETS_ID');
});

test('a table wanders through a chain of heirs', async () => {
  const members = await Promise.all(Array.from({ length: 4 }, hireReady));
  const threads = members.map((member) => member.threadId);
  for (const member of members) await member.call('listen');
  const tid = await (members[0] as Member).call<Tid>('create', 't', { named: true }, [['k', 'v']]);
  for (const [i, member] of members.entries()) {
    const heir = threads[i + 1];
    await member.call('setopts', tid, { heir: heir === undefined ? 'none' : { thread: heir, data: i } });
    await member.terminate();
    await member.ended;
    if (heir === undefined) break;
    const [told] = await seen(members[i + 1] as Member, 1);
    assert.equal([told?.from, told?.data, told?.owner], [threads[i], i, heir]);
    assert.equal(ets.table('t').get('k'), ['k', 'v']);
  }
  assert.is(ets.whereis('t'), undefined);
});

test('giveAway makes another thread the owner, then tells it', async () => {
  const member = await hireReady();
  await member.call('listen');
  const table = ets.new('gift', { heir: { thread: threadId, data: 'home' } });
  table.insert(['k', 1]);
  const data = { deep: [new Map([['a', new Date(0)]]), 2n ** 70n] };
  table.giveAway(member.threadId, data);
  assert.is(table.info('owner'), member.threadId);
  assert.is(table.info('heir'), threadId);
  refuses(() => table.insert(['k', 2]), 'ERR_ETS_ACCESS');
  refuses(() => table.giveAway(threadId), 'ERR_ETS_NOT_OWNER', 'table.giveAway');
  refuses(() => table.setopts({}), 'ERR_ETS_NOT_OWNER', 'table.setopts');
  const [told] = await seen(member, 1);
  assert.equal(told, { tid: table.tid, name: 'gift', from: threadId, data, owner: member.threadId });
  await member.call('setopts', table.tid, { heir: 'none' });
  await member.call('insert', table.tid, ['k', 2]);
  const second = ets.new('gift');
  second.giveAway(member.threadId);
  assert.is((await seen(member, 2))[1]?.data, undefined);
  // Whoever may not use it any more may not give it either, public or not.
  await member.call('setopts', second.tid, { access: 'public' });
  refuses(() => second.giveAway(threadId), 'ERR_ETS_NOT_OWNER');
  second.drop();
});

test('giveAway to a thread that has ended changes nothing', async () => {
  const member = await hireReady();
  const thread = member.threadId;
  await member.terminate();
  await member.ended;
  using table = ets.new('t');
  refuses(() => table.giveAway(thread, 1), 'ERR_ETS_BADARG', `thread ${thread}`);
  refuses(() => table.giveAway(member.threadId, 1), 'ERR_ETS_BADARG', 'thread -1');
  assert.is(table.info('owner'), threadId);
  table.insert(['still', 'mine']);
});

test('setopts changes the access rights at once, and all or nothing', async () => {
  const member = await hireReady();
  using table = ets.new('t');
  assert.is(await rejection(member.call('insert', table.tid, [1])), 'ERR_ETS_ACCESS');
  table.setopts({ access: 'public' });
  await member.call('insert', table.tid, [1]);
  table.setopts({ access: 'private' });
  assert.is(await rejection(member.call('rows', table.tid)), 'ERR_ETS_ACCESS');
  table.setopts({});
  refuses(() => table.setopts({ access: 'public', heir: { thread: 1.5 } }), 'ERR_ETS_BADARG');
  assert.equal([table.info('protection'), table.info('heir')], ['private', 'none']);
  table.setopts({ access: 'public', heir: { thread: member.threadId, data: 'x'.repeat(100_000) } });
  assert.equal([table.info('protection'), table.info('heir')], ['public', member.threadId]);
  assert.ok((table.info('memory') as number) > 100_000);
  table.setopts({ heir: 'none' });
  assert.ok((table.info('memory') as number) < 100_000);
});

test('a public table is dropped by whoever wants to', async () => {
  const member = await hireReady();
  const table = ets.new('t', { access: 'public', named: true });
  await member.call('drop', table.tid);
  assert.is(ets.whereis('t'), undefined);
});

test('the name of a table is free when its owner has ended: a supervisor can start anew at once', async () => {
  let owner = hire();
  for (let i = 0; i < 200; i++) {
    await owner.call('create', 'supervised', { named: true }, i % 20 === 0 ? [['big', 'x'.repeat(1e6)]] : []);
    void owner.terminate();
    await owner.ended;
    using table = ets.new('supervised', { named: true });
    assert.is(table.info('size'), 0);
    owner = hire();
  }
});

test('a table that is renamed has one name at any time', async () => {
  const count = 3000;
  for (const named of [true]) {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    using table = ets.new('racy 0', { named, access: 'public' });
    const [writer, reader] = [hire(), hire()];
    const renamed = writer.call('renameOn', table.tid, gate, count);
    const found = await reader.call<number>('findOnce', table.tid, gate, count);
    await renamed;
    assert.ok(found > 0);
    assert.is(table.name, `racy ${count}`);
  }
});

test('rename: a name that is taken is refused, the own one too; a label is free', () => {
  using one = ets.new('one', { named: true });
  using two = ets.new('two', { named: true });
  using label = ets.new('label');
  refuses(() => one.rename('two'), 'ERR_ETS_ALREADY_EXISTS', 'table.rename');
  refuses(() => one.rename('one'), 'ERR_ETS_ALREADY_EXISTS', 'table.rename');
  label.rename('two');
  label.rename('two');
  one.rename('label');
  assert.equal(
    [one, two, label].map(({ name }) => [name, ets.whereis(name)?.tid]),
    [
      ['label', one.tid],
      ['two', two.tid],
      ['two', two.tid],
    ],
  );
});

test('threads that end while they inherit from each other lose no table and share none', async () => {
  for (let round = 0; round < 6; round++) {
    const members = await Promise.all(Array.from({ length: 6 }, hireReady));
    const threads = members.map((member) => member.threadId);
    // In a ring, each the heir of the one before; the last one stays.
    for (const [i, member] of members.entries()) {
      const heir = threads[(i + 1) % threads.length];
      for (let k = 0; k < 5; k++)
        await member.call('create', `ring ${i} ${k}`, { named: true, heir: { thread: heir, data: [i, k] } });
    }
    const [first, ...others] = members as [Member, ...Member[]];
    for (const member of others) void member.terminate();
    await Promise.all(others.map((member) => member.ended));
    for (const table of ets.all()) assert.is(table.info('owner'), first.threadId);
    // What it owned itself, and what the last of the ring had when it ended.
    for (let k = 0; k < 5; k++) {
      assert.is(ets.table(`ring 0 ${k}`).info('owner'), first.threadId);
      assert.is(ets.table(`ring 5 ${k}`).info('owner'), first.threadId);
    }
    void first.terminate();
    await first.ended;
    assert.is(ets.all().length, 0);
  }
});

run();
