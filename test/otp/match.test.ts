import { _, $, $$, $1, $2, $3, $_, ets, type MatchSpec, type Row, type Table } from 'termstore';
import {
  add,
  andalso,
  constant,
  eq,
  exactEq,
  gt,
  hd,
  isBigint,
  isMapKey,
  lt,
  mapGet,
  rem,
} from 'termstore/ms';
import { native } from '#dist/native/binding.js';
import * as assert from 'uvu/assert';
import { type Random, seededRandom } from '../support/random.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { eachTable, times, TYPES, unordered } from '../support/variants.js';

/* ets_SUITE: match and matchObject, match specs without a table. */

const { test, beforeEach, afterEach, run } = suite('otp: matching');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const EXIT = Symbol.for('EXIT');

test('ets_SUITE: match1', async () => {
  await eachTable(TYPES, (table) => {
    assert.equal(table.match([$1, $2]), []);
    table.insertMany(times(300, (i): Row => [['key', i], i % 3, 'filler']));
    table.insert([['other', 1], 1]);
    assert.equal(table.match([['key', 17], $2, _]), [[2]]);
    assert.equal(table.match([['key', 1], $(50), $1]), [['filler', 1]]);
    assert.equal(unordered(table.match([['key', $1], 0, _])), unordered(times(100, (i) => [3 * i])));
    assert.equal(unordered(table.match([[_, $1], $1, _])), [[0], [1], [2]]);
    assert.equal(table.match([_, _]), [[]]);
    assert.equal(table.match([$1]), []);
    assert.is(table.match(_).length, 301);
    assert.equal(table.match([['other', _], $1]), [[1]]);
    table.drop();
    refuses(() => table.match(_), 'ERR_ETS_ID');
  });
});

test('ets_SUITE: match2', async () => {
  await eachTable(
    ['bag'],
    (table) => {
      table.insertMany([
        ['value', 'key', 1],
        ['value', 'key', 2],
        [{ n: 1 }, 'key', 2],
        [{ n: 1 }, 'other', 2],
      ]);
      assert.equal(table.match(['value', 'key', $1]), [[1], [2]]);
      assert.equal(table.match([$1, 'key', 2]), [['value'], [{ n: 1 }]]);
      assert.equal(unordered(table.match([_, $1, _])), [['key'], ['key'], ['key'], ['other']]);
      assert.equal(table.match([{ n: $2 }, 'other', $1]), [[2, 1]]);
      assert.equal(table.match([_, 'none', _]), []);
    },
    { keypos: 1 },
  );
});

test('ets_SUITE: match_object', async () => {
  await eachTable(TYPES, (table, { type }) => {
    const rows: Row[] = [
      [1, 'a', { one: 1 }],
      [1n, 'a', { one: 1n, two: 2 }],
      ['k', 'a', { one: 1, two: 2, three: 3 }],
      [
        ['k'],
        'b',
        new Map<unknown, unknown>([
          [1, 'x'],
          ['one', 1],
        ]),
      ],
      [null, 'b', {}],
    ];
    table.insertMany(rows);
    // An ordered table holds one of 1 and 1n: the one that came last.
    const stored = type === 'ordered_set' ? rows.slice(1) : rows;
    const finds = (pattern: Row, keys: unknown[]): void =>
      assert.equal(
        unordered(table.matchObject(pattern)),
        unordered(stored.filter(([key]) => keys.includes(key))),
      );
    finds([_, 'a', _], [1, 1n, 'k']);
    finds([$1, _, { one: 1 }], [1, 'k']);
    finds([$1, _, { two: $2 }], [1n, 'k']);
    finds([1n, _, _], [1n]);
    finds([_, _, { one: 1, two: 2, three: 4 }], []);
    finds([_, 'b', {}], [null]);
    assert.equal(table.matchObject([['k'], _, new Map([[1, $1]])]), [rows[3]]);
    assert.equal(table.matchObject([['k'], _, new Map([[1, 'y']])]), []);
    assert.equal(table.matchObject([[_], 'b', _]), [rows[3]]);
    // The order of properties does not matter, neither in the pattern nor in the row.
    finds([_, _, { three: 3, one: 1 }], ['k']);
    assert.is(table.matchObject(_).length, stored.length);
    assert.equal(table.matchObject([null, 'b', constant({})]), [rows[4]]);
  });
});

