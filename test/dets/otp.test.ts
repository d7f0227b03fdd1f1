import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { $1, $2, $_, _, TermStoreError } from 'termstore';
import { type DetsTable, dets } from 'termstore/dets';
import { gt, lt } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { atom, decode, encode, tuple } from '../conformance/etf.js';
import { DiskFolder } from '../support/disk.js';
import { type Random, seededRandom } from '../support/random.js';
import { suite } from '../support/suite.js';

/* OTP's own dets says what a table on disk must answer. TERMSTORE_DETS_CASES asks for more cases than a short run has. */

const { test, before, after, run } = suite('dets: as that of OTP');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

const CASES = Number(process.env['TERMSTORE_DETS_CASES'] ?? 12);
const SOURCE = join(
  require.resolve('termstore/package.json'),
  '..',
  'test/dets/oracle/termstore_dets_oracle.erl',
);
const TYPES = ['set', 'bag', 'duplicate_bag'] as const;
const KEYS: readonly unknown[] = [1n, 2n, 'a', 'b', ['a', 1n], atom('x')];

type Pair = [key: unknown, value: bigint];
type Command = readonly [name: string, ...operands: unknown[]];

function commandOf(random: Random): Command {
  const key = (): unknown => random.pick(KEYS);
  const value = (): bigint => BigInt(random.below(4));
  const rows = (): Pair[] => Array.from({ length: 1 + random.below(3) }, () => [key(), value()]);
  const makers: readonly (() => Command)[] = [
    () => ['insert', rows()],
    () => ['insert', rows()],
    () => ['insert', rows()],
    () => ['insert_new', rows()],
    () => ['lookup', key()],
    () => ['member', key()],
    () => ['delete', key()],
    () => ['delete_object', rows()[0]],
    () => ['update_counter', key(), value()],
    () => ['match', value()],
    () => ['match_object', key()],
    () => ['match_delete', value()],
    () => ['select', value()],
    () => ['select_delete', value()],
    () => ['size'],
    () => ['keys'],
    () => (random.below(4) === 0 ? ['reopen'] : ['size']),
    () => (random.below(4) === 0 ? ['delete_all'] : ['keys']),
  ];
  return random.pick(makers)();
}

/** For Erlang: rows are tuples, names are atoms. */
function forOtp([name, ...operands]: Command): unknown {
  const row = (one: unknown): unknown => tuple(...(one as Pair));
  const isRows = name === 'insert' || name === 'insert_new';
  const given = isRows ? [(operands[0] as Pair[]).map(row)] : operands;
  return tuple(atom(name), ...(name === 'delete_object' ? given.map(row) : given));
}

async function perform(table: DetsTable<Pair>, [name, operand, incr]: Command): Promise<unknown> {
  switch (name) {
    case 'insert':
      return (await table.insertMany(operand as Pair[])) === 'committed';
    case 'insert_new':
      return (await table.insertNewMany(operand as Pair[])) !== false;
    case 'lookup':
      return table.lookup(operand);
    case 'member':
      return table.member(operand);
    case 'delete':
      return (await table.delete(operand)) === 'committed';
    case 'delete_object':
      return (await table.deleteObject(operand as Pair)) === 'committed';
    case 'delete_all':
      return (await table.deleteAllObjects()) === 'committed';
    case 'update_counter':
      return table.updateCounter(operand, incr as bigint);
    case 'match':
      return table.match([$1, operand as bigint]);
    case 'match_object':
      return table.matchObject([operand, _]);
    case 'match_delete':
      await table.matchDelete([_, operand as bigint]);
      return true;
    case 'select':
      return table.select([[[$1, $2], [gt($2, operand as bigint)], [$_]]]);
    case 'select_delete':
      return BigInt(await table.selectDelete([[[_, $1], [lt($1, operand)], [true]]]));
    case 'size':
      return BigInt(table.info('size') as number);
    default: {
      const keys: unknown[] = [];
      for (let key = table.first(); key !== undefined; key = table.next(key)) keys.push(key);
      return keys;
    }
  }
}

/** Answers of many rows have no order in dets. */
function shown(answer: unknown): string {
  return inspect(Array.isArray(answer) ? answer.map((one) => inspect(one, { depth: 9 })).sort() : answer);
}

/** The answers of OTP; undefined where there is none. */
async function answersOf(cases: readonly unknown[]): Promise<unknown[][] | undefined> {
  const [input, output] = [folder.file(), folder.file()];
  const here = join(input, '..');
  writeFileSync(input, encode(cases));
  const call = promisify(execFile);
  try {
    await call('erlc', ['-Werror', '-o', here, SOURCE]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const main = ['-s', 'erlang', 'halt'];
  await call('erl', [
    ...['-noshell', '-noinput', '-pa', here, '-eval'],
    `termstore_dets_oracle:main([${[input, output, here].map((path) => JSON.stringify(path)).join(',')}]).`,
    ...main,
  ]);
  return decode(readFileSync(output)) as unknown[][];
}

test('random commands are answered as OTP answers them', async () => {
  const random = seededRandom('dets');
  const cases = Array.from({ length: CASES }, (_one, i) => ({
    type: TYPES[i % TYPES.length] as (typeof TYPES)[number],
    commands: Array.from({ length: 60 }, () => commandOf(random)),
  }));
  const answers = await answersOf(cases.map(({ type, commands }) => tuple(atom(type), commands.map(forOtp))));
  if (answers === undefined) return console.log('no Erlang here: nothing to compare with');
  for (const [i, { type, commands }] of cases.entries()) {
    const file = folder.file();
    let table = await dets.openFile<Pair>('ours', { file, type });
    for (const [at, command] of commands.entries()) {
      let ours: unknown;
      if (command[0] === 'reopen') {
        await table.close();
        table = await dets.openFile<Pair>('ours', { file });
        ours = [atom('ok'), true];
      } else {
        try {
          ours = [atom('ok'), await perform(table, command)];
        } catch (error) {
          if (!(error instanceof TermStoreError)) throw error;
          ours = atom('error');
        }
      }
      const theirs = answers[i]?.[at];
      const parts = [theirs, ours].map((one) => (Array.isArray(one) ? shown(one[1]) : shown(one)));
      assert.is(parts[1], parts[0], `${type}, command ${at}: ${inspect(command)} of case ${i}`);
    }
    await table.close();
  }
});

run();
