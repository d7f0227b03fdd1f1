import { persistentTerm, PersistentTermRef } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { disguise } from '../support/terms.js';

const { test, beforeEach, afterEach, run } = suite('persistentTerm');
afterEach(() => {
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

test('get() answers with what put() stored, as the same frozen object until the term changes', () => {
  persistentTerm.put('config', { port: 80, hosts: [{ name: 'a' }] });
  const value = persistentTerm.get('config');
  assert.equal(value, { port: 80, hosts: [{ name: 'a' }] });
  assert.is(persistentTerm.get('config'), value);
  persistentTerm.put('other', 1);
  assert.is(persistentTerm.get('config'), value);
  persistentTerm.put('config', { port: 81 });
  assert.equal(persistentTerm.get('config'), { port: 81 });
  assert.equal(value, { port: 80, hosts: [{ name: 'a' }] });
});

test('the value is a copy of what was put', () => {
  const value = { list: [1] };
  persistentTerm.put('k', value);
  value.list.push(2);
  assert.equal(persistentTerm.get('k'), { list: [1] });
});

test('values are frozen at every depth', () => {
  persistentTerm.put('k', {
    a: [{ b: { c: [1] } }],
    m: new Map([['x', { y: 1 }]]),
    s: new Set([[1]]),
    d: new Date(0),
  });
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    assert.ok(Object.isFrozen(value), Object.prototype.toString.call(value));
    for (const part of value instanceof Map
      ? [...value].flat()
      : value instanceof Set
        ? [...value]
        : Object.values(value))
      check(part);
  };
  const value = persistentTerm.get<{
    m: Map<unknown, unknown>;
    s: Set<unknown>;
    d: Date;
    a: unknown[];
  }>('k');
  check(value);
  assert.throws(() => value.a.push(1), TypeError);
  for (const change of [
    () => value.m.set('x', 1),
    () => value.m.clear(),
    () => value.s.add(1),
    () => value.d.setTime(1),
  ]) {
    assert.throws(change, TypeError);
  }
  assert.is(value.m.size, 1);
  assert.is(value.d.getTime(), 0);
});

test('an equal value changes nothing, however it is written', () => {
  const value = { a: 1, b: [Buffer.from('x'), { c: new Set([1, 2]), d: -0 }] };
  persistentTerm.put('k', value);
  const first = persistentTerm.get('k');
  persistentTerm.put('k', disguise(value));
  assert.is(persistentTerm.get('k'), first);
  persistentTerm.putNew('k', disguise(value));
  assert.is(persistentTerm.get('k'), first);
  persistentTerm.put('k', { ...value, a: 1n });
  assert.is.not(persistentTerm.get('k'), first);
  assert.is(persistentTerm.get<{ a: unknown }>('k').a, 1n);
});

test('putNew() stores where there is nothing, and refuses another value', () => {
  persistentTerm.putNew('k', [1]);
  refuses(() => persistentTerm.putNew('k', [2]), 'ERR_PERSISTENT_TERM_EXISTS', 'persistentTerm.putNew');
  refuses(() => persistentTerm.putNew('k', [1n]), 'ERR_PERSISTENT_TERM_EXISTS');
  assert.equal(persistentTerm.get('k'), [1]);
});

test('get() of a missing key answers with the default, also when that is undefined', () => {
  refuses(() => persistentTerm.get('k'), 'ERR_PERSISTENT_TERM_BADKEY', 'persistentTerm.get');
  assert.is(persistentTerm.get('k', 7), 7);
  assert.is(persistentTerm.get('k', undefined), undefined);
  persistentTerm.put('k', undefined);
  assert.is(persistentTerm.get('k', 7), undefined);
});

test('erase() removes a term and says whether there was one; readers keep what they have', () => {
  persistentTerm.put('k', { a: 1 });
  const value = persistentTerm.get('k');
  assert.is(persistentTerm.erase('k'), true);
  assert.is(persistentTerm.erase('k'), false);
  refuses(() => persistentTerm.get('k'), 'ERR_PERSISTENT_TERM_BADKEY');
  assert.equal(value, { a: 1 });
  persistentTerm.put('k', { a: 1 });
  assert.equal(persistentTerm.get('k'), value);
});

test('undefined is no key, anywhere', () => {
  const calls: (() => unknown)[] = [
    () => persistentTerm.put(undefined, 1),
    () => persistentTerm.putNew(undefined, 1),
    () => persistentTerm.get(undefined),
    () => persistentTerm.get(undefined, 'default'),
    () => persistentTerm.erase(undefined),
    () => persistentTerm.ref(undefined),
  ];
  for (const call of calls) refuses(call, 'ERR_TERM_UNSUPPORTED', /key: undefined/);
  assert.is(persistentTerm.info().count, 0);
});

test('keys of all kinds are different terms, and equal keys are one', () => {
  const keys: readonly unknown[] = [
    0,
    1,
    1n,
    1.5,
    NaN,
    Infinity,
    2n ** 100n,
    'a',
    '1',
    '',
    'é',
    '\ud800',
    'x'.repeat(70_000),
    true,
    false,
    null,
    Symbol.for('a'),
    new Date(1),
    [1],
    ['a', [1n]],
    { a: 1 },
    { a: 1n },
    new Map([[1, 2]]),
    new Set([1]),
    new Uint8Array([1]),
    new Int8Array([1]),
    { x: { y: [1], z: 2 } },
  ];
  keys.forEach((key, i) => persistentTerm.put(key, { i }));
  assert.is(persistentTerm.info().count, keys.length);
  keys.forEach((key, i) => {
    assert.equal(persistentTerm.get(key), { i });
    assert.is(persistentTerm.get(disguise(key)), persistentTerm.get(key));
  });
  keys.forEach((key) => assert.is(persistentTerm.erase(disguise(key)), true));
});

test('getAll() answers with every term, the same objects that get() gives', () => {
  persistentTerm.put('a', { n: 1 });
  persistentTerm.put({ composite: true }, { n: 2 });
  const known = persistentTerm.get('a');
  const all = new Map(persistentTerm.getAll().map(([key, value]) => [JSON.stringify(key), value]));
  assert.is(all.size, 2);
  assert.is(all.get('"a"'), known);
  assert.is(all.get('{"composite":true}'), persistentTerm.get({ composite: true }));
  assert.ok(Object.isFrozen(all.get('{"composite":true}')));
});

test('getAll() beyond 64 KiB is whole', () => {
  for (let i = 0; i < 1000; i++) persistentTerm.put(i, `value ${i} ${'x'.repeat(i)}`);
  const all = new Map(persistentTerm.getAll());
  for (let i = 0; i < 1000; i++) assert.is(all.get(i), `value ${i} ${'x'.repeat(i)}`);
});

test('info() counts terms and bytes', () => {
  const before = persistentTerm.info();
  persistentTerm.put('k', 'x'.repeat(10_000));
  const after = persistentTerm.info();
  assert.is(after.count, before.count + 1);
  assert.ok(after.memory >= before.memory + 10_000 && after.memory < before.memory + 11_000);
  persistentTerm.put('k', '');
  assert.ok(persistentTerm.info().memory < after.memory - 9000);
  persistentTerm.erase('k');
  assert.equal(persistentTerm.info(), before);
});

test('a refused value leaves the term as it was', () => {
  persistentTerm.put('k', 1);
  const before = persistentTerm.info();
  refuses(() => persistentTerm.put('k', () => 0), 'ERR_TERM_UNSUPPORTED', /^value/);
  refuses(() => persistentTerm.put('k', { a: [Symbol('x')] }), 'ERR_TERM_UNSUPPORTED', /^value\.a\[0\]/);
  refuses(() => persistentTerm.put(() => 0, 1), 'ERR_TERM_UNSUPPORTED', /^key/);
  assert.is(persistentTerm.get('k'), 1);
  assert.equal(persistentTerm.info(), before);
});

test('ref() sees every later put and erase, also of a key that has no term yet', () => {
  const key = { composite: ['key'] };
  const ref = persistentTerm.ref(key);
  assert.instance(ref, PersistentTermRef);
  refuses(() => ref.get(), 'ERR_PERSISTENT_TERM_BADKEY', 'persistentTermRef.get');
  persistentTerm.put({ composite: ['key'] }, [1]);
  assert.equal(ref.get(), [1]);
  assert.is(ref.get(), persistentTerm.get(key));
  persistentTerm.put(key, [2]);
  assert.equal(ref.get(), [2]);
  persistentTerm.erase(key);
  refuses(() => ref.get(), 'ERR_PERSISTENT_TERM_BADKEY');
  // Another key may get the slot that was given up.
  persistentTerm.put('unrelated', 'x');
  refuses(() => ref.get(), 'ERR_PERSISTENT_TERM_BADKEY');
  persistentTerm.put(key, [3]);
  assert.equal(ref.get(), [3]);
});

test('changing a key object afterwards does not change what a ref refers to', () => {
  const key = { id: 1 };
  persistentTerm.put({ id: 1 }, 'one');
  persistentTerm.put({ id: 2 }, 'two');
  const ref = persistentTerm.ref(key);
  key.id = 2;
  assert.is(ref.get(), 'one');
});

run();
