import { ets, type Row, type Table, type TableType } from 'termstore';
import * as assert from 'uvu/assert';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

/* Elements of the arrays that a call is given may be getters, and a getter may use tables itself. */

const { test, beforeEach, afterEach, run } = suite('user code among arguments');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** `array` with a getter at `index` that makes requests of its own: short ones, such that fit, and large ones. */
function meddling<T extends unknown[]>(array: T, index: number, other: Table): T {
  const value: unknown = array[index];
  const get = (): unknown => {
    other.insert(['abc', { long: 'x'.repeat(100), list: [1, 2, 3] }]);
    other.lookup('abc');
    return value;
  };
  return Object.defineProperty(array, index, { get, enumerable: true, configurable: true });
}

/** A key that is another one each time it is read. */
function restless(): { readonly n: number } {
  let n = 0;
  return {
    get n() {
      return n++;
    },
  };
}

const types: TableType[] = ['set', 'ordered_set', 'bag', 'duplicate_bag'];
const big = 'y'.repeat(70_000);

for (const type of types) {
  test(`a getter among the rows of insertMany may use tables (${type})`, () => {
    using other = ets.new('other');
    using table = ets.new('t', { type });
    const rows = (): Row[] => [
      ['a', { x: 1 }],
      ['b', { x: 2 }, big],
      ['c', { x: 3 }],
    ];
    const expected = rows().sort();
    for (const i of [0, 1, 2]) {
      table.deleteAllObjects();
      table.insertMany(meddling(rows(), i, other));
      assert.equal(table.tab2list().sort(), expected);
      for (const j of [0, 1]) {
        const given = rows();
        given[i] = meddling([...(given[i] as Row)], j, other);
        table.deleteAllObjects();
        assert.ok(table.insertNewMany(given));
        assert.equal(table.tab2list().sort(), expected);
        for (const key of ['a', 'b', 'c']) assert.ok(table.member(key), key);
      }
    }
  });
}

for (const type of ['set', 'ordered_set'] as const) {
  test(`a getter in a default row or among changes may use tables (${type})`, () => {
    using other = ets.new('other');
    using table = ets.new('t', { type });
    const fallback = (): Row => meddling(['?', 5, { x: 1 }], 1, other);
    assert.is(table.updateCounter('key', 1, fallback()), 6);
    assert.equal(table.tab2list(), [['key', 6, { x: 1 }]]);
    table.deleteAllObjects();
    assert.equal(table.updateCounter('key', [{ pos: 1, incr: 1 }], fallback()), [6]);
    assert.equal(table.get('key'), ['key', 6, { x: 1 }]);
    table.deleteAllObjects();
    assert.ok(table.updateElement('key', 2, big, fallback()));
    assert.equal(table.get('key'), ['key', 5, big]);

    const changes = (): [number, unknown][] => [
      [1, 'one'],
      [2, { two: 2 }],
    ];
    assert.ok(table.updateElements('key', meddling(changes(), 1, other)));
    assert.equal(table.get('key'), ['key', 'one', { two: 2 }]);
    const [first, second] = changes() as [[number, unknown], [number, unknown]];
    assert.ok(table.updateElements('key', [second, meddling(first, 1, other)]));
    assert.equal(table.tab2list(), [['key', 'one', { two: 2 }]]);
  });

  test(`a key that is another one at each look makes no row of a default one (${type})`, () => {
    using table = ets.new('t', { type });
    assert.throws(() => table.updateCounter(restless(), 1, ['?', 0]));
    assert.throws(() => table.updateElement(restless(), 1, 'x', ['?', 0]));
    assert.equal(table.tab2list(), []);
  });
}

test('rows of every kind come in one insertMany as they come one by one', () => {
  const plain = (i: number): Row[] => [
    [i, i],
    [`s${i}`, -i, 0.5, true],
    [`n${i}`, null, false, 2 ** 31],
    [`z${i}`, -0, NaN],
    [`ü${i}`, 'ä'],
    [`l${i}`, 'x'.repeat(33 + (i % 7)), 'x'.repeat(32)],
    [`a${i}`, [1], { i }],
    [`e${i}`, undefined],
    [i + 0.25],
    [BigInt(i), 1, 2, 3, 4],
  ];
  const rows = Array.from({ length: 1500 }, (_, i) => plain(i)).flat();
  using other = ets.new('other');
  for (const type of types) {
    using many = ets.new('many', { type });
    using single = ets.new('single', { type });
    // Between rows that are read without a look at what they might do.
    const given = rows.map((row, i) => (i % 997 === 5 ? meddling([...row], i % 2, other) : row));
    many.insertMany(given);
    for (const row of rows) single.insert(row);
    const inOrder = (table: Table) =>
      table
        .tab2list()
        .map((row) => JSON.stringify(row, textOf))
        .sort();
    assert.equal(inOrder(many), inOrder(single));
    assert.is(
      JSON.stringify(many.lookupElement('z7', 1), textOf),
      JSON.stringify(single.lookupElement('z7', 1), textOf),
    );
  }
});

function textOf(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : (value ?? String(value));
}

run();
