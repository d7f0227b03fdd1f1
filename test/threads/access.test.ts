import { join } from 'node:path';
import { ets, type Table, type TableAccess, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { BAD_CALLS } from '../errors/cases.js';
import { crew } from '../support/crew.js';
import { OPERATIONS } from '../support/operations.js';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('access to tables of another thread');
const hire = crew(join(__dirname, 'jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const ROWS = [
  ['key', 1, 'text'],
  ['other', 2],
];
const RIGHTS: Readonly<Record<TableAccess, readonly string[]>> = {
  public: ['info', 'read', 'write'],
  protected: ['info', 'read'],
  private: ['info'],
};

for (const type of ['set', 'ordered_set'] as const) {
  for (const access of ['public', 'protected', 'private'] as const) {
    test(`${access} ${type}: another thread may ${RIGHTS[access].join(', ')} and nothing else`, async () => {
      const owner = hire();
      for (const { name, right, ordered, call } of OPERATIONS) {
        if (ordered === true && type === 'set') continue;
        const tid = await owner.call<Tid>('create', 't', { type, access }, ROWS);
        const table = ets.table(tid);
        if (RIGHTS[access].includes(right)) {
          await call(table);
        } else {
          await refusesEither(
            () => call(table),
            right === 'owner' ? 'ERR_ETS_NOT_OWNER' : 'ERR_ETS_ACCESS',
            name,
          );
          assert.is((await owner.call<unknown[]>('rows', tid)).length, 2, name);
          assert.is(table.name, 't');
        }
        if (table.info() !== undefined) await owner.call('drop', tid);
      }
    });

    test(`${access} ${type}: its owner may do everything`, async () => {
      for (const { name, ordered, call } of OPERATIONS) {
        if (ordered === true && type === 'set') continue;
        using table: Table = ets.new('t', { type, access });
        table.insertMany(ROWS);
        try {
          await call(table);
        } catch (error) {
          throw new Error(name, { cause: error });
        }
      }
    });
  }

  test(`${type}: that a table may not be used is said before anything about the arguments`, async () => {
    const owner = hire();
    const table = ets.table(await owner.call<Tid>('create', 't', { type, access: 'private' }, ROWS));
    for (const { operation, call } of BAD_CALLS) {
      if (!operation.startsWith('table.') || ['table.rename', 'table.info'].includes(operation)) continue;
      const owners = ['table.giveAway', 'table.setopts'].includes(operation);
      await refusesEither(() => call(table), owners ? 'ERR_ETS_NOT_OWNER' : 'ERR_ETS_ACCESS', operation);
    }
    assert.is(table.info('size'), 2);
  });
}

test('info() names the thread that owns a table', async () => {
  const owner = hire();
  const table = ets.table(await owner.call<Tid>('create', 't', { access: 'private' }));
  assert.is(table.info('owner'), owner.threadId);
});

run();
