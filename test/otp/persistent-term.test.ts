// @timeout 300
import { join } from 'node:path';
import { persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, type Member, rejection } from '../support/crew.js';
import { pause } from '../support/crowd.js';
import { meet, newGate, stop } from '../support/gate.js';
import { seededRandom } from '../support/random.js';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { times, unordered } from '../support/variants.js';

/* persistent_term_SUITE. */

const { test, beforeEach, afterEach, run } = suite('otp: persistent terms');
const hire = crew(join(__dirname, 'terms.worker.js'), { afterEach });
afterEach(() => {
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

async function hireReady(): Promise<Member> {
  const member = hire();
  await member.call('ready');
  return member;
}

const KEYS: readonly unknown[] = [
  Symbol.for('atom'),
  null,
  true,
  0,
  -1.5,
  1n,
  2n ** 64n,
  '',
  'text',
  'x'.repeat(10_000),
  [],
  ['k', 1],
  ['k', 1n],
  { a: 1, b: { c: [2] } },
  new Map<unknown, unknown>([[[1], 'x']]),
  new Set([1]),
  new Date(5),
  Buffer.from('bytes'),
  new Float64Array([1]),
];

test('persistent_term_SUITE: basic', async () => {
  const terms = times(777, (n): [unknown, unknown] => [['key', n], { value: { n }, list: [n] }]);
  const gate = newGate();
  const members = [hire(), hire()];
  const putting = members.map((member) => member.call('putAll', gate, 3, terms));
  meet(gate, 3);
  for (const [key, value] of terms) persistentTerm.put(key, value);
  await Promise.all(putting);
  assert.is(persistentTerm.info().count, 777);
  for (const [key, value] of terms) {
    assert.equal(persistentTerm.get(key), value);
    assert.equal(persistentTerm.get(key, 'default'), value);
    persistentTerm.putNew(key, value);
    refuses(() => persistentTerm.putNew(key, 'another'), 'ERR_PERSISTENT_TERM_EXISTS');
  }
  assert.equal(unordered(persistentTerm.getAll()), unordered(terms));
  for (const [key] of terms) {
    assert.is(persistentTerm.erase(key), true);
    assert.is(persistentTerm.erase(key), false);
    refuses(() => persistentTerm.get(key), 'ERR_PERSISTENT_TERM_BADKEY');
    assert.is(persistentTerm.get(key, 'default'), 'default');
  }
  assert.is(persistentTerm.info().count, 0);
  persistentTerm.putNew('k', 1);
  persistentTerm.putNew('k', 1);
  refuses(() => persistentTerm.putNew('k', 1n), 'ERR_PERSISTENT_TERM_EXISTS');
});

test('persistent_term_SUITE: destruction', async () => {
  // What nobody can reach any more gives its bytes back, although threads have it in their hands.
  const { memory } = persistentTerm.info();
  const member = hire();
  for (let lap = 0; lap < 20; lap++) {
    const value = { bytes: Buffer.alloc(100_000, lap), list: times(100, (i) => `value ${i}`) };
    persistentTerm.put('large', value);
    const held = persistentTerm.get<typeof value>('large');
    assert.is((await member.call<typeof value>('get', 'large')).list.length, 100);
    persistentTerm.put('large', lap);
    assert.ok(persistentTerm.info().memory < memory + 10_000);
    assert.is(held.bytes[99_999], lap);
  }
  persistentTerm.erase('large');
  assert.is(persistentTerm.info().memory, memory);
});

test('persistent_term_SUITE: sharing', () => {
  // get() copies nothing: it is the same object each time, with the same parts, until the term changes.
  const value = { one: [1, 2, 3], two: { deep: ['x'] } };
  persistentTerm.put('k', value);
  const got = persistentTerm.get<typeof value>('k');
  assert.is.not(got, value);
  assert.is(persistentTerm.get('k'), got);
  assert.is(persistentTerm.ref('k').get(), got);
  assert.is(new Map(persistentTerm.getAll()).get('k'), got);
  assert.ok(Object.isFrozen(got) && Object.isFrozen(got.one) && Object.isFrozen(got.two.deep));
  // Nothing is done for a value that is there already.
  persistentTerm.put('k', structuredClone(value));
  assert.is(persistentTerm.get('k'), got);
  persistentTerm.put('k', { ...value, three: 3 });
  assert.is.not(persistentTerm.get('k'), got);
  assert.equal(got, value);
});

/** Pairs of terms are replaced by one thread while others ask for all of them. */
async function observed(pairs: number, writers: number, milliseconds: number): Promise<void> {
  for (let pair = 0; pair < pairs; pair++) {
    persistentTerm.put(`one ${pair}`, { n: 0 });
    persistentTerm.put(`two ${pair}`, { n: 0 });
  }
  const gate = newGate();
  const threads = writers + 2;
  const observing = hire().call<number>('observe', gate, threads, pairs);
  const replacing = times(writers, (i) =>
    hire().call<number>('replacePairs', gate, threads, i, writers, pairs),
  );
  meet(gate, threads);
  await pause(milliseconds);
  stop(gate);
  assert.ok((await observing) > 0);
  for (const laps of await Promise.all(replacing)) assert.ok(laps > 0);
  assert.is(persistentTerm.info().count, 2 * pairs);
}

test('persistent_term_SUITE: get_trapping', async () => {
  const terms = times(5000, (n): [unknown, unknown] => [['key', n], { n }]);
  for (const [key, value] of terms) persistentTerm.put(key, value);
  for (let lap = 0; lap < 3; lap++) {
    const all = persistentTerm.getAll();
    assert.equal(unordered(all), unordered(terms));
    persistentTerm.erase(terms.pop()?.[0]);
  }
});

test('persistent_term_SUITE: info_trapping', async () => {
  await observed(500, 1, 200);
});

test('persistent_term_SUITE: info', () => {
  const empty = persistentTerm.info();
  assert.equal(Object.keys(empty).sort(), ['count', 'memory']);
  persistentTerm.put('small', 1);
  const small = persistentTerm.info();
  assert.is(small.count, empty.count + 1);
  assert.ok(small.memory > empty.memory);
  persistentTerm.put('large', 'x'.repeat(10_000));
  const large = persistentTerm.info();
  assert.is(large.count, empty.count + 2);
  assert.ok(large.memory >= small.memory + 10_000);
  persistentTerm.put('large', 'x'.repeat(20_000));
  assert.is(persistentTerm.info().count, empty.count + 2);
  assert.ok(persistentTerm.info().memory >= large.memory + 10_000);
  persistentTerm.put('large', 1);
  assert.ok(persistentTerm.info().memory < large.memory);
  persistentTerm.erase('large');
  persistentTerm.erase('small');
  assert.equal(persistentTerm.info(), empty);
});

test('persistent_term_SUITE: get_all_race', async () => {
  await observed(40, 2, 600);
});

/** A thread is killed in the middle of `what`; everybody else goes on, and nothing is left. */
async function killedWhile(what: string, keys: number): Promise<void> {
  persistentTerm.put('stays', { here: [1] });
  for (let lap = 0; lap < 4; lap++) {
    const gate = newGate();
    const member = hire();
    const working = member.call('for_ever', gate, what, keys);
    meet(gate, 2);
    await pause(lap * 3);
    await member.terminate();
    await rejection(working);
    await member.ended;
    assert.equal(persistentTerm.get('stays'), { here: [1] });
    for (const [key, value] of persistentTerm.getAll()) {
      assert.equal(persistentTerm.get(key), value);
      if (key !== 'stays') assert.is(persistentTerm.erase(key), true);
    }
    assert.is(persistentTerm.info().count, 1);
    persistentTerm.put(['k', 1], 'usable');
    assert.is(persistentTerm.get(['k', 1]), 'usable');
    persistentTerm.erase(['k', 1]);
  }
}

test('persistent_term_SUITE: killed_while_trapping', async () => {
  for (let n = 0; n < 2500; n++) persistentTerm.put(['filler', n], { n });
  await killedWhile('getAll', 1000);
});

test('persistent_term_SUITE: killed_while_trapping_put', () => killedWhile('put', 3000));

test('persistent_term_SUITE: killed_while_trapping_put_new', () => killedWhile('putNew', 1000));

test('persistent_term_SUITE: killed_while_trapping_erase', () => killedWhile('erase', 3000));

test('persistent_term_SUITE: off_heap_values', async () => {
  const value = [
    Buffer.alloc(5000, 7),
    new Uint8Array([1, 2, 3]),
    new Float64Array([1.5, -0]),
    new BigInt64Array([-1n]),
    new Uint8Array([9]).buffer,
    new DataView(new ArrayBuffer(9)),
    2n ** 500n,
    'ü'.repeat(5000),
  ];
  persistentTerm.put('values', value);
  assert.is(difference(persistentTerm.get('values'), value), undefined);
  const copy = await hire().call('get', 'values');
  assert.equal((copy as unknown[]).length, value.length);
  assert.equal(Buffer.from((copy as [Uint8Array])[0]), value[0]);
  // They are this thread's own, and nobody's bytes change with those of the value that was put.
  (value[1] as Uint8Array)[0] = 99;
  assert.is(persistentTerm.get<[unknown, Uint8Array]>('values')[1][0], 1);
});

test('persistent_term_SUITE: keys', () => {
  for (const [i, key] of KEYS.entries()) {
    assert.is(persistentTerm.get(key, 'none'), 'none');
    persistentTerm.put(key, i);
  }
  for (const [i, key] of KEYS.entries()) assert.is(persistentTerm.get(structured(key)), i);
  assert.is(persistentTerm.info().count, KEYS.length);
  for (const key of KEYS) assert.is(persistentTerm.erase(structured(key)), true);
  assert.is(persistentTerm.info().count, 0);
});

/** An equal key that is another object. */
function structured(key: unknown): unknown {
  return typeof key === 'symbol' ? key : structuredClone(key);
}

test('persistent_term_SUITE: collisions', () => {
  // Hashes are keyed by chance, so that no keys are known to collide: many keys in a small table do.
  const random = seededRandom('collisions');
  for (let lap = 0; lap < 20; lap++) {
    const keys = times(1 + random.below(300), (n) => [lap, `key ${n}`]);
    for (const key of keys) persistentTerm.put(key, [key]);
    const left = [...keys].sort(() => random.below(3) - 1);
    while (left.length > 0) {
      assert.is(persistentTerm.erase(left.pop()), true);
      if (left.length % 16 === 0) for (const key of left) assert.equal(persistentTerm.get(key), [key]);
    }
    for (const key of keys) assert.is(persistentTerm.get(key, 'none'), 'none');
  }
});

test('persistent_term_SUITE: get_put_colliding_bucket', async () => {
  const gate = newGate();
  const asking = times(2, () => hire().call<number>('askMissing', gate, 3, 64));
  meet(gate, 3);
  for (let lap = 0; lap < 300; lap++) {
    for (let n = 0; n < 64; n += 2) persistentTerm.put(['key', n], [n, lap]);
    for (let n = 0; n < 64; n += 2) if ((n + lap) % 3 === 0) persistentTerm.erase(['key', n]);
  }
  stop(gate);
  for (const found of await Promise.all(asking)) assert.ok(found > 0);
});

test('persistent_term_SUITE: put_erase_trapping', async () => {
  const member = await hireReady();
  const keys = times(5000, (n) => ['key', n]);
  for (const key of keys) persistentTerm.put(key, { first: key });
  for (const key of keys) persistentTerm.put(key, { second: key });
  assert.is(persistentTerm.info().count, 5000);
  for (const key of keys) assert.equal(persistentTerm.get(key), { second: key });
  assert.equal(await member.call('get', keys[4999]), { second: keys[4999] });
  for (const key of keys) assert.is(persistentTerm.erase(key), true);
  assert.is(persistentTerm.info().count, 0);
  assert.is(await member.call('get', keys[4999]), 'none');
});

test('persistent_term_SUITE: error_info', () => {
  const says = (act: () => unknown, code: string, operation: string): void => {
    const { message, name } = refuses(act, code);
    assert.ok(message.includes(operation) || name === 'TermError', message);
  };
  says(() => persistentTerm.get('missing'), 'ERR_PERSISTENT_TERM_BADKEY', 'persistentTerm.get');
  says(() => persistentTerm.view('missing'), 'ERR_PERSISTENT_TERM_BADKEY', 'persistentTerm.view');
  says(() => persistentTerm.ref('missing').get(), 'ERR_PERSISTENT_TERM_BADKEY', 'get');
  persistentTerm.put('k', 1);
  says(() => persistentTerm.putNew('k', 2), 'ERR_PERSISTENT_TERM_EXISTS', 'persistentTerm.putNew');
  says(() => persistentTerm.put('k', () => 1), 'ERR_TERM_UNSUPPORTED', 'persistentTerm.put');
  says(() => persistentTerm.put({ key: () => 1 }, 1), 'ERR_TERM_UNSUPPORTED', 'persistentTerm.put');
  assert.is(persistentTerm.get('k'), 1);
  assert.is(persistentTerm.info().count, 1);
});

run();
