import { ets, type CounterOperation, type Row, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { type Random, seededRandom } from '../support/random.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { BAGS, eachTable, SETS, times } from '../support/variants.js';

/* ets_SUITE: updateElement and updateCounter. */

const { test, beforeEach, afterEach, run } = suite('otp: updates');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** Values of every size and kind that a row can change between. */
const KINDS: readonly unknown[] = [
  undefined,
  null,
  true,
  Symbol.for('atom'),
  Symbol.for('a'.repeat(300)),
  0,
  -7,
  2 ** 31,
  2.5,
  NaN,
  -Infinity,
  0n,
  -1n,
  2n ** 63n,
  -(2n ** 64n),
  3n ** 400n,
  '',
  'text',
  'ü'.repeat(40),
  'x'.repeat(5000),
  Buffer.from('bytes'),
  new Uint8Array(2000),
  new Float64Array([1.5, 2.5]),
  new Date(1e12),
  [],
  [1, [2, [3]]],
  { a: { b: 'c' } },
  new Map<unknown, unknown>([[{ k: 1 }, [1n]]]),
  new Set([1, '1', 1n]),
  new RangeError('of a kind'),
];

test('ets_SUITE: update_element', async () => {
  await eachTable(SETS, (table) => {
    for (const from of KINDS) {
      for (const to of KINDS) {
        table.insert(['key', from, 'between', from]);
        assert.is(table.updateElement('key', 1, to), true);
        assert.is(difference(table.get('key'), ['key', to, 'between', from]), undefined);
        assert.is(
          table.updateElements('key', [
            [3, to],
            [2, from],
            [1, from],
          ]),
          true,
        );
        assert.is(difference(table.get('key'), ['key', from, from, to]), undefined);
      }
    }
    table.insert(['key', 1, 2, 3]);
    // The last value for a position wins; none at all is fine.
    table.updateElements('key', [
      [1, 'a'],
      [1, 'b'],
      [3, 'c'],
      [1, 'd'],
    ]);
    assert.equal(table.get('key'), ['key', 'd', 2, 'c']);
    assert.is(table.updateElements('key', []), true);
    assert.is(table.updateElement('missing', 1, 'x'), false);
    assert.is(table.updateElements('missing', []), false);
    for (const [changes, code] of [
      [[[0, 'key']], 'ERR_ETS_KEYPOS'],
      [
        [
          [1, 'x'],
          [0, 'other'],
        ],
        'ERR_ETS_KEYPOS',
      ],
      [[[4, 'x']], 'ERR_ETS_POSITION'],
      [
        [
          [1, 'x'],
          [-1, 'x'],
        ],
        'ERR_ETS_POSITION',
      ],
      [
        [
          [1, 'x'],
          [1.5, 'x'],
        ],
        'ERR_ETS_BADARG',
      ],
      [[[1, 'x'], [2]], 'ERR_ETS_BADARG'],
      [
        [
          [1, 'x'],
          [2, 'y', 'z'],
        ],
        'ERR_ETS_BADARG',
      ],
      [[[1, 'x'], 'pair'], 'ERR_ETS_BADARG'],
      ['list', 'ERR_ETS_BADARG'],
      [[[1, () => 1]], 'ERR_TERM_UNSUPPORTED'],
    ] as const)
      refuses(() => table.updateElements('key', changes as never), code);
    assert.equal(table.get('key'), ['key', 'd', 2, 'c']);
    assert.is(table.info('size'), 1);
  });
  await eachTable(BAGS, (table) => {
    table.insert(['key', 1]);
    refuses(() => table.updateElement('key', 1, 2), 'ERR_ETS_TABLE_TYPE');
    assert.equal(table.lookup('key'), [['key', 1]]);
  });
  // Any position may be the key's.
  await eachTable(
    SETS,
    (table) => {
      table.insert([1, 'key', 2]);
      assert.is(table.updateElement('key', 0, 'x'), true);
      assert.is(table.updateElement('key', 2, 'y'), true);
      refuses(() => table.updateElement('key', 1, 'key'), 'ERR_ETS_KEYPOS');
      assert.equal(table.get('key'), ['x', 'key', 'y']);
    },
    { keypos: 1 },
  );
});

test('ets_SUITE: update_element_default', async () => {
  await eachTable(SETS, (table) => {
    assert.is(table.updateElement('key', 1, 'value', ['default', 'old', 'more']), true);
    assert.equal(table.get('key'), ['key', 'value', 'more']);
    assert.is(table.updateElement('key', 2, 'x', ['default', 'old', 'more', 'most']), true);
    assert.equal(table.get('key'), ['key', 'value', 'x']);
    assert.is(table.updateElements('empty', [], ['default', 1]), true);
    assert.equal(table.get('empty'), ['empty', 1]);
    refuses(() => table.updateElement('new', 3, 'x', ['default', 1, 2]), 'ERR_ETS_POSITION');
    refuses(() => table.updateElement('new', 0, 'x', ['default', 1, 2]), 'ERR_ETS_KEYPOS');
    refuses(() => table.updateElement('new', 1, 'x', 'default' as never), 'ERR_ETS_BADARG');
    refuses(() => table.updateElement('new', 1, 'x', [] as never), 'ERR_ETS_BADARG');
    // A row that is there is looked at first; the default need not be as long.
    refuses(() => table.updateElement('key', 3, 'x', ['d', 1, 2, 3, 4]), 'ERR_ETS_POSITION');
    assert.is(table.member('new'), false);
    assert.is(table.info('size'), 2);
  });
  await eachTable(
    BAGS,
    (table) => void refuses(() => table.updateElement('key', 1, 2, ['key', 1]), 'ERR_ETS_TABLE_TYPE'),
  );
  await eachTable(
    SETS,
    (table) => {
      refuses(() => table.updateElement('key', 0, 2, ['short']), 'ERR_ETS_BADARG');
      assert.is(table.updateElement('key', 0, 2, [1, 'other']), true);
      assert.equal(table.tab2list(), [[2, 'key']]);
    },
    { keypos: 1 },
  );
});

/** One operation, by its definition. */
function counted(value: bigint, incr: bigint, threshold?: bigint, set?: bigint): bigint {
  const result = value + incr;
  if (threshold === undefined || set === undefined) return result;
  return (incr >= 0n ? result > threshold : result < threshold) ? set : result;
}

function near(random: Random, edge: bigint): bigint {
  return (random.below(2) === 0 ? edge : -edge) + BigInt(random.below(7) - 3);
}

/** Numbers that are small, at the edges of machine words, and beyond. */
const EDGES = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 59n, 2n ** 63n, 2n ** 64n, 2n ** 128n];

