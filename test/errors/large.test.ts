// @timeout 180
import { ets, persistentTerm } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { nested } from './bad-values.js';

const { test, beforeEach, afterEach, run } = suite('large values');
checkBaseline({ beforeEach, afterEach });

const MEGABYTE = 2 ** 20;
const HUGE = 100 * MEGABYTE;

/** Bytes whose every page differs, so that a part that is missing or doubled shows. */
function hugeBytes(): Uint8Array {
  const bytes = new Uint8Array(HUGE);
  for (let at = 0; at < HUGE; at += 1000) bytes[at] = at / 1000;
  return bytes;
}

function sameBytes(actual: unknown, expected: Uint8Array): boolean {
  return actual instanceof Uint8Array && Buffer.compare(actual, expected) === 0;
}

for (const type of ['set', 'ordered_set'] as const) {
  test(`${type}: a row of 100 MB is stored, read, updated beside, taken, and its memory comes back`, () => {
    using table = ets.new('huge', { type });
    const empty = table.info('memory')!;
    const bytes = hugeBytes();
    table.insert(['huge', 1, bytes]);
    assert.ok(table.info('memory')! > HUGE);
    assert.ok(sameBytes(table.get('huge')?.[2], bytes));
    assert.is(table.updateCounter('huge', 1), 2);
    assert.is(table.lookupElement('huge', 1), 2);
    assert.ok(sameBytes(table.lookupElement('huge', 2), bytes));
    assert.ok(sameBytes(table.tab2list()[0]?.[2], bytes));
    const [taken] = table.take('huge');
    assert.ok(sameBytes(taken?.[2], bytes));
    assert.is(table.info('size'), 0);
    assert.ok(table.info('memory')! < empty + 2 * MEGABYTE, `${empty} -> ${table.info('memory')}`);
  });

  test(`${type}: a key of 20 MB finds its row`, () => {
    using table = ets.new('huge', { type });
    const key = 'k'.repeat(20 * MEGABYTE);
    table.insert([key, 1]);
    assert.is(table.lookupElement(key, 1), 1);
    assert.is(table.member(`${key}x`), false);
    assert.is((table.first() as string).length, key.length);
    assert.is(table.delete(key), true);
  });

  test(`${type}: what needs more than 2^30 - 1 bytes is refused, and nothing changes`, () => {
    using table = ets.new('huge', { type });
    table.insert(['a', 1]);
    const before = table.info();
    const bytes = new Uint8Array(2 ** 30);
    refuses(() => table.insert(['a', bytes]), 'ERR_TERM_TOO_LARGE', /^row\[1\]/);
    refuses(() => table.insertNew(['b', bytes]), 'ERR_TERM_TOO_LARGE', /^row\[1\]/);
    refuses(
      () =>
        table.insertMany([
          ['b', 1],
          ['a', bytes],
        ]),
      'ERR_TERM_TOO_LARGE',
      /^rows\[1\]\[1\]/,
    );
    refuses(() => table.updateElement('a', 1, bytes), 'ERR_TERM_TOO_LARGE', /^value/);
    refuses(() => table.lookup(bytes), 'ERR_TERM_TOO_LARGE', /^key/);
    assert.equal(table.info(), before);
    assert.equal(table.tab2list(), [['a', 1]]);
    // What follows a refusal is not disturbed by it.
    table.insert(['b', 'after']);
    assert.equal(table.get('b'), ['b', 'after']);
  });

  test(`${type}: values nested 1024 deep are stored, deeper ones refused`, () => {
    using table = ets.new('deep', { type });
    const deep = nested(1024);
    table.insert(['deep', deep]);
    table.insert([deep, 'as a key']);
    assert.equal(table.lookupElement('deep', 1), deep);
    assert.is(table.lookupElement(deep, 1), 'as a key');
    for (const depth of [1025, 10_000, 100_000]) {
      refuses(() => table.insert(['deep', nested(depth)]), 'ERR_TERM_TOO_LARGE', /deeper/);
      refuses(() => table.member(nested(depth)), 'ERR_TERM_TOO_LARGE', /deeper/);
    }
    assert.is(table.info('size'), 2);
  });
}

test('a persistent term of 100 MB is stored, read once per thread, and its memory comes back', () => {
  const bytes = hugeBytes();
  const before = persistentTerm.info();
  persistentTerm.put('huge', bytes);
  assert.ok(persistentTerm.info().memory > before.memory + HUGE);
  const value = persistentTerm.get('huge');
  assert.ok(sameBytes(value, bytes));
  assert.is(persistentTerm.get('huge'), value);
  persistentTerm.put('huge', bytes);
  assert.is(persistentTerm.get('huge'), value);
  assert.is(persistentTerm.erase('huge'), true);
  assert.equal(persistentTerm.info(), before);
});

run();
