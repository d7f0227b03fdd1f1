import { _, $1, $2, $3, $_, $$, Continuation, ets, type MatchSpec, type Row } from 'termstore';
import * as ms from 'termstore/ms';
import * as assert from 'uvu/assert';
import { refuses } from '../../support/refusals.js';
import type { Contract } from './subject.js';

export const selectContract: Contract = ({ test, create, row, at, keypos, ordered, options }) => {
  const numbers = (count: number) => Array.from({ length: count }, (_one, i) => row(i, i % 7, `value ${i}`));
  const keys = (rows: readonly (readonly unknown[])[]) => rows.map((one) => one[keypos] as number);
  const sorted = (list: readonly unknown[]) => [...(list as number[])].sort((a, b) => a - b);
  const inOrder = (list: readonly unknown[]) => (ordered ? list : sorted(list));
  /** Rows with remainder `n`, in any order. */
  const having = (n: number, body: unknown, guards: readonly unknown[] = []): MatchSpec => [
    [row($1, n, $2), guards, [body]],
  ];
  const all = (body: unknown): MatchSpec => [[_, [], [body]]];

  test('match() gives the variables in the order of their numbers', () => {
    const table = create(row('a', 1, 'x'), row('b', 2, 'y'));
    assert.equal(table.match(row($3, 1, $1)), [['x', 'a']]);
    assert.equal(table.match(row('b', $1, _)), [[2]]);
    assert.equal(table.match(row('b', 3, $1)), []);
    assert.equal(table.match(row('a', 1, 'x')), [[]]);
    assert.equal(sorted(table.match(row(_, $1, _)).flat()), [1, 2]);
    assert.is(table.match(_).length, 2);
  });

  test('matchObject() gives rows, select() what the body says', () => {
    const table = create(...numbers(1000));
    const found = table.matchObject(row($1, 3, _));
    assert.equal(inOrder(keys(found)), keys(numbers(1000).filter((one) => one[at(0)] === 3)));
    assert.equal(found[0], numbers(1000)[keys(found)[0] as number]);
    assert.equal(sorted(table.select(having(3, $1))), sorted(keys(found)));
    assert.equal(inOrder(table.select<Row>(having(3, $_)).map((one) => one[keypos])), sorted(keys(found)));
    const mixed = table.select<unknown>([
      [row(1, _, _), [], [$_]],
      [row($1, 2, $2), [ms.lt($1, 10)], [{ key: $1, list: [$2, $$] }]],
      [row(9, _, _), [], ['never: the clause before takes it']],
    ]);
    assert.is(mixed.length, 3);
    assert.ok(mixed.some((one) => Array.isArray(one) && one[keypos] === 1));
    assert.ok(mixed.some((one) => !Array.isArray(one) && (one as { key: unknown }).key === 2));
    assert.equal(table.select([]), []);
    assert.is(table.select([], 5), undefined);
  });

  test('results that do not fit the reply come whole', () => {
    const sizes = [10, 70_000, 20, 200_000, 65_536, 0];
    const table = create(...sizes.map((size, i) => row(i, 'x'.repeat(size))));
    assert.equal(sorted(table.select<number>([[row(_, $1), [], [ms.byteSize($1)]]])), sorted(sizes));
    const texts = table.select<string>([[row(_, $1), [], [$1]]]);
    assert.equal(sorted(texts.map((text) => text.length)), sorted(sizes));
    assert.equal(sorted(keys(table.matchObject(_))), [0, 1, 2, 3, 4, 5]);
    let chunk = table.matchObject(_, 1);
    const seen: number[] = [];
    while (chunk !== undefined) {
      assert.is(chunk.results.length, 1);
      seen.push(...keys(chunk.results));
      chunk = table.matchObject(chunk.continuation);
    }
    assert.equal(inOrder(seen), [0, 1, 2, 3, 4, 5]);
  });

  test('with a limit there are exactly so many results as long as there are enough', () => {
    const table = create(...numbers(1500));
    for (const limit of [1, 2, 7, 100, 1499, 1500, 1501, 2 ** 31]) {
      for (const reverse of [false, true]) {
        const name = reverse ? 'selectReverse' : 'select';
        let chunk = table[name]<number>(all(ms.element(keypos, $_)), limit);
        const seen: number[] = [];
        while (chunk !== undefined) {
          seen.push(...chunk.results);
          const left = 1500 - seen.length;
          assert.ok(chunk.results.length === limit || left === 0, `${chunk.results.length} of ${limit}`);
          assert.ok(chunk.continuation !== undefined || left === 0);
          chunk = table[name](chunk.continuation);
        }
        assert.is(seen.length, 1500);
        assert.equal(sorted(seen), keys(numbers(1500)));
        if (ordered) assert.equal(reverse ? [...seen].reverse() : seen, sorted(seen));
        // A hash table has one order: backwards is forwards, as in OTP.
        else assert.equal(seen, table.select(all(ms.element(keypos, $_))));
      }
    }
  });

  test('a bound key is one chunk and the end', () => {
    const table = create(...numbers(500));
    const chunk = table.select([[row(77, $1, _), [], [$1]]], 1);
    assert.equal(chunk, { results: [0], continuation: undefined });
    assert.equal(table.matchObject(row(5, _, _), 10)?.results, [numbers(6)[5]]);
    assert.is(table.matchObject(row(5, 6, _), 10), undefined);
    assert.is(table.matchObject(row('5', _, _), 10), undefined);
    const several: MatchSpec = [3, 499, 3, 900].map((key) => [row(key, _, _), [], [$_]] as const);
    assert.equal(sorted(keys(table.select<Row>(several))), [3, 499]);
    assert.equal(create().select(all($_), 1), undefined);
  });

  test('keys are matched exactly, also where the table takes 1 for 1n', () => {
    const table = create(row(1, 'one'), row(2n, 'two'), row([1, 2], 'list'), row({ a: 1, b: 2 }, 'object'));
    assert.equal(table.match(row(1, $1)), [['one']]);
    assert.equal(table.match(row(1n, $1)), []);
    assert.equal(table.match(row(2, $1)), []);
    assert.equal(table.match(row(2n, $1)), [['two']]);
    assert.equal(table.match(row([1, $1], $2)), [[2, 'list']]);
    assert.equal(table.match(row({ a: $1 }, $2)), [[1, 'object']]);
    assert.equal(table.match(row({ b: 2, a: 1 }, $2)), [['object']]);
    assert.equal(table.select([[row($1, $2), [ms.eq($1, 1n)], [$2]]]), ['one']);
  });

  test('undefined for a continuation is the end, and a continuation may be used again', () => {
    const table = create(...numbers(200));
    assert.is(table.select(undefined), undefined);
    assert.is(table.match(undefined), undefined);
    const first = table.select<number>(all(ms.element(keypos, $_)), 30);
    const rest = first?.continuation as Continuation<number>;
    const second = table.select(rest);
    assert.equal(table.select(rest)?.results, second?.results);
    assert.equal(table.match(rest)?.results, second?.results);
    assert.is(second?.results.length, 30);
    const overlap = second?.results.filter((one) => first?.results.includes(one));
    assert.equal(overlap, []);
  });

  test('a continuation goes on after rows that were deleted, and after a rename', () => {
    const table = create(...numbers(300));
    let chunk = table.select<number>(all(ms.element(keypos, $_)), 10);
    const seen: number[] = [];
    while (chunk !== undefined) {
      seen.push(...chunk.results);
      for (const key of chunk.results) table.delete(key);
      table.rename(`renamed ${seen.length}`);
      chunk = table.select(chunk.continuation);
    }
    assert.equal(inOrder(seen), keys(numbers(300)));
    assert.is(table.info('size'), 0);
  });

  test('rows that stay are met exactly once in chunks while others come and go', () => {
    const table = create(...numbers(1000));
    const seen = new Map<number, number>();
    let extra = 10_000;
    let chunk = table.select<number>(all(ms.element(keypos, $_)), 13);
    while (chunk !== undefined) {
      for (const key of chunk.results) seen.set(key, (seen.get(key) ?? 0) + 1);
      if (extra < 20_000) for (let i = 0; i < 60; i++) table.insert(row(extra++ + 0.5, 0));
      for (let i = 0; i < 40; i++) table.delete(extra - 50 + i + 0.5);
      chunk = table.select(chunk.continuation);
    }
    for (let i = 0; i < 1000; i++) assert.is(seen.get(i), 1, `${i}`);
    for (const times of seen.values()) assert.is(times, 1);
  });

  test('a continuation belongs to its table', () => {
    const table = create(...numbers(50));
    const { continuation } = table.select(all($_), 5) as { continuation: Continuation };
    refuses(() => create(...numbers(50)).select(continuation), 'ERR_ETS_BADARG', 'another table');
    for (const forged of [
      Object.create(Continuation.prototype),
      new (Continuation as unknown as new () => unknown)(),
    ])
      refuses(() => table.select(forged as Continuation), 'ERR_ETS_BADARG', 'no selection');
    refuses(() => table.select(continuation as never, 5), 'ERR_ETS_BADARG', 'limit');
    using named = ets.new('named', { ...options, named: true });
    named.insertMany(numbers(50));
    const rest = named.select(all($_), 5)?.continuation;
    named.drop();
    using again = ets.new('named', { ...options, named: true });
    refuses(() => named.select(rest), 'ERR_ETS_ID');
    refuses(() => again.select(rest), 'ERR_ETS_BADARG');
    refuses(() => named.select(undefined), 'ERR_ETS_ID');
  });

  test('selectCount() and selectDelete() mean rows whose result is exactly true', () => {
    const table = create(...numbers(1000));
    assert.is(table.selectCount(having(3, true)), 143);
    for (const body of [$_, 1, 'true', [true], ms.element(at(0), $_)]) {
      assert.is(table.selectCount(having(3, body)), 0);
      assert.is(table.selectDelete(having(3, body)), 0);
      assert.equal(table.selectTake(having(3, body)), []);
    }
    assert.is(table.selectCount(having(3, ms.lt($1, 100))), 14);
    assert.is(table.selectDelete(having(3, ms.lt($1, 100))), 14);
    assert.is(table.info('size'), 986);
    assert.is(table.selectDelete([[row(50, _, _), [], [true]]]), 1);
    assert.is(table.get(50), undefined);
    assert.is(table.matchDelete(row(_, 5, _)), 143);
    assert.is(table.selectCount(having(5, true)), 0);
    assert.equal(
      sorted(keys(table.tab2list())),
      keys(numbers(1000)).filter((i) => i % 7 !== 5 && !(i % 7 === 3 && i < 100) && i !== 50),
    );
  });

  test('all rows go at once, and are counted', () => {
    const table = create(...numbers(300));
    assert.is(table.selectDelete(all(true)), 300);
    assert.is(table.info('size'), 0);
    assert.is(table.selectDelete(all(true)), 0);
    table.insertMany(numbers(10));
    assert.is(table.matchDelete(_), 10);
    assert.is(table.info('size'), 0);
    table.insertMany(numbers(5000));
    assert.is(table.selectDelete([[row($1, _, _), [], [ms.ge($1, 0)]]]), 5000);
    assert.equal(table.tab2list(), []);
    table.insertMany(numbers(20));
    assert.is(table.info('size'), 20);
  });

  test('selectTake() removes rows and returns them whole', () => {
    const table = create(...numbers(2000));
    const taken = table.selectTake(having(2, true));
    assert.equal(
      [...taken].sort((a, b) => Number(a[keypos]) - Number(b[keypos])),
      numbers(2000).filter((one) => one[at(0)] === 2),
    );
    if (ordered) assert.equal(keys(taken), sorted(keys(taken)));
    assert.equal(table.selectTake(having(2, true)), []);
    assert.is(table.info('size'), 2000 - taken.length);
  });

  test('selectReplace() puts results in the place of rows, whatever their size', () => {
    const table = create(...numbers(1000));
    const grown = row($1, 'grown', [$2, $2, $2, $2], { more: $2 });
    assert.is(table.selectReplace([[row($1, 4, $2), [], [grown]]]), 143);
    assert.equal(table.get(4), row(4, 'grown', Array(4).fill('value 4'), { more: 'value 4' }));
    assert.is(table.selectReplace([[row($1, 'grown', _, _), [], [row($1, 'shrunk')]]]), 143);
    assert.equal(table.get(11), row(11, 'shrunk'));
    assert.is(table.selectReplace([[_, [], [$_]]]), 1000);
    const kept: unknown[] = row(ms.element(keypos, $_), 'all');
    const clauses: MatchSpec = [row($1, _), row($1, _, _)].map((head) => [head, [], [kept]] as const);
    assert.is(table.selectReplace(clauses), 1000);
    assert.equal(sorted(keys(table.tab2list())), keys(numbers(1000)));
    assert.ok(table.tab2list().every((one) => one[at(0)] === 'all'));
    assert.is(table.info('size'), 1000);
  });

  test('selectReplace() with a whole row and constant() is a compare-and-swap', () => {
    const old = row(['id', 1], 5, [1, -0, 'x']);
    const table = create(old);
    const swap = (from: unknown[], to: unknown[]) => table.selectReplace([[from, [], [ms.constant(to)]]]);
    assert.is(swap(row(['id', 1], 6, [1, 0, 'x']), row(['id', 1], 7)), 0);
    assert.is(swap(old, row(['id', 1], 6)), 1);
    assert.equal(table.tab2list(), [row(['id', 1], 6)]);
    assert.equal(table.get(['id', 1]), row(['id', 1], 6));
    assert.is(table.delete(['id', 1]), true);
  });

  test('keys whose canonical form is another one stay findable after selectReplace()', () => {
    const odd = [
      -0,
      { b: 1, a: { d: 2, c: 3 } },
      Buffer.from('bytes'),
      new Map([[{ y: 1, x: 2 }, -0]]),
      new Set([3, 1]),
    ];
    const table = create(...odd.map((key, i) => row(key, i)));
    assert.is(
      table.selectReplace([[row($1, $2), [], [row($1, ms.add($2, 10), 'a longer row than before')]]]),
      odd.length,
    );
    odd.forEach((key, i) => assert.equal(table.get(structuredClone(key))?.[at(0)], i + 10));
    assert.is(table.selectReplace([[row($1, $2, _), [], [row($1, $2)]]]), odd.length);
    for (const key of odd) assert.is(table.delete(key), true);
    assert.is(table.info('size'), 0);
  });

  if (!ordered) return;

  test('ranges of keys deliver what a scan would', () => {
    const table = create(
      ...numbers(1000),
      row('text', 1),
      row([1, 'a'], 1),
      row([1, 'b'], 2),
      row([2, 'a'], 3),
    );
    const where = (...guards: unknown[]) => table.select([[row($1, $2, _), guards, [$1]]]);
    assert.equal(where(ms.gt($1, 10), ms.lt($1, 14)), [11, 12, 13]);
    assert.equal(where(ms.andalso(ms.ge($1, 10n), ms.le(12.5, $1)), ms.lt($1, 15)), [13, 14]);
    assert.equal(where(ms.orelse(ms.lt($1, 2), ms.gt($1, 997))), [0, 1, 998, 999]);
    assert.equal(table.select([[row([1, $1], $2), [], [[$1, $2]]]]), [
      ['a', 1],
      ['b', 2],
    ]);
    assert.is(table.selectDelete([[row($1, _, _), [ms.ge($1, 100), ms.lt($1, 900)], [true]]]), 800);
    assert.is(table.info('size'), 204);
    assert.equal(table.selectReverse([[row($1, _, _), [ms.gt($1, 98)], [$1]]], 3)?.results, [999, 998, 997]);
  });
};
