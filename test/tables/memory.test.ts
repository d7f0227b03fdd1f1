import * as assert from 'uvu/assert';
import { ets, type Table, type TableOptions } from 'termstore';
import { suite } from '../support/suite.js';

type R = [number, string];

const ROWS = 200_000;
const TEXT = 'x'.repeat(400);

/** All keys from 0 on in an order that has nothing to do with where rows lie. */
function shuffled(count: number): Uint32Array {
  const keys = Uint32Array.from({ length: count }, (_, i) => i);
  let state = 12345;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const j = state % (i + 1);
    [keys[i], keys[j]] = [keys[j] as number, keys[i] as number];
  }
  return keys;
}

function fill(table: Table<R>): void {
  for (let from = 0; from < ROWS; from += 1000)
    table.insertMany(Array.from({ length: 1000 }, (_, i): R => [from + i, TEXT]));
}

const tables: [string, TableOptions][] = [
  ['a set', {}],
  ['a set with write concurrency', { writeConcurrency: true }],
  ['a bag', { type: 'bag' }],
  ['an ordered_set', { type: 'ordered_set' }],
];

const { test, run } = suite('memory that comes back');

for (const [title, options] of tables) {
  test(`${title} gives the memory of removed rows back to the system while others stay`, () => {
    const keys = shuffled(ROWS);
    const table = ets.new<R>('rows', options);
    const empty = table.info('memory') as number;
    const residentBefore = process.memoryUsage().rss;
    fill(table);
    const full = table.info('memory') as number;
    const residentFull = process.memoryUsage().rss;
    const removed = ROWS * 0.9;
    for (let i = 0; i < removed; i++) table.delete(keys[i]);
    const left = table.info('memory') as number;
    const residentLeft = process.memoryUsage().rss;
    assert.is(table.info('size'), ROWS - removed);
    for (let i = removed; i < ROWS; i++) assert.equal(table.lookup(keys[i]), [[keys[i], TEXT]]);
    assert.ok(left - empty < 0.25 * (full - empty), `${left} of ${full} bytes`);
    assert.ok(
      residentLeft - residentBefore < 0.5 * (residentFull - residentBefore),
      `resident: ${residentBefore}, ${residentFull}, ${residentLeft}`,
    );
    for (let i = removed; i < ROWS; i++) table.delete(keys[i]);
    assert.ok((table.info('memory') as number) < 0.01 * full);
    table.drop();
  });
}

run();
