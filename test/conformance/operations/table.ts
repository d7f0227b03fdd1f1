import * as fc from 'fast-check';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ets } from 'termstore';
import { nothing } from '../compare.js';
import type { Differences } from '../differences.js';
import { atom, tuple } from '../etf.js';
import { call, NAME, type Operation, type Plan, TAKEN } from '../world.js';
import { operation, otp, plain } from './build.js';

/* The table as a whole: what it says of itself, its name, its owner, its end. */

/** The items that both sides tell, and their names there. */
const ITEMS = {
  size: 'size',
  type: 'type',
  protection: 'protection',
  name: 'name',
  namedTable: 'named_table',
  writeConcurrency: 'write_concurrency',
  readConcurrency: 'read_concurrency',
  decentralizedCounters: 'decentralized_counters',
  compressed: 'compressed',
  fixed: 'fixed',
} as const;

/** Atoms come from OTP where there are texts here. */
function asText(value: unknown): unknown {
  return typeof value === 'symbol' ? value.description : value;
}

const sized = (size: unknown): unknown => (size === undefined ? undefined : Number(size));

function sizeOf(plan: Plan): Differences {
  const differences: Differences = ['sizes and counts are numbers'];
  return plan.bag ? [...differences, 'the size after take from a fixed bag'] : differences;
}

const info = operation(6, fc.constantFrom(...Object.entries(ITEMS)), (plan, [item, theirs]) =>
  call('info', [item], otp('info', atom(theirs)), {
    normal: item === 'size' ? sized : asText,
    differences: item === 'size' ? sizeOf(plan) : [],
  }),
);

const keypos = operation(1, fc.constant(null), () => ({
  ...call('info', ['keypos'], otp('info', atom('keypos'))),
  normal: (pos: number | bigint | undefined) => (typeof pos === 'bigint' ? Number(pos) - 1 : pos),
  differences: ['positions from 0'],
}));

/** `me`, `other` or, for an heir, `none`. */
const owner = operation(2, fc.constantFrom('owner', 'heir'), (_plan, item) => ({
  name: 'info',
  text: `table.info('${item}')`,
  ours: (world) => {
    const value = world.call('info', item);
    if (typeof value !== 'number') return value;
    return value === world.helper.threadId ? 'other' : 'me';
  },
  theirs: otp('info', atom(item)),
  normal: asText,
}));

const fixedByMe = operation(2, fc.constant(null), () => ({
  name: 'safeFixtable',
  text: "own count in table.info('safeFixed')",
  ours: (world) => {
    const safeFixed = world.call('info', 'safeFixed') as
      { threads: { thread: number; count: number }[] } | false | undefined;
    if (safeFixed === undefined || safeFixed === false) return safeFixed;
    return safeFixed.threads.find(({ thread }) => thread !== world.helper.threadId)?.count ?? 0;
  },
  theirs: otp('fixed_by_me'),
  normal: (count: unknown) => (typeof count === 'bigint' ? Number(count) : count),
}));

const safeFixtable = operation(5, fc.boolean(), (_plan, on) =>
  call('safeFixtable', [on], otp('safe_fixtable', on), { normal: nothing }),
);

const rename = operation(1, fc.constantFrom(NAME, 'other', 'another', TAKEN), (_plan, name) =>
  call('rename', [name], otp('rename', atom(name)), { normal: nothing }),
);

const whereis = operation(2, fc.constantFrom(NAME, 'other', 'another', TAKEN), (_plan, name) => ({
  name: 'ets.whereis',
  text: `ets.whereis('${name}') !== undefined`,
  ours: () => ets.whereis(name) !== undefined,
  theirs: otp('whereis', atom(name)),
}));

const giveAway = operation(1, fc.tuple(fc.boolean(), fc.boolean()), (_plan, [toMe, often]) => {
  // A table that is gone is a short story: not in every world.
  const me = toMe || often;
  return {
    name: 'giveAway',
    text: `table.giveAway(${me ? 'this thread' : 'another thread'}, 'gift')`,
    ours: (world) => world.call('giveAway', me ? 0 : world.helper.threadId, 'gift'),
    theirs: otp('give_away', atom(me ? 'me' : 'helper')),
    normal: nothing,
  };
});

const setopts = operation(1, fc.constantFrom('public', 'protected', 'private'), (_plan, access) =>
  call('setopts', [{ access }], otp('setopts', tuple(atom('protection'), atom(access))), { normal: nothing }),
);

export const table: readonly Operation[] = [
  info,
  keypos,
  owner,
  fixedByMe,
  safeFixtable,
  rename,
  whereis,
  giveAway,
  setopts,
];

/** To a file, away, and back from it. */
const saveAndLoad = operation(1, fc.constant(null), () => ({
  name: 'tab2file, file2tab',
  text: 'save the table, drop it, load it again',
  ours: async (world) => {
    // Who may not drop it is refused before there is a file.
    world.call('insertMany', []);
    const file = join(tmpdir(), `termstore-conformance-${process.pid}`);
    try {
      await world.table.tab2file(file, { extendedInfo: ['objectCount', 'md5sum'] });
      world.table.drop();
      world.table = await ets.file2tab(file, { verify: true });
      return true;
    } finally {
      rmSync(file, { force: true });
    }
  },
  theirs: otp('save_and_load'),
  differences: ['a file keeps rows and their order'],
}));

/** What ends a world, or begins another one: once at most, and near the end. */
export const endings: readonly Operation[] = [
  plain(1, 'drop', 'drop', () => ({ normal: nothing })),
  saveAndLoad,
];
