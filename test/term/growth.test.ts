import * as assert from 'uvu/assert';
import { decodeRowAt } from '#dist/term/decode.js';
import { REQUEST_BYTES, scratch } from '#dist/native/binding.js';
import {
  appendRow,
  appendTerm,
  appendU32,
  begin,
  encodeKey,
  encodeRow,
  position,
  request,
} from '#dist/term/encode.js';
import { suite } from '../support/suite.js';
import { difference, objectOf } from '../support/terms.js';
import { decodeTerm, encodeTerm, hex, requestBytes, roundTrip, rowBytes } from './codec.js';

const { test, run } = suite('terms: growth');

const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Meets the shapes in `value` often enough that its encoding no longer changes. */
function settle(value: unknown): void {
  for (let i = 0; i < 3; i++) encodeTerm(value);
}

/** One value of every kind, and of the sizes between which writers choose. */
const values: unknown[] = [
  undefined,
  true,
  7,
  1.5,
  NaN,
  5n,
  2n ** 64n,
  2n ** 4000n,
  'short',
  'x'.repeat(32),
  'x'.repeat(33),
  'x'.repeat(63),
  'x'.repeat(64),
  'x'.repeat(500),
  'ü',
  'ü'.repeat(500),
  '\ud800',
  '\ud800'.repeat(500),
  Symbol.for('s'.repeat(200)),
  new Date(5),
  new Uint8Array(300).fill(1),
  Buffer.alloc(300, 2),
  new Float64Array(40).fill(0.5),
  new DataView(new ArrayBuffer(300)),
  [],
  many(31, (i) => i),
  many(200, (i) => i),
  {},
  { a: 1, b: 'x' },
  objectOf(many(100, (i): [string, number] => [`name${i}`, i])),
  new Map(many(100, (i) => [i, [i]])),
  new Set(many(100, (i) => `e${i}`)),
  new TypeError('x'.repeat(100), { cause: [1] }),
];

test('a value of any kind may lie across the end of the request region', () => {
  for (const value of values) {
    settle(value);
    const size = encodeTerm(value).length;
    // Every start from which the value, its header or its last byte crosses the end, and the slack before it.
    for (let room = 0; room <= size + 140; room += size > 400 ? 7 : 1) {
      begin();
      const filler = REQUEST_BYTES - room - 5;
      appendTerm(new Uint8Array(filler));
      const length = appendTerm(value);
      assert.is(length, size);
      const at = filler + 5;
      assert.is(difference(decodeTerm(request.bytes.slice(at, at + length)), value), undefined);
    }
  }
});

test('the end of the region is never written over', () => {
  const guard = new Uint8Array(scratch, 256 + REQUEST_BYTES);
  guard.fill(0xa5);
  for (const value of values) {
    for (const room of [0, 1, 4, 9, 64, 128]) {
      begin();
      appendTerm(new Uint8Array(REQUEST_BYTES - room - 5));
      appendTerm(value);
    }
  }
  assert.ok(guard.every((byte) => byte === 0xa5));
});

test('rows of 20 MB come back unchanged and give their memory back', async () => {
  const row = ['big', 'x'.repeat(20e6), new Uint8Array(1e6).fill(9), { list: many(1e5, (i) => i) }];
  const { payload } = rowBytes(row);
  assert.ok(payload.length > 21e6);
  assert.is(difference(decodeRowAt(payload, 0, payload.length), row), undefined);
  assert.ok(request.bytes.length > 21e6);
  await Promise.resolve();
  assert.is(request.bytes.length, REQUEST_BYTES);
  assert.is(request.busy, 0);
});

test('a small request right after a large one is whole', () => {
  encodeRow(['big', 'x'.repeat(1e6)], 0);
  assert.is(encodeKey('small'), 6);
  assert.is(hex(requestBytes(6)), '85736d616c6c');
  encodeRow(['big', 'x'.repeat(1e6)], 0);
  assert.is(hex(requestBytes(encodeRow(['k', 1], 0))), '02816b0801000000');
});

test('keys longer than the region are canonical as well', () => {
  const key = { b: 'x'.repeat(70_000), a: Buffer.alloc(70_000), c: -0 };
  const same = { c: 0, a: new Uint8Array(70_000), b: 'x'.repeat(70_000) };
  const bytes = requestBytes(encodeKey(key));
  assert.is(hex(bytes), hex(requestBytes(encodeKey(same))));
  const { key: second } = rowBytes([1, key], 1);
  assert.is(hex(second), hex(bytes));
});

test('composite requests grow as a whole', () => {
  settle({ i: 1, text: '' });
  begin();
  let expected = 0;
  for (let i = 0; i < 3000; i++) {
    expected += appendU32(i);
    expected += appendRow([`key${i}`, { i, text: 'x'.repeat(i % 90) }], 0, i);
    assert.is(position(), expected);
  }
  let at = 0;
  const bytes = request.bytes.slice(0, expected);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 3000; i++) {
    assert.is(view.getUint32(at, true), i);
    begin();
    const length = encodeRow([`key${i}`, { i, text: 'x'.repeat(i % 90) }], 0);
    assert.is(
      difference(decodeRowAt(bytes, at + 4, length), [`key${i}`, { i, text: 'x'.repeat(i % 90) }]),
      undefined,
    );
    at += 4 + length;
  }
});

test('bigints of 100 000 digits come back', () => {
  const digits = '9'.repeat(100_000);
  assert.is(roundTrip(BigInt(digits)), BigInt(digits));
  assert.is(roundTrip(-BigInt(digits)), -BigInt(digits));
});

run();
