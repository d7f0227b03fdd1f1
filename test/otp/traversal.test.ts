import { _, $1, ets, type Row, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { seededRandom } from '../support/random.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { eachTable, HASHES, SETS, times, TYPES, unordered } from '../support/variants.js';

/* ets_SUITE: from key to key, slots, folds, ordered tables. */

const { test, beforeEach, afterEach, run } = suite('otp: traversal');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** The keys as `first` and `next` give them. */
function forward(table: Table): unknown[] {
  const keys: unknown[] = [];
  for (let key = table.first(); key !== undefined; key = table.next(key)) keys.push(key);
  return keys;
}

function backward(table: Table): unknown[] {
  const keys: unknown[] = [];
  for (let key = table.last(); key !== undefined; key = table.prev(key)) keys.push(key);
  return keys;
}

test('ets_SUITE: firstnext', async () => {
  await eachTable(TYPES, (table, { type }) => {
    for (const at of [table.first(), table.last()]) assert.is(at, undefined);
    const keys = times(1000, (i) => i);
    table.insertMany(keys.map((key) => [key, 'foo']));
    if (table.info('type') === 'duplicate_bag') table.insertMany(keys.map((key) => [key, 'foo']));
    const met = forward(table);
    if (type === 'ordered_set') {
      assert.equal(met, keys);
      assert.equal(backward(table), [...keys].reverse());
      assert.is(table.next(499.5), 500);
      assert.is(table.next('a string'), undefined);
      assert.is(table.prev('a string'), 999);
      assert.is(table.prev(-1), undefined);
    } else {
      assert.equal(
        met.sort((a, b) => Number(a) - Number(b)),
        keys,
      );
      assert.is(table.last(), table.first());
      assert.equal(new Set(backward(table)).size, 1000);
      for (const key of [1000, '1', 1n, null]) {
        refuses(() => table.next(key), 'ERR_ETS_BADARG');
        refuses(() => table.prev(key), 'ERR_ETS_BADARG');
      }
    }
    refuses(() => table.next(undefined), 'ERR_ETS_BADARG');
    table.drop();
    refuses(() => table.first(), 'ERR_ETS_ID');
    refuses(() => table.next(1), 'ERR_ETS_ID');
  });
});

test('ets_SUITE: firstnext_lookup', async () => {
  await eachTable(TYPES, (table, { type }) => {
    assert.is(table.firstLookup(), undefined);
    assert.is(table.lastLookup(), undefined);
    table.insertMany(times(300, (i): Row => [i, 'one']));
    table.insertMany(times(300, (i): Row => [i, 'two']));
    const keys: unknown[] = [];
    for (let at = table.firstLookup(); at !== undefined; at = table.nextLookup(at.key)) {
      assert.equal(at.rows, table.lookup(at.key));
      keys.push(at.key);
    }
    assert.equal(keys, forward(table));
    const back: unknown[] = [];
    for (let at = table.lastLookup(); at !== undefined; at = table.prevLookup(at.key)) {
      assert.equal(at.rows, table.lookup(at.key));
      back.push(at.key);
    }
    assert.equal(back, backward(table));
    // One can go on with the other form.
    assert.equal(table.nextLookup(table.first())?.key, table.next(table.first()));
    if (type === 'ordered_set') {
      assert.equal(table.nextLookup(7.5), { key: 8, rows: [[8, 'two']] });
      assert.equal(table.prevLookup(7n), { key: 6, rows: [[6, 'two']] });
      assert.is(table.nextLookup(299), undefined);
    } else {
      refuses(() => table.nextLookup(1000), 'ERR_ETS_BADARG');
      refuses(() => table.prevLookup(1000), 'ERR_ETS_BADARG');
    }
    table.drop();
    refuses(() => table.firstLookup(), 'ERR_ETS_ID');
  });
});

test('ets_SUITE: slot', async () => {
  await eachTable(TYPES, (table) => {
    const rows = times(1000, (i): Row => [i, `value ${i}`]);
    table.insertMany(rows);
    const met: Row[] = [];
    let index = 0;
    for (let slot = table.slot(0); slot !== undefined; slot = table.slot(++index)) met.push(...slot);
    assert.equal(
      met.sort((a, b) => Number(a[0]) - Number(b[0])),
      rows,
    );
    refuses(() => table.slot(index + 1), 'ERR_ETS_BADARG');
    for (const bad of [-1, 0.5, '0', 2 ** 60, undefined])
      refuses(() => table.slot(bad as number), 'ERR_ETS_BADARG');
  });
});

test('ets_SUITE: fixtable_next', async () => {
  await eachTable(TYPES, (table) => {
    const keys = times(1000, (i) => i);
    table.insertMany(keys.map((key) => [key, key]));
    table.safeFixtable(true);
    const met: unknown[] = [];
    for (let key = table.first(); key !== undefined; key = table.next(key)) {
      table.delete(key);
      met.push(key);
    }
    assert.equal(
      met.sort((a, b) => Number(a) - Number(b)),
      keys,
    );
    assert.is(table.info('size'), 0);
    assert.is(table.first(), undefined);
    table.safeFixtable(false);
    assert.is(table.first(), undefined);
    if (table.info('type') !== 'ordered_set') refuses(() => table.next(5), 'ERR_ETS_BADARG');
  });
});

test('ets_SUITE: ordered', async () => {
  await eachTable(['ordered_set'], (table) => {
    const random = seededRandom('ordered');
    const keys: unknown[] = [
      ...times(500, (i) => i / 2 - 100),
      ...times(50, (i) => 2n ** BigInt(i + 60)),
      ...['a', 'ab', 'b', 'ä', '', 'z\u{10ffff}'],
      ...[null, false, true, Symbol.for('foo'), Symbol.for('')],
      ...[[], [1], [1, 'x'], [2], ['x']],
      ...[{}, { a: 1 }, { a: 2 }, { b: 1 }, { a: 1, b: 1 }],
      ...[new Date(0), new Date(1), new Set(), new Set([1]), Buffer.from(''), Buffer.from('a')],
    ];
    const rows = keys.map((key): Row => [key, random.below(1000)]);
    for (const row of [...rows].sort(() => random.below(3) - 1)) table.insert(row);
    const sorted = forward(table);
    assert.is(sorted.length, keys.length);
    assert.equal(backward(table), [...sorted].reverse());
    // number < atom < Date < object < Set < array < string < binary.
    const rank = (key: unknown): number => {
      if (typeof key === 'number' || typeof key === 'bigint') return 0;
      if (typeof key === 'symbol' || typeof key === 'boolean' || key === null) return 1;
      if (typeof key === 'string') return 6;
      if (key instanceof Date) return 2;
      if (Buffer.isBuffer(key)) return 7;
      return Array.isArray(key) ? 5 : key instanceof Set ? 4 : 3;
    };
    for (const [i, key] of sorted.entries()) {
      const before = sorted[i - 1];
      if (i === 0) continue;
      assert.ok(rank(before) <= rank(key), `${String(before)} before ${String(key)}`);
      if (rank(key) === 0) assert.ok((before as number) < (key as number));
      assert.is(table.slot(i)?.[0]?.[1], table.lookupElement(key, 1));
    }
    // 1 and 1n are one key, and the row that was stored last is the row.
    const size = table.info('size');
    table.insert([1n, 'bigint']);
    assert.is(table.info('size'), size);
    assert.equal(table.lookup(1), [[1n, 'bigint']]);
    for (const key of [...keys].sort(() => random.below(3) - 1)) assert.is(table.delete(key), true);
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: ordered_match', async () => {
  await eachTable(['ordered_set'], (table) => {
    const keys = [5, -3, 12, 7n, 0, 'b', 'a', ['x', 1], ['x', 0], ['w', 9]];
    for (const key of keys) table.insert([key, 'v']);
    const sorted = [-3, 0, 5, 7n, 12, ['w', 9], ['x', 0], ['x', 1], 'a', 'b'];
    assert.equal(
      table.match([$1, 'v']),
      sorted.map((key) => [key]),
    );
    assert.equal(
      table.matchObject(_),
      sorted.map((key) => [key, 'v']),
    );
    assert.equal(table.match([['x', $1], _]), [[0], [1]]);
    assert.equal(table.selectReverse([[[$1, _], [], [$1]]]), [...sorted].reverse());
    // Patterns are exact where keys are not.
    assert.equal(table.match([7, $1]), []);
    assert.equal(table.match([7n, $1]), [['v']]);
    assert.equal(table.lookup(7), [[7n, 'v']]);
  });
});

/** What `act` gives, or the code of what it throws. */
function outcome(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

test('ets_SUITE: interface_equality', async () => {
  const calls: Readonly<Record<string, (table: Table) => unknown>> = {
    insertBad: (t) => t.insert([] as never),
    insertManyBad: (t) => t.insertMany([['a'], 'b' as never]),
    insertNew: (t) => t.insertNew([33, 'new']),
    insertNewMany: (t) => t.insertNewMany([[34], [33]]),
    lookup: (t) => t.lookup(33),
    lookupMissing: (t) => t.lookup('missing'),
    lookupElement: (t) => t.lookupElement(33, 1),
    lookupElementMissing: (t) => t.lookupElement('missing', 1),
    lookupElementBeyond: (t) => t.lookupElement(33, 2),
    lookupElementKeypos: (t) => t.lookupElement(33, 0),
    member: (t) => [t.member(33), t.member(1000)],
    updateCounter: (t) => t.updateCounter(33, 1),
    updateCounterKeypos: (t) => t.updateCounter(33, { pos: 0, incr: 1 }),
    updateCounterMissing: (t) => t.updateCounter('missing', 1),
    updateElement: (t) => [t.updateElement(33, 1, 'x'), t.updateElement('missing', 1, 'x')],
    updateElementBeyond: (t) => t.updateElement(33, 7, 'x'),
    take: (t) => [t.take(40), t.take(40)],
    delete: (t) => [t.delete(41), t.delete(41)],
    deleteObject: (t) => [t.deleteObject([42, 42]), t.deleteObject([42, 42]), t.deleteObject([43, 'other'])],
    match: (t) => unordered(t.match([$1, _])),
    matchBound: (t) => t.match([50, $1]),
    matchObject: (t) => t.matchObject([50, _]),
    selectBad: (t) => t.select([[_, []]] as never),
    selectCount: (t) => t.selectCount([[[_, $1], [], [true]]]),
    selectDelete: (t) => t.selectDelete([[[50, _], [], [true]]]),
    matchDelete: (t) => t.matchDelete([51, _]),
    limitZero: (t) => t.select([[_, [], [true]]], 0),
    firstOfAll: (t) => typeof t.first(),
    safeFixtable: (t) => [t.safeFixtable(true), t.info('fixed'), t.safeFixtable(false), t.info('fixed')],
    safeFixtableBad: (t) => t.safeFixtable(1 as never),
    foldl: (t) => t.foldl(([key], sum: number) => sum + Number(key), 0),
    foldr: (t) => t.foldr(([key], sum: number) => sum + Number(key), 0),
    infoBad: (t) => t.info('nothing' as never),
    size: (t) => t.info('size'),
    tab2list: (t) => unordered(t.tab2list()),
    deleteAllObjects: (t) => [t.deleteAllObjects(), t.info('size'), t.first(), t.tab2list()],
    rename: (t) => [t.rename('other'), t.name],
    drop: (t) => t.drop(),
    afterwards: (t) => t.lookup(33),
    infoAfterwards: (t) => t.info(),
  };
  for (const access of ['public', 'protected', 'private'] as const) {
    const [set, ordered] = SETS.map((type) => {
      const table = ets.new('t', { type, access });
      table.insertMany(times(100, (i): Row => [i, i]));
      return table;
    }) as [Table, Table];
    for (const [name, call] of Object.entries(calls))
      assert.equal(
        outcome(() => call(set)),
        outcome(() => call(ordered)),
        `${name} of a ${access} table`,
      );
  }
});

test('ets_SUITE: foldl', async () => {
  await eachTable(TYPES, (table) => {
    const rows = times(500, (i): Row => [i, i]);
    table.insertMany(rows);
    const met = table.foldl((row, list: Row[]) => [...list, row], []);
    assert.equal(unordered(met), unordered(rows));
    assert.is(table.info('fixed'), false);
  });
});

test('ets_SUITE: foldr', async () => {
  await eachTable(TYPES, (table) => {
    const rows = times(500, (i): Row => [i, i]);
    table.insertMany(rows);
    const met = table.foldr((row, list: Row[]) => [...list, row], []);
    assert.equal(unordered(met), unordered(rows));
    assert.is(table.info('fixed'), false);
  });
});

test('ets_SUITE: foldl_ordered', async () => {
  await eachTable(['ordered_set'], (table) => {
    for (const key of [5, 3, 9, 'b', 1, 'a', 7n]) table.insert([key]);
    assert.equal(
      table.foldl(([key], keys: unknown[]) => [...keys, key], []),
      [1, 3, 5, 7n, 9, 'a', 'b'],
    );
    // What is inserted ahead is met, as in OTP.
    assert.is(
      table.foldl(([key], met: number) => {
        if (typeof key === 'number' && key < 50) table.insert([key + 10]);
        return met + 1;
      }, 0),
      table.info('size'),
    );
  });
});

test('ets_SUITE: foldr_ordered', async () => {
  await eachTable(['ordered_set'], (table) => {
    for (const key of [5, 3, 9, 'b', 1, 'a', 7n]) table.insert([key]);
    assert.equal(
      table.foldr(([key], keys: unknown[]) => [...keys, key], []),
      ['b', 'a', 9, 7n, 5, 3, 1],
    );
  });
});

test('ets_SUITE: fold_empty', async () => {
  await eachTable(TYPES, (table) => {
    const never = (): never => {
      throw new Error('there is no row');
    };
    assert.equal(table.foldl(never, []), []);
    assert.equal(table.foldr(never, 'as it was'), 'as it was');
  });
});

test('ets_SUITE: fold_badarg', async () => {
  await eachTable(TYPES, (table) => {
    table.insert(['key']);
    for (const fn of [undefined, null, 'fn', {}]) {
      refuses(() => table.foldl(fn as never, 0), 'ERR_ETS_BADARG', 'fn');
      refuses(() => table.foldr(fn as never, 0), 'ERR_ETS_BADARG', 'fn');
    }
    const thrown = new Error('from the function');
    assert.throws(
      () =>
        table.foldl(() => {
          throw thrown;
        }, 0),
      (error: unknown) => error === thrown,
    );
    assert.is(table.info('fixed'), false);
    table.drop();
    refuses(() => table.foldl((_row, n: number) => n, 0), 'ERR_ETS_ID');
    refuses(() => table.foldr((_row, n: number) => n, 0), 'ERR_ETS_ID');
  });
});

test('ets_SUITE: grow_shrink', async () => {
  await eachTable(TYPES, (table) => {
    const live = new Set<number>();
    // More comes than goes, until all of it goes.
    for (let lap = 0, next = 0; lap < 10; lap++) {
      for (let i = 0; i < 3071; i++, next++) {
        table.insert([next, { n: next }]);
        live.add(next);
      }
      let gone = 0;
      for (const key of live) {
        if (gone++ === 3000) break;
        assert.is(table.delete(key), true);
        live.delete(key);
      }
      assert.is(table.info('size'), live.size);
    }
    for (const key of live) assert.equal(table.lookup(key), [[key, { n: key }]]);
    assert.equal(new Set(table.keys()), live);
    for (const key of live) table.delete(key);
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: update_counter_table_growth', async () => {
  await eachTable(SETS, (table) => {
    for (let i = 0; i < 5000; i++) assert.is(table.updateCounter(i, 1, [0, 10]), 11);
    assert.is(table.info('size'), 5000);
    for (let i = 0; i < 5000; i++) assert.is(table.updateCounter(i, 1, [0, 10]), 12);
    assert.is(new Set(table.keys()).size, 5000);
    if (table.info('type') === 'set') {
      const stats = table.info('stats');
      assert.ok(stats !== undefined && 'buckets' in stats && stats.buckets >= 1000);
    }
  });
  await eachTable(HASHES, (table) => {
    table.insertMany(times(5000, (i): Row => [i]));
    const stats = table.info('stats');
    assert.ok(stats !== undefined && 'maxChain' in stats && stats.maxChain < 100);
  });
});

run();
