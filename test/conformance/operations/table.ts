import * as fc from 'fast-check';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ets } from 'termstore';
import { nothing } from '../compare.js';
import type { Differences } from '../differences.js';
import { atom, tuple } from '../etf.js';
import { call, NAME, type Operation, type Plan, show, TAKEN } from '../world.js';
import { operation, otp, plain } from './build.js';

/* The table as a whole: what it says of itself, its name, its owner, its end. */

const NO_THREAD = 2 ** 30;

/** What a table may be made with, and what it may not; here and there. */
const NEW_OPTIONS: readonly (readonly [here: object, there: readonly unknown[]])[] = [
  [{}, []],
  [{ named: true }, [atom('named_table')]],
  [{ named: true, type: 'bag' }, [atom('named_table'), atom('bag')]],
  [{ keypos: -1 }, [tuple(atom('keypos'), 0n)]],
  [{ type: 'list' }, [atom('list')]],
  [{ access: 'secret', named: true }, [atom('secret'), atom('named_table')]],
  [{ writeConcurrency: 1n }, [tuple(atom('write_concurrency'), 1n)]],
];

function fileName(): string {
  return join(tmpdir(), `termstore-conformance-${process.pid}`);
}

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

/** To a thread that there is not. */
const giveToNobody = operation(1, fc.constant(null), () => ({
  name: 'giveAway',
  text: "table.giveAway(no thread, 'gift')",
  ours: (world) => world.call('giveAway', NO_THREAD, 'gift'),
  theirs: otp('give_away', atom('nobody')),
  normal: nothing,
}));

const setHeir = operation(2, fc.constantFrom('me', 'helper', 'nobody', 'none'), (_plan, who) => ({
  name: 'setopts',
  text: `table.setopts({ heir: ${who} })`,
  ours: (world) => {
    const threads = { me: 0, helper: world.helper.threadId, nobody: NO_THREAD };
    return world.call('setopts', { heir: who === 'none' ? who : { thread: threads[who], data: [who] } });
  },
  theirs: otp('set_heir', atom(who)),
  normal: nothing,
}));

/** With a name that may be taken, or with options that are none. */
const makeAnother = operation(
  2,
  fc.tuple(fc.constantFrom(NAME, 'other', TAKEN), fc.constantFrom(...NEW_OPTIONS)),
  (_plan, [name, [here, there]]) => ({
    name: 'ets.new',
    text: `ets.new('${name}', ${show(here)}).drop()`,
    ours: () => ets.new(name, here).drop(),
    theirs: otp('make_another', atom(name), there),
    normal: nothing,
  }),
);

const all = operation(1, fc.constant(null), () => ({
  name: 'ets.all',
  text: 'whether the table is in ets.all()',
  ours: (world) => ets.all().some(({ tid }) => tid === world.table.tid),
  theirs: otp('is_in_all'),
}));

const FILE_INFO = ['type', 'protection', 'namedTable', 'size'] as const;

/** Into a file, of which it is asked what is in it. */
const fileInfo = operation(1, fc.boolean(), (plan, counted) => ({
  name: 'tab2file, tabfileInfo',
  text: `save the table ${counted ? 'with its count' : ''}, ask what is in the file`,
  ours: async ({ table: saved }) => {
    const file = fileName();
    try {
      await saved.tab2file(file, { extendedInfo: counted ? ['objectCount'] : [] });
      const found = await ets.tabfileInfo(file);
      return [...FILE_INFO.map((item) => found[item]), found.keypos + 1, found.extendedInfo.length];
    } finally {
      rmSync(file, { force: true });
    }
  },
  theirs: otp('file_info', counted ? [atom('object_count')] : []),
  normal: (items: readonly unknown[]) =>
    items.map((item) => (typeof item === 'bigint' ? Number(item) : asText(item))),
  differences: sizeOf(plan),
}));

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
  giveToNobody,
  setopts,
  setHeir,
  makeAnother,
  all,
  fileInfo,
];

/** To a file, away, and back from it. */
const saveAndLoad = operation(1, fc.constant(null), () => ({
  name: 'tab2file, file2tab',
  text: 'save the table, drop it, load it again',
  ours: async (world) => {
    // Who may not drop it is refused before there is a file.
    world.call('insertMany', []);
    const file = fileName();
    try {
      await world.table.tab2file(file, { extendedInfo: ['objectCount', 'md5sum'] });
      world.table.drop();
      world.table = await ets.file2tab(file, { verify: true });
      // They are of the table that is gone.
      world.continuations.clear();
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
