import { native } from '#dist/native/binding.js';
import { A, B, ctl, R0, STATUS } from '#dist/native/control.js';
import { encodeKey } from '#dist/term/encode.js';
import { persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('generations of persistent terms');
afterEach(() => {
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
});
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** As in native/core/persistent/area.h. */
const LAST_GENERATION = 0x7ffffff0;
const DEAD = -1;

function setGeneration(key: unknown, generation: number): void {
  ctl[A] = encodeKey(key);
  ctl[B] = generation;
  native.setGenerationForTest();
}

function slotOf(key: unknown): number {
  ctl[A] = encodeKey(key);
  native.persistentGet();
  assert.ok((ctl[STATUS] as number) > 0);
  return ctl[R0] as number;
}

function generation(slot: number): number {
  ctl[A] = slot;
  native.generation();
  return ctl[R0] as number;
}

test('a slot that runs out of generations is given up: its key moves, and nobody sees an old value', () => {
  persistentTerm.put('k', { n: 0 });
  const ref = persistentTerm.ref('k');
  assert.equal(ref.get(), { n: 0 });
  const worn = slotOf('k');
  setGeneration('k', LAST_GENERATION - 4);
  let moved = 0;
  for (let n = 1; n <= 10; n++) {
    persistentTerm.put('k', { n });
    assert.equal(persistentTerm.get('k'), { n });
    assert.equal(ref.get(), { n });
    if (slotOf('k') !== worn && moved === 0) moved = n;
  }
  assert.ok(moved > 1 && moved < 10, `moved after ${moved} puts`);
  assert.is(generation(worn), DEAD);
});

test('a slot that is worn out by erasing is never used again', () => {
  persistentTerm.put('k', 'old');
  const ref = persistentTerm.ref('k');
  const worn = slotOf('k');
  setGeneration('k', LAST_GENERATION - 1);
  assert.is(ref.get(), 'old');
  assert.is(persistentTerm.erase('k'), true);
  assert.is(generation(worn), DEAD);
  for (let i = 0; i < 100; i++) persistentTerm.put(`other ${i}`, i);
  for (let i = 0; i < 100; i++) assert.is.not(slotOf(`other ${i}`), worn);
  assert.is(persistentTerm.get('k', 'none'), 'none');
  persistentTerm.put('k', 'new');
  assert.is(ref.get(), 'new');
  assert.is.not(slotOf('k'), worn);
});

test('a slot that is used again counts on: what was read under it before is not taken for the new term', () => {
  const refs = [];
  for (let lap = 0; lap < 50; lap++) {
    const key = `lap ${lap}`;
    persistentTerm.put(key, { lap });
    const ref = persistentTerm.ref(key);
    assert.equal(ref.get(), { lap });
    refs.push(ref);
    persistentTerm.erase(key);
  }
  for (const ref of refs) assert.throws(() => ref.get());
  persistentTerm.put('last', 'x');
  for (const ref of refs) assert.throws(() => ref.get());
});

test('more terms than one page of slots holds are found, changed and erased', () => {
  const count = native.pageSlots * 2 + 100;
  for (let i = 0; i < count; i++) persistentTerm.put(i, `v${i}`);
  assert.is(persistentTerm.info().count, count);
  const beyond = slotOf(count - 1);
  assert.ok(beyond >= native.pageSlots, `${beyond}`);
  const ref = persistentTerm.ref(count - 1);
  for (let i = 0; i < count; i += 7) assert.is(persistentTerm.get(i), `v${i}`);
  for (let i = 0; i < count; i += 7) assert.is(persistentTerm.get(i), `v${i}`);
  assert.is(ref.get(), `v${count - 1}`);
  persistentTerm.put(count - 1, 'changed');
  assert.is(ref.get(), 'changed');
  assert.is(persistentTerm.get(count - 1), 'changed');
  assert.is(new Map(persistentTerm.getAll()).size, count);
  for (let i = 0; i < count; i++) assert.is(persistentTerm.erase(i), true);
  assert.is(persistentTerm.info().count, 0);
});

run();
