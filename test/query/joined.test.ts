import * as assert from 'uvu/assert';
import { joined } from '#dist/joined.js';
import { fc } from '../support/property.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('query: results of many slices');

const element = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.constant(undefined),
  fc.array(fc.integer()),
);

test('parts are joined in their order, however many a call takes', () => {
  const check = (parts: unknown[][], most: number): void => {
    const expected: unknown[] = [];
    for (const part of parts) for (const each of part) expected.push(each);
    const actual = joined(parts, most);
    assert.is(actual.length, expected.length);
    for (const [i, each] of expected.entries()) assert.ok(Object.is(actual[i], each), `element ${i}`);
  };
  fc.assert(fc.property(fc.array(fc.array(element)), fc.integer({ min: 2, max: 5 }), check), {
    numRuns: 500,
  });
});

test('more parts than any engine takes arguments', () => {
  const parts = Array.from({ length: 300_000 }, (_, i) => [i]);
  const all = joined(parts);
  assert.is(all.length, parts.length);
  assert.ok(all.every((each, i) => each === i));
});

test('the parts stay as they are, and no part is the answer', () => {
  const parts = [[1], [2]];
  const all = joined(parts);
  all.push(3);
  assert.equal(parts, [[1], [2]]);
  assert.equal(joined([]), []);
});

run();
