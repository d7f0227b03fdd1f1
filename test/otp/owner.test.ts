// @timeout 300
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { ets, type Row, type TableOptions, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, type Member, rejection } from '../support/crew.js';
import { crowd, pause } from '../support/crowd.js';
import { meet } from '../support/gate.js';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { times, TYPES } from '../support/variants.js';

/* ets_SUITE: owners that end, heirs, gifts. */

const hooks = suite('otp: owners');
const { test, run } = hooks;
const hireOwner = crew(join(__dirname, '..', 'threads', 'owner.worker.js'), hooks);
const { hireReady, start } = crowd(hooks, __dirname);

/** Ends the owners while another thread works, which goes on. */
async function whileWorking(end: () => Promise<unknown>): Promise<void> {
  const other = ets.new('other', { access: 'public', writeConcurrency: true });
  const work = start(1, 'churn', () => [other.tid, 100, 100], 1);
  meet(work.gate, 2);
  await end();
  await work.results;
  assert.is(other.info('size'), 0);
  other.drop();
}

test('ets_SUITE: exit_large_table_owner', async () => {
  for (const type of TYPES) {
    for (const fixed of [false, true]) {
      const owner = await hireReady();
      const tid = await owner.call<Tid>('create', 'large', { type, named: true }, 20_000);
      if (fixed) await owner.call('fix', tid, true, 1);
      await whileWorking(async () => {
        await owner.terminate();
        await owner.ended;
        assert.is(ets.whereis('large'), undefined);
        refuses(() => ets.table(tid), 'ERR_ETS_ID');
      });
    }
  }
});

test('ets_SUITE: exit_many_large_table_owner', async () => {
  const owners = await Promise.all(times(3, hireReady));
  const tids = await Promise.all(
    owners.map((owner) => owner.call<Tid[]>('createMany', 4, { writeConcurrency: true }, 20_000)),
  );
  await whileWorking(async () => {
    for (const owner of owners) void owner.terminate();
    await Promise.all(owners.map((owner) => owner.ended));
  });
  for (const tid of tids.flat()) refuses(() => ets.table(tid), 'ERR_ETS_ID');
});

test('ets_SUITE: exit_many_tables_owner', async () => {
  for (const named of [false, true]) {
    const owner = await hireReady();
    const tids = await owner.call<Tid[]>('createMany', 1000, { named }, 3);
    assert.is(ets.all().length, 1000);
    assert.is(ets.table(tids[999] as Tid).info('size'), 3);
    await whileWorking(async () => {
      owner.tell('exit');
      await owner.ended;
    });
    assert.equal(ets.all(), []);
  }
});

test('ets_SUITE: exit_many_many_tables_owner', async () => {
  const owners = await Promise.all(times(3, hireReady));
  for (const owner of owners) await owner.call('createMany', 1000, { type: 'ordered_set', named: true }, 2);
  assert.is(ets.all().length, 3000);
  await whileWorking(async () => {
    owners[0]?.tell('exit');
    owners[1]?.tell('throwLater');
    void owners[2]?.terminate();
    await Promise.all(owners.map((owner) => owner.ended));
  });
  assert.equal(ets.all(), []);
});

interface Seen {
  readonly tid: Tid;
  readonly from: number;
  readonly data: unknown;
  readonly owner: number;
}

async function listener(): Promise<Member> {
  const member = hireOwner();
  await member.call('listen');
  return member;
}

const KINDS: readonly unknown[] = [
  null,
  17,
  2n ** 70n,
  'text',
  'x'.repeat(100_000),
  ['list', [1n]],
  { of: { what: new Date(1) } },
  new Map<unknown, unknown>([[1, new Set(['x'])]]),
  new Uint8Array([7, 8, 9]).subarray(1),
];

test('ets_SUITE: heir', async () => {
  for (const type of TYPES) {
    for (const access of ['public', 'protected', 'private'] as const) {
      if (type !== 'set' && access !== 'private') continue;
      const heir = await listener();
      const owner = hireOwner();
      const options: TableOptions = {
        type,
        access,
        named: true,
        heir: { thread: heir.threadId, data: access },
      };
      const tid = await owner.call<Tid>('create', 'inherited', options, [['key', 1]] as Row[]);
      const from = owner.threadId;
      await owner.terminate();
      await owner.ended;
      const [told] = await heir.call<Seen[]>('seen', 1);
      assert.ok(told);
      assert.is(told.tid, tid);
      assert.is(told.from, from);
      assert.is(told.data, access);
      assert.is(told.owner, heir.threadId);
      assert.is(ets.table('inherited').info('heir'), heir.threadId);
      assert.equal(await heir.call('rows', tid), [['key', 1]]);
      await heir.call('insert', tid, ['heir', 2]);
      await heir.call('drop', tid);
      await heir.terminate();
    }
  }
  // What the heir is told may be any term.
  const heir = await listener();
  const owner = hireOwner();
  const expected = new Map<Tid, unknown>();
  for (const data of KINDS) {
    const options = { heir: { thread: heir.threadId, data } };
    expected.set(await owner.call<Tid>('create', 't', options), structuredClone(data));
  }
  await owner.terminate();
  const told = await heir.call<Seen[]>('seen', KINDS.length);
  assert.is(told.length, KINDS.length);
  for (const { tid, data } of told) assert.is(difference(data, expected.get(tid)), undefined);
  // An heir that has ended inherits nothing, and its own heirs do not either.
  const [second, third] = [await listener(), await listener()];
  await second.call('create', 'lost', { named: true, heir: { thread: third.threadId, data: 1 } });
  await third.terminate();
  await third.ended;
  await second.terminate();
  await second.ended;
  assert.is(ets.whereis('lost'), undefined);
});

