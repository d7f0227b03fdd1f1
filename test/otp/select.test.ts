import { _, $1, $2, $3, $_, ets, type Continuation, type MatchSpec, type Row, type Table } from 'termstore';
import { add, constant, element, eq, exactEq, ge, gt, lt, rem } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { eachTable, SETS, times, TYPES, unordered } from '../support/variants.js';

/* ets_SUITE: select and its kin. */

const { test, beforeEach, afterEach, run } = suite('otp: select');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** All chunks of a selection that began with `spec` and `limit`. */
function chunks(table: Table, spec: MatchSpec, limit: number, reverse = false): unknown[][] {
  const all: unknown[][] = [];
  let chunk = reverse ? table.selectReverse(spec, limit) : table.select(spec, limit);
  while (chunk !== undefined) {
    all.push(chunk.results);
    chunk = table.select(chunk.continuation);
  }
  return all;
}

test('ets_SUITE: select_bound_chunk', async () => {
  await eachTable(TYPES, (table, { type }) => {
    table.insertMany(times(1000, (i): Row => [i, i]));
    const chunk = table.select([[[500, _], [], [$_]]], 100_000);
    assert.equal(chunk?.results, [[500, 500]]);
    assert.is(table.select(chunk?.continuation), undefined);
    const [one, more] = chunks(table, [[[501, $1], [], [$1]]], 1);
    assert.equal([one, more], [[501], undefined]);
    assert.is(table.select([[[5000, _], [], [$_]]], 1), undefined);
    if (type !== 'duplicate_bag') return;
    table.insertMany(times(10, () => [500, 'more']));
    assert.equal(
      chunks(table, [[[500, $1], [], [$1]]], 4).map((results) => results.length),
      [4, 4, 3],
    );
  });
});

test('ets_SUITE: select_fail', async () => {
  await eachTable(TYPES, (table) => {
    for (const filled of [false, true]) {
      if (filled) table.insert(['key', 1]);
      for (const spec of [
        [[['other', _], [$1], [$_]]],
        [[['other', _], [], [$1]]],
        [[['key'], [], []]],
        [[[], [gt($2, 1)], [true]]],
        [
          [['key', _], [], [true]],
          [['other', _], [], [$3]],
        ],
        [['key', []]],
        [[['other', _], 'guards', [true]]],
        [[['other', _], [], true]],
        { 0: [_, [], [true]] },
      ]) {
        const bad = spec as never;
        refuses(() => table.select(bad), 'ERR_ETS_MATCH_SPEC');
        refuses(() => table.select(bad, 1), 'ERR_ETS_MATCH_SPEC');
        refuses(() => table.selectReverse(bad), 'ERR_ETS_MATCH_SPEC');
        refuses(() => table.selectCount(bad), 'ERR_ETS_MATCH_SPEC');
        refuses(() => table.selectDelete(bad), 'ERR_ETS_MATCH_SPEC');
        refuses(() => table.selectTake(bad), 'ERR_ETS_MATCH_SPEC');
      }
      assert.equal(table.select([]), []);
      assert.is(table.selectCount([]), 0);
      assert.is(table.info('size'), filled ? 1 : 0);
    }
  });
});

