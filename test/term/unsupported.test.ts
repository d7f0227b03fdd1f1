import * as assert from 'uvu/assert';
import { TermError } from '#dist/errors.js';
import { appendRow, appendTerm, begin, encodeKey, encodeRow, request } from '#dist/term/encode.js';
import { suite } from '../support/suite.js';
import { canonicalBytes, decodeTerm, encodeTerm, hex, roundTrip, rowBytes, thrownBy } from './codec.js';

const { test, run } = suite('terms: what cannot be stored');

class Account {
  balance = 1;
}
class Numbers extends Array {}
class Registry extends Map {}
class Bytes extends Uint8Array {}
class Block extends ArrayBuffer {}
class Look extends (DataView as new (buffer: ArrayBuffer) => DataView) {}

/** Its bytes have gone to another owner. */
function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}
function detachedView(): DataView {
  const buffer = new ArrayBuffer(8);
  const view = new DataView(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  return view;
}

const refused: [string, unknown, RegExp][] = [
  ['a function', () => 1, /function/],
  ['a class', Account, /function/],
  ['a local symbol', Symbol('x'), /symbol/],
  ['a well-known symbol', Symbol.iterator, /symbol/],
  ['a class instance', new Account(), /class Account/],
  ['an object with an object as prototype', Object.create({ a: 1 }), /prototype/],
  ['an array subclass', new Numbers(), /class Numbers/],
  ['a Map subclass', new Registry(), /class Registry/],
  ['a typed array subclass', new Bytes(2), /class Bytes/],
  ['an ArrayBuffer subclass', new Block(2), /class Block/],
  ['a DataView subclass', new Look(new ArrayBuffer(2)), /class Look/],
  ['a detached ArrayBuffer', detached(), /detached/],
  ['a DataView of a detached ArrayBuffer', detachedView(), /detached/],
  ['a Proxy of an object', new Proxy({}, {}), /Proxy/],
  ['a Proxy of an array', new Proxy([], {}), /Proxy/],
  ['a Proxy of a function', new Proxy(() => 1, {}), /function/],
  ['a sparse array', [1, , 3], /sparse/],
  ['a WeakMap', new WeakMap(), /WeakMap/],
  ['a WeakSet', new WeakSet(), /WeakSet/],
  ['a WeakRef', new WeakRef({}), /WeakRef/],
  ['a Promise', Promise.resolve(), /Promise/],
  ['a RegExp', /x/, /RegExp/],
  ['a boxed number', Object(1), /boxed/],
  ['a boxed string', Object('x'), /boxed/],
  ['a SharedArrayBuffer', new SharedArrayBuffer(8), /SharedArrayBuffer/],
  ['a generator', (function* () {})(), /cannot be stored/],
  ['a URL', new URL('http://localhost'), /class URL/],
  ['an object that claims to be a Map', Object.create(Map.prototype), /class Map/],
];

for (const [name, value, reason] of refused) {
  test(`${name} is refused wherever it is, with its path`, () => {
    const places: [() => unknown, string][] = [
      [() => encodeKey(value), 'key'],
      [() => encodeKey([1, value]), 'key[1]'],
      [() => encodeRow(['k', value], 0), 'row[1]'],
      [() => encodeRow(['k', { user: { onClick: value } }], 0), 'row[1].user.onClick'],
      [() => encodeRow(['k', { 'a b': [value] }], 0), 'row[1]["a b"][0]'],
      [() => (begin(), appendTerm(value)), 'value'],
      [() => (begin(), appendTerm(new Map([['name', value]]))), 'value.get("name")'],
      [() => (begin(), appendTerm(new Map([[value, 1]]))), 'value<key>'],
      [() => (begin(), appendTerm(new Set([value]))), 'value<element>'],
      [() => (begin(), appendTerm(new Error('x', { cause: [value] }))), 'value.cause[0]'],
      [() => (begin(), appendRow(['k', value], 0, 3)), 'rows[3][1]'],
    ];
    for (const [act, path] of places) {
      const error = thrownBy(act);
      assert.instance(error, TermError);
      assert.is(error.code, 'ERR_TERM_UNSUPPORTED');
      // A hole adds its own step.
      assert.is(
        error.message.startsWith(name === 'a sparse array' ? `${path}[1]: ` : `${path}: `),
        true,
        error.message,
      );
      assert.match(error.message, reason);
    }
    // Nothing of the failed attempts is left.
    assert.is(hex(canonicalBytes('k')), '816b');
    assert.is(hex(rowBytes(['k', 1]).payload), '02816b0801000000');
  });
}

test('a row that is no array, a Proxy, empty or sparse is refused', () => {
  for (const row of [null, 5, 'row', {}, new Proxy([1], {}), [], [, 1], new Numbers()]) {
    assert.is(thrownBy(() => encodeRow(row as unknown[], 0)).code, 'ERR_TERM_UNSUPPORTED');
  }
});

test('a trap of a Proxy never runs', () => {
  const trap = (): never => {
    throw new Error('a trap ran');
  };
  const handler = {
    get: trap,
    getPrototypeOf: trap,
    ownKeys: trap,
    has: trap,
    getOwnPropertyDescriptor: trap,
  };
  for (const value of [new Proxy({}, handler), new Proxy([], handler)]) {
    assert.is(thrownBy(() => roundTrip({ a: [value] })).code, 'ERR_TERM_UNSUPPORTED');
    assert.is(thrownBy(() => encodeRow(value as unknown[], 0)).code, 'ERR_TERM_UNSUPPORTED');
  }
});

test('cycles of every kind are refused as cycles', () => {
  const object: Record<string, unknown> = {};
  object['self'] = { list: [object] };
  const array: unknown[] = [];
  array.push([array]);
  const map = new Map();
  map.set('self', map);
  const set = new Set();
  set.add([set]);
  const error = new Error('x');
  error.cause = error;
  for (const value of [object, array, map, set, error]) {
    const thrown = thrownBy(() => encodeRow(['k', value], 0));
    assert.is(thrown.code, 'ERR_TERM_UNSUPPORTED');
    assert.match(thrown.message, /cycle/);
  }
  assert.match(thrownBy(() => encodeRow(['k', object], 0)).message, /^row\[1\]\.self\.list\[0\]: a cycle/);
  const row: unknown[] = [1];
  row.push(row);
  assert.match(thrownBy(() => encodeRow(row, 0)).message, /^row\[1\]: a cycle/);
});

test('the same object twice is no cycle', () => {
  const shared = { a: 1 };
  assert.equal(roundTrip([shared, shared, [shared]]), [shared, shared, [shared]]);
});

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}

