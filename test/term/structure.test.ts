import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { decodeRowAt, decodeTermAt } from '#dist/term/decode.js';
import { skip } from '#dist/term/skip.js';
import { TermError } from '#dist/errors.js';
import { suite } from '../support/suite.js';
import { anyRow, anyTerm, difference } from '../support/terms.js';
import { encodeTerm, rowBytes } from './codec.js';

const { test, run } = suite('terms: structure');

function skipAt(bytes: Uint8Array, pos: number): number {
  return skip(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), pos);
}

test('a term is stepped over without decoding it', () => {
  const check = (value: unknown): void => {
    const bytes = encodeTerm(value);
    assert.is(skipAt(bytes, 0), bytes.length);
  };
  fc.assert(fc.property(anyTerm, check), { numRuns: 1500 });
});

test('element i of a row is found by stepping over i terms', () => {
  const check = (row: unknown[]): void => {
    const { payload } = rowBytes(row);
    let at = 1;
    for (const element of row) {
      const end = skipAt(payload, at);
      assert.is(difference(decodeTermAt(payload, at, end - at), element), undefined);
      at = end;
    }
    assert.is(at, payload.length);
  };
  fc.assert(fc.property(anyRow, check), { numRuns: 500 });
});

test('element i of a container of 32 and more is found through its index', () => {
  const check = (elements: unknown[]): void => {
    for (const container of [elements, new Set(elements), new Map(elements.map((value, i) => [i, value]))]) {
      const bytes = encodeTerm(container);
      const view = new DataView(bytes.buffer);
      const count = view.getUint32(5, true);
      if (count < 32) continue;
      const expected = container instanceof Map ? [...container.keys()] : [...container];
      for (let i = 0; i < count; i++) {
        const at = 9 + count * 4 + view.getUint32(9 + i * 4, true);
        assert.is(difference(decodeTermAt(bytes, at, skipAt(bytes, at) - at), expected[i]), undefined);
      }
    }
  };
  fc.assert(fc.property(fc.array(anyTerm, { minLength: 31, maxLength: 40 }), check), { numRuns: 50 });
});

/** Decodes bytes that may be anything: an answer or ERR_TERM_DAMAGED, and nothing else. */
function survives(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    assert.instance(error, TermError, String(error));
    assert.is((error as TermError).code, 'ERR_TERM_DAMAGED');
    return false;
  }
}

const damage = fc.record({
  flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
  cut: fc.option(fc.nat(), { nil: undefined }),
});

function damageBytes(
  bytes: Uint8Array<ArrayBuffer>,
  { flips, cut }: { flips: [number, number][]; cut: number | undefined },
): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice(0, cut === undefined ? bytes.length : cut % (bytes.length + 1));
  for (const [at, mask] of flips) if (copy.length > 0) copy[at % copy.length]! ^= mask;
  return copy;
}

test('damaged bytes are decoded or refused, with the memory of the input', () => {
  let refused = 0;
  const before = process.memoryUsage().rss;
  const check = (value: unknown, row: unknown[], how: Parameters<typeof damageBytes>[1]): void => {
    const term = damageBytes(encodeTerm(value), how);
    if (!survives(() => decodeTermAt(term, 0, term.length))) refused++;
    const payload = damageBytes(rowBytes(row).payload, how);
    if (!survives(() => decodeRowAt(payload, 0, payload.length))) refused++;
  };
  fc.assert(fc.property(anyTerm, anyRow, damage, check), { numRuns: 4000 });
  assert.ok(refused > 1000);
  assert.ok(process.memoryUsage().rss - before < 500e6);
});

test('a container that is not exactly as long as its parts is refused', () => {
  const refusals: [string, number[]][] = [
    [
      'a spare byte, which would pass for a sibling',
      [0x20, 14, 0, 0, 0, 2, 0, 0, 0, 0x20, 5, 0, 0, 0, 0, 0, 0, 0, 2],
    ],
    ['an element that is its sibling', [0x20, 14, 0, 0, 0, 2, 0, 0, 0, 0x20, 4, 0, 0, 0, 1, 0, 0, 0, 2]],
    ['a count without elements', [0x20, 4, 0, 0, 0, 255, 255, 255, 127]],
    ['a body that ends outside', [0x20, 6, 0, 0, 0, 1, 0, 0, 0, 2]],
    ['a byte behind the term', [2, 2]],
    ['a string that ends outside', [0x11, 5, 0, 0, 0, 65]],
    ['a short string that ends outside', [0x83, 65]],
    ['a shape that nobody registered', [0x21, 4, 0, 0, 0, 255, 255, 0, 0]],
    ['half a float64', [0x1a, 4, 0, 0, 0, 8, 1, 2, 3, 4]],
    ['a name that is no string', [0x22, 6, 0, 0, 0, 1, 0, 0, 0, 2, 2]],
  ];
  for (const [what, values] of refusals) {
    const bytes = new Uint8Array(values);
    assert.is(
      survives(() => decodeTermAt(bytes, 0, bytes.length)),
      false,
      what,
    );
  }
});

test('random bytes are decoded or refused', () => {
  const tags = [
    1, 2, 3, 4, 5, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 32, 33, 34, 35, 36, 37, 128, 130, 191, 192,
  ];
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(...tags), fc.constantFrom(0, 0, 1, 2, 255));
  const check = (values: number[]): void => {
    const bytes = new Uint8Array(values);
    survives(() => decodeTermAt(bytes, 0, bytes.length));
    survives(() => decodeRowAt(bytes, 0, bytes.length));
  };
  fc.assert(fc.property(fc.array(byte, { maxLength: 60 }), check), { numRuns: 5000 });
});

test('containers nested deeper than the limit are refused, not followed', () => {
  let bytes = new Uint8Array([2]);
  for (let i = 0; i < 5000; i++) {
    const next = new Uint8Array(9 + bytes.length);
    const view = new DataView(next.buffer);
    next[0] = 0x20;
    view.setUint32(1, next.length - 5, true);
    view.setUint32(5, 1, true);
    next.set(bytes, 9);
    bytes = next;
  }
  assert.is(
    survives(() => decodeTermAt(bytes, 0, bytes.length)),
    false,
  );
});

run();
