import { ets, persistentTerm, PersistentTermRef, Table } from 'termstore';
import * as assert from 'uvu/assert';
import { OPERATIONS } from '../support/operations.js';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline, memoryStats } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { BAD_CALLS } from './cases.js';

const { test, beforeEach, afterEach, run } = suite('refused calls');
// Refused objects may have taught the process their shapes.
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

function filled(type: 'set' | 'ordered_set', writeConcurrency: boolean): Table {
  const table = ets.new('refused', { type, writeConcurrency });
  table.insertMany([
    ['key', 1, 'text'],
    ['other', 2n],
  ]);
  return table;
}

/** Everything that a refused call must not change: rows, bytes, tables, terms. */
function state(table: Table): unknown {
  const { shapes: _, ...stats } = memoryStats();
  return { info: table.info(), rows: table.tab2list(), terms: persistentTerm.getAll(), stats };
}

/** A failed assertion names the argument. */
async function refusesBecause(what: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

for (const type of ['set', 'ordered_set'] as const) {
  for (const writeConcurrency of [false, true]) {
    const label = `${type}, writeConcurrency ${String(writeConcurrency)}`;

    for (const operation of new Set(BAD_CALLS.map((bad) => bad.operation))) {
      test(`${label}: ${operation} refuses what it should, and changes nothing`, async () => {
        using table = filled(type, writeConcurrency);
        for (const { what, code, message, call } of BAD_CALLS.filter((bad) => bad.operation === operation)) {
          const before = state(table);
          // Twice: a refusal must not leave anything behind that lets the second one pass.
          for (let i = 0; i < 2; i++)
            await refusesBecause(what, () => refusesEither(() => call(table), code, message));
          assert.equal(state(table), before, what);
        }
      });
    }

    test(`${label}: every method of a dropped table says that it is gone`, async () => {
      const table = filled(type, writeConcurrency);
      table.drop();
      for (const { name, call, survives } of OPERATIONS) {
        if (survives === true) call(table);
        else await refusesEither(() => call(table), 'ERR_ETS_ID', `${name}: the table does not exist`);
      }
    });

    test(`${label}: of a dropped table that is said first, whatever else is wrong`, async () => {
      const table = filled(type, writeConcurrency);
      table.drop();
      for (const { operation, what, call } of BAD_CALLS) {
        // As in OTP, the new name and the item are looked at first.
        if (!operation.startsWith('table.') || ['table.rename', 'table.info'].includes(operation)) continue;
        await refusesBecause(`${operation}: ${what}`, () => refusesEither(() => call(table), 'ERR_ETS_ID'));
      }
    });
  }
}

/** The methods of a table stand in several classes, each of which extends another. */
function tableMethods(): (string | symbol)[] {
  const names = new Set<string | symbol>();
  for (
    let at: object | null = Table.prototype;
    at !== null && at !== Object.prototype;
    at = Reflect.getPrototypeOf(at)
  ) {
    for (const name of Reflect.ownKeys(at)) names.add(name);
  }
  return [...names];
}

test('every exported function and method has an error case', () => {
  // They take nothing and look at no single table, so nothing about them can be wrong.
  const cannotFail = [
    'ets.all',
    'ets.i',
    'ets.isCompiledMs',
    'persistentTerm.getAll',
    'persistentTerm.info',
    'table.name',
  ];
  const methodsOf = (prefix: string, object: object): string[] =>
    Reflect.ownKeys(object).map((name) => `${prefix}.${String(name)}`);
  const exported = [
    ...methodsOf('ets', ets),
    ...methodsOf('persistentTerm', persistentTerm),
    ...tableMethods().map((name) => `table.${String(name)}`),
    ...methodsOf('PersistentTermRef', PersistentTermRef.prototype),
  ];
  const tested = new Set([
    ...cannotFail,
    ...BAD_CALLS.map((bad) => bad.operation),
    ...OPERATIONS.filter(({ survives }) => survives !== true).map(({ name }) => name),
    // Refused for a table of another thread: access.test.ts goes through OPERATIONS as well.
    `table.${String(Symbol.dispose)}`,
    `table.${String(Symbol.iterator)}`,
    'table.constructor',
    'PersistentTermRef.constructor',
  ]);
  assert.ok(OPERATIONS.some(({ name, right }) => name === 'table[Symbol.dispose]' && right === 'write'));
  assert.ok(OPERATIONS.some(({ name }) => name === 'table iteration'));
  assert.equal(
    exported.filter((name) => !tested.has(name)),
    [],
  );
  assert.equal(
    [...tested].filter((name) => !exported.includes(name)),
    ['table iteration'],
  );
});

test('every method of a table is among the operations that are tried on foreign and dropped tables', () => {
  const named = new Set(OPERATIONS.map(({ name }) => name));
  for (const key of tableMethods()) {
    if (key === 'constructor') continue;
    const name =
      key === Symbol.iterator
        ? 'table iteration'
        : key === Symbol.dispose
          ? 'table[Symbol.dispose]'
          : `table.${String(key)}`;
    assert.ok(named.has(name), name);
  }
});

run();
