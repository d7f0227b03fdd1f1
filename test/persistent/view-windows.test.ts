import { native } from '#dist/native/binding.js';
import { persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { seededRandom } from '../support/random.js';
import { sharingTest } from '../support/sharing.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';

const { test, skip, afterEach, run } = suite('views of large terms, piece by piece');
const testShared = sharingTest({ test, skip });
afterEach(() => {
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});

const { windowBytes, windowOverlap } = native;

function viewOf<T>(value: T): T {
  persistentTerm.put('k', value);
  return persistentTerm.view<T>('k');
}

const SMALL: readonly unknown[] = [
  1,
  -(2 ** 31),
  0.5,
  2 ** 40,
  7n,
  -(2n ** 90n),
  'ab',
  'é',
  'x'.repeat(70),
  '\ud800',
  null,
  true,
  new Date(5),
  [],
  [1, ['y', [2]]],
  { a: 1, b: { c: 'z' } },
  new Map<unknown, unknown>([[1, 'one']]),
  new Set(['s']),
  new Uint8Array([1, 2, 3]),
  new Float64Array([0.5, 1.5]),
  Symbol.for('s'),
];

test('what lies around the end of a piece is read whole, wherever the end is', () => {
  // The rows begin some bytes before the end and each has another offset from it.
  for (let shift = 0; shift < 450; shift += 3) {
    const value = ['x'.repeat(windowBytes - 450 + shift), ...SMALL];
    const view = viewOf(value);
    for (let i = value.length - 1; i > 0; i--) {
      assert.is(difference(view[i], value[i]), undefined, `element ${i}, shifted by ${shift}`);
    }
  }
});

test('strings and bytes that reach over the end of a piece are whole, however long they are', () => {
  for (const length of [windowOverlap - 1, windowOverlap, windowOverlap + 1, 70_000, 3 * windowBytes]) {
    for (const before of [1, 20, Math.min(length, windowBytes) >> 1]) {
      const filler = 'x'.repeat(windowBytes - before);
      const value = [filler, 'y'.repeat(length), new Uint8Array(length).fill(7), 'é'.repeat(length), 'end'];
      const view = viewOf(value);
      for (let i = value.length - 1; i >= 0; i--)
        assert.is(difference(view[i], value[i]), undefined, `element ${i} of ${length} bytes`);
    }
  }
});

test('names, keys and elements that lie in any piece are found, and no others', () => {
  const numbers = Array.from({ length: 30_000 }, (_, i) => i);
  const long = 'n'.repeat(windowOverlap + 10);
  const object: Record<string, unknown> = Object.fromEntries(
    numbers.map((i) => [`name ${i}`, { i, text: 'x'.repeat(i % 200) }]),
  );
  const value = {
    object: { ...object, [`${long}1`]: 1, [`${long}2`]: 2 },
    map: new Map<unknown, unknown>(numbers.map((i) => [i % 3 === 0 ? `key ${i}` : i, [i]])),
    set: new Set<unknown>(numbers.map((i) => (i % 2 === 0 ? BigInt(i) : `${i}`))),
    list: numbers.map((i) => [i, `${i}`]),
  };
  const view = viewOf(value);
  const random = seededRandom('windows');
  for (let round = 0; round < 3000; round++) {
    const i = random.below(numbers.length + 100);
    const there = i < numbers.length;
    const found = view.object[`name ${i}`] as { i: number } | undefined;
    assert.is(found?.i, there ? i : undefined);
    assert.is(`name ${i}` in view.object, there);
    const key = i % 3 === 0 ? `key ${i}` : i;
    assert.is((view.map.get(key) as number[] | undefined)?.[0], there ? i : undefined);
    assert.is(view.set.has(i % 2 === 0 ? BigInt(i) : `${i}`), there);
    assert.is(view.list[i]?.[1], there ? `${i}` : undefined);
  }
  assert.is(view.object[`${long}1`], 1);
  assert.is(view.object[`${long}2`], 2);
  assert.is(view.object[`${long}3`], undefined);
  assert.is(difference(view, value), undefined);
});

testShared('looking at one property maps a few pieces and not the term', () => {
  const value = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`name ${i}`, 'x'.repeat(1000)]));
  persistentTerm.put('k', value);
  (globalThis as { gc?: () => void }).gc?.();
  const before = process.memoryUsage().arrayBuffers;
  const view = persistentTerm.view<typeof value>('k');
  assert.is(view['name 29999'], 'x'.repeat(1000));
  const mapped = process.memoryUsage().arrayBuffers - before;
  assert.ok(mapped < 8 * windowBytes, `${mapped} bytes`);
});

run();
