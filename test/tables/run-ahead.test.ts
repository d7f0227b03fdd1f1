import { native } from '#dist/native/binding.js';
import { $1, _, ets, type Table } from 'termstore';
import { gt } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { seededRandom } from '../support/random.js';
import { sharingTest } from '../support/sharing.js';
import { suite } from '../support/suite.js';

const { test, skip, run } = suite('steps that were fetched ahead');
const testAhead = sharingTest({ test, skip });

/** How often `call` asks the table for a step. */
function asked(call: () => void): number {
  let steps = 0;
  const { step } = native;
  native.step = () => (steps++, step());
  try {
    return runsFetched(call) + steps;
  } finally {
    native.step = step;
  }
}

/** How often `call` fetches steps ahead. */
function runsFetched(call: () => void): number {
  let runs = 0;
  const { stepRun } = native;
  native.stepRun = () => (runs++, stepRun());
  try {
    call();
  } finally {
    native.stepRun = stepRun;
  }
  return runs;
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

/** The answer, or the code of the refusal. */
function stepFrom(table: Table, key: unknown, withRows: boolean): unknown {
  try {
    return withRows ? table.nextLookup(key) : table.next(key);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

for (const options of [
  { type: 'set' },
  { type: 'set', writeConcurrency: true },
  { type: 'set', compressed: true },
  { type: 'bag' },
  { type: 'duplicate_bag', writeConcurrency: 'auto' },
] as const) {
  test(`steps in a hash table are those of the table at that moment: ${JSON.stringify(options)}`, () => {
    const rng = seededRandom('steps of a hash table');
    for (let round = 0; round < 9; round++) {
      using table = ets.new('hashed', { ...options, named: true });
      const range = [300, 4000, 12000][round % 3]!;
      const writeOneIn = [3, 25, 400][Math.floor(round / 3)]!;
      const keys = Array.from({ length: range / 2 }, () => rng.below(range));
      table.insertMany(keys.map((key) => [rng.below(4) === 0 ? `k${key}` : key, key]));
      let at = table.first();
      let fixed = 0;
      for (let i = 0; i < 1500; i++) {
        if (rng.below(writeOneIn) === 0) {
          const key = rng.below(range);
          const kind = rng.below(7);
          if (kind === 0) table.insertMany([[key], [`k${key}`]]);
          else if (kind === 1) table.delete(at);
          else if (kind === 2) table.take(key);
          else if (kind === 3 && rng.below(20) === 0) table.deleteAllObjects();
          else if (kind === 4) table.selectDelete([[[key, _], [], [true]]]);
          else if (kind === 5) {
            table.safeFixtable(fixed === 0);
            fixed = 1 - fixed;
          } else table.insert([key, i]);
        }
        const withRows = rng.below(50) === 0;
        // What the table says is what a handle answers that has fetched nothing.
        const wanted = stepFrom(ets.table('hashed'), at, withRows);
        const found = stepFrom(table, at, withRows);
        assert.equal(found, wanted);
        const key = withRows ? (found as { key?: unknown } | undefined)?.key : found;
        at = key === undefined || key === 'ERR_ETS_BADARG' ? (table.first() ?? 0) : key;
      }
    }
  });

  testAhead(
    `a walk through a large hash table asks it for a few of its steps: ${JSON.stringify(options)}`,
    () => {
      using table = ets.new('large', options);
      table.insertMany(Array.from({ length: 30_000 }, (_each, i) => [i % 3 === 0 ? `k${i}` : i, i]));
      const met = new Set<unknown>();
      const calls = asked(() => {
        for (let key = table.first(); key !== undefined; key = table.next(key)) met.add(key);
      });
      assert.is(met.size, 30_000);
      assert.ok(calls < 6000, `${calls}`);
      if (table.info('type') !== 'set') return;
      let rows = 0;
      const more = asked(() => {
        for (let at = table.firstLookup(); at !== undefined; at = table.nextLookup(at.key))
          rows += at.rows.length;
      });
      assert.is(rows, 30_000);
      assert.ok(more < 6000, `${more}`);
    },
  );
}

test('a walk through a small hash table soon asks for each step alone', () => {
  using table = ets.new('small');
  for (let i = 0; i < 100; i++) table.insert([i]);
  const runs = runsFetched(() => {
    for (let i = 0; i < 100; i++) assert.is(keysOf(table, true).length, 100);
  });
  assert.ok(runs < 200, `${runs}`);
});

test('a step whose answer does not fit into memory is no end', () => {
  using table = ets.new('large', { type: 'ordered_set' });
  for (let i = 0; i < 30; i++) table.insert([i]);
  table.insert([30, 'x'.repeat(200_000)]);
  let at = table.firstLookup()!;
  for (let i = 0; i < 29; i++) at = table.nextLookup(at.key)!;
  // The run of the last row, whose reply has a buffer of its own, comes next.
  const takeReply = native.takeReply.bind(native);
  native.takeReply = () => null;
  try {
    refuses(() => table.nextLookup(at.key), 'ERR_ETS_NO_MEMORY', 'table.nextLookup');
  } finally {
    native.takeReply = takeReply;
  }
  assert.is(table.nextLookup(at.key)?.key, 30);
});

test('a walk that writes fetches ahead less and less', () => {
  using table = ets.new('writes', { type: 'ordered_set' });
  for (let i = 0; i < 3000; i++) table.insert([i, 0]);
  const runs = runsFetched(() => {
    for (let key = table.first(); key !== undefined; key = table.next(key)) table.insert([key, 1]);
  });
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