test('ets_SUITE: t_select_delete', async () => {
  const rows = times(3000, (i): Row => [i, i % 10, `value ${i % 3}`]);
  await eachTable(TYPES, (table) => {
    const removes = (spec: MatchSpec, goes: (row: readonly [number, number, string]) => boolean): void => {
      table.insertMany(rows);
      const kept = rows.filter((row) => !goes(row as [number, number, string]));
      assert.is(table.selectCount(spec), rows.length - kept.length);
      assert.is(table.selectDelete(spec), rows.length - kept.length);
      assert.is(table.selectCount(spec), 0);
      assert.is(table.info('size'), kept.length);
      const left = table.tab2list().sort((a, b) => Number(a[0]) - Number(b[0]));
      assert.equal(left, kept);
      table.deleteAllObjects();
    };
    removes([[[$1, _, _], [lt($1, 5)], [true]]], ([key]) => key < 5);
    removes([[[$1, _, _], [ge($1, 5)], [true]]], ([key]) => key >= 5);
    removes([[[_, $2, _], [], [eq($2, 7)]]], ([, digit]) => digit === 7);
    removes([[[77, _, _], [], [true]]], ([key]) => key === 77);
    removes(
      [[[$1, _, 'value 1'], [exactEq(rem($1, 2), 0)], [true]]],
      ([key, , text]) => text === 'value 1' && key % 2 === 0,
    );
    removes([[[_, _], [], [true]]], () => false);
    removes([[_, [], [$_]]], () => false);
    removes([[_, [], ['true']]], () => false);
    removes(
      [
        [[3, _, _], [], [true]],
        [[2999, _, _], [], [true]],
        [[3, 3, _], [], [false]],
      ],
      ([key]) => key === 3 || key === 2999,
    );
    removes([[_, [], [true]]], () => true);
  });
});

test('ets_SUITE: t_select_replace', async () => {
  const types = ['set', 'ordered_set', 'duplicate_bag'] as const;
  await eachTable(types, (table) => {
    table.insertMany(times(100, (i): Row => [i, i % 10]));
    const replaced = (spec: MatchSpec): number => table.selectReplace(spec);
    // The whole row, the head's own key, element() of the row, a constant with the key.
    assert.is(replaced([[_, [], [$_]]]), 100);
    assert.is(replaced([[[$1, $2], [], [[$1, add($2, 1)]]]]), 100);
    assert.is(replaced([[[$1, $2], [exactEq($2, 10)], [[element(0, $_), 'ten', $1]]]]), 10);
    assert.is(replaced([[[5, $2], [], [constant([5, 'constant'])]]]), 1);
    assert.is(replaced([[[6, $2], [], [[6, [$2], { two: $2 }]]]]), 1);
    assert.is(replaced([[['none', $2], [], [['none', 1]]]]), 0);
    assert.is(replaced([]), 0);
    const expected = times(100, (i): Row => {
      if (i === 5) return [5, 'constant'];
      if (i === 6) return [6, [7], { two: 7 }];
      return i % 10 === 9 ? [i, 'ten', i] : [i, (i % 10) + 1];
    });
    assert.equal(
      table.tab2list().sort((a, b) => Number(a[0]) - Number(b[0])),
      expected,
    );
    // Compare and swap: the row as it was, and what it becomes.
    assert.is(replaced([[[7, 8], [], [constant([7, 'swapped'])]]]), 1);
    assert.is(replaced([[[7, 8], [], [constant([7, 'again'])]]]), 0);
    assert.equal(table.lookup(7), [[7, 'swapped']]);
    // Keys that are containers with variables.
    table.deleteAllObjects();
    table.insertMany(times(50, (i): Row => [['k', i, [i]], i]));
    assert.is(replaced([[[['k', $1, [$2]], $3], [], [[['k', $1, [$2]], 'new', $3]]]]), 50);
    assert.equal(table.lookup(['k', 7, [7]]), [[['k', 7, [7]], 'new', 7]]);
    for (const spec of [
      [[[$1, $2, $3], [], [[$2, $1, $3]]]],
      [[[$1, _, _], [], [[add($1, 1), 1]]]],
      [[[$1, _, _], [], [['constant', 1]]]],
      [[[['k', $1, [$2]], _, _], [], [[['k', $2, [$1]], 1]]]],
      [[[['k', _, _], _, _], [], [[['k', _, _], 1]]]],
      [[[$1, _, _], [], [constant([$1, 1])]]],
      [[_, [], [[$_, 1]]]],
      [[_, [], [[element(0, $_), 1]]]],
      [[$1, [], [[element(0, $_), 1]]]],
      [[$1, [], [[$1, 1]]]],
      [[[$1, _, _], [], [true]]],
      [[[$1, _, _], [], ['a', $_]]],
      [[[$1, _, _], [], [[]]]],
      [[[{ a: 1 }, _, _], [], [[{ a: 1 }, 1]]]],
      [
        [[$1, _, _], [], [$_]],
        [[$1, _, _], [], [[$1, 1, [], 'fine']]],
        [[$1, _, _], [], [[[$1], 1]]],
      ],
    ])
      refuses(() => replaced(spec as never), 'ERR_ETS_MATCH_SPEC');
    assert.is(table.selectCount([[[_, 'new', _], [], [true]]]), 50);
    // A body that fails gives no row, and so replaces nothing.
    table.insert(['maps', { a: 1 }]);
    assert.is(replaced([[['maps', $1], [], [['maps', { was: $1 }]]]]), 1);
    assert.equal(table.lookup('maps'), [['maps', { was: { a: 1 } }]]);
  });
  await eachTable(['bag'], (table) => {
    table.insert(['key', 1]);
    refuses(() => table.selectReplace([[_, [], [$_]]]), 'ERR_ETS_TABLE_TYPE');
  });
});