const wraps: ((inner: unknown) => unknown)[] = [
  (inner) => [inner],
  (inner) => ({ inner }),
  (inner) => new Map([[inner, 1]]),
  (inner) => new Set([inner]),
  (inner) => Object.defineProperty(new Error('', { cause: inner }), 'stack', { value: undefined }),
];

test('1024 containers deep is stored, 1025 and 10 000 are refused', () => {
  for (const wrap of wraps) {
    assert.type(roundTrip(nested(1024, wrap)), 'object');
    encodeKey(nested(1024, wrap));
    for (const levels of [1025, 10_000]) {
      for (const act of [() => roundTrip(nested(levels, wrap)), () => encodeKey(nested(levels, wrap))]) {
        const thrown = thrownBy(act);
        assert.is(thrown.code, 'ERR_TERM_TOO_LARGE');
        assert.match(thrown.message, /1024/);
        assert.ok(thrown.message.length < 1000);
      }
    }
  }
});

test('where the stack is nearly used up a deep value is refused with a code', () => {
  const deep = nested(1024, (inner) => [inner]);
  const bytes = encodeTerm(deep);
  const codes: (string | undefined)[] = [];
  const attempt = (act: () => unknown): void => {
    try {
      act();
    } catch (error) {
      codes.push((error as { code?: string }).code);
    }
  };
  const descend = (): void => {
    try {
      descend();
    } catch {
      // Out here there is a little room, and more in each frame further out.
    }
    if (codes.filter((code) => code !== undefined).length >= 20) return;
    attempt(() => encodeTerm(deep));
    attempt(() => decodeTerm(bytes));
  };
  descend();
  assert.equal(new Set(codes.filter((code) => code !== undefined)), new Set(['ERR_TERM_TOO_LARGE']));
  assert.is(roundTrip([1]) !== undefined, true);
  assert.is(request.busy, 0);
});

run();
