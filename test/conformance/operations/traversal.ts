import * as fc from 'fast-check';
import { canonical, itemsOf, sorted } from '../compare.js';
import type { Differences } from '../differences.js';
import { atom, tuple } from '../etf.js';
import { keyIndex } from '../values.js';
import { type Act, asTuple, call, type Operation, type Plan, show, type World } from '../world.js';
import { ofKey, operation, otp, plain, rowPlan } from './build.js';

/*
 * Going through the table. The order of a hash table is its own on either side: there a single step is compared by whether
 * there was one, and walks by what they met.
 */

type More = Pick<Act, 'normal' | 'differences'>;

const HASH_ORDER = 'hash tables have an order of their own';

/** The first or last key. */
function endKey(plan: Plan): More {
  if (plan.ordered) return {};
  return { differences: [HASH_ORDER], normal: (key: unknown) => (key === undefined ? 'end' : 'key') };
}

/** A key beside another one: on a hash table there may be one or not. */
function nextKey(plan: Plan): More {
  return plan.ordered ? {} : { differences: [HASH_ORDER], normal: () => 'step' };
}

/** `{ key, rows }` here and `{Key, Rows}` there. */
function keyAndRows(answer: unknown): unknown {
  if (answer === undefined || Array.isArray(answer)) return answer;
  const { key, rows } = answer as { key: unknown; rows: unknown };
  return [key, rows];
}

const later: Differences = ['functions of OTP 26 to 28'];

function endRows(plan: Plan): More {
  return { ...endKey(plan), differences: later, ...(plan.ordered && { normal: keyAndRows }) };
}

function nextRows(plan: Plan): More {
  return { ...nextKey(plan), differences: later, ...(plan.ordered && { normal: keyAndRows }) };
}

/** A fixed walk that deletes and inserts at the key it has reached. */
const walk = operation(
  3,
  fc.record({
    forward: fc.boolean(),
    deleted: fc.array(keyIndex, { maxLength: 4 }),
    inserted: fc.array(fc.tuple(keyIndex, rowPlan), { maxLength: 3 }),
  }),
  (plan, { forward, deleted, inserted }) => {
    const direction = forward ? 'next' : 'prev';
    const gone = deleted.map((index) => plan.key(index));
    // Rows of the key itself: another key might be met or not.
    const back = inserted.map(([index, { rest }]) => ({
      at: plan.key(index),
      row: plan.row({ key: index, rest }),
    }));
    return {
      name: 'walk',
      text: `walk(${direction}, deleting ${show(gone)}, inserting ${show(back.map(({ row }) => row))})`,
      ours: (world) => walkOurs(world, direction, gone, back),
      theirs: otp(
        'walk',
        atom(direction),
        gone,
        back.map(({ at, row }) => tuple(at, asTuple(row))),
      ),
      ...(!plan.ordered && { normal: sorted }),
    };
  },
);

function walkOurs(
  world: World,
  direction: 'next' | 'prev',
  deleted: readonly unknown[],
  inserted: readonly { readonly at: unknown; readonly row: readonly unknown[] }[],
): unknown {
  const met: unknown[] = [];
  const { table } = world;
  world.call('safeFixtable', true);
  try {
    let key = direction === 'next' ? table.first() : table.last();
    while (key !== undefined) {
      met.push(key);
      const text = canonical(key);
      for (const each of deleted) if (canonical(each) === text) table.delete(each);
      for (const { at, row } of inserted) if (canonical(at) === text) table.insert(row);
      key = direction === 'next' ? table.next(key) : table.prev(key);
    }
  } finally {
    if (table.info() !== undefined) world.call('safeFixtable', false);
  }
  return met;
}

const slot = operation(2, fc.constantFrom(0, 1, 2, 5, -1, 2 ** 40, 0.5), (plan, i) => {
  const theirs = otp('slot', Number.isInteger(i) ? BigInt(i) : i);
  if (plan.ordered) {
    const differences: Differences = i === 0 ? ['slot 0 of an empty ordered_set'] : [];
    return call('slot', [i], theirs, { differences });
  }
  // How many buckets there are is a matter of either side; those that cannot be are the same.
  const at = i > 0 && i < 100 ? 0 : i;
  return call('slot', [at], at === 0 ? otp('slot', 0n) : theirs, { normal: () => 'rows' });
});

