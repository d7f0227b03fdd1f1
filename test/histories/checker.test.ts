import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { BudgetExceeded, check, checkWhole, type Event } from './checker.js';
import type { Cell, Operation, State } from './model.js';
import { describeIllegal, shortestWindow } from './report.js';

/* Histories made by hand: what the checker takes and what it refuses. */

const { test, run } = suite('the checker of histories');

const EMPTY: State = [null, null];
const a: Cell = [1, 10, 10];
const b: Cell = [2, 20, 20];
const c: Cell = [3, 30, 30];

type Line = readonly [
  thread: number,
  called: number,
  returned: number,
  operation: Operation,
  result: unknown,
];

function history(...lines: readonly Line[]): Event[] {
  return lines.map(([thread, called, returned, operation, result]) => ({
    thread,
    called,
    returned,
    operation,
    result,
  }));
}

const insert = (cell: Cell, key = 0): Operation => ({ name: 'insert', key, cell });
const lookup: Operation = { name: 'lookup', key: 0 };
const count: Operation = { name: 'updateCounter', key: 0, incr: 1 };
const scan: Operation = { name: 'tab2list' };
const both = (cell: Cell): Operation => ({
  name: 'insertMany',
  rows: [
    [0, cell],
    [1, cell],
  ],
});

const isLegal = (...lines: readonly Line[]): boolean => check(history(...lines), EMPTY) === undefined;

test('operations one after the other are legal when each answers what the model says', () => {
  assert.ok(isLegal());
  assert.ok(isLegal([0, 0, 1, insert(a), null], [1, 2, 3, lookup, [a]], [0, 4, 5, count, 2]));
  assert.not(isLegal([0, 0, 1, insert(a), null], [1, 2, 3, lookup, []]));
  assert.not(isLegal([0, 0, 1, insert(a), null], [0, 2, 3, count, 3]));
});

test('a read during a write may see it or not', () => {
  assert.ok(isLegal([0, 0, 3, insert(a), null], [1, 1, 2, lookup, [a]]));
  assert.ok(isLegal([0, 0, 3, insert(a), null], [1, 1, 2, lookup, []]));
});

test('a read that begins after a write has returned sees it, in whatever thread', () => {
  assert.not(isLegal([0, 0, 1, insert(a), null], [0, 2, 3, insert(b), null], [1, 4, 5, lookup, [a]]));
  assert.ok(isLegal([0, 0, 1, insert(a), null], [0, 2, 4, insert(b), null], [1, 3, 5, lookup, [a]]));
});

test('of two reads in order the second never sees an older row', () => {
  const write: Line = [0, 2, 9, insert(b), null];
  const before: Line = [0, 0, 1, insert(a), null];
  assert.ok(isLegal(before, write, [1, 3, 4, lookup, [a]], [2, 5, 6, lookup, [b]]));
  assert.not(isLegal(before, write, [1, 3, 4, lookup, [b]], [2, 5, 6, lookup, [a]]));
  // Unless they overlap.
  assert.ok(isLegal(before, write, [1, 3, 6, lookup, [b]], [2, 4, 5, lookup, [a]]));
});

test('no update is lost', () => {
  const before: Line = [0, 0, 1, insert(a), null];
  assert.ok(isLegal(before, [0, 2, 5, count, 2], [1, 3, 4, count, 3]));
  assert.ok(isLegal(before, [0, 2, 5, count, 3], [1, 3, 4, count, 2]));
  assert.not(isLegal(before, [0, 2, 5, count, 2], [1, 3, 4, count, 2]));
});

test('operations that overlap in a chain are put in the order that their answers ask for', () => {
  const lines: Line[] = [
    [0, 0, 5, insert(a), null],
    [1, 1, 6, insert(b), null],
    [2, 2, 7, insert(c), null],
    [3, 3, 4, lookup, [b]],
    [3, 8, 9, lookup, [a]],
    [3, 10, 11, lookup, [a]],
  ];
  assert.ok(isLegal(...lines));
  // All three are over: what was read once stays.
  assert.not(isLegal(...lines, [3, 12, 13, lookup, [c]]));
});