test('ets_SUITE: match_object2', async () => {
  // The first rows that match come after many that do not, so that the search is resumed without a result so far.
  await eachTable(TYPES, (table) => {
    table.insertMany(times(10_000, (i): Row => [{ number: i }, { other: i % 7 }]));
    const wanted: Row = [{ number: 10_000 }, { found: true }];
    table.insert(wanted);
    assert.equal(table.matchObject([{ number: $1 }, { found: true }]), [wanted]);
    const chunk = table.matchObject([_, { found: _ }], 5);
    assert.equal(chunk?.results, [wanted]);
    assert.is(table.matchObject(chunk?.continuation), undefined);
    assert.is(table.matchObject([_, { found: false }], 5), undefined);
  });
});

test('ets_SUITE: t_match_spec_run', () => {
  const rows = (count: number): Row[] => times(count, (i) => [i, `value ${i % 10}`, 2n ** BigInt(i % 100)]);
  for (const count of [0, 1, 2, 100, 4096, 4097, 10_000]) {
    const compiled = ets.matchSpecCompile([
      [[$1, 'value 3', _], [gt($1, 50)], [[$1, add($1, 1)]]],
      [[$1, _, $2], [eq($2, 1n)], [$2]],
    ]);
    const expected = rows(count).flatMap(([n, text, power]): unknown[] => {
      if (text === 'value 3' && (n as number) > 50) return [[n, (n as number) + 1]];
      return power === 1n ? [1n] : [];
    });
    assert.equal(ets.matchSpecRun(rows(count), compiled), expected);
  }
  const all = ets.matchSpecCompile([[[$1, _], [], [[[$1], { $: $1 }, new Map([[$1, $_]])]]]]);
  for (const term of [
    ...[0, -0, NaN, 2.5, 2n ** 64n, -(3n ** 300n), '', 'ü\ud800', 'x'.repeat(70_000)],
    ...[null, undefined, true, Symbol.for('s'), [], [[undefined]], {}, { a: { b: 1n } }],
    ...[new Map([[{}, [1]]]), new Set([1]), new Date(1), Buffer.from('b'), new Float64Array([1.5])],
  ]) {
    const [result] = ets.matchSpecRun([[term, 1]], all) as [unknown];
    assert.is(difference(result, [[term], { $: term }, new Map([[term, [term, 1]]])]), undefined);
  }
  refuses(() => ets.matchSpecCompile([]), 'ERR_ETS_MATCH_SPEC');
  assert.is(ets.isCompiledMs(all), true);
  assert.is(ets.isCompiledMs({}), false);
  refuses(() => ets.matchSpecRun([[1]], {}), 'ERR_ETS_BADARG');
});

test('ets_SUITE: t_test_ms', () => {
  const testMs = ets.testMs as (row: unknown, ms: unknown) => unknown;
  assert.equal(testMs(['a', 'b'], [[[$1, $2], [], [$_]]]), ['a', 'b']);
  assert.equal(testMs(['a', 'b'], [[[$1, $2], [], [$$]]]), ['a', 'b']);
  assert.equal(testMs(['a', 'b'], [[[$1, $2], [lt($1, $2)], [[$2, $1]]]]), ['b', 'a']);
  assert.is(testMs(['a', 'b'], [[[$1, $2], [gt($1, $2)], [$_]]]), false);
  assert.is(testMs(['a', 'b'], [[[$1, $1], [], [$_]]]), false);
  assert.is(testMs(['a'], [[[$1], [], [hd($1)]]]), EXIT);
  for (const bad of [
    [[[$1, $2], ['guard', $3], [$_]]],
    [[[$1, $2], [], [$3]]],
    [[[$1, $2], []]],
    [[[$1, $2], $1, [$_]]],
    [[[$1, $2], [], []]],
    [[[$1, $2]]],
    'spec',
  ])
    refuses(() => testMs(['a', 'b'], bad), 'ERR_ETS_MATCH_SPEC');
  refuses(() => testMs('row', [[_, [], [1]]]), 'ERR_ETS_BADARG');
});

test('ets_SUITE: bound_maps', async () => {
  // A map in the key of a pattern matches what has more, so it must not be taken for the key itself.
  await eachTable(TYPES, (table) => {
    const keys = [{}, { a: 1 }, { a: 1, b: 2 }, { a: 2 }, { b: 2 }, 'a', [{ a: 1, c: 3 }]];
    table.insertMany(keys.map((key) => [key, 'v']));
    const size = (pattern: unknown): number => table.selectCount([[[pattern, _], [], [true]]]);
    assert.is(size({}), 5);
    assert.is(size({ a: 1 }), 2);
    assert.is(size({ a: $1 }), 3);
    assert.is(size([{ a: 1 }]), 1);
    assert.is(size(constant({ a: 1 })), 1);
    assert.equal(unordered(table.match([{ b: $1, a: $2 }, _])), [[2, 1]]);
    assert.equal(unordered(table.select([[[{ a: 1 }, _], [], [$_]]], 1)?.results ?? []).length, 1);
    if (table.info('type') !== 'bag') {
      assert.is(table.selectReplace([[[{ a: 1 }, $2], [], [$_]]]), 2);
      refuses(() => table.selectReplace([[[{ a: 1 }, _], [], [[{ a: 1 }, 'w']]]]), 'ERR_ETS_MATCH_SPEC');
    }
    assert.is(table.selectDelete([[[{ a: 1 }, _], [], [true]]]), 2);
    assert.is(size({}), 3);
    table.matchDelete([{}, _]);
    assert.equal(unordered([...table.keys()]), ['a', [{ a: 1, c: 3 }]]);
  });
});

