import * as fc from 'fast-check';
import { itemsOf, nothing } from '../compare.js';
import type { Differences } from '../differences.js';
import { keyIndex } from '../values.js';
import { asTuple, call, type Operation, type Plan } from '../world.js';
import { ofKey, operation, otp, plain, position, refused, rowPlan } from './build.js';

/* Operations on one key, and on a list of rows. */

const rowPlans = fc.array(rowPlan, { maxLength: 6 });
const answersNothing = { normal: nothing };
const told = { differences: ['what was deleted is told'] } as const;
const ofItsOwn = { differences: ['functions of its own'] } as const;

/** A row without a key, and what is no row at all; with what OTP takes for the same. */
function badRow(plan: Plan, kind: number): readonly [ours: unknown, theirs: unknown] {
  const short = plan.config.keypos === 0 ? [] : ['short'];
  const choices = [
    [short, asTuple(short)],
    ...[5n, 'text', { a: 1n }].map((value) => [value, value]),
  ] as const;
  return choices[kind % choices.length] as readonly [unknown, unknown];
}

function insertMany(method: string, otpName: string, more: object): Operation {
  return operation(4, fc.tuple(rowPlans, fc.option(fc.nat(30), { freq: 8 })), (plan, [plans, bad]) => {
    const ours: unknown[] = plans.map((each) => plan.row(each));
    const theirs: unknown[] = plans.map((each) => asTuple(plan.row(each)));
    if (bad !== null) {
      const [wrong, wrongThere] = badRow(plan, bad);
      ours.splice(bad, 0, wrong);
      theirs.splice(bad, 0, wrongThere);
    }
    const differences: Differences =
      plan.bag && plans.length > 1 ? ['a list into a bag keeps its order'] : [];
    return call(method, [ours], otp(otpName, theirs), { differences, ...more });
  });
}

function ofRow(weight: number, method: string, otpName: string, more: object): Operation {
  return operation(weight, rowPlan, (plan, planned) => {
    const row = plan.row(planned);
    return call(method, [row], otp(otpName, asTuple(row)), more);
  });
}

const badInsert = operation(
  1,
  fc.tuple(
    fc.constantFrom(['insert', 'insert'], ['insertNew', 'insert_new'], ['deleteObject', 'delete_object']),
    fc.nat(30),
  ),
  (plan, [[method, otpName], kind]) => {
    const [ours, theirs] = badRow(plan, kind);
    return call(method, [ours], otp(otpName, theirs));
  },
);

const keyUndefined = operation(1, fc.constantFrom('insert', 'insertNew'), (plan, method) => {
  const row = plan.row({ key: 0, rest: [] });
  row[plan.config.keypos] = undefined;
  return call(method, [row], refused('write'), { differences: ['undefined is no key'] });
});

/** Small enough to hit, and sometimes no position at all. */
export const anyPosition = fc.oneof(
  { weight: 12, arbitrary: fc.nat(4) },
  fc.constantFrom(-1, 2 ** 31, 0.5, 1e20),
);

const lookupElement = operation(6, fc.tuple(keyIndex, anyPosition), (plan, [index, pos]) => {
  const key = plan.key(index);
  const differences: Differences = ['positions from 0'];
  return call('lookupElement', [key, pos], otp('lookup_element', key, position(pos)), { differences });
});

const lookupElementDefault = operation(4, fc.tuple(keyIndex, anyPosition), (plan, [index, pos]) => {
  const key = plan.key(index);
  const differences: Differences = ['functions of OTP 26 to 28'];
  return call('lookupElement', [key, pos, 'none'], otp('lookup_element', key, position(pos), 'none'), {
    differences,
  });
});

const lookupElements = operation(
  3,
  fc.tuple(keyIndex, fc.array(fc.nat(4), { maxLength: 3 })),
  (plan, [index, positions]) => {
    const key = plan.key(index);
    return call(
      'lookupElements',
      [key, positions],
      otp('lookup_elements', key, positions.map(position)),
      ofItsOwn,
    );
  },
);

/** Only here, and only for tables with one row per key. */
const get = operation(5, keyIndex, (plan, index) =>
  call('get', [plan.key(index)], otp('get', plan.key(index)), ofItsOwn),
);

/** Deletes one of the rows that are there. */
const deleteStored = operation(4, fc.tuple(keyIndex, fc.nat(5)), (plan, [index, i]) => {
  const key = plan.key(index);
  return {
    name: 'deleteObject',
    text: `table.deleteObject(row ${i} of ${call('lookup', [key], otp('')).text})`,
    ours: ({ table }) => {
      const rows = table.lookup(key);
      return rows.length > 0 && table.deleteObject(rows[i % rows.length]!);
    },
    theirs: otp('delete_stored', key, BigInt(i)),
    ...told,
  };
});

export const points: readonly Operation[] = [
  ofRow(16, 'insert', 'insert', answersNothing),
  ofRow(6, 'insertNew', 'insert_new', {}),
  insertMany('insertMany', 'insert_many', answersNothing),
  insertMany('insertNewMany', 'insert_new_many', {}),
  badInsert,
  keyUndefined,
  ofKey(10, 'lookup', 'read', 'lookup'),
  get,
  ofKey(4, 'member', 'read', 'member'),
  lookupElement,
  lookupElementDefault,
  lookupElements,
  ofKey(7, 'delete', 'write', 'delete', () => told),
  ofKey(4, 'take', 'write', 'take'),
  ofRow(2, 'deleteObject', 'delete_object', told),
  deleteStored,
  plain(1, 'deleteAllObjects', 'delete_all_objects', () => answersNothing),
  plain(4, 'tab2list', 'tab2list', (plan) => ({ normal: itemsOf(plan) })),
];
