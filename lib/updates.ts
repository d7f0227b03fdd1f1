import { badArgument, etsFailure, kindOf } from './failures.js';
import { faultOfOptions } from './plain-options.js';
import { requireKey, tableFirst, wasFound, WRITE } from './guards.js';
import { native } from './native/binding.js';
import * as control from './native/control.js';
import { readCounterResults } from './results.js';
import * as encode from './term/encode.js';
import type { CounterOperation, Row } from './types.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, reals, A, B, C, D, E, F0, F1, F2, RESULT0, STATUS, TABLE, Status } = control;
const { appendKey, appendRow, appendTerm, appendU32, begin, encodeKey, request } = encode;
const { addToCounter: addInNative, updateCounter } = native;

const OPERATION_PARTS: ReadonlySet<string> = new Set<keyof CounterOperation>([
  'pos',
  'incr',
  'threshold',
  'set',
]);

/** A counter operation with everything filled in. */
interface FullOperation {
  readonly pos: number;
  readonly incr: number | bigint;
  readonly threshold: number | bigint | undefined;
  readonly set: number | bigint | undefined;
}

function requireInteger(value: unknown, name: string, call: string): number | bigint {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
  throw badArgument(call, `${name} must be a safe integer or a bigint, not ${kindOf(value)}`);
}

/** A position in a row as users give it. */
export function requirePosition(value: unknown, name: string, call: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw badArgument(call, `${name} must be an integer, not ${kindOf(value)}`);
  }
  // Beyond every row, so that native answers "no such position" in its turn.
  return value < 0 || value > 0x7fffffff ? 0x7fffffff : value;
}

function readOperation(op: unknown, keypos: number, call: string): FullOperation {
  if (typeof op === 'number' || typeof op === 'bigint') {
    return {
      pos: keypos + 1,
      incr: requireInteger(op, 'the increment', call),
      threshold: undefined,
      set: undefined,
    };
  }
  if (typeof op !== 'object' || op === null || Array.isArray(op)) {
    throw badArgument(
      call,
      `an operation must be a number, a bigint or an object with \`incr\`, not ${kindOf(op)}`,
    );
  }
  const fault = faultOfOptions(op);
  if (fault !== undefined) throw badArgument(call, `an operation ${fault}`);
  for (const name of Object.keys(op)) {
    if (!OPERATION_PARTS.has(name)) throw badArgument(call, `an operation has no part \`${name}\``);
  }
  const { pos, incr, threshold, set } = op as CounterOperation;
  if ((threshold === undefined) !== (set === undefined))
    throw badArgument(call, '`threshold` and `set` are given together or not at all');
  return {
    pos: pos === undefined ? keypos + 1 : requirePosition(pos, '`pos`', call),
    incr: requireInteger(incr, '`incr`', call),
    threshold: threshold === undefined ? undefined : requireInteger(threshold, '`threshold`', call),
    set: set === undefined ? undefined : requireInteger(set, '`set`', call),
  };
}

/**
 * Puts key, operation and default row into the request and the control words.
 *
 * Returns true when the operation is one of plain numbers (`updateCounter` in native), false when the list form was
 * written (`updateCounters`).
 */
function writeCounterRequest(
  key: unknown,
  op: unknown,
  defaultRow: Row | undefined,
  keypos: number,
  call: string,
): boolean {
  const list = Array.isArray(op);
  const operations = list
    ? // Not map(), which would skip holes.
      Array.from(op, (one: unknown) => readOperation(one, keypos, call))
    : [readOperation(op, keypos, call)];
  const [single] = operations;
  const fallback = readDefault(defaultRow, key, keypos, call);
  begin();
  const keyBytes = appendKey(key);
  if (!list && single !== undefined && isPlain(single)) {
    writeDefault(fallback, keypos);
    ctl[A] = keyBytes;
    ctl[B] = single.pos;
    ctl[C] = single.threshold === undefined ? 0 : 1;
    reals[F0] = single.incr;
    reals[F1] = single.threshold ?? 0;
    reals[F2] = single.set ?? 0;
    return true;
  }
  const start = request.pos;
  for (const operation of operations) writeOperation(operation);
  const bytes = request.pos - start;
  writeDefault(fallback, keypos);
  ctl[A] = keyBytes;
  ctl[B] = operations.length;
  ctl[C] = bytes;
  return false;
}

function isPlain(
  operation: FullOperation,
): operation is FullOperation & { incr: number; threshold?: number; set?: number } {
  return (
    typeof operation.incr === 'number' &&
    typeof operation.threshold !== 'bigint' &&
    typeof operation.set !== 'bigint'
  );
}