/** Something nested `levels` deep. */
function nested(levels: number, wrap: (inner: unknown) => unknown, inner: unknown): unknown {
  let expression = inner;
  for (let i = 0; i < levels; i++) expression = wrap(expression);
  return expression;
}

test('ets_SUITE: ms_excessive_nesting', async () => {
  const wraps: ((inner: unknown) => unknown)[] = [
    (inner) => [inner],
    (inner) => ({ inner }),
    (inner) => new Map([['inner', inner]]),
    (inner) => add(inner, 0),
    (inner) => andalso(true, inner),
    (inner) => [1, [inner]],
  ];
  for (const wrap of wraps) {
    const spec = (levels: number): MatchSpec => [[[$1], [], [nested(levels, wrap, $1)]]];
    assert.is.not(ets.testMs([1], spec(100)), undefined);
    const head = (levels: number): MatchSpec => [[[nested(levels, (inner) => [inner], $1)], [], [$1]]];
    assert.is(ets.testMs([nested(100, (inner) => [inner], 'deep')], head(100)), 'deep');
    for (const levels of [100_000, 300_000]) {
      refuses(() => ets.testMs([1], spec(levels)), 'ERR_ETS_MATCH_SPEC');
      refuses(() => ets.testMs([1], head(levels)), 'ERR_ETS_MATCH_SPEC');
      refuses(() => ets.testMs([1], [[[$1], [nested(levels, wrap, $1)], [1]]]), 'ERR_ETS_MATCH_SPEC');
    }
  }
  await eachTable(TYPES, (table) => {
    table.insert(['key', 1]);
    const absurd = nested(100_000, (inner) => [inner], $1);
    refuses(() => table.select([[[$1, _], [], [absurd]]]), 'ERR_ETS_MATCH_SPEC');
    refuses(() => table.match([absurd, _]), 'ERR_ETS_MATCH_SPEC');
    assert.equal(table.select([[[$1, _], [], [$1]]]), ['key']);
  });
});

/** How many calls into native a query took: each looks at some thousand rows at most. */
function slicesOf(query: () => unknown): number {
  const calls = native as { select: () => void };
  const { select } = calls;
  let slices = 0;
  calls.select = () => {
    slices++;
    select();
  };
  try {
    query();
  } finally {
    calls.select = select;
  }
  return slices;
}

test('ets_SUITE: partly_bound', async () => {
  await eachTable(['ordered_set'], (table) => {
    table.insertMany(times(15_000, (i): Row => [[i % 3, i, 'x'], i]));
    const unbound = slicesOf(() => assert.is(table.match([$1, 14_999]).length, 1));
    assert.ok(unbound >= 4);
    for (const [pattern, found] of [
      [[2, 14_999, $1], 1],
      [[2, 14_999, 'x'], 1],
      [[2, 14_999, _], 1],
      [[3, $1, _], 0],
      [[2, -1, _], 0],
      [[2, 14_999], 0],
    ] as const) {
      const slices = slicesOf(() => assert.is(table.match([pattern, _]).length, found));
      assert.ok(slices <= 1, `${slices} slices for ${JSON.stringify(pattern)}`);
    }
    // Less is known of the key: fewer rows are left out.
    const third = slicesOf(() => assert.is(table.selectCount([[[[1, _, _], _], [], [true]]]), 5000));
    assert.ok(third < unbound);
    // Of two clauses the range from the least to the greatest key.
    const both: MatchSpec = [
      [[[0, 9, _], $1], [], [$1]],
      [[[0, 12, _], $1], [], [$1]],
    ];
    const slices = slicesOf(() => assert.equal(table.select(both), [9, 12]));
    assert.is(slices, 1);
    // A variable that stands twice binds nothing by itself.
    assert.equal(unordered(table.match([[$1, $1, _], _])), [[0], [1], [2]]);
  });
});

