import * as format from './format.js';
import { isPrimitive } from './kinds.js';
import { enter, leave, makeRoomAhead, request, resume } from './request.js';
import * as strings from './strings.js';

/*
 * The rows of flat.ts, many at a time at the end of a request: what one row needs is looked up once for all of them.
 */

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { TAG_FALSE, TAG_FLOAT64, TAG_INT32, TAG_NULL, TAG_SHORT, TAG_TRUE } = format;
const { LOOP_LIMIT } = strings;

/** In front of each row: its payload's length and that of the canonical key behind it, which these rows do without. */
const HEADER = 8;
/** What such a row needs at most. */
const MOST_BYTES = HEADER + 1 + 4 * (LOOP_LIMIT + 1);

/**
 * Appends `rows` from index `from` on, each as `u32 payload bytes, u32 0, payload`, up to the first one that is not flat;
 * returns its index, or how many rows there are.
 *
 * REQUIRES: none of them is a Proxy.
 */
export function appendFlatRows(rows: readonly (readonly unknown[])[], from: number, keypos: number): number {
  const outer = enter();
  try {
    return appendUntil(rows, from, keypos);
  } finally {
    leave(outer);
  }
}

function appendUntil(rows: readonly (readonly unknown[])[], from: number, keypos: number): number {
  const start = request.pos;
  let { bytes, view, soft } = request;
  let pos = start;
  let i = from;
  for (; i < rows.length; i++) {
    const row = rows[i] as readonly unknown[];
    const n = row.length;
    if (n <= keypos || n > 4 || row.constructor !== Array) break;
    // All elements are read before the first byte is written: an accessor among them may make a request of its own.
    const a: unknown = row[0];
    const b: unknown = n > 1 ? row[1] : null;
    const c: unknown = n > 2 ? row[2] : null;
    const d: unknown = n > 3 ? row[3] : null;
    if (request.interrupted) {
      resume();
      ({ bytes, view, soft } = request);
    }
    // What the key shares a row with is looked at first: writing a key in vain costs more.
    if (!(isPrimitive(b) && isPrimitive(c) && isPrimitive(d))) break;
    if (pos + MOST_BYTES > soft) {
      const perRow = i === from ? 0 : (pos - start) / (i - from);
      makeRoomAhead(pos, MOST_BYTES, Math.ceil((rows.length - i) * perRow));
      ({ bytes, view, soft } = request);
    }
    const payload = pos + HEADER;
    bytes[payload] = n;
    let end = writeFlat(bytes, view, a, payload + 1);
    if (n > 1 && end !== 0) end = writeFlat(bytes, view, b, end);
    if (n > 2 && end !== 0) end = writeFlat(bytes, view, c, end);
    if (n > 3 && end !== 0) end = writeFlat(bytes, view, d, end);
    if (end === 0) break;
    view.setUint32(pos, end - payload, true);
    view.setUint32(pos + 4, 0, true);
    pos = end;
    // An accessor that makes a request of its own puts this one aside as far as it has come.
    request.pos = pos;
  }
  return i;
}

/**
 * The position after `value`; 0 when it is of another kind. flat.ts has this once more for the scratch buffer, which is a constant there that
 * V8 folds into the code: a single row gains from that what many rows gain from the buffer in a local variable.
 */
function writeFlat(bytes: Uint8Array, view: DataView, value: unknown, pos: number): number {
  if (typeof value === 'number') {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      bytes[pos] = TAG_INT32;
      view.setInt32(pos + 1, value, true);
      return pos + 5;
    }
    // -0 has a canonical form of its own, and of NaN there must be only one.
    if (value === 0 || value !== value) return 0;
    bytes[pos] = TAG_FLOAT64;
    view.setFloat64(pos + 1, value, true);
    return pos + 9;
  }
  if (typeof value === 'string') return value.length <= LOOP_LIMIT ? writeAscii(bytes, value, pos) : 0;
  if (typeof value === 'boolean') {
    bytes[pos] = value ? TAG_TRUE : TAG_FALSE;
    return pos + 1;
  }
  if (value !== null) return 0;
  bytes[pos] = TAG_NULL;
  return pos + 1;
}

function writeAscii(bytes: Uint8Array, text: string, pos: number): number {
  const n = text.length;
  bytes[pos] = TAG_SHORT + n;
  for (let i = 0; i < n; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return 0;
    bytes[pos + 1 + i] = code;
  }
  return pos + 1 + n;
}
