import { join } from 'node:path';
import { ets, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, type Member } from '../support/crew.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('tables end with their thread');
const hire = crew(join(__dirname, 'jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const ENDS: Readonly<Record<string, (member: Member) => void>> = {
  'process.exit()': (member) => member.tell('exit', 3),
  'an uncaught error': (member) => member.tell('throwLater'),
  'terminate()': (member) => void member.terminate(),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(`after ${how} they are gone and their names are free`, async () => {
    const member = hire();
    const tids: Tid[] = [];
    for (const type of ['set', 'ordered_set']) {
      for (const access of ['public', 'private']) {
        tids.push(
          await member.call<Tid>('create', `${type} ${access}`, { type, access, named: true }, [
            ['a', 'x'.repeat(10_000)],
            ['b', 2],
          ]),
        );
      }
    }
    assert.is(ets.all().length, 4);
    assert.is(ets.table(tids[0] as Tid).info('owner'), member.threadId);
    const handle = ets.table('set public');
    assert.is(handle.lookupElement('b', 1), 2);
    const iterator = handle[Symbol.iterator]();
    end(member);
    const code = await member.ended;
    assert.is(code, how === 'process.exit()' ? 3 : 1);
    if (how === 'an uncaught error') assert.match(String(member.error), 'on purpose');
    assert.is(ets.all().length, 0);
    for (const tid of tids) refuses(() => ets.table(tid), 'ERR_ETS_ID');
    refuses(() => handle.get('a'), 'ERR_ETS_ID');
    refuses(() => iterator.next(), 'ERR_ETS_ID');
    assert.is(handle.name, 'set public');
    // The next owner of the name is another thread.
    using successor = ets.new('set public', { named: true });
    assert.is(ets.table('set public').tid, successor.tid);
  });
}

test('tables of other threads stay', async () => {
  using mine = ets.new('mine', { access: 'public' });
  const [one, other] = [hire(), hire()];
  await one.call('insert', mine.tid, ['from one', 1]);
  const kept = await other.call<Tid>('create', 'kept', { named: true }, [['k', 1]]);
  await one.terminate();
  await one.ended;
  assert.equal(mine.get('from one'), ['from one', 1]);
  assert.equal(ets.table('kept').get('k'), ['k', 1]);
  assert.equal(await other.call('get', kept, 'k'), ['k', 1]);
});

test('a hundred threads in a row each own tables, and nothing of them remains', async () => {
  for (let i = 0; i < 100; i += 4) {
    const members = Array.from({ length: 4 }, () => hire());
    await Promise.all(
      members.map((member, k) => member.call('create', `t${k}`, { named: true }, [['a', i]])),
    );
    assert.is(ets.all().length, 4);
    await Promise.all(members.map((member) => member.terminate()));
    await Promise.all(members.map((member) => member.ended));
    assert.is(ets.all().length, 0);
  }
});

test('a Tid travels by message, as workerData and inside rows, and names the same table everywhere', async () => {
  using table = ets.new('shared', { access: 'public' });
  table.insert(['k', 'value']);
  using directory = ets.new('directory', { access: 'public', type: 'ordered_set' });
  directory.insert(['entry', { table: table.tid }]);
  const member = hire({ workerData: { tid: table.tid } });
  assert.is(await member.call('data'), table.tid);
  assert.equal(await member.call('get', table.tid, 'k'), ['k', 'value']);
  assert.equal(await member.call('follow', directory.tid, 'entry', 'k'), ['k', 'value']);
  const theirs = await member.call<Tid>('create', 'theirs', {}, [['x', 1]]);
  directory.insert(['theirs', { table: theirs }]);
  assert.equal(await hire().call('follow', directory.tid, 'theirs', 'x'), ['x', 1]);
});

test('every kind of value reaches another thread as it was', async () => {
  using table = ets.new('values', { access: 'public' });
  const member = hire();
  const values = [
    1,
    -0,
    2n ** 90n,
    'é\ud800',
    null,
    undefined,
    new Date(5),
    Buffer.from('b'),
    new Map([[{ a: 1 }, new Set([1])]]),
    { nested: { shape: [1] } },
  ];
  table.insert(['mine', ...values]);
  assert.equal(await member.call('get', table.tid, 'mine'), structuredClone(['mine', ...values]));
  // Shapes of objects that this thread has not met before.
  await member.call('insert', table.tid, ['theirs', { never: { seen: { here: true } } }]);
  assert.equal(table.get('theirs'), ['theirs', { never: { seen: { here: true } } }]);
});

run();
