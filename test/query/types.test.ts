import {
  _,
  $,
  $$,
  $1,
  $2,
  $_,
  ets,
  skip,
  type CounterOperation,
  type MatchClause,
  type MatchSpec,
  type Pattern,
  type Table,
} from 'termstore';
import type { DetsTable } from 'termstore/dets';
import { add, constant, gt } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

const { test, run } = suite('types of rows and match specs');

type Person = [id: string, age: number, info: { city: string; tags: string[] }];
type Labelled = [labels: Map<string, number>, seen: Set<number>];

/* `npm run typecheck` fails when one of these lines does what it should not. */

const good: MatchSpec<Person> = [
  [_, [], [$_]],
  [$1, [], [$1]],
  [['ann', $1, _], [gt($1, 10)], [add($1, 1)]],
  [[$1, 5, { city: 'Oslo' }], [], [true]],
  [[$1, $(20), { tags: [$2, 'x'] }], [], [$$]],
  [[$1, _, constant({ city: 'Oslo', tags: [] })], [], [{ id: $1 }]],
];

// @ts-expect-error the row has three elements
const short: MatchClause<Person> = [['ann', $1], [], [$_]];
// @ts-expect-error the row has three elements
const long: MatchClause<Person> = [['ann', $1, _, _], [], [$_]];
// @ts-expect-error an age is a number
const literal: MatchClause<Person> = [['ann', 'ten', _], [], [$_]];
// @ts-expect-error a city is a string
const deep: MatchClause<Person> = [['ann', 5, { city: 7 }], [], [$_]];
// @ts-expect-error the body is empty
const empty: MatchClause<Person> = [_, [], []];
// @ts-expect-error guards are an array
const guards: MatchClause<Person> = [_, gt($1, 1), [$_]];
// @ts-expect-error there is no such property
const property: Pattern<{ city: string }> = { town: $1 };

const labels: MatchSpec<Labelled> = [[[new Map([['size', $1]]), _], [gt($1, 1)], [$1]]];
// @ts-expect-error a label is a number
const texts: Pattern<Labelled[0]> = new Map([['size', 'large']]);

const loose: MatchSpec = [[['anything', 5, $1], [], [$1]]];
const either: Pattern<string | number> = 5;
const translated: MatchSpec<Person> = ets.fun2ms<Person>(([id, age, _info]) => (age > 10 ? id : skip));

/** Never run: what a spec without a place for it fits. */
export function specsOf(people: Table<Person>): unknown {
  const untyped = ets.fun2ms(([id]) => id);
  const typed = ets.fun2ms<Person>(([id, age]) => (age > 10 ? id : skip));
  const others = ets.fun2ms<[number]>(([n]) => n);
  return [
    people.select(untyped),
    people.select(typed, 10),
    people.selectAsync(untyped),
    people.selectCount(ets.fun2ms(([, age]) => age > 10)),
    // @ts-expect-error for rows of another type
    people.select(others),
    // @ts-expect-error an age is a number
    people.select([[['ann', 'ten', _], [], [$_]]]),
    // @ts-expect-error the row has three elements
    people.selectDelete([[['ann', 10], [], [true]]]),
  ];
}

test('what the types let through is a match spec, and what only they refuse matches nothing', () => {
  assert.is(ets.testMs<Person>(['ann', 5, { city: 'Rome', tags: [] }], good.slice(2)), false);
  assert.is(ets.testMs<Person>(['ann', 11, { city: 'Rome', tags: [] }], good.slice(2)), 12);
  assert.is(ets.testMs<Person>(['ann', 11, { city: 'Rome', tags: [] }], translated), 'ann');
  assert.is(ets.testMs(['anything', 5, 6], loose), 6);
  for (const clause of [short, long, literal, deep]) {
    assert.is(ets.testMs<Person>(['ann', 5, { city: 'Rome', tags: [] }], [clause]), false);
  }
  assert.ok([empty, guards, property, either].length === 4);
});

test('a map of patterns is a pattern for a map', () => {
  const row: Labelled = [
    new Map([
      ['size', 5],
      ['width', 7],
    ]),
    new Set(),
  ];
  assert.is(ets.testMs<Labelled>(row, labels), 5);
  assert.is(ets.testMs<Labelled>(row, [[[texts, _], [], [true]]]), false);
});

test('a table of any rows may stand where a table is asked for', () => {
  const sizeOf = (table: Table): number | undefined => table.info('size');
  const onDisk = (table: DetsTable<Person>): DetsTable => table;
  const people = ets.new<Person>('people');
  const tables: Table[] = [people, ets.new<readonly [key: string, count: number]>('counts')];
  // @ts-expect-error not every table is one of persons
  const back: Table<Person> | undefined = tables[0];
  assert.equal(tables.map(sizeOf), [0, 0]);
  assert.ok(back === people && typeof onDisk === 'function');
  for (const table of tables) table.drop();
});

test('updateCounter takes an operation whose form is known at run time only', () => {
  const table = ets.new<[key: string, count: number]>('counts');
  table.insert(['a', 0]);
  const add = (op: number | bigint | CounterOperation): number | bigint => table.updateCounter('a', op);
  const addAny = (op: number | bigint | CounterOperation | CounterOperation[]) =>
    table.updateCounter('a', op);
  assert.equal([add(1), add({ incr: 1 }), addAny(1), addAny([{ incr: 1 }])], [1, 2, 3, [4]]);
  table.drop();
});

run();