test('ets_SUITE: t_select_replace_next_bug', async () => {
  // What a walk remembers of its place must not outlive the row that is replaced there.
  await eachTable(['ordered_set'], (table) => {
    for (let i = 1; i <= 10; i++) table.insert([i, 'value']);
    const iterator = table.keys();
    assert.is(table.first(), 1);
    assert.is(iterator.next().value, 1);
    assert.is(table.selectReplace([[[2, 'value'], [], [[2, 'a new value that is longer'.repeat(50)]]]]), 1);
    assert.is(table.next(1), 2);
    assert.is(table.selectReplace([[[$1, 'value'], [], [[$1, 'x'.repeat(2000)]]]]), 9);
    assert.equal([...iterator], [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.is(table.next(2), 3);
  });
});

test('ets_SUITE: t_select_reverse', async () => {
  await eachTable(TYPES, (table, { type }) => {
    table.insertMany(times(1000, (i): Row => [i, i % 7]));
    const spec: MatchSpec = [[[$1, 3], [], [$1]]];
    const forward = table.select(spec);
    const backward = table.selectReverse(spec);
    assert.equal(backward, type === 'ordered_set' ? [...forward].reverse() : forward);
    for (const limit of [1, 2, 10, forward.length, 5000]) {
      const parts = chunks(table, spec, limit, true);
      assert.equal(parts.flat(), backward);
      for (const part of parts.slice(0, -1)) assert.is(part.length, limit);
      // match and matchObject go on with it as well.
      const first = table.selectReverse(spec, limit);
      assert.equal(table.match(first?.continuation)?.results ?? [], backward.slice(limit, 2 * limit));
    }
    assert.is(table.selectReverse([[['none', _], [], [1]]], 5), undefined);
    refuses(() => table.selectReverse(spec, 0), 'ERR_ETS_BADARG');
  });
});

test('ets_SUITE: t_bucket_disappears', async () => {
  await eachTable(TYPES, (table, { type }) => {
    table.insertMany(times(7000, (i): Row => [i, i]));
    const spec: MatchSpec = [[[$1, _], [], [$1]]];
    const places: (Continuation | undefined)[] = [];
    for (let chunk = table.select(spec, 600); chunk; chunk = table.select(chunk.continuation))
      places.push(chunk.continuation);
    for (let i = 0; i < 6000; i++) table.delete(i);
    for (const place of places) {
      const found = table.select(place)?.results ?? [];
      assert.is(new Set(found).size, found.length);
      // A continuation carries what was left over of the bucket it ended in.
      const stale = found.filter((key) => (key as number) < 6000).length;
      assert.ok(stale <= (type === 'ordered_set' ? 0 : 30), `${stale} rows that are gone`);
    }
    table.deleteAllObjects();
    for (const place of places) assert.ok((table.select(place)?.results.length ?? 0) <= 30);
  });
});

test('ets_SUITE: t_named_select', () => {
  for (const type of TYPES) {
    const table = ets.new('foo', { named: true, type });
    table.insertMany(times(100, (i): Row => [i, 'text']));
    const chunk = table.select([[[$1, 'text'], [], [$1]]], 10);
    table.rename('bar');
    const next = ets.table('bar').select(chunk?.continuation);
    assert.is(next?.results.length, 10);
    assert.is(new Set([...(chunk?.results ?? []), ...(next?.results ?? [])]).size, 20);
    table.drop();
    const another = ets.new('bar', { named: true, type });
    another.insertMany(times(100, (i): Row => [i, 'text']));
    refuses(() => another.select(chunk?.continuation), 'ERR_ETS_BADARG', 'another table');
    refuses(() => table.select(chunk?.continuation), 'ERR_ETS_ID');
    another.drop();
  }
});

test('ets_SUITE: otp_6842_select_1000', async () => {
  // Around the number of rows that is looked at in one go: 1000 in OTP, 4096 here.
  await eachTable(TYPES, (table) => {
    for (const size of [999, 1000, 1001, 4095, 4096, 4097]) {
      table.deleteAllObjects();
      table.insertMany(times(size, (i): Row => [i, `value ${i}`]));
      for (const limit of [size - 1, size, size + 1, 1000]) {
        const parts = chunks(table, [[[$1, _], [], [$1]]], limit);
        assert.equal(
          parts.map((part) => part.length),
          times(Math.ceil(size / limit), (i) => Math.min(limit, size - i * limit)),
        );
        assert.is(new Set(parts.flat()).size, size);
        const rows = chunks(table, [[[_, 'no value'], [], [$_]]], limit);
        assert.equal(rows, []);
      }
      const all = table.match([$1, _], size);
      assert.is(all?.results.length, size);
      assert.is(table.match(all?.continuation), undefined);
    }
  });
});

test('ets_SUITE: otp_6338', async () => {
  // Keys that are long lists with a common start; the pattern knows some of their elements.
  const keyOf = (i: number): unknown[] => [
    'sip_aor',
    i % 2 === 0 ? 'sipp' : 'sipq',
    ['127.0.0.1', 5060 + i],
    Symbol.for(`state${i % 5}`),
    BigInt(i) ** 9n,
  ];
  await eachTable(TYPES, (table) => {
    for (let i = 0; i < 300; i++) table.insert([keyOf((i * 7) % 300), i]);
    for (let i = 0; i < 300; i += 13) {
      const key = keyOf(i);
      assert.equal(table.match([['sip_aor', key[1], [$1, 5060 + i], _, $2], _]), [['127.0.0.1', key[4]]]);
      assert.is(table.match([['sip_aor', key[1], _, $1, _], _]).length, 150);
      assert.is(table.match([['sip_aor', $1, ['127.0.0.1', _], _, key[4]], _]).length, 1);
    }
    assert.equal(table.match([['sip_aor', 'sipp', _, _], _]), []);
    assert.is(table.match([['sip_aor', 'sipr', _, _, _], _]).length, 0);
  });
});

test('ets_SUITE: otp_8732', async () => {
  await eachTable(SETS, (table) => {
    table.insertMany([
      [{ noise: 1 }, 1],
      [['a'], 2],
      [[], 'empty'],
      ['text', 3],
      [0, 4],
    ]);
    assert.equal(table.matchObject([[], _]), [[[], 'empty']]);
    assert.equal(table.match([[], $1]), [['empty']]);
    assert.equal(table.select([[[$1, 'empty'], [], [$1]]]), [[]]);
    assert.equal(table.select([[[$1, _], [exactEq($1, [])], [$_]]]), [[[], 'empty']]);
    assert.is(table.selectDelete([[[[], _], [], [true]]]), 1);
    assert.is(table.member([]), false);
    assert.equal(unordered([...table.keys()]).length, 4);
  });
});

run();