/** A pattern for rows of [[a, [b]], c, d] with few values, in which each part may be open. */
function anyPattern(random: Random): Row {
  const part = (): unknown => random.pick([_, $1, $2, $3, random.below(5), random.below(5)]);
  const key = random.pick([part, () => [part(), part()], () => [part(), [part()]]])();
  return [key, part(), part()];
}

test('ets_SUITE: match_heavy', () => {
  const random = seededRandom('match_heavy');
  const small = (): number => random.below(5);
  const tables = TYPES.slice(0, 2).map((type) => ets.new('heavy', { type })) as [Table, Table];
  for (let i = 0; i < 400; i++) {
    const row = [[small(), random.below(2) === 0 ? small() : [small()]], small(), small()];
    for (const table of tables) table.insert(row);
  }
  for (let i = 0; i < 3000; i++) {
    const pattern = anyPattern(random);
    const [ofSet, ofOrdered] = tables.map((table) => unordered(table.match(pattern)));
    assert.equal(ofSet, ofOrdered);
    if (i % 10 !== 0) continue;
    const guard = random.pick([lt(small(), small()), exactEq(element(), small()), true, isBigint(1n)]);
    const spec: MatchSpec = [[pattern, [guard], [$_]]];
    assert.equal(...(tables.map((table) => unordered(table.select(spec))) as [unknown, unknown]));
    assert.is(...(tables.map((table) => table.selectCount([[pattern, [], [true]]])) as [number, number]));
  }

  function element(): unknown {
    return rem(small(), 1 + small());
  }
});

test('ets_SUITE: t_select_flatmap_term_copy_bug', async () => {
  // A map in the result holds constants, variables and whole rows.
  await eachTable(TYPES, (table) => {
    table.insert([1, { a: 1, text: 'x'.repeat(100) }]);
    const big = { deep: { deeper: ['constant', 2n ** 70n] } };
    for (let i = 0; i < 50; i++) {
      assert.equal(
        table.select([[[$1, $2], [], [{ one: $1, two: $2, three: $_, four: constant(big), five: [$$] }]]]),
        [
          {
            one: 1,
            two: { a: 1, text: 'x'.repeat(100) },
            three: [1, { a: 1, text: 'x'.repeat(100) }],
            four: big,
            five: [[1, { a: 1, text: 'x'.repeat(100) }]],
          },
        ],
      );
    }
    assert.equal(table.select([[[_, { a: $1 }], [isMapKey('a', $_)], [$1]]]), []);
    assert.equal(table.select([[[_, $1], [isMapKey('a', $1)], [{ got: mapGet('a', $1) }]]]), [{ got: 1 }]);
  });
});

test('ets_SUITE: t_select_hashmap_term_copy_bug', async () => {
  // As above with maps of many entries, which are laid out in another way.
  await eachTable(TYPES, (table) => {
    const entries = times(200, (i): [string, unknown] => [`key ${i}`, `value ${i}`]);
    const object = Object.fromEntries(entries);
    const map = new Map<unknown, unknown>(entries.map(([key, value], i) => [[key, i], value]));
    table.insert([1, object, map]);
    assert.equal(table.select([[[$1, $2, $3], [], [{ ...object, $1, $2, $3 }]]]), [
      { ...object, $1: 1, $2: object, $3: map },
    ]);
    assert.is(table.selectCount([[[_, { 'key 7': 'value 7', 'key 199': _ }, _], [], [true]]]), 1);
    assert.is(table.selectCount([[[_, object, map], [], [true]]]), 1);
    assert.is(table.selectCount([[[_, { ...object, more: 1 }, _], [], [true]]]), 0);
    assert.equal(table.match([_, { 'key 5': $1 }, new Map([[['key 6', 6], $2]])]), [['value 5', 'value 6']]);
  });
});

test('ets_SUITE: t_select_pam_stack_overflow_bug', async () => {
  // Wide and deep expressions, of which many values are waiting at the same time.
  await eachTable(TYPES, (table) => {
    table.insertMany(times(10, (i): Row => [i, i]));
    const wide = times(1000, (i) => add($1, i));
    const deep = nested(100, (inner) => [1, 2, inner, 3, add($2, 1)], $1);
    const sum = nested(100, (inner) => add(1, inner), $1);
    for (let i = 0; i < 10; i++) {
      assert.equal(table.select([[[i, $2], [], [1]]]), [1]);
      assert.equal(table.select([[[$1, i], [], [wide]]]), [times(1000, (n) => n + i)]);
      assert.equal(
        JSON.stringify(table.select([[[$1, $2], [exactEq($2, i)], [deep]]])),
        JSON.stringify([nested(100, (inner) => [1, 2, inner, 3, i + 1], i)]),
      );
      assert.equal(table.select([[[$1, i], [], [sum]]]), [100 + i]);
    }
  });
});

run();
