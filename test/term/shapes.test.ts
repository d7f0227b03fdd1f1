import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { decodeTermFrozen } from '#dist/term/decode.js';
import { suite } from '../support/suite.js';
import { difference, objectOf } from '../support/terms.js';
import { decodeTerm, encodeTerm, roundTrip, thrownBy } from './codec.js';

const { test, run } = suite('terms: shapes');

const OBJECT = 0x21;
const DICT = 0x22;

function tagOf(value: object): number {
  return encodeTerm(value)[0] as number;
}

function fields(count: number, prefix: string): Record<string, unknown> {
  return objectOf(Array.from({ length: count }, (_, i): [string, number] => [`${prefix}${i}`, i]));
}

// First in this file: a syntax error from another odd name would end code generation and hide a failure.
test('a name cannot smuggle code into a reader', () => {
  const names = [
    'x: (globalThis.smuggled = 1), y',
    'get x() { globalThis.smuggled = 1 }, y',
    '...(globalThis.smuggled = 1), y',
  ];
  for (const name of names) {
    for (let i = 0; i < 5; i++) roundTrip({ [name]: 1 });
  }
  assert.is((globalThis as { smuggled?: number }).smuggled, undefined);
});

test('a shape is registered when a thread meets it for the third time', () => {
  assert.equal(
    [1, 2, 3, 4].map((i) => tagOf({ third: i, sighting: 1 })),
    [DICT, DICT, OBJECT, OBJECT],
  );
});

test('the same names in another order are another shape', () => {
  for (let i = 0; i < 5; i++) {
    assert.equal(Object.keys(roundTrip({ p: 1, q: 2, r: 3 }) as object), ['p', 'q', 'r']);
    assert.equal(Object.keys(roundTrip({ r: 1, q: 2, p: 3 }) as object), ['r', 'q', 'p']);
    assert.equal(Object.keys(roundTrip({ p: 1, q: 2 }) as object), ['p', 'q']);
  }
});

test('objects of more than 64 names keep their names inline', () => {
  for (let i = 0; i < 5; i++) {
    assert.is(difference(roundTrip(fields(65, 'wide')), fields(65, 'wide')), undefined);
    assert.is(difference(roundTrip(fields(64, 'wide')), fields(64, 'wide')), undefined);
  }
  assert.is(tagOf(fields(65, 'wide')), DICT);
  assert.is(tagOf(fields(64, 'wide')), OBJECT);
});

test('names with a meaning in JavaScript are names like others', () => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'get',
    'class',
    'a-b',
    '1',
    'ü',
    '',
    '\ud800',
  ];
  for (const name of names) {
    for (let i = 0; i < 5; i++) {
      const value = objectOf([
        ['before', 1],
        [name, { nested: i }],
        ['after', 2],
      ]);
      const back = roundTrip(value) as object;
      assert.is(difference(back, value), undefined);
      assert.is(Object.getPrototypeOf(back), Object.prototype);
      assert.is(Object.hasOwn(back, name), true);
    }
  }
});

test('objects decoded from one shape are independent', () => {
  for (let i = 0; i < 3; i++) encodeTerm({ mine: [1] });
  const bytes = encodeTerm({ mine: [1] });
  const [a, b] = [decodeTerm(bytes) as { mine: number[] }, decodeTerm(bytes) as { mine: number[] }];
  a.mine.push(2);
  assert.equal(b, { mine: [1] });
});

test('where code generation is forbidden objects are decoded all the same', () => {
  const child = spawnSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', join(__dirname, 'no-codegen.child.js')],
    { encoding: 'utf8' },
  );
  assert.is(child.status, 0, child.stderr);
  assert.is(child.stdout.trim(), '21 {"id":1,"name":"n","list":[{"id":2,"name":"m","list":[]}]}');
});

test('more objects of names of their own than the trie holds are stored, and known shapes stay known', () => {
  for (let i = 0; i < 3; i++) encodeTerm({ known: 1, shape: 2 });
  for (let i = 0; i < 20_000; i++) {
    const value = { [`only${i}`]: i, x: 1 };
    assert.is(difference(roundTrip(value), value), undefined);
  }
  assert.is(tagOf({ known: 3, shape: 4 }), OBJECT);
  for (let i = 0; i < 5; i++) assert.is(tagOf({ far: 1, too: 1, late: 1 }), DICT);
});

test('a frozen term cannot be changed at any depth', () => {
  const value = {
    list: [{ a: 1 }],
    map: new Map<unknown, unknown>([[{ key: 1 }, { b: [] }]]),
    set: new Set([{ c: 1 }]),
    date: new Date(5),
    error: new Error('x', { cause: { d: 1 } }),
    bytes: new Uint8Array(3),
  };
  const bytes = encodeTerm(value);
  const frozen = decodeTermFrozen(bytes, 0, bytes.length) as typeof value;
  assert.is(difference(frozen.date.getTime(), 5), undefined);
  assert.is(frozen.map.size, 1);
  const attempts: (() => unknown)[] = [
    () => (frozen.list = []),
    () => frozen.list.push({ a: 2 }),
    () => ((frozen.list[0] as { a: number }).a = 2),
    () => frozen.map.set(1, 2),
    () => frozen.map.delete(1),
    () => frozen.map.clear(),
    () => (([...frozen.map.keys()][0] as { key: number }).key = 2),
    () => (([...frozen.map.values()][0] as { b: unknown }).b = 2),
    () => frozen.set.add({ c: 2 }),
    () => frozen.set.delete({ c: 2 }),
    () => frozen.set.clear(),
    () => (([...frozen.set][0] as { c: number }).c = 2),
    () => frozen.date.setTime(6),
    () => frozen.date.setFullYear(2000),
    () => ((frozen.error.cause as { d: number }).d = 2),
    () => (frozen.error.message = 'y'),
  ];
  for (const attempt of attempts) assert.instance(thrownBy(attempt), TypeError);
  assert.is(difference(encodeTerm(frozen).join(), bytes.join()), undefined);
});

run();
