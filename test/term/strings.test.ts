import { fc } from '../support/property.js';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { anyString } from '../support/terms.js';
import { canonicalBytes, encodeTerm, hex, roundTrip } from './codec.js';

const { test, run } = suite('terms: strings');

/** One unit of every UTF-16 class: 1, 2, 3 and 4 bytes of UTF-8, both kinds of lone surrogates. */
const units = [
  'a',
  '\0',
  '\x7f',
  '\x80',
  'ü',
  '\u07ff',
  '\u0800',
  '€',
  '\uffff',
  '😀',
  '\ud800',
  '\udbff',
  '\udc00',
  '\udfff',
];

/** A lone surrogate is what Node's encoder replaces. */
function wellFormed(text: string): boolean {
  return Buffer.from(text, 'utf8').toString('utf8') === text;
}

test('strings of every length from 0 to 300 and of every class come back unchanged', () => {
  for (const unit of units) {
    for (let length = 0; length <= 300; length++) {
      const uniform = unit.repeat(length);
      assert.is(roundTrip(uniform), uniform);
      // The special character at the end: a fast path must notice it late.
      const mixed = 'x'.repeat(length) + unit;
      assert.is(roundTrip(mixed), mixed);
      assert.is(roundTrip([mixed, { [mixed]: mixed }]) !== undefined, true);
    }
  }
});

test('the tag says what the string is', () => {
  const tagOf = (text: string): number => encodeTerm(text)[0] as number;
  assert.is(tagOf(''), 0x80);
  for (let length = 0; length < 64; length++) assert.is(tagOf('a'.repeat(length)), 0x80 + length);
  assert.is(tagOf('a'.repeat(64)), 0x11);
  for (const length of [1, 5, 40, 100]) {
    assert.is(tagOf('ü'.repeat(length)), 0x12);
    assert.is(tagOf('😀'.repeat(length)), 0x12);
    assert.is(tagOf('a'.repeat(length) + '\ud800'), 0x13);
  }
});

test('well-formed strings are UTF-8 as everybody writes it', () => {
  const check = (text: string): void => {
    const bytes = encodeTerm(text);
    const utf8 = Buffer.from(text, 'utf8');
    assert.is(hex(bytes.slice(bytes.length - utf8.length)), utf8.toString('hex'));
  };
  fc.assert(
    fc.property(
      anyString.filter((text) => wellFormed(text)),
      check,
    ),
    { numRuns: 500 },
  );
});

test('lone surrogates stay apart, and halves that meet become one character', () => {
  const seen = new Map<string, string>();
  for (const tail of ['', 'x'.repeat(50)]) {
    for (let code = 0xd7ff; code <= 0xe000; code++) {
      const text = String.fromCharCode(code) + tail;
      const bytes = hex(canonicalBytes(text));
      assert.is(seen.get(bytes), undefined);
      seen.set(bytes, text);
      assert.is(roundTrip(text), text);
    }
  }
  assert.is(hex(encodeTerm('\ud83d' + '\ude00')), hex(encodeTerm('😀')));
  assert.is(roundTrip('\ude00\ud83d'), '\ude00\ud83d');
});

test('strings built in pieces are written like others', () => {
  let rope = '';
  for (let i = 0; i < 500; i++) {
    rope += String.fromCharCode(97 + (i % 26));
    assert.is(roundTrip(rope), rope);
    assert.is(roundTrip(rope.slice(i >> 1)), rope.slice(i >> 1));
  }
});

test('symbols keep their names', () => {
  for (const name of ['', 'a', 'ü', '\ud800', '\udc00', 'x'.repeat(70_000)]) {
    assert.is(roundTrip(Symbol.for(name)), Symbol.for(name));
  }
});

run();