/** Random operations on one bigint counter of a row, each against the definition. */
function mimic(table: Table, random: Random): void {
  let value = near(random, random.pick(EDGES));
  table.insert(['key', 'text', value, [1]]);
  for (let i = 0; i < 150; i++) {
    const operations = times(1 + random.below(3), () => {
      const incr = near(random, random.pick(EDGES));
      return random.below(2) === 0
        ? { pos: 2, incr }
        : {
            pos: 2,
            incr,
            threshold: near(random, random.pick(EDGES)),
            set: near(random, random.pick(EDGES)),
          };
    });
    const expected = operations.map((operation) => {
      const { incr, threshold, set } = operation as { incr: bigint; threshold?: bigint; set?: bigint };
      return (value = counted(value, incr, threshold, set));
    });
    const [only] = operations as [CounterOperation];
    if (operations.length === 1) assert.is(table.updateCounter('key', only), expected[0]);
    else assert.equal(table.updateCounter('key', operations), expected);
    assert.equal(table.get('key'), ['key', 'text', value, [1]]);
  }
}

test('ets_SUITE: update_counter', async () => {
  const random = seededRandom('update_counter');
  await eachTable(SETS, (table) => {
    for (const fixed of [false, true]) {
      if (fixed) table.safeFixtable(true);
      mimic(table, random);
      if (fixed) table.safeFixtable(false);
    }
    table.insert(['key', 5, 10n, 'text', 2.5]);
    assert.is(table.updateCounter('key', 3), 8);
    assert.is(table.updateCounter('key', -10), -2);
    assert.is(table.updateCounter('key', { incr: 1, threshold: -1, set: 100 }), -1);
    assert.is(table.updateCounter('key', { incr: 0, threshold: -2, set: 7 }), 7);
    assert.is(table.updateCounter('key', { incr: -1, threshold: 6, set: 0 }), 6);
    assert.is(table.updateCounter('key', { incr: -1, threshold: 6, set: 0 }), 0);
    assert.is(table.updateCounter('key', { pos: 2, incr: 2n ** 70n }), 2n ** 70n + 10n);
    assert.equal(table.updateCounter('key', []), []);
    assert.equal(table.updateCounter('key', [5]), [5]);
    assert.equal(table.updateCounter('key', [1, { pos: 2, incr: -(2n ** 70n) }, { pos: 1, incr: 4 }, -3]), [
      6,
      10n,
      10,
      7,
    ]);
    const before = table.get('key');
    for (const [op, code] of [
      [{ pos: 0, incr: 1 }, 'ERR_ETS_KEYPOS'],
      [{ pos: 5, incr: 1 }, 'ERR_ETS_POSITION'],
      [{ pos: -1, incr: 1 }, 'ERR_ETS_POSITION'],
      [{ pos: 3, incr: 1 }, 'ERR_ETS_BADARG'],
      [{ pos: 4, incr: 1 }, 'ERR_ETS_BADARG'],
      [{ pos: 2, incr: 1 }, 'ERR_ETS_BADARG'],
      [1n, 'ERR_ETS_BADARG'],
      [1.5, 'ERR_ETS_BADARG'],
      ['1', 'ERR_ETS_BADARG'],
      [{ incr: '1' }, 'ERR_ETS_BADARG'],
      [{ incr: 1, threshold: 5 }, 'ERR_ETS_BADARG'],
      [{ incr: 1, threshold: 5, set: 'x' }, 'ERR_ETS_BADARG'],
      [{ incr: 1, threshold: 'x', set: 5 }, 'ERR_ETS_BADARG'],
      [[1, { pos: 3, incr: 1 }], 'ERR_ETS_BADARG'],
      [[1, { pos: 9, incr: 1 }], 'ERR_ETS_POSITION'],
      [[1, 2, Number.MAX_SAFE_INTEGER], 'ERR_ETS_COUNTER_RANGE'],
      [[[1, 1]], 'ERR_ETS_BADARG'],
    ] as const) {
      refuses(() => table.updateCounter('key', op as never), code);
      assert.equal(table.get('key'), before);
    }
    refuses(() => table.updateCounter('missing', 1), 'ERR_ETS_BADKEY');
    refuses(() => table.updateCounter('missing', []), 'ERR_ETS_BADKEY');
  });
  await eachTable(BAGS, (table) => {
    table.insert(['key', 1]);
    refuses(() => table.updateCounter('key', 1), 'ERR_ETS_TABLE_TYPE');
    refuses(() => table.updateCounter('key', 1, ['key', 1]), 'ERR_ETS_TABLE_TYPE');
  });
});

