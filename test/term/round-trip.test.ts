import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { runInNewContext } from 'node:vm';
import { decodeReplyRow, decodeReplyRowOf, decodeRowAt, decodeRows } from '#dist/term/decode.js';
import { encodeKey } from '#dist/term/encode.js';
import { REPLY_OFFSET, scratch } from '#dist/native/binding.js';
import { suite } from '../support/suite.js';
import { anyKey, anyRow, anyTerm, difference, objectOf } from '../support/terms.js';
import { encodeTerm, roundTrip, rowBytes } from './codec.js';

const { test, run } = suite('terms: round trip');

function assertUnchanged(value: unknown): void {
  assert.is(difference(roundTrip(value), value), undefined);
}

test('every term comes back unchanged', () => {
  fc.assert(fc.property(anyTerm, assertUnchanged), { numRuns: 3000 });
});

test('every row comes back unchanged, whatever its key position', () => {
  const check = (row: unknown[], seed: number): void => {
    const { payload } = rowBytes(row, seed % row.length);
    assert.is(difference(decodeRowAt(payload, 0, payload.length), row), undefined);
  };
  fc.assert(fc.property(anyRow, fc.nat(100), check), { numRuns: 1000 });
});

test('a row found by its key equals the stored one', () => {
  const check = (row: unknown[], seed: number): void => {
    const keypos = seed % row.length;
    const { payload } = rowBytes(row, keypos);
    const keyBytes = encodeKey(row[keypos]);
    new Uint8Array(scratch).set(payload, REPLY_OFFSET);
    assert.is(difference(decodeReplyRow(payload.length), row), undefined);
    assert.is(difference(decodeReplyRowOf(payload.length, keypos, row[keypos], keyBytes), row), undefined);
  };
  const small = anyRow.filter((row) => rowBytes(row).payload.length < 60_000);
  fc.assert(fc.property(small, fc.nat(100), check), { numRuns: 1000 });
});

test('a row found by a key that is equal, but not the same, keeps its own key', () => {
  for (const [stored, asked] of [
    [-0, 0],
    [0, -0],
    [1n, 1],
  ] as const) {
    const { payload } = rowBytes([stored, 'x']);
    new Uint8Array(scratch).set(payload, REPLY_OFFSET);
    const row = decodeReplyRowOf(payload.length, 0, asked, encodeKey(asked));
    assert.is(difference(row, [stored, 'x']), undefined);
  }
});

test('rows of 1 to 300 elements come back with the key at either end', () => {
  for (let arity = 1; arity <= 300; arity++) {
    const row = Array.from({ length: arity }, (_, i) => (i % 3 === 0 ? `s${i}` : i));
    for (const keypos of [0, arity - 1]) {
      const { payload } = rowBytes(row, keypos);
      new Uint8Array(scratch).set(payload, REPLY_OFFSET);
      const found = decodeReplyRowOf(payload.length, keypos, row[keypos], encodeKey(row[keypos]));
      assert.is(difference(found, row), undefined);
    }
  }
});

test('a chunk of rows comes back row by row', () => {
  const check = (rows: unknown[][]): void => {
    const parts = rows.map((row) => rowBytes(row).payload);
    const chunk = Buffer.concat(
      parts.flatMap((payload) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(payload.length);
        return [length, payload];
      }),
    );
    const bytes = new Uint8Array(chunk);
    assert.is(difference(decodeRows(bytes, 0, rows.length), rows), undefined);
  };
  fc.assert(fc.property(fc.array(anyRow, { maxLength: 6 }), check), { numRuns: 300 });
});

test('shapes: an object comes back unchanged before and after its shape is registered', () => {
  const check = (entries: [string, unknown][]): void => {
    const value = objectOf(entries);
    for (let i = 0; i < 5; i++) assertUnchanged(value);
  };
  fc.assert(fc.property(fc.array(fc.tuple(fc.string(), anyKey), { maxLength: 8 }), check), { numRuns: 300 });
});

test('every kind of binary gets bytes of its own', () => {
  const source = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  const values = [source, source.subarray(2, 4), source.buffer, new DataView(source.buffer, 1, 3)];
  for (const value of values) {
    const back = roundTrip(value) as Uint8Array;
    const buffer = back instanceof ArrayBuffer ? back : back.buffer;
    assert.is(buffer.byteLength, value.byteLength);
  }
  const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(7);
  assert.is(difference(roundTrip(shared), new Uint8Array([7, 7, 7])), undefined);
});

test('values of another realm come back as values of this one', () => {
  const foreign = runInNewContext(
    `({ list: [1, { a: 2 }], map: new Map([[1, 2]]), set: new Set([1]), date: new Date(5), bytes: new Uint8Array(2) })`,
  ) as unknown;
  assert.is(
    difference(roundTrip(foreign), {
      list: [1, { a: 2 }],
      map: new Map([[1, 2]]),
      set: new Set([1]),
      date: new Date(5),
      bytes: new Uint8Array(2),
    }),
    undefined,
  );
  const error = roundTrip(runInNewContext('new RangeError("far", { cause: 1 })')) as Error;
  assert.instance(error, RangeError);
  assert.is(error.message, 'far');
  assert.is(error.cause, 1);
});

test('a null prototype, symbol-keyed and hidden properties are left behind', () => {
  const bare = Object.assign(Object.create(null) as object, { a: 1 });
  assert.is(difference(roundTrip(bare), { a: 1 }), undefined);
  const decorated = Object.defineProperty({ a: 1, [Symbol.for('s')]: 2 }, 'hidden', { value: 3 });
  assert.is(difference(roundTrip(decorated), { a: 1 }), undefined);
});

test('inherited enumerable properties are never stored', () => {
  const prototype = Object.prototype as Record<string, unknown>;
  try {
    prototype['polluted'] = 1;
    for (let i = 0; i < 5; i++) assert.equal(Object.keys(roundTrip({ own: i }) as object), ['own']);
    for (let i = 0; i < 5; i++) {
      assert.equal(Object.keys(roundTrip({ own: i, polluted: 2 }) as object), ['own', 'polluted']);
    }
    assert.equal(Object.keys(roundTrip({ own: 9 }) as object), ['own']);
  } finally {
    delete prototype['polluted'];
  }
});

test('an error of a class of its own comes back as Error with that name', () => {
  class QuotaError extends Error {
    override readonly name = 'QuotaError';
  }
  const back = roundTrip(new QuotaError('full')) as Error;
  assert.is(Object.getPrototypeOf(back), Error.prototype);
  assert.is(back.name, 'QuotaError');
  assert.equal(Object.keys(back), []);
});

test('NaN has one encoding, whatever bits the engine had', () => {
  const odd = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0123n]).buffer)[0];
  assert.equal(encodeTerm(odd), new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]));
});

run();
