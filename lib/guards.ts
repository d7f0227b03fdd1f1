import { types } from 'node:util';
import { badArgument, etsFailure, kindOf } from './failures.js';
import { native } from './native/binding.js';
import * as control from './native/control.js';
import * as encode from './term/encode.js';
import type { Row } from './types.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, A, B, STATUS, TABLE, Status } = control;
const { encodeFlatRow, encodeKey, encodeOtherRow, NOT_FLAT, request } = encode;

/** Rights that an operation needs, as `native.check` knows them. */
export const READ = 1;
export const WRITE = 2;
/** What only the owner may do. */
export const OWN = 3;

/** Throws unless table `id` exists and this thread has the right. */
export function checkTable(id: number, right: number, operation: string): void {
  ctl[TABLE] = id;
  ctl[B] = right;
  native.check();
  requireOk(operation);
}

/** Throws unless the call that was just made succeeded. */
export function requireOk(operation: string): void {
  const status = ctl[STATUS] as number;
  if (status !== Status.Ok) throw etsFailure(status, operation);
}

/** What the call that was just made answers: whether there was a row. */
export function wasFound(operation: string): boolean {
  const status = ctl[STATUS] as number;
  if (status === Status.Ok) return true;
  if (status === Status.NotFound) return false;
  throw etsFailure(status, operation);
}

/**
 * Runs `encode`; when it refuses an argument for a table that is not there or not allowed, says that instead: OTP, too, looks
 * at the table first.
 */
export function tableFirst<T>(id: number, right: number, operation: string, encodeArguments: () => T): T {
  try {
    return encodeArguments();
  } catch (error) {
    checkTable(id, right, operation);
    throw error;
  }
}

/** Throws for the one term that is no key. */
export function requireKey(key: unknown, operation: string): void {
  if (key === undefined)
    throw badArgument(operation, 'undefined cannot be a key: it marks the end of a table');
}

/** Begins a request with `key`; returns its length in bytes. */
export function writeKey(id: number, key: unknown, right: number, operation: string): number {
  // The common keys cannot be refused, so they need no net.
  if (typeof key === 'string' || typeof key === 'number') return encodeKey(key);
  return tableFirst(id, right, operation, () => {
    requireKey(key, operation);
    return encodeKey(key);
  });
}

/** Puts `row` into the request and everything else into the control words. */
export function writeRow(id: number, keypos: number, row: Row, operation: string): void {
  let size = encodeFlatRow(row, keypos);
  if (size <= 0) size = writeOtherRow(id, keypos, row, size === NOT_FLAT, operation);
  ctl[TABLE] = id;
  ctl[A] = size;
  ctl[B] = request.canonicalLength;
}

/** As tableFirst(), without a closure: rows with containers in them are many. `checked`: an array, no Proxy. */
function writeOtherRow(id: number, keypos: number, row: Row, checked: boolean, operation: string): number {
  try {
    if (checked) requireRowKey(row, keypos, operation, 'the row');
    else requireRow(row, keypos, operation, 'the row');
    return encodeOtherRow(row, keypos, checked);
  } catch (error) {
    checkTable(id, WRITE, operation);
    throw error;
  }
}

/** Throws unless `row` is an array with a key. */
export function requireRow(row: Row, keypos: number, operation: string, what: string): void {
  // A Proxy's traps must not run; the encoder refuses it by name.
  if (types.isProxy(row)) return;
  if (!Array.isArray(row)) throw badArgument(operation, `${what} must be an array, not ${kindOf(row)}`);
  requireRowKey(row, keypos, operation, what);
}

/** Throws unless `row` has a key. REQUIRES: an array, no Proxy. */
function requireRowKey(row: Row, keypos: number, operation: string, what: string): void {
  if (row.length <= keypos) throw badArgument(operation, `${what} has no key: nothing at position ${keypos}`);
  if (row[keypos] === undefined)
    throw badArgument(operation, `the key of ${what} is undefined, which cannot be a key`);
}