test('ets_SUITE: update_counter_with_default', async () => {
  await eachTable(SETS, (table, { type }) => {
    assert.is(table.updateCounter('foo', 2, ['beaufort', 1]), 3);
    assert.equal(table.tab2list(), [['foo', 3]]);
    assert.is(table.updateCounter('foo', 2, ['beaufort', 1]), 5);
    assert.equal(table.updateCounter('bar', [], ['x', 1, 'more']), []);
    assert.equal(table.get('bar'), ['bar', 1, 'more']);
    assert.equal(
      table.updateCounter(
        'baz',
        [
          { pos: 2, incr: 1n },
          { pos: 1, incr: 5, threshold: 3, set: -5 },
        ],
        ['x', 0, 2n ** 64n],
      ),
      [2n ** 64n + 1n, -5],
    );
    table.insert([1, 10]);
    // In an ordered table the key of the row stays, whichever of its equals was asked for.
    assert.is(table.updateCounter(1n, 1, [0, 100]), type === 'set' ? 101 : 11);
    assert.equal(table.lookup(1), type === 'set' ? [[1, 10]] : [[1, 11]]);
  });
});

test('ets_SUITE: update_counter_with_default_bad_pos', async () => {
  await eachTable(SETS, (table) => {
    for (const [op, code] of [
      [{ pos: 2, incr: 1 }, 'ERR_ETS_POSITION'],
      [{ pos: 0, incr: 1 }, 'ERR_ETS_KEYPOS'],
      [{ pos: -1, incr: 1 }, 'ERR_ETS_POSITION'],
      [[1, { pos: 7, incr: 1 }], 'ERR_ETS_POSITION'],
      [[1, { pos: 1, incr: 1n }], 'ERR_ETS_BADARG'],
      [Number.MAX_SAFE_INTEGER, 'ERR_ETS_COUNTER_RANGE'],
    ] as const) {
      refuses(() => table.updateCounter('key', op as never, ['x', 1]), code);
      assert.equal(table.tab2list(), []);
      assert.is(table.member('key'), false);
    }
    refuses(() => table.updateCounter('key', 1, ['x', 'no counter']), 'ERR_ETS_BADARG');
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: update_counter_with_default_bad_default', async () => {
  await eachTable(
    SETS,
    (table) => {
      for (const row of [null, 5, 'row', {}, [], [1], [1, 2], new Map()])
        refuses(
          () => table.updateCounter('key', { pos: 0, incr: 1 }, row as never),
          'ERR_ETS_BADARG',
          'default',
        );
      refuses(
        () => table.updateCounter('key', { pos: 0, incr: 1 }, [1, 2, 3, () => 1]),
        'ERR_TERM_UNSUPPORTED',
      );
      assert.is(table.info('size'), 0);
      assert.is(table.updateCounter('key', { pos: 0, incr: 1 }, [1, 2, 3]), 2);
      assert.equal(table.tab2list(), [[2, 2, 'key']]);
      // Also when the row is there and the default row is not needed.
      refuses(() => table.updateCounter('key', { pos: 0, incr: 1 }, [1] as Row), 'ERR_ETS_BADARG', 'default');
      assert.equal(table.tab2list(), [[2, 2, 'key']]);
    },
    { keypos: 2 },
  );
});

run();