const slots = operation(1, fc.constant(null), (plan) => ({
  name: 'slot',
  text: 'every slot',
  ours: (world) => {
    const rows: unknown[] = [];
    for (let i = 0; ; i++) {
      const found = world.call('slot', i) as unknown[] | undefined;
      if (found === undefined) return rows;
      rows.push(...found);
    }
  },
  theirs: otp('slots'),
  normal: itemsOf(plan),
}));

/** `right` is 1 for a fold to the right. */
function fold(method: 'foldl' | 'foldr'): Operation {
  return operation(2, fc.constant(null), (plan) => ({
    name: method,
    text: `table.${method}(…)`,
    ours: (world) => world.call(method, (row: unknown, rows: unknown[]) => [...rows, row], []),
    theirs: otp(method),
    normal: itemsOf(plan),
  }));
}

const iterate = operation(2, fc.constant(null), (plan) => ({
  name: 'iteration',
  text: '[...table]',
  ours: ({ table }) => [...table],
  theirs: otp('tab2list'),
  normal: itemsOf(plan),
}));

const listAsync = operation(1, fc.constant(null), (plan) => ({
  name: 'tab2list',
  text: 'await table.tab2listAsync()',
  ours: ({ table }) => table.tab2listAsync(),
  theirs: otp('tab2list'),
  normal: itemsOf(plan),
}));

const keys = operation(2, fc.constant(null), (plan) => ({
  name: 'keys',
  text: '[...table.keys()]',
  ours: ({ table }) => [...table.keys()],
  theirs: otp('keys'),
  normal: (all: readonly unknown[]) => (plan.ordered ? all : sorted(all)),
}));

const bound = fc.constantFrom('gt', 'gte', 'lt', 'lte', 'prefix');

const range = operation(
  4,
  fc.record({
    bounds: fc.uniqueArray(fc.tuple(bound, keyIndex), { maxLength: 2, selector: ([name]) => name[0] }),
    reverse: fc.boolean(),
    limit: fc.option(fc.nat(6), { nil: undefined }),
  }),
  (plan, { bounds, reverse, limit }) => {
    // A prefix goes without bounds, and is a text, bytes or an array.
    const prefix = bounds.find(([name, index]) => name === 'prefix' && isPrefix(plan.key(index)));
    const used = prefix === undefined ? bounds.filter(([name]) => name !== 'prefix') : [prefix];
    const options: Record<string, unknown> = { reverse };
    for (const [name, index] of used) options[name] = plan.key(index);
    if (limit !== undefined) options['limit'] = limit;
    const theirs = used.map(([name, index]) => tuple(atom(name), plan.key(index)));
    return {
      name: 'range',
      text: `[...table.range(${show(options)})]`,
      ours: ({ table }) => [...table.range(options)],
      theirs: otp('range', theirs, reverse, BigInt(limit ?? 1000)),
      differences: ['functions of its own'],
    };
  },
);

function isPrefix(key: unknown): boolean {
  return typeof key === 'string' || Array.isArray(key) || key instanceof Uint8Array;
}

export const traversal: readonly Operation[] = [
  plain(2, 'first', 'first', endKey),
  plain(2, 'last', 'last', endKey),
  ofKey(4, 'next', 'read', 'next', nextKey),
  ofKey(4, 'prev', 'read', 'prev', nextKey),
  plain(2, 'firstLookup', 'first_lookup', endRows),
  plain(2, 'lastLookup', 'last_lookup', endRows),
  ofKey(3, 'nextLookup', 'read', 'next_lookup', nextRows),
  ofKey(3, 'prevLookup', 'read', 'prev_lookup', nextRows),
  walk,
  slot,
  slots,
  fold('foldl'),
  fold('foldr'),
  iterate,
  listAsync,
  keys,
  range,
];
