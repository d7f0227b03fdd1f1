import { _, $1, $2, ets, type Expression, type MatchSpec, type Row } from 'termstore';
import { and, andalso, eq, exactEq, hd, not, or, orelse } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { runSpec } from './oracle.js';

const { test, run } = suite('and, or, andalso and orelse of many arguments');

const FUNCTIONS = { and, or, andalso, orelse };
const NAMES = ['and', 'or', 'andalso', 'orelse'] as const;
/** Around the counts at which one call becomes one of calls, and such a call one of those. */
const COUNTS = [254, 255, 256, 257, 300, 510, 511, 600];

/** `name` of `count` arguments, all neutral but for those at the given places. */
function callOf(name: (typeof NAMES)[number], count: number, others: ReadonlyMap<number, Expression>) {
  const neutral = name === 'and' || name === 'andalso';
  const args = Array.from({ length: count }, (__, i) => (others.has(i) ? others.get(i) : neutral));
  return FUNCTIONS[name](...(args as [Expression]));
}

function agree(call: Expression, text: string): void {
  const rows: [unknown][] = [[true], [false], [5]];
  for (const spec of [
    [[[$1], [], [call]]],
    [[[$1], [], [[call, not(call)]]]],
    [[[$1], [call], ['holds']]],
    [[[$1], [not(call)], ['does not']]],
  ] as MatchSpec[]) {
    const query = ets.matchSpecCompile(spec);
    assert.equal(ets.matchSpecRun(rows, query), runSpec(rows, spec), text);
  }
}

for (const name of NAMES) {
  test(`${name} means the same with any number of arguments`, () => {
    for (const count of COUNTS) {
      agree(callOf(name, count, new Map()), `${count}`);
      const places = [0, 1, 253, 254, 255, 256, 509, 510, count - 2, count - 1].filter((i) => i < count);
      for (const at of places) {
        // What decides or not, what is no boolean, what fails: alone, and in front of what decides.
        agree(callOf(name, count, new Map([[at, $1]])), `$1 at ${at} of ${count}`);
        agree(callOf(name, count, new Map([[at, hd($1)]])), `a failure at ${at} of ${count}`);
        for (const decides of [true, false])
          agree(
            callOf(
              name,
              count,
              new Map<number, Expression>([
                [at, $1],
                [(at + 7) % count, decides],
              ]),
            ),
            `$1 at ${at}, ${decides} behind it`,
          );
      }
    }
  });
}

test('as many arguments are taken as a match spec has parts', () => {
  const args = Array.from({ length: 70_000 }, (__, i) => exactEq($2, i)) as [Expression];
  using table = ets.new('t');
  table.insertMany([
    [0, 69_999],
    [1, 70_000],
    [2, 254],
  ]);
  assert.equal(table.select([[[$1, $2], [orelse(...args)], [$1]]]).sort(), [0, 2]);
  assert.is(table.selectCount([[[$1, $2], [not(or(...args))], [true]]]), 1);
});

test('keys in a guard of many arguments are found', () => {
  using table = ets.new('t', { type: 'ordered_set' });
  table.insertMany(Array.from({ length: 1000 }, (__, i) => [i, 'x']));
  const args = Array.from({ length: 300 }, (__, i) => eq($1, 2 * i)) as [Expression];
  assert.is(table.selectCount([[[$1, _], [orelse(...args)], [true]]]), 300);
});

test('a chain of 300 and of 3000 alternatives is translated and run', () => {
  for (const count of [300, 3000]) {
    const chain = (operator: string, test: string): string =>
      Array.from({ length: count }, (__, i) => `a ${test} ${i}`).join(` ${operator} `);
    const fromSource = (condition: string) => (0, eval)(`(([a]) => ${condition})`) as (row: Row) => unknown;
    const either = ets.fun2ms(fromSource(chain('||', '===')));
    assert.is(ets.testMs([count - 1], either), true);
    assert.is(ets.testMs([count], either), false);
    const neither = ets.fun2ms(fromSource(chain('&&', '!==')));
    assert.is(ets.testMs([count - 1], neither), false);
    assert.is(ets.testMs([count], neither), true);
  }
});

test('the calls of which one is made count as nesting', () => {
  const many = Array.from({ length: 300 }, () => true) as unknown as [Expression];
  let guard: Expression = true;
  for (let i = 0; i < 400; i++) guard = or(...many, guard);
  refuses(() => ets.matchSpecCompile([[_, [guard], [1]]]), 'ERR_ETS_MATCH_SPEC', /nested deeper than/);
});

run();
