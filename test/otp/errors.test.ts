// @timeout 120
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { _, $1, ets, type Row, type Table, type TableType, type Tid } from 'termstore';
import * as assert from 'uvu/assert';
import { crowd } from '../support/crowd.js';
import { OPERATIONS } from '../support/operations.js';
import { refusesEither } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { SETS, TYPES } from '../support/variants.js';

/* ets_SUITE: what is refused, and what the error says. */

const hooks = suite('otp: errors');
const { test, before, after, run } = hooks;
const { hireReady } = crowd(hooks, __dirname);
let folder = '';
before(() => void (folder = mkdtempSync(join(tmpdir(), 'termstore-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

test('ets_SUITE: bad_table', async () => {
  const member = await hireReady();
  for (const type of TYPES) {
    const gone = ets.new('gone', { type });
    gone.drop();
    const secret = ets.table(await member.call<Tid>('create', 'private', { type, access: 'private' }, 1));
    const open = ets.table(await member.call<Tid>('create', 'protected', { type }, 1));
    for (const { name, right, ordered, survives, call } of OPERATIONS) {
      if (ordered === true && type !== 'ordered_set') continue;
      if (survives === true) await call(gone);
      else await refusesEither(() => call(gone), 'ERR_ETS_ID', name);
      if (right === 'read' || right === 'write')
        await refusesEither(() => call(secret), 'ERR_ETS_ACCESS', name);
      if (right === 'write') await refusesEither(() => call(open), 'ERR_ETS_ACCESS', name);
      if (right === 'owner') {
        await refusesEither(() => call(secret), 'ERR_ETS_NOT_OWNER', name);
        await refusesEither(() => call(open), 'ERR_ETS_NOT_OWNER', name);
      }
    }
    assert.is(secret.info('size'), 1);
    assert.equal(open.lookup(0), [[0, 0]]);
  }
  for (const name of ['no table', '']) await refusesEither(() => ets.table(name), 'ERR_ETS_ID');
  for (const tid of [0, -1, 12_345_678, 1.5, NaN]) await refusesEither(() => ets.table(tid), 'ERR_ETS_ID');
  for (const what of [null, undefined, {}, 5n, ['t']])
    await refusesEither(() => ets.table(what as never), 'ERR_ETS_BADARG');
});

/** A call that must fail, with the code and what the message must say. */
type Failure = readonly [call: (table: Table) => unknown, code: string, says: RegExp];

/** Lets a wrong value pass where the types know better. */
const bad = (value: unknown): never => value as never;
const spec = [[[$1, _], [], [true]]] as const;

const FAILURES: readonly Failure[] = [
  [(t) => t.insert(bad('row')), 'ERR_ETS_BADARG', /row/],
  [(t) => t.insert(bad([])), 'ERR_ETS_BADARG', /keypos|key/],
  [(t) => t.insert(['k', () => 1]), 'ERR_TERM_UNSUPPORTED', /row\[1\]/],
  [(t) => t.insertMany([['a'], ['b', { c: [Symbol('s')] }]]), 'ERR_TERM_UNSUPPORTED', /\[1\].*c/],
  [(t) => t.insertMany(bad(5)), 'ERR_ETS_BADARG', /rows/],
  [(t) => t.insertNew(bad(null)), 'ERR_ETS_BADARG', /row/],
  [(t) => t.insertNewMany(bad([['a'], 'b'])), 'ERR_ETS_BADARG', /\[1\]/],
  [(t) => t.lookup(() => 1), 'ERR_TERM_UNSUPPORTED', /key/],
  [(t) => t.lookupElement('missing', 1), 'ERR_ETS_BADKEY', /no row/],
  [(t) => t.lookupElement('key', 9), 'ERR_ETS_POSITION', /position/],
  [(t) => t.lookupElement('key', bad('1')), 'ERR_ETS_BADARG', /`pos`/],
  [(t) => t.lookupElements('missing', [1]), 'ERR_ETS_BADKEY', /no row/],
  [(t) => t.lookupElements('key', [1, 9]), 'ERR_ETS_POSITION', /position/],
  [(t) => t.deleteObject(bad({})), 'ERR_ETS_BADARG', /row/],
  [(t) => t.select(bad([[_, []]])), 'ERR_ETS_MATCH_SPEC', /clause/],
  [(t) => t.select(spec, 0), 'ERR_ETS_BADARG', /limit/],
  [(t) => t.select(bad({})), 'ERR_ETS_MATCH_SPEC', /match spec|clause/],
  [(t) => t.selectReverse(spec, bad('x')), 'ERR_ETS_BADARG', /limit/],
  [(t) => t.selectCount(bad([[[$1], [], [1], 2]])), 'ERR_ETS_MATCH_SPEC', /clause/],
  [(t) => t.match(bad([new Map([[$1, 1]])])), 'ERR_ETS_MATCH_SPEC', /pattern/],
  [(t) => t.selectAsync(spec, bad(-1), {}), 'ERR_ETS_BADARG', /limit/],
  [(t) => t.safeFixtable(bad('on')), 'ERR_ETS_BADARG', /on must be a boolean/],
  [(t) => t.slot(-1), 'ERR_ETS_BADARG', /index/],
  [(t) => t.foldl(bad(1), 0), 'ERR_ETS_BADARG', /fn/],
  [(t) => t.info(bad('colour')), 'ERR_ETS_BADARG', /item/],
  [(t) => t.rename(bad(1)), 'ERR_ETS_BADARG', /name/],
  [(t) => t.rename('taken'), 'ERR_ETS_ALREADY_EXISTS', /exists/],
  [(t) => t.giveAway(threadId), 'ERR_ETS_OWNER', /owns/],
  [(t) => t.giveAway(1_000_000), 'ERR_ETS_BADARG', /thread/],
  [(t) => t.setopts(bad({ heir: 1 })), 'ERR_ETS_BADARG', /heir/],
  [(t) => t.setopts(bad({ access: 'none' })), 'ERR_ETS_BADARG', /access/],
  [(t) => t.tab2file(bad(1)), 'ERR_ETS_BADARG', /path/],
  [(t) => t.tab2file(join(folder, 'no', 'folder')), 'ERR_ETS_FILE', /table\.tab2file/],
  [(t) => t.initTable(bad(1)), 'ERR_ETS_BADARG', /rows/],
  [() => ets.new(bad(1)), 'ERR_ETS_BADARG', /name/],
  [() => ets.new('t', bad({ color: 1 })), 'ERR_ETS_BADARG', /color/],
  [() => ets.new('taken', { named: true }), 'ERR_ETS_ALREADY_EXISTS', /exists/],
  [() => ets.whereis(bad(1)), 'ERR_ETS_BADARG', /name/],
  [() => ets.file2tab(join(folder, 'none')), 'ERR_ETS_FILE', /ets\.file2tab/],
  [() => ets.tabfileInfo(join(folder, 'none')), 'ERR_ETS_FILE', /ets\.tabfileInfo/],
  [() => ets.matchSpecCompile([]), 'ERR_ETS_MATCH_SPEC', /clause/],
  [() => ets.matchSpecRun([], bad({})), 'ERR_ETS_BADARG', /matchSpecCompile/],
  [() => ets.testMs(bad('row'), [[_, [], [1]]]), 'ERR_ETS_BADARG', /row/],
];

/** Those that depend on the type. */
const OF_SETS: readonly Failure[] = [
  [(t) => t.updateCounter('missing', 1), 'ERR_ETS_BADKEY', /no row/],
  [(t) => t.updateCounter('key', { pos: 0, incr: 1 }), 'ERR_ETS_KEYPOS', /keypos/],
  [(t) => t.updateCounter('key', { pos: 9, incr: 1 }), 'ERR_ETS_POSITION', /position/],
  [(t) => t.updateCounter('key', { pos: 2, incr: 1 }), 'ERR_ETS_BADARG', /not an integer/],
  [(t) => t.updateCounter('key', bad('1')), 'ERR_ETS_BADARG', /operation/],
  [(t) => t.updateCounter('key', 2 ** 53 - 1), 'ERR_ETS_COUNTER_RANGE', /safe integers/],
  [(t) => t.updateCounter('missing', 1, bad('row')), 'ERR_ETS_BADARG', /default row/],
  [(t) => t.updateElement('key', 0, 1), 'ERR_ETS_KEYPOS', /keypos/],
  [(t) => t.updateElement('key', 9, 1), 'ERR_ETS_POSITION', /position/],
  [(t) => t.updateElement('key', bad('1'), 1), 'ERR_ETS_BADARG', /position/],
  [(t) => t.updateElements('key', bad('x')), 'ERR_ETS_BADARG', /changes/],
  [(t) => t.selectReplace([[_, [], [['other']]]]), 'ERR_ETS_MATCH_SPEC', /key/],
];

const OF_HASHES: readonly Failure[] = [
  [(t) => t.next('missing'), 'ERR_ETS_BADARG', /table\.next/],
  [(t) => t.prev('missing'), 'ERR_ETS_BADARG', /table\.prev/],
  [(t) => t.nextLookup('missing'), 'ERR_ETS_BADARG', /table\.nextLookup/],
  [(t) => t.range({}), 'ERR_ETS_TABLE_TYPE', /table\.range/],
];

const OF_BAGS: readonly Failure[] = [
  [(t) => t.get('key'), 'ERR_ETS_TABLE_TYPE', /table\.get/],
  [(t) => t.updateCounter('key', 1), 'ERR_ETS_TABLE_TYPE', /table\.updateCounter/],
  [(t) => t.updateElement('key', 1, 1), 'ERR_ETS_TABLE_TYPE', /table\.updateElement/],
];

function failuresOf(type: TableType): readonly Failure[] {
  const more = SETS.includes(type) ? OF_SETS : OF_BAGS;
  return [...FAILURES, ...more, ...(type === 'ordered_set' ? [] : OF_HASHES)];
}

test('ets_SUITE: error_info', async () => {
  const rows: Row[] = [
    ['key', 1, 'text'],
    ['other', 2n, 'text'],
  ];
  for (const type of TYPES) {
    using table = ets.new('named', { type, named: true });
    using taken = ets.new('taken', { named: true });
    table.insertMany(rows);
    for (const [call, code, says] of failuresOf(type)) {
      await refusesEither(() => call(table), code, says);
      // Whatever is refused changes nothing.
      assert.is(table.info('size'), 2);
      assert.equal(table.lookup('key'), [rows[0]]);
      assert.is(table.name, 'named');
      assert.is(table.info('fixed'), false);
      assert.is(ets.all().length, 2);
    }
    assert.is(taken.info('size'), 0);
  }
});

run();
