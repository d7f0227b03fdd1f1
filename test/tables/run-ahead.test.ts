import { native } from '#dist/native/binding.js';
import { $1, _, ets, type Table } from 'termstore';
import { gt } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { seededRandom } from '../support/random.js';
import { sharingTest } from '../support/sharing.js';
import { suite } from '../support/suite.js';

const { test, skip, run } = suite('steps of an ordered_set that were fetched ahead');
const testAhead = sharingTest({ test, skip });

/** How often `call` asks the table for a step. */
function asked(call: () => void): number {
  const { step, stepRun } = native;
  let calls = 0;
  native.step = () => (calls++, step());
  native.stepRun = () => (calls++, stepRun());
  try {
    call();
  } finally {
    Object.assign(native, { step, stepRun });
  }
  return calls;
}

function keysOf(table: Table, forward: boolean): unknown[] {
  const keys: unknown[] = [];
  if (forward) for (let key = table.first(); key !== undefined; key = table.next(key)) keys.push(key);
  else for (let key = table.last(); key !== undefined; key = table.prev(key)) keys.push(key);
  return keys;
}

for (const options of [{}, { compressed: true }, { writeConcurrency: true }]) {
  testAhead(`a walk asks the table a few times, in both directions: ${JSON.stringify(options)}`, () => {
    using table = ets.new('walk', { type: 'ordered_set', ...options });
    const keys: unknown[] = Array.from({ length: 1000 }, (_each, i) => (i < 500 ? i : `k${i}`));
    for (const key of keys) table.insert([key, [key]]);
    assert.ok(asked(() => assert.equal(keysOf(table, true), keys)) < 40);
    assert.ok(asked(() => assert.equal(keysOf(table, false), [...keys].reverse())) < 40);
    const calls = asked(() => {
      let key: unknown = keys[0];
      for (const next of keys.slice(1)) {
        const found = table.nextLookup(key)!;
        assert.equal(found, { key: next, rows: [[next, [next]]] });
        (found.rows[0] as unknown[]).push('mine');
        key = found.key;
      }
      assert.is(table.nextLookup(key), undefined);
    });
    assert.ok(calls < 40);
  });
}

test('steps are those of the table at that moment, whatever is written between them', () => {
  const rng = seededRandom('steps of an ordered_set');
  for (let round = 0; round < 60; round++) {
    using table = ets.new('model', { type: 'ordered_set' });
    const keys = new Set<number>();
    const put = (key: number): void => void (keys.add(key), table.insert([key, 0]));
    for (let i = 0; i < 120; i++) put(rng.below(300));
    let at = -1;
    const writeOneIn = [2, 12, 80][round % 3]!;
    for (let i = 0; i < 600; i++) {
      if (rng.below(writeOneIn) === 0) {
        const key = rng.below(300);
        const kind = rng.below(6);
        if (kind === 0) {
          table.insertMany([[key], [key + 1]]);
          keys.add(key).add(key + 1);
        } else if (kind === 1) {
          table.delete(at);
          keys.delete(at);
        } else if (kind === 2) {
          table.take(key);
          keys.delete(key);
        } else if (kind === 3 && rng.below(8) === 0) {
          table.deleteAllObjects();
          keys.clear();
        } else if (kind === 4 && rng.below(4) === 0) {
          table.selectDelete([[[$1, _], [gt($1, key)], [true]]]);
          for (const each of keys) if (each > key && table.get(each) === undefined) keys.delete(each);
        } else put(key);
      }
      const sorted = [...keys].sort((a, b) => a - b);
      const forward = Math.floor(i / 50) % 2 === 0;
      const wanted = forward ? sorted.find((key) => key > at) : sorted.filter((key) => key < at).at(-1);
      const withRows = rng.below(5) === 0;
      const found = withRows
        ? (forward ? table.nextLookup(at) : table.prevLookup(at))?.key
        : forward
          ? table.next(at)
          : table.prev(at);
      assert.is(found, wanted);
      at = wanted ?? rng.below(300);
    }
  }
});

test('a walk that writes fetches ahead less and less', () => {
  using table = ets.new('writes', { type: 'ordered_set' });
  for (let i = 0; i < 3000; i++) table.insert([i, 0]);
  let runs = 0;
  const { stepRun } = native;
  native.stepRun = () => (runs++, stepRun());
  for (let key = table.first(); key !== undefined; key = table.next(key)) table.insert([key, 1]);
  native.stepRun = stepRun;
  assert.ok(runs < 12, `${runs}`);
});

test('a table that is dropped, or closed to this thread, has no steps left', () => {
  const table = ets.new('gone', { type: 'ordered_set' });
  for (let i = 0; i < 100; i++) table.insert([i]);
  let key: unknown = table.first();
  for (let i = 0; i < 20; i++) key = table.next(key);
  assert.is(key, 20);
  table.drop();
  refuses(() => table.next(key), 'ERR_ETS_ID', 'table.next');
});

test('a key that was answered and changed by the caller is asked for as it is now', () => {
  using table = ets.new('arrays', { type: 'ordered_set' });
  for (let i = 0; i < 100; i++) table.insert([[i], i]);
  let key = table.first() as number[];
  for (let i = 0; i < 20; i++) key = table.next(key) as number[];
  key[0] = 90;
  assert.equal(table.next(key), [91]);
});

run();
