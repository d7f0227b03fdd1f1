import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { after, afterPrefix, orderForm, orderPrefix } from '#dist/disk/order-key.js';
import { native } from '#dist/native/binding.js';
import { A, B, ctl, R0 } from '#dist/native/control.js';
import { appendKey, begin, request } from '#dist/term/encode.js';
import { suite } from '../support/suite.js';
import { anyTerm } from '../support/terms.js';

function bytesOf(value: unknown): Uint8Array {
  begin();
  const size = appendKey(value);
  return request.bytes.slice(0, size);
}

function formOf(value: unknown): Uint8Array {
  return orderForm(bytesOf(value));
}

/** What the ordered tables in memory say. */
function order(a: unknown, b: unknown): number {
  begin();
  const first = appendKey(a);
  const second = appendKey(b);
  ctl[A] = first;
  ctl[B] = second;
  native.compareTerms();
  return ctl[R0] as number;
}

const { test, run } = suite('dets: ordered keys');

const close: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.double(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.integer({ min: 0, max: 1100 }).map((n) => 2n ** BigInt(n)),
  fc.integer({ min: -1074, max: 1023 }).map((n) => 2 ** n),
  fc.integer({ min: 0, max: 60 }).map((n) => BigInt(2 ** n) + 1n),
  fc.constantFrom(
    '',
    '\0',
    '\0\0',
    'a',
    'a\0',
    'a\0b',
    '\x01',
    -0,
    2 ** 53,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
  ),
);
const nested = fc.oneof(
  close,
  fc.array(close, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), close, { maxKeys: 2 }),
  fc.array(fc.tuple(close, close), { maxLength: 2 }).map((entries) => new Map(entries)),
  fc.array(close, { maxLength: 2 }).map((elements) => new Set(elements)),
);

test('the order of forms, compared as bytes, is the order of terms', () => {
  let equal = 0;
  for (const terms of [anyTerm, nested, close]) {
    fc.assert(
      fc.property(terms, terms, (a, b) => {
        const expected = order(a, b);
        if (expected === 0) equal++;
        assert.is(Math.sign(Buffer.compare(formOf(a), formOf(b))), expected);
      }),
      { numRuns: 4000 },
    );
  }
  assert.ok(equal > 20, `only ${equal} pairs were equal`);
});

test('no form is the beginning of another one', () => {
  fc.assert(
    fc.property(nested, nested, (a, b) => {
      const [first, second] = [formOf(a), formOf(b)];
      if (Buffer.compare(first, second) === 0) return;
      assert.not.equal(Buffer.compare(second.subarray(0, first.length), first), 0);
    }),
    { numRuns: 2000 },
  );
});

test('1 and 1n are one key, and so are 0 and -0', () => {
  assert.equal(formOf(1), formOf(1n));
  assert.equal(formOf(-0), formOf(0n));
  assert.equal(formOf([2 ** 60]), formOf([2n ** 60n]));
});

test('a prefix comes before what begins with it, and its end behind', () => {
  const prefix = orderPrefix(bytesOf(['a', 1]), 0);
  for (const key of [
    ['a', 1],
    ['a', 1, null],
    ['a', 1n, 'z', 'z'],
  ]) {
    assert.ok(Buffer.compare(prefix, formOf(key)) <= 0);
    assert.ok(Buffer.compare(formOf(key), afterPrefix(prefix)) < 0);
  }
  for (const key of [['a', 2], ['b'], 'a'])
    assert.ok(Buffer.compare(formOf(key), afterPrefix(prefix)) >= 0, JSON.stringify(key));
  const deep = orderPrefix(bytesOf(['a', [1]]), 1);
  assert.ok(Buffer.compare(deep, formOf(['a', [1, 2], 3])) < 0);
  assert.ok(Buffer.compare(formOf(['a', [1, 2], 3]), afterPrefix(deep)) < 0);
});

test('finding the next bytes leaves the given ones as they are', () => {
  const bytes = Buffer.from([1, 0xff, 0xff]);
  assert.equal([...afterPrefix(bytes)], [2]);
  assert.equal([...after(bytes)], [1, 0xff, 0xff, 0]);
  assert.equal([...bytes], [1, 0xff, 0xff]);
});

run();