function writeOperation(operation: FullOperation): void {
  appendU32(operation.pos);
  // A u32 whose first byte is the flag; the next append overwrites the other three.
  appendU32(operation.threshold === undefined ? 0 : 1);
  request.pos -= 3;
  appendTerm(operation.incr);
  if (operation.threshold === undefined) return;
  appendTerm(operation.threshold);
  appendTerm(operation.set);
}

/** A copy of the default row with `key` in its key position. Runs user code (getters), so no request may be under way. */
function readDefault(
  defaultRow: Row | undefined,
  key: unknown,
  keypos: number,
  call: string,
): Row | undefined {
  if (defaultRow === undefined) return undefined;
  if (!Array.isArray(defaultRow))
    throw badArgument(call, `the default row must be an array, not ${kindOf(defaultRow)}`);
  if (defaultRow.length <= keypos)
    throw badArgument(call, `the default row has no element at keypos ${keypos}`);
  const row: unknown[] = defaultRow.slice();
  row[keypos] = key;
  return row;
}

/** Appends the default row; ctl[D] and ctl[E] say how long it is. */
function writeDefault(row: Row | undefined, keypos: number): void {
  if (row === undefined) {
    ctl[D] = 0;
    ctl[E] = 0;
    return;
  }
  const payload = appendRow(row, keypos);
  ctl[D] = payload;
  ctl[E] = request.canonicalLength;
}

/** The changes, checked, each read once. Runs user code (getters), so no request may be under way. */
function readChanges(
  changes: readonly (readonly [number, unknown])[],
  call: string,
): (readonly [number, unknown])[] {
  return Array.from(changes, (change) => {
    if (!Array.isArray(change) || change.length !== 2)
      throw badArgument(call, 'a change must be a pair [position, value]');
    const [pos, value] = change;
    return [requirePosition(pos, 'a position', call), value] as const;
  });
}

/** Puts key, changes and default row into the request and the control words. */
function writeElementRequest(
  key: unknown,
  changes: readonly (readonly [number, unknown])[],
  defaultRow: Row | undefined,
  keypos: number,
  call: string,
): void {
  const pairs = readChanges(changes, call);
  const fallback = readDefault(defaultRow, key, keypos, call);
  begin();
  const keyBytes = appendKey(key);
  const start = request.pos;
  for (const [pos, value] of pairs) {
    appendU32(pos);
    const sizeAt = request.pos;
    appendU32(0);
    const size = appendTerm(value);
    request.view.setUint32(sizeAt, size, true);
  }
  const bytes = request.pos - start;
  writeDefault(fallback, keypos);
  ctl[A] = keyBytes;
  ctl[B] = pairs.length;
  ctl[C] = bytes;
}

function runCounter(id: number, operation: string): number {
  ctl[TABLE] = id;
  updateCounter();
  return counterResult(operation);
}

function counterResult(operation: string): number {
  const status = ctl[STATUS] as number;
  if (status === Status.Ok) return reals[RESULT0] as number;
  throw etsFailure(status === Status.NotFound ? Status.BadKey : status, operation);
}

/** Adds `increment` to the number after the key. REQUIRES: `key` is a string or a number, `increment` an int32. */
export function addToCounter(
  id: number,
  keypos: number,
  key: unknown,
  increment: number,
  operation: string,
): number {
  ctl[A] = encodeKey(key);
  ctl[B] = keypos + 1;
  ctl[C] = increment;
  ctl[TABLE] = id;
  addInNative();
  return counterResult(operation);
}

/** `updateCounter` in all its forms. */
export function updateCounters(
  id: number,
  keypos: number,
  key: unknown,
  op: unknown,
  defaultRow: Row | undefined,
  operation: string,
): unknown {
  const plain = tableFirst(id, WRITE, operation, () => {
    requireKey(key, operation);
    return writeCounterRequest(key, op, defaultRow, keypos, operation);
  });
  if (plain) return runCounter(id, operation);
  ctl[TABLE] = id;
  native.updateCounters();
  const length = ctl[STATUS] as number;
  if (length < 0) throw etsFailure(length === Status.NotFound ? Status.BadKey : length, operation);
  const results = readCounterResults(length, ctl[B] as number, operation);
  return Array.isArray(op) ? results : results[0];
}

/** `updateElement` and `updateElements`. */
export function updateElements(
  id: number,
  keypos: number,
  key: unknown,
  changes: readonly (readonly [number, unknown])[],
  defaultRow: Row | undefined,
  operation: string,
): boolean {
  tableFirst(id, WRITE, operation, () => {
    requireKey(key, operation);
    if (!Array.isArray(changes))
      throw badArgument(operation, `changes must be an array, not ${kindOf(changes)}`);
    writeElementRequest(key, changes, defaultRow, keypos, operation);
  });
  ctl[TABLE] = id;
  native.updateElements();
  return wasFound(operation);
}
