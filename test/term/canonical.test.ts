import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { anyKey, anyRow, disguise, equalKeys, objectOf } from '../support/terms.js';
import { canonicalBytes, decodeTerm, hex, rowBytes } from './codec.js';
import { appendKey, appendU32, begin, encodeKey, request } from '#dist/term/encode.js';

const { test, run } = suite('terms: canonical form');

test('equal keys have equal bytes, in whatever order and form they are given', () => {
  const check = (key: unknown): void =>
    assert.is(hex(canonicalBytes(disguise(key))), hex(canonicalBytes(key)));
  fc.assert(fc.property(anyKey, check), { numRuns: 3000 });
});

test('keys have equal bytes exactly if they are equal', () => {
  const pair = fc.oneof(
    fc.tuple(anyKey, anyKey),
    anyKey.map((key): [unknown, unknown] => [key, disguise(key)]),
    fc.tuple(anyKey, anyKey).map(([a, b]): [unknown, unknown] => [
      [a, b],
      [a, [b]],
    ]),
    fc.tuple(fc.constantFrom(0, -0, 1, 1n, '1', true, null, '', '\ud800', '\udc00'), anyKey).map(
      ([a, b]) =>
        [
          { a, b },
          { b, a: 1 },
        ] as [unknown, unknown],
    ),
  );
  const check = ([a, b]: [unknown, unknown]): void => {
    assert.is(hex(canonicalBytes(a)) === hex(canonicalBytes(b)), equalKeys(a, b));
  };
  fc.assert(fc.property(pair, check), { numRuns: 3000 });
});

test('canonical bytes decode to an equal key with the same bytes', () => {
  const check = (key: unknown): void => {
    const bytes = canonicalBytes(key);
    const back = decodeTerm(bytes);
    assert.ok(equalKeys(back, key));
    assert.is(hex(canonicalBytes(back)), hex(bytes));
  };
  fc.assert(fc.property(anyKey, check), { numRuns: 1000 });
});

test('a row is followed by the canonical key exactly if its own bytes of the key differ', () => {
  const check = (row: unknown[], seed: number): void => {
    const keypos = seed % row.length;
    const { key } = rowBytes(row, keypos);
    const expected = hex(canonicalBytes(row[keypos]));
    if (key.length > 0) assert.is(hex(key), expected);
    else assert.ok(hex(rowBytes(row, keypos).payload).includes(expected));
  };
  fc.assert(fc.property(anyRow, fc.nat(50), check), { numRuns: 1500 });
});

test('rows whose key is a string, a number, or an array of these carry no second key', () => {
  for (const key of [
    'k',
    1,
    1.5,
    NaN,
    2n,
    null,
    Symbol.for('s'),
    [1, 'a', [2]],
    new Date(0),
    new Uint8Array(3),
  ]) {
    assert.is(rowBytes([key, 1]).key.length, 0);
  }
  for (const key of [-0, [-0], Buffer.from('x'), { a: 1 }, new Map(), new Set([1])]) {
    assert.ok(rowBytes([key, 1]).key.length > 0);
  }
});

test('canonical bytes never mention a shape', () => {
  for (let i = 0; i < 5; i++) {
    assert.is(canonicalBytes({ shape: i, seen: 'often' })[0], 0x22);
    assert.is(rowBytes([{ shape: i, seen: 'often' }, 1]).payload[1], 0x22);
  }
});

test('names and elements are sorted by their bytes, a prefix first', () => {
  const names = ['b', 'a', 'aa', '', 'ü', 'x'.repeat(64), '\ud800', '10', '9'];
  const key = decodeTerm(canonicalBytes(objectOf(names.map((name) => [name, 1])))) as object;
  // Integer-like names come first in JavaScript, whatever the bytes say.
  assert.equal(Object.keys(key), ['9', '10', 'x'.repeat(64), 'ü', '\ud800', '', 'a', 'b', 'aa']);
});

test('containers of 32 and more keep a valid index when they are sorted', () => {
  const names = Array.from({ length: 100 }, (_, i) => `n${(i * 37) % 100}`);
  const forward = objectOf(names.map((name) => [name, { [name]: -0 }]));
  const backward = objectOf([...names].reverse().map((name) => [name, { [name]: 0 }]));
  const bytes = canonicalBytes(forward);
  assert.is(hex(bytes), hex(canonicalBytes(backward)));
  const view = new DataView(bytes.buffer);
  const found = names.map((_, i) => {
    const at = 9 + 400 + view.getUint32(9 + i * 4, true);
    const length = (bytes[at] as number) - 0x80;
    return Buffer.from(bytes.slice(at + 1, at + 1 + length)).toString();
  });
  assert.equal(new Set(found).size, 100);
  assert.equal(
    found,
    [...found].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)),
  );
});

test('a key in the middle of a request has the same bytes', () => {
  const check = (key: unknown): void => {
    const expected = hex(canonicalBytes(key));
    begin();
    appendU32(7);
    const length = appendKey(key);
    assert.is(hex(request.bytes.slice(4, 4 + length)), expected);
  };
  fc.assert(fc.property(anyKey, check), { numRuns: 500 });
});

test('0 and -0 are one key at every depth', () => {
  assert.is(encodeKey(-0), 5);
  assert.is(hex(canonicalBytes([[-0]])), hex(canonicalBytes([[0]])));
});

run();