test('ets_SUITE: heir_2', async () => {
  // Without data: the table changes hands, and nobody is told.
  const heir = await listener();
  const owner = hireOwner();
  const tid = await owner.call<Tid>('create', 'silent', { heir: { thread: heir.threadId } }, [['key', 1]]);
  await owner.terminate();
  await owner.ended;
  assert.is(ets.table(tid).info('owner'), heir.threadId);
  assert.equal(ets.table(tid).lookup('key'), [['key', 1]]);
  assert.is(await heir.call('forget'), 0);
});

test('ets_SUITE: give_away', async () => {
  let given = 0;
  const note = (): void => void given++;
  ets.on('transfer', note);
  for (const type of TYPES) {
    const [one, other] = [await listener(), await listener()];
    const table = ets.new('gift', { type, access: 'private', named: true });
    table.insert(['key', 'value']);
    table.giveAway(one.threadId, { from: 'main' });
    assert.equal(
      (await one.call<Seen[]>('seen', 1)).map(({ tid, from, data }) => [tid, from, data]),
      [[table.tid, threadId, { from: 'main' }]],
    );
    refuses(() => table.lookup('key'), 'ERR_ETS_ACCESS');
    refuses(() => table.giveAway(other.threadId), 'ERR_ETS_NOT_OWNER');
    assert.is(await rejection(other.call('giveAway', table.tid, threadId)), 'ERR_ETS_NOT_OWNER');
    assert.is(await rejection(one.call('giveAway', table.tid, one.threadId)), 'ERR_ETS_OWNER');
    assert.is(await rejection(one.call('giveAway', table.tid, 1_000_000)), 'ERR_ETS_BADARG');
    await one.call('giveAway', table.tid, other.threadId, 'second hand');
    assert.is((await other.call<Seen[]>('seen', 1))[0]?.data, 'second hand');
    assert.equal(await other.call('rows', table.tid), [['key', 'value']]);
    await one.terminate();
    await one.ended;
    refuses(() => table.giveAway(one.threadId), 'ERR_ETS_NOT_OWNER');
    await other.call('giveAway', table.tid, threadId);
    assert.equal(table.lookup('key'), [['key', 'value']]);
    refuses(() => table.giveAway(one.threadId), 'ERR_ETS_BADARG');
    for (const thread of ['main', null, 1.5, -1, {}])
      refuses(() => table.giveAway(thread as never), 'ERR_ETS_BADARG');
    assert.is(table.info('owner'), threadId);
    table.drop();
    refuses(() => table.giveAway(other.threadId), 'ERR_ETS_ID');
    await other.terminate();
  }
  // What tells of gifts must have arrived before nobody listens any more.
  while (given < TYPES.length) await pause(1);
  ets.off('transfer', note);
});

test('ets_SUITE: setopts', async () => {
  const heir = await listener();
  for (const type of TYPES) {
    const table = ets.new('t', { type });
    table.setopts({ heir: { thread: heir.threadId, data: 1 } });
    assert.is(table.info('heir'), heir.threadId);
    table.setopts({ heir: 'none' });
    assert.is(table.info('heir'), 'none');
    for (const access of ['private', 'public', 'protected'] as const) {
      table.setopts({ access });
      assert.is(table.info('protection'), access);
    }
    table.setopts({});
    table.setopts({ access: 'public', heir: { thread: heir.threadId } });
    for (const options of [
      null,
      'public',
      [],
      { access: 'secret' },
      { heir: 'nobody' },
      { heir: {} },
      { type: 'bag' },
      { access: 'private', unknown: 1 },
      { access: 'private', heir: 5 },
      { access: 'private', heir: { thread: heir.threadId, data: () => 1 } },
    ])
      assert.throws(() => table.setopts(options as never));
    // Nothing of a call that was refused has happened.
    assert.is(table.info('protection'), 'public');
    assert.is(table.info('heir'), heir.threadId);
    assert.is(await rejection(heir.call('setopts', table.tid, { access: 'private' })), 'ERR_ETS_NOT_OWNER');
    table.drop();
    refuses(() => table.setopts({}), 'ERR_ETS_ID');
  }
});

run();
