import { types } from 'node:util';
import * as format from './format.js';
import * as requests from './request.js';
import * as strings from './strings.js';

/*
 * The rows that most programs store: up to four numbers, short ASCII strings, booleans or nulls. Nothing in them can be
 * refused, needs more room than the scratch buffer has, or has a canonical form of its own.
 */

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { TAG_FALSE, TAG_FLOAT64, TAG_INT32, TAG_NULL, TAG_SHORT, TAG_TRUE } = format;
const { LOOP_LIMIT } = strings;
const { request, SLACK, scratchBytes, scratchView } = requests;
const { isProxy } = types;

/** The answers for other rows: an array that is no Proxy, and anything else. */
const NOT_FLAT = 0;
const NO_ARRAY = -1;
export { NO_ARRAY, NOT_FLAT };

/** The last position from which writeFlat() has room. */
const LAST = scratchBytes.length - SLACK;

/** Begins a request with such a row and returns the payload's length; `NOT_FLAT` or `NO_ARRAY`, and nothing begun, otherwise. */
export function encodeFlatRow(row: readonly unknown[], keypos: number): number {
  // In this order: of a revoked Proxy nothing else may be asked.
  if (isProxy(row) || !Array.isArray(row)) return NO_ARRAY;
  const n = row.length;
  if (n <= keypos || n > 4 || row.constructor !== Array) return NOT_FLAT;
  // All elements are read before the first byte is written: an accessor among them may make a request of its own.
  const a: unknown = row[0];
  const b: unknown = n > 1 ? row[1] : null;
  const c: unknown = n > 2 ? row[2] : null;
  const d: unknown = n > 3 ? row[3] : null;
  if (request.busy !== 0) return NOT_FLAT;
  // Of [key, object], the key would be written in vain.
  if (typeof b === 'object' && b !== null) return NOT_FLAT;
  scratchBytes[0] = n;
  let pos = writeFlat(a, 1);
  if (n > 1 && pos !== 0) pos = writeFlat(b, pos);
  if (n > 2 && pos !== 0) pos = writeFlat(c, pos);
  if (n > 3 && pos !== 0) pos = writeFlat(d, pos);
  request.pos = pos;
  request.canonicalLength = 0;
  return pos;
}

/** Whether writeFlat() may write at `pos`: the request lies in the scratch buffer. */
export function isFlatPlace(pos: number): boolean {
  return pos <= LAST && request.bytes === scratchBytes;
}

/** The position after `value`; 0 when it is of another kind. REQUIRES: isFlatPlace(pos). */
export function writeFlat(value: unknown, pos: number): number {
  if (typeof value === 'number') {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      scratchBytes[pos] = TAG_INT32;
      scratchView.setInt32(pos + 1, value, true);
      return pos + 5;
    }
    // -0 has a canonical form of its own, and of NaN there must be only one.
    if (value === 0 || value !== value) return 0;
    scratchBytes[pos] = TAG_FLOAT64;
    scratchView.setFloat64(pos + 1, value, true);
    return pos + 9;
  }
  if (typeof value === 'string') return value.length <= LOOP_LIMIT ? writeAscii(value, pos) : 0;
  if (typeof value === 'boolean') {
    scratchBytes[pos] = value ? TAG_TRUE : TAG_FALSE;
    return pos + 1;
  }
  if (value !== null) return 0;
  scratchBytes[pos] = TAG_NULL;
  return pos + 1;
}

function writeAscii(text: string, pos: number): number {
  const n = text.length;
  scratchBytes[pos] = TAG_SHORT + n;
  for (let i = 0; i < n; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return 0;
    scratchBytes[pos + 1 + i] = code;
  }
  return pos + 1 + n;
}
