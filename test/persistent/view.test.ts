import { viewCounts } from '#dist/term/view-memory.js';
import assertNode from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import { fc } from '../support/property.js';
import { ets, persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';
import { anyTerm, difference } from '../support/terms.js';

const { test, afterEach, run } = suite('views of persistent terms');
afterEach(() => {
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});

function viewOf<T>(value: T): T {
  // An equal term that is there stays, and equal does not mean the same: -0 equals 0.
  persistentTerm.erase('k');
  persistentTerm.put('k', value);
  return persistentTerm.view<T>('k');
}

function decodedBy(action: () => unknown): number {
  const before = viewCounts.decoded;
  action();
  return viewCounts.decoded - before;
}

/** As many names, keys or elements as give a container an index. */
const MANY = 1000;
const numbers = Array.from({ length: MANY }, (_, i) => i);
const dict = Object.fromEntries(numbers.map((i) => [`name ${i}`, { i }]));

test('a view equals the value, in both directions and for every kind of term', () => {
  fc.assert(
    fc.property(anyTerm, (value) => {
      const view = viewOf(value);
      const plain = persistentTerm.get('k');
      assert.is(difference(view, value), undefined);
      // Not always true: an invalid date in a Set equals no other for Node.
      const equal = isDeepStrictEqual(value, plain);
      assert.is(isDeepStrictEqual(view, value), equal);
      assert.is(isDeepStrictEqual(value, viewOf(value)), equal);
    }),
    { numRuns: 500 },
  );
});

test('equality alone, before anything else was touched, holds in both directions', () => {
  const make = (): unknown => ({
    list: [1, [2], { a: 'x' }],
    map: new Map<unknown, unknown>([
      ['k', { deep: new Set([1]) }],
      [{ composite: 1 }, 2],
    ]),
    set: new Set<unknown>(['a', [1]]),
    date: new Date(5),
    bytes: new Uint8Array([1]),
  });
  for (const compare of [
    (a: unknown, b: unknown) => assertNode.deepStrictEqual(a, b),
    (a: unknown, b: unknown) => assertNode.deepEqual(a, b),
    (a: unknown, b: unknown) => assert.equal(a, b),
  ]) {
    compare(viewOf(make()), make());
    compare(make(), viewOf(make()));
    assertNode.throws(() => compare(persistentTerm.view('k'), { ...(make() as object), list: [1] }));
  }
  const { map } = viewOf({ map: new Map([['k', 1]]) });
  assertNode.deepStrictEqual(map, new Map([['k', 1]]));
  assertNode.throws(() => assertNode.deepStrictEqual(map, new Map([['k', 2]])));
});

test('it is the same object while the term stays, and so is everything in it', () => {
  const view = viewOf({ a: { b: [1, { c: 1 }] }, m: new Map([['x', { y: 1 }]]), d: new Date(1) });
  assert.is(persistentTerm.view('k'), view);
  assert.is(view.a, view.a);
  assert.is(view.a.b[1], view.a.b[1]);
  assert.is(view.d, view.d);
  const inMap = view.m.get('x');
  assert.is([...view.m.values()][0], inMap);
  assert.is(view.m.get('x'), inMap);
  persistentTerm.put('other', {});
  persistentTerm.put('k', { a: { b: [1, { c: 1 }] }, m: new Map([['x', { y: 1 }]]), d: new Date(1) });
  assert.is(persistentTerm.view('k'), view);
  const composite = { key: [1] };
  persistentTerm.put(composite, { v: 1 });
  assert.is(persistentTerm.view({ key: [1] }), persistentTerm.view(composite));
});

test('an access decodes what it touches and nothing else, once', () => {
  const view = viewOf({
    dict,
    list: numbers.map(String),
    map: new Map(numbers.map((i) => [`k${i}`, `v${i}`])),
  });
  // Its three names, and nothing of what they stand for.
  assert.is(
    decodedBy(() => view.dict),
    3,
  );
  assert.is(
    decodedBy(() => assert.is(view.dict['name 777']?.i, 777)),
    1,
  );
  assert.is(
    decodedBy(() => assert.is(view.dict['nobody'], undefined)),
    0,
  );
  assert.is(
    decodedBy(() => assert.is('name 5' in view.dict, true)),
    0,
  );
  assert.is(
    decodedBy(() => assert.is(view.list[500], '500')),
    1,
  );
  assert.is(
    decodedBy(() => assert.is(view.list[500], '500')),
    0,
  );
  assert.is(
    decodedBy(() => assert.is(view.list.length, MANY)),
    0,
  );
  assert.is(
    decodedBy(() => assert.is(view.map.size, MANY)),
    0,
  );
  assert.is(
    decodedBy(() => assert.is(view.map.get('k3'), 'v3')),
    1,
  );
  assert.is(
    decodedBy(() => assert.is(view.map.has('k4'), true)),
    0,
  );
  assert.is(
    decodedBy(() => assert.is(view.map.has('v4'), false)),
    0,
  );
  assert.is(
    decodedBy(() => assert.is([...view.map].length, MANY)),
    2 * MANY - 1,
  );
  assert.is(
    decodedBy(() => assert.is([...view.map].length, MANY)),
    0,
  );
});

test('every name, key and element of big containers is found, and nothing else', () => {
  const scalars: unknown[] = [
    ...numbers,
    ...numbers.map((i) => i + 0.5),
    ...numbers.map((i) => BigInt(i)),
    ...numbers.map((i) => `s${i} ${'é'.repeat(i % 70)}`),
    ...[NaN, Infinity, 2n ** 90n, null, undefined, true, Symbol.for('x'), 'x'.repeat(70_000), '\ud800'],
  ];
  const view = viewOf({
    map: new Map(scalars.map((key, i) => [key, i])),
    set: new Set(scalars),
    dict: Object.fromEntries(scalars.map((key, i) => [String(key), i])),
  });
  const byName = Object.fromEntries(scalars.map((key, i) => [String(key), i]));
  scalars.forEach((key, i) => {
    assert.is(view.map.get(key), i);
    assert.is(view.set.has(key), true);
    assert.is(view.dict[String(key)], byName[String(key)]);
  });
  assert.is(view.map.get(-0), 0);
  for (const key of [-1, 0.25, -5n, 's', '', Symbol('x'), Symbol.for('y'), {}, [], () => 0, false]) {
    assert.is(view.map.get(key), undefined);
    assert.is(view.set.has(key), false);
  }
  for (const name of ['length', 'toString', '__proto__', 's', '\ud801'])
    assert.is(Object.hasOwn(view.dict, name), false);
  assert.is('toString' in view.dict, true);
});

test('objects with odd names are as the plain ones', () => {
  const odd = JSON.parse(
    '{"__proto__": 1, "constructor": {"a": 2}, "": 3, "10": 4, "2": 5, "length": 6}',
  ) as object;
  for (let sighting = 0; sighting < 4; sighting++) {
    persistentTerm.erase('k');
    const view = viewOf(odd);
    assert.equal(Object.keys(view), Object.keys(odd));
    assert.is(JSON.stringify(view), JSON.stringify(odd));
    assertNode.deepStrictEqual({ ...view }, { ...odd });
    assertNode.deepStrictEqual(view, odd);
    assert.is(Object.getPrototypeOf(view), Object.prototype);
  }
});

test('arrays are arrays to everything that reads', () => {
  const plain = [3, 'x', [1, [2]], { a: 1 }, null];
  const view = viewOf(plain);
  assert.ok(Array.isArray(view));
  assert.ok(view instanceof Array);
  assert.is(view.length, 5);
  assert.equal(Object.keys(view), ['0', '1', '2', '3', '4']);
  assert.equal([...view.entries()], [...plain.entries()]);
  assert.equal([0].concat(view as never[]), [0, ...(plain as never[])]);
  assert.equal(view.flat(), plain.flat());
  assert.equal(view.slice(1, 3), plain.slice(1, 3));
  assert.equal(
    view.map((item) => item),
    plain,
  );
  assert.equal(
    view.filter((item) => item !== null),
    plain.slice(0, 4),
  );
  assert.is(view.at(-2), view[3]);
  assert.ok(view.includes('x') && view.includes(view[2] as never));
  assert.is(view.indexOf(3), 0);
  assert.equal([...view].reverse(), [...plain].reverse());
  assert.equal(Array.from(view), plain);
  assert.is(2 in view, true);
  assert.is(5 in view, false);
  for (const name of ['5', '-1', '01', '1.0', '4294967296', ' 1', ''])
    assert.is(Object.hasOwn(view, name), false);
  assert.is(JSON.stringify(view), JSON.stringify(plain));
});

test('objects are objects to everything that reads', () => {
  const plain = { a: 1, b: { c: [1] }, d: undefined, e: 'text' };
  const view = viewOf(plain);
  assert.equal(Object.entries(view), Object.entries(plain));
  assert.equal(Object.assign({}, view), plain);
  const { a, ...rest } = view;
  assert.is(a, 1);
  assert.equal(rest, { b: { c: [1] }, d: undefined, e: 'text' });
  assert.ok('d' in view && !('z' in view) && 'toString' in view);
  const seen: string[] = [];
  for (const name in view) seen.push(name);
  assert.equal(seen, ['a', 'b', 'd', 'e']);
  assert.is(JSON.stringify(view), JSON.stringify(plain));
  assert.is(Object.prototype.toString.call(view), '[object Object]');
  assert.is(inspect(view, { depth: 9 }), inspect(plain, { depth: 9 }));
});

test('Maps and Sets are Maps and Sets to everything that reads', () => {
  const map = new Map<unknown, unknown>([
    ['a', 1],
    [2n, { b: 1 }],
  ]);
  const set = new Set<unknown>(['a', 1n, [1]]);
  const fresh = (): { map: typeof map; set: typeof set } => {
    persistentTerm.erase('k');
    return viewOf({ map, set });
  };
  assert.ok(fresh().map instanceof Map && fresh().set instanceof Set);
  assert.equal([...fresh().map], [...map]);
  assert.equal([...fresh().set], [...set]);
  assert.equal(new Map(fresh().map), map);
  assert.equal(new Set(fresh().set), set);
  assert.equal([...fresh().map.keys()], ['a', 2n]);
  assert.equal([...fresh().map.values()], [1, { b: 1 }]);
  const seen: unknown[] = [];
  fresh().map.forEach((value, key) => seen.push(key, value));
  assert.equal(seen, ['a', 1, 2n, { b: 1 }]);
  assert.is(Object.prototype.toString.call(fresh().map), '[object Map]');
  assert.is(inspect(fresh().map), inspect(map));
  assert.is(inspect(fresh().set), inspect(set));
  const { set: elements } = fresh();
  const composite = [...elements][2];
  assert.is(elements.has(composite), true);
  assert.is(elements.has([1]), false);
});

test('a view cannot be changed in any way', () => {
  'use strict';
  const view = viewOf({ a: 1, list: [1, 2], m: new Map([['x', 1]]), s: new Set([1]), d: new Date(0) }) as {
    a?: number;
    b?: number;
    list: number[];
    m: Map<string, number>;
    s: Set<number>;
    d: Date;
  };
  const changes: (() => unknown)[] = [
    () => (view.a = 2),
    () => (view.b = 2),
    () => delete view.a,
    () => Object.defineProperty(view, 'a', { value: 2 }),
    () => Object.defineProperty(view, 'b', { value: 2 }),
    () => Object.setPrototypeOf(view, null) as unknown,
    () => (view.list[0] = 5),
    () => view.list.push(5),
    () => view.list.sort(),
    () => view.list.pop(),
    () => (view.list.length = 0),
    () => Reflect.deleteProperty(view.list, 0) || view.list.pop(),
    () => Object.setPrototypeOf(view.list, null) as unknown,
    () => view.m.set('x', 2),
    () => view.m.delete('x'),
    () => view.m.clear(),
    () => ((view.m as unknown as { extra: number }).extra = 1),
    () => Object.setPrototypeOf(view.m, null) as unknown,
    () => view.s.add(2),
    () => view.s.delete(1),
    () => view.s.clear(),
    () => view.d.setTime(1),
  ];
  for (const frozen of [false, true]) {
    if (frozen) for (const part of [view, view.list, view.m, view.s]) Object.freeze(part);
    for (const change of changes) assert.throws(change, (error: unknown) => error instanceof TypeError);
  }
  assert.equal(view, { a: 1, list: [1, 2], m: new Map([['x', 1]]), s: new Set([1]), d: new Date(0) });
});

test('a view is frozen for those who ask, with the objects that it had before', () => {
  const view = viewOf({ a: { b: 1 }, list: [{ c: 1 }], m: new Map() });
  const { a } = view;
  for (const part of [view, view.list, view.m]) {
    assert.ok(Object.isFrozen(part));
    assert.not.ok(Object.isExtensible(part));
    assert.is(Object.freeze(part), part);
  }
  assert.is(view.a, a);
  assert.equal(Object.keys(view), ['a', 'list', 'm']);
  assert.is(view.list.length, 1);
  assert.equal(Object.getOwnPropertyDescriptor(view, 'a'), {
    value: a,
    writable: false,
    enumerable: true,
    configurable: false,
  });
  assertNode.deepStrictEqual(view, { a: { b: 1 }, list: [{ c: 1 }], m: new Map() });
});

test('scalars, strings, bytes, dates and errors are those of get()', () => {
  for (const value of [
    1,
    'x',
    null,
    undefined,
    5n,
    true,
    Symbol.for('s'),
    new Date(1),
    new Uint8Array([1]),
  ]) {
    const view = viewOf(value);
    assert.equal(view, value);
    assert.is(persistentTerm.view('k'), persistentTerm.get('k'));
  }
  const { error } = viewOf({ error: new TypeError('no', { cause: { a: [1] } }) });
  assert.ok(error instanceof TypeError);
  assert.equal(error.cause, { a: [1] });
});

test('a missing key is as with get()', () => {
  refuses(() => persistentTerm.view('k'), 'ERR_PERSISTENT_TERM_BADKEY', 'persistentTerm.view');
  assert.is(persistentTerm.view('k', 7), 7);
  assert.is(persistentTerm.view('k', undefined), undefined);
  refuses(() => persistentTerm.view(undefined), 'ERR_TERM_UNSUPPORTED', /key: undefined/);
  persistentTerm.put('k', [1]);
  persistentTerm.view('k');
  persistentTerm.erase('k');
  assert.is(persistentTerm.view('k', 7), 7);
});

test('a view stays what it was after put and erase, and the next one is new', () => {
  const first = viewOf({ dict, tail: [1] });
  persistentTerm.put('k', { other: [2] });
  assert.equal(persistentTerm.view('k'), { other: [2] });
  assert.is(first.dict['name 9']?.i, 9);
  persistentTerm.erase('k');
  assert.is(first.dict['name 99']?.i, 99);
  assertNode.deepStrictEqual(first, { dict, tail: [1] });
  persistentTerm.put('k', 'a scalar');
  assert.is(persistentTerm.view('k'), 'a scalar');
  persistentTerm.put('k', ['a container again']);
  assert.equal(persistentTerm.view('k'), ['a container again']);
});

test('a view is neither stored nor cloned as something that it is not', () => {
  const table = ets.new('views', {});
  const view = viewOf({ a: [1], m: new Map([['x', 1]]), s: new Set([1]) });
  for (const part of [view, view.a, view.m, view.s]) {
    refuses(() => table.insert([1, part]), 'ERR_TERM_UNSUPPORTED');
    refuses(() => persistentTerm.put('copy', part), 'ERR_TERM_UNSUPPORTED');
    assert.throws(() => structuredClone(part), /cloned/);
  }
  table.drop();
});

test('a getter that looks at a view in the middle of an encoding disturbs neither', () => {
  persistentTerm.put('config', dict);
  const source = {
    before: 'b',
    get inside() {
      return persistentTerm.view<typeof dict>('config')['name 42']?.i;
    },
    after: ['a'],
  };
  persistentTerm.put('k', source);
  assert.equal(persistentTerm.get('k'), { before: 'b', inside: 42, after: ['a'] });
});

run();
