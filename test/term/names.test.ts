import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { decodeTermAt } from '#dist/term/decode.js';
import { appendPortable, begin, request } from '#dist/term/encode.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';

// Objects whose names stand beside their values: in files, in events, in rows on disk.
const { test, run } = suite('terms: objects with their names');

function portable(value: unknown): Uint8Array<ArrayBuffer> {
  begin();
  const size = appendPortable(value, 'value');
  return request.bytes.slice(0, size);
}

const again = (value: unknown): unknown => {
  const bytes = portable(value);
  return decodeTermAt(bytes, 0, bytes.length);
};

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '0', '10', '', 'é', '\ud800', 'x'.repeat(100)),
  fc.string(),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.integer(),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 7 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

test('objects of few and of many kinds come back with their names in order, however often they come', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), (values) => {
      for (let time = 0; time < 4; time++) assert.is(difference(again(values), values), undefined);
    }),
    { numRuns: 500 },
  );
});

test('objects of one kind have one layout, and are not each other', () => {
  const made = Array.from({ length: 10 }, (_, i) => again({ kind: 'sold', at: { x: i, y: -i }, price: i }));
  assert.equal(
    made,
    Array.from({ length: 10 }, (_, i) => ({ kind: 'sold', at: { x: i, y: -i }, price: i })),
  );
  assert.is(new Set(made.map((one) => (one as { at: object }).at)).size, 10);
});

test('a name of the prototype is a name as any other', () => {
  for (let time = 0; time < 5; time++) {
    const found = again(JSON.parse('{"a":1,"__proto__":{"b":2}}')) as object;
    assert.is(Object.getPrototypeOf(found), Object.prototype);
    assert.equal(Object.keys(found), ['a', '__proto__']);
  }
});

test('more kinds than are remembered come back as well', () => {
  for (let i = 0; i < 6000; i++) {
    const one = { common: i, [`name${i}`]: { [`inner${i}`]: i }, last: [i] };
    assert.equal(again(one), one);
  }
});

test('bytes that are no object with names are refused, after objects of the same kind', () => {
  const bytes = portable({ car: 'Zonda', price: 3 });
  for (let time = 0; time < 4; time++) decodeTermAt(bytes, 0, bytes.length);
  for (let end = 0; end < bytes.length; end++) {
    const cut = bytes.slice(0, end);
    assert.throws(() => decodeTermAt(cut, 0, cut.length), /damaged|too early/);
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] as number) ^ 0xff;
    try {
      decodeTermAt(changed, 0, changed.length);
    } catch (error) {
      assert.is((error as { code?: string }).code, 'ERR_TERM_DAMAGED');
    }
  }
});

run();