test('an operation that never came back may have been done at any later time', () => {
  const lost: Line = [0, 2, Infinity, insert(b), null];
  const before: Line = [1, 0, 1, insert(a), null];
  assert.ok(isLegal(before, lost, [1, 3, 4, lookup, [a]], [1, 5, 6, lookup, [b]]));
  assert.not(isLegal(before, lost, [1, 3, 4, lookup, [b]], [1, 5, 6, lookup, [a]]));
});

test('a batch is one step: nobody sees a part of it before the rest of what was there', () => {
  const before: Line = [0, 0, 1, both(a), null];
  const write: Line = [0, 2, 7, both(b), null];
  assert.ok(isLegal(before, write, [1, 3, 4, scan, [a, a]], [1, 5, 6, scan, [b, b]]));
  assert.not(isLegal(before, write, [1, 3, 4, scan, [a, b]]));
  const second: Operation = { name: 'lookup', key: 1 };
  assert.ok(isLegal(before, write, [1, 3, 4, lookup, [a]], [1, 5, 6, second, [b]]));
  assert.not(isLegal(before, write, [1, 3, 4, lookup, [b]], [1, 5, 6, second, [a]]));
  const size: Operation = { name: 'size' };
  assert.not(isLegal([0, 0, 3, both(a), null], [1, 1, 2, size, 1]));
  assert.not(isLegal(before, [0, 2, 5, { name: 'deleteAllObjects' }, null], [1, 3, 4, size, 1]));
});

test('keys are checked apart, and what is illegal under one is found', () => {
  const other: Line[] = [
    [0, 0, 3, insert(b, 1), null],
    [1, 1, 2, { name: 'lookup', key: 1 }, [b]],
  ];
  const lines: Line[] = [...other, [0, 4, 5, insert(a), null], [1, 6, 7, lookup, []]];
  assert.ok(isLegal(...other));
  const illegal = check(history(...lines), EMPTY);
  assert.is(illegal?.moments.length, 4);
  assert.ok(checkWhole(history(...lines), EMPTY) !== undefined);
});

test('a history that is too much fails loudly', () => {
  const writes = Array.from({ length: 12 }, (_none, i): Line => [i, i, 100 + i, insert([i, i, i]), null]);
  assert.throws(
    () => check(history(...writes), EMPTY, 1000),
    (error: unknown) => error instanceof BudgetExceeded,
  );
});

test('the report shows the shortest window, whatever was before', () => {
  const noise = Array.from({ length: 50 }, (_none, i): Line[] => [
    [0, 10 * i, 10 * i + 1, insert([i, i, i]), null],
    [1, 10 * i + 2, 10 * i + 3, lookup, [[i, i, i]]],
  ]).flat();
  const lines: Line[] = [
    ...noise,
    [0, 1000, 1001, insert(a), null],
    [2, 1002, 1009, { name: 'member', key: 0 }, true],
    [0, 1003, 1004, insert(b), null],
    [1, 1005, 1006, lookup, [a]],
  ];
  const illegal = check(history(...lines), EMPTY);
  assert.ok(illegal !== undefined);
  const window = shortestWindow(illegal);
  assert.equal(
    window.events.map(({ operation }) => operation),
    [insert(b), lookup],
  );
  const text = describeIllegal(illegal);
  assert.match(text, /^not linearizable/);
  assert.match(text, /\[-?\] +thread 0: insert\(key 0, cell \[2,20,20\]\) -> null/);
  assert.match(text, /thread 1: lookup\(key 0\) -> \[\[1,10,10\]\]/);
});

test('a window begins late enough to have its cause in it, and says what was called earlier', () => {
  const lines: Line[] = [
    [0, 0, 1, insert(a), null],
    [0, 2, 20, insert(b), null],
    [1, 3, 4, lookup, [a]],
    [2, 5, 6, lookup, [b]],
    [1, 7, 8, lookup, [a]],
  ];
  const illegal = check(history(...lines), EMPTY);
  assert.ok(illegal !== undefined);
  const { events } = shortestWindow(illegal);
  // Without the write in it the window could be explained: by one that came before the first read, and one after it.
  assert.equal(
    events.map(({ called }) => called),
    [2, 5, 7],
  );
});

run();
