import { _, $, $$, $1, $2, $3, $_, ets, type Row } from 'termstore';
import { add, andalso, element, exactEq, gt, hd, isString, mapGet, sub } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('running match specs');

const EXIT = Symbol.for('EXIT');
const testMs = ets.testMs as (row: unknown, ms: unknown) => unknown;

test('testMs gives the result of the first clause that matches, and false when none does', () => {
  assert.is(testMs(['k', 5], [[['k', $1], [], [$1]]]), 5);
  assert.is(testMs(['l', 5], [[['k', $1], [], [$1]]]), false);
  assert.equal(testMs([1, 2], [[[$2, $1], [], [$$]]]), [2, 1]);
  assert.equal(testMs([1, 2], [[$3, [], [$3]]]), [1, 2]);
  assert.is(
    testMs(
      [1, 1],
      [
        [[$1, $1], [], ['same']],
        [_, [], ['other']],
      ],
    ),
    'same',
  );
  assert.is(
    testMs(
      [1, 1n],
      [
        [[$1, $1], [], ['same']],
        [_, [], ['other']],
      ],
    ),
    'other',
  );
  refuses(() => testMs([1], []), 'ERR_ETS_MATCH_SPEC', /without clauses/);
  assert.is(testMs([1], [['text', [], [1]]]), false);
  assert.equal(
    testMs([7, 'x'], [[[$(40), _], [gt($(40), 5)], [{ n: $(40), all: $_, one: [add($(40), 1)] }]]]),
    {
      n: 7,
      all: [7, 'x'],
      one: [8],
    },
  );
});

test('the last expression of a body is the result; an exception in it is EXIT, in a guard no match', () => {
  assert.is(testMs([1], [[[$1], [], [1, 2, $1]]]), 1);
  assert.equal(testMs(['a'], [[[$1], [], [['x', hd($1), add($1, 1)]]]]), ['x', EXIT, EXIT]);
  assert.is(testMs(['a'], [[[$1], [gt(sub($1), 0)], [1]]]), false);
  assert.is(testMs(['a'], [[[$1], ['true'], [1]]]), false);
});

test('objects and Maps in a head ask for a part, in a body they are built', () => {
  const ms = [[[$1, { user: { name: $2 } }], [isString($2)], [new Map([[$2, new Set([$1])]])]]];
  assert.equal(testMs([1, { a: 0, user: { age: 5, name: 'ann' } }], ms), new Map([['ann', new Set([1])]]));
  assert.is(testMs([1, { user: { age: 5 } }], ms), false);
  assert.is(testMs([1, new Map([['b', 2]])], [[[_, new Map([['b', $1]])], [], [$1]]]), 2);
  assert.is(testMs([1, { b: 2 }], [[[_, $1], [exactEq(mapGet('b', $1), 2)], ['yes']]]), 'yes');
});

test('a compiled match spec runs over many rows, in their order', () => {
  const compiled = ets.matchSpecCompile<[number, string]>([[[$1, $2], [gt($1, 4000)], [[$2, $1]]]]);
  const rows = Array.from({ length: 10_000 }, (_none, i): [number, string] => [i, `value ${i}`]);
  assert.equal(
    ets.matchSpecRun(rows, compiled),
    rows.filter(([n]) => n > 4000).map(([n, text]) => [text, n]),
  );
  assert.equal(ets.matchSpecRun([], compiled), []);
  const long = 'x'.repeat(100_000);
  assert.equal(
    ets.matchSpecRun(
      [
        [5000, long],
        [1, long],
      ],
      compiled,
    ),
    [[long, 5000]],
  );
  assert.is(ets.isCompiledMs(compiled), true);
  for (const other of [undefined, null, 1, {}, [], [[_, [], [1]]], Object.create(compiled)]) {
    assert.is(ets.isCompiledMs(other), false);
  }
});

test('a getter among the rows may use the store itself', () => {
  using table = ets.new('inner');
  const rows: Row[] = [
    [
      1,
      {
        get x() {
          table.insert(['k', 'inner']);
          return table.lookup('k')[0]?.[1];
        },
      },
    ],
    [2, { x: 'outer' }],
  ];
  const compiled = ets.matchSpecCompile([
    [[$1, { x: $2 }], [andalso(gt($1, 0), true)], [[$1, $2, element(0, $_)]]],
  ]);
  assert.equal(ets.matchSpecRun(rows, compiled), [
    [1, 'inner', 1],
    [2, 'outer', 2],
  ]);
});

test('what cannot be run is refused', () => {
  refuses(() => ets.matchSpecCompile([]), 'ERR_ETS_MATCH_SPEC', /without clauses/);
  refuses(() => testMs('row', [[_, [], [1]]]), 'ERR_ETS_BADARG', /the row must be/);
});

run();
