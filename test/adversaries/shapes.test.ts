import { ets } from 'termstore';
import * as assert from 'uvu/assert';
import { memoryStats } from '../support/stats.js';
import { suite } from '../support/suite.js';

/* Property names and shapes without end. In a file of its own: what is full stays full for the life of the process. */

const { test, run } = suite('names without end');

const MOST_SHAPES = 65_536;

test('shapes are bounded, and objects of further names are stored all the same', () => {
  using table = ets.new<[string, unknown]>('t');
  const before = memoryStats()['shapes'] as number;
  const known = { a: 1, b: { c: 2 } };
  table.insert(['known', known]);
  for (let i = 0; i < 90_000; i++) {
    const value = { [`n${i}`]: i, [`m${i % 1000}`]: 'x' };
    // Shapes are made of what comes again and again.
    for (let times = 0; times < 3; times++) table.insert(['k', value]);
    if (i % 10_000 === 0 || i > 89_990) assert.equal(table.get('k'), ['k', value]);
  }
  const shapes = memoryStats()['shapes'] as number;
  assert.ok(shapes > before, 'no shape was made: that proves nothing');
  assert.ok(shapes <= MOST_SHAPES, `${shapes} shapes`);
  for (let i = 0; i < 300; i++) {
    // Long names, many of them, in one object.
    const wide = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`${i} ${n} `.repeat(20), n]));
    table.insert(['wide', wide]);
    assert.equal(table.get('wide'), ['wide', wide]);
  }
  assert.equal(table.get('known'), ['known', known]);
  assert.ok((memoryStats()['shapes'] as number) <= MOST_SHAPES);
});

test('rows, keys and names of any length are found again, and the near cache stays bounded', () => {
  using table = ets.new<[string, unknown]>('t', { readConcurrency: true });
  for (let i = 0; i < 30_000; i++) {
    const key = `${i} `.repeat(1 + (i % 50));
    table.insert([key, i]);
    if (table.get(key)?.[1] !== i) throw new Error(key);
  }
  assert.ok(table.info('nearCache')!.size <= 16_384);
});

run();
