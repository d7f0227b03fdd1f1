import { takeSpilled } from './chunks.js';
import { badArgument, etsFailure } from './failures.js';
import { READ, writeKey } from './guards.js';
import { native, REPLY_BYTES } from './native/binding.js';
import * as control from './native/control.js';
import * as decode from './term/decode.js';
import type { KeyAndRows, Row } from './types.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, A, B, C, STATUS, TABLE, Status } = control;
const { decodeReplyRow, decodeReplyRowOf, decodeReplyTerm } = decode;
const { decodeAllReplyRows, decodeAllReplyTerms, decodeAllRows, decodeAllTerms, decodeRowAt, decodeTermAt } =
  decode;
const { lookup } = native;

/** In the place of a key's length: the first or the last. */
export const NO_KEY = -1;
export const FORWARD = 0;
export const BACKWARD = 1;

/** The row with this key, or `undefined`. */
export function findRow<R extends Row>(
  id: number,
  keypos: number,
  key: unknown,
  operation: string,
): R | undefined {
  const size = writeKey(id, key, READ, operation);
  ctl[TABLE] = id;
  ctl[A] = size;
  lookup();
  const length = ctl[STATUS] as number;
  if (length > 0 && length <= REPLY_BYTES) return decodeReplyRowOf(length, keypos, key, size) as unknown as R;
  if (length === Status.NotFound) return undefined;
  return readRow<R>(length, operation);
}

/** The row that the call just made left in the reply. */
export function readRow<R extends Row>(length: number, operation: string): R {
  return rowIn<R>(length, spilledReply(length, operation));
}

/** The buffer of an answer of `length` bytes that did not fit into the reply region; throws for a status that is none. */
export function spilledReply(length: number, operation: string): ArrayBuffer | undefined {
  if (length < 0) throw etsFailure(length, operation);
  return length <= REPLY_BYTES ? undefined : takeSpilled(operation);
}

/** The row in `spilled`, or else in the reply region. */
export function rowIn<R extends Row>(length: number, spilled: ArrayBuffer | undefined): R {
  const row = spilled === undefined ? decodeReplyRow(length) : decodeRowAt(spilled, 0, length);
  return row as unknown as R;
}

/** As rowIn(), for all rows that are there. */
export function rowsIn<R extends Row>(length: number, spilled: ArrayBuffer | undefined): R[] {
  const rows = spilled === undefined ? decodeAllReplyRows(length) : decodeAllRows(spilled);
  return rows as unknown as R[];
}

/** All rows with this key: how a bag answers. */
export function findRows<R extends Row>(id: number, key: unknown, operation: string): R[] {
  ctl[A] = writeKey(id, key, READ, operation);
  ctl[TABLE] = id;
  lookup();
  const length = ctl[STATUS] as number;
  return length === Status.NotFound ? [] : readAllRows<R>(length, operation);
}

/** All rows that the call just made left in the reply. */
export function readAllRows<R extends Row>(length: number, operation: string): R[] {
  return rowsIn<R>(length, spilledReply(length, operation));
}

/** All terms that the call just made left in the reply, one after the other. */
export function readTerms(length: number, operation: string): unknown[] {
  return length <= REPLY_BYTES ? decodeAllReplyTerms(length) : decodeAllTerms(takeSpilled(operation));
}

/** The term that the call just made left in the reply. */
export function readTerm(length: number, operation: string): unknown {
  return length <= REPLY_BYTES ? decodeReplyTerm(length) : decodeTermAt(takeSpilled(operation), 0, length);
}

function step(id: number, keyBytes: number, direction: number, part: number, operation: string): number {
  ctl[TABLE] = id;
  ctl[A] = keyBytes;
  ctl[B] = direction;
  ctl[C] = part;
  native.step();
  const length = ctl[STATUS] as number;
  if (length > 0 || length === Status.NotFound) return length;
  // OTP gives no cause here: a key that is not there is a bad argument like any other.
  if (length === Status.BadKey) throw badArgument(operation, 'the key is not in the table');
  throw etsFailure(length, operation);
}

/** The first, last, next or previous key; `undefined` at the end. */
export function stepKey(id: number, keyBytes: number, direction: number, operation: string): unknown {
  const length = step(id, keyBytes, direction, 0, operation);
  return length < 0 ? undefined : readTerm(length, operation);
}

/** As stepKey(), with the rows of that key in the same atomic step. */
export function stepRows<R extends Row>(
  id: number,
  keypos: number,
  keyBytes: number,
  direction: number,
  operation: string,
): KeyAndRows<R> | undefined {
  const length = step(id, keyBytes, direction, 1, operation);
  if (length < 0) return undefined;
  const rows = readAllRows<R>(length, operation);
  return { key: rows[0]?.[keypos], rows };
}
