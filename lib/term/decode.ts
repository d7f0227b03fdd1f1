import * as format from './format.js';
import { freezeTerm } from './freeze.js';
import { readTerm } from './read.js';
import * as sources from './source.js';
import {
  damaged,
  explainDamage,
  type Memory,
  release,
  requireEnd,
  useBytes,
  useMemory,
  useReply,
} from './source.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { TAG_FLOAT64, TAG_INT32 } = format;
const { replyBytes, replyView, source } = sources;

/** Decodes the row whose payload are the first `length` bytes of the reply region. */
export function decodeReplyRow(length: number): unknown[] {
  useReply(length);
  return guarded(readRow);
}

/**
 * As decodeReplyRow(), for the row that was found under `key`, a string or a number whose encoding has `keyBytes`
 * bytes: the row gets `key` itself, and its bytes are stepped over.
 */
export function decodeReplyRowOf(length: number, keypos: number, key: unknown, keyBytes: number): unknown[] {
  // A pair whose value is an int32, the row of every counter and index: read without a detour over the reader's state.
  if (
    keypos === 0 &&
    length === keyBytes + 6 &&
    replyBytes[0] === 2 &&
    replyBytes[1 + keyBytes] === TAG_INT32 &&
    isStoredAs(key, 1)
  ) {
    return [key, replyView.getInt32(2 + keyBytes, true)];
  }
  useReply(length);
  try {
    const arity = replyBytes[0] as number;
    // Small rows with the key in front: as array literals, which V8 allocates at their final size.
    if (keypos === 0 && arity <= 4 && isStoredAs(key, 1)) {
      source.pos = 1 + keyBytes;
      const row = readSmallRow(arity, key);
      requireEnd();
      return row;
    }
    return readRowOf(keypos, key, keyBytes);
  } catch (error) {
    throw explainDamage(error);
  }
}

/** Decodes the term in the first `length` bytes of the reply region. */
export function decodeReplyTerm(length: number): unknown {
  useReply(length);
  return guarded(readTerm);
}

/** Decodes the row payload of `length` bytes at `offset` of `bytes`. */
export function decodeRowAt(
  bytes: Uint8Array<ArrayBuffer> | ArrayBuffer,
  offset: number,
  length: number,
): unknown[] {
  useBytes(bytes, offset, length);
  return guarded(readRow);
}

/** Decodes the term of `length` bytes at `offset` of `bytes`. */
export function decodeTermAt(
  bytes: Uint8Array<ArrayBuffer> | ArrayBuffer,
  offset: number,
  length: number,
): unknown {
  useBytes(bytes, offset, length);
  return guarded(readTerm);
}

/** Decodes the term in the bytes [start, end) of `memory`, whatever lies behind them. */
export function decodeTermIn(memory: Memory, start: number, end: number): unknown {
  useMemory(memory, start, end);
  return guarded(readTerm);
}

/** As decodeTermAt(); the value is frozen with everything in it. */
export function decodeTermFrozen(
  bytes: Uint8Array<ArrayBuffer> | ArrayBuffer,
  offset: number,
  length: number,
): unknown {
  return freezeTerm(decodeTermAt(bytes, offset, length));
}

/** Decodes the first `count` rows of the reply region; each is `u32 length` and a payload. */
export function decodeReplyRows(length: number, count: number): unknown[][] {
  useReply(length);
  return guarded(() => readRows(count));
}

/** Decodes what fills `length` bytes of the reply region: rows (each `u32 length` and a payload). */
export function decodeAllReplyRows(length: number): unknown[][] {
  useReply(length);
  return guarded(readAllRows);
}

/** As decodeAllReplyRows() for a whole buffer. */
export function decodeAllRows(bytes: ArrayBuffer): unknown[][] {
  useBytes(bytes, 0, bytes.byteLength);
  return guarded(readAllRows);
}

/** Decodes the terms that fill `length` bytes of the reply region one after the other. */
export function decodeAllReplyTerms(length: number): unknown[] {
  useReply(length);
  return guarded(readAllTerms);
}

/** As decodeAllReplyTerms() for a whole buffer. */
export function decodeAllTerms(bytes: ArrayBuffer): unknown[] {
  useBytes(bytes, 0, bytes.byteLength);
  return guarded(readAllTerms);
}

/** Decodes `count` rows, each `u32 length` and a payload, which fill `bytes` from `offset` to its end or to `end`. */
export function decodeRows(
  bytes: Uint8Array<ArrayBuffer> | ArrayBuffer,
  offset: number,
  count: number,
  end = bytes.byteLength,
): unknown[][] {
  useBytes(bytes, offset, end - offset);
  return guarded(() => readRows(count));
}

/** Decodes the first `count` terms of the reply region; each is `u32 length` and a term. */
export function decodeReplyTerms(length: number, count: number): unknown[] {
  useReply(length);
  return guarded(() => readTerms(count));
}

/** Decodes `count` terms, each `u32 length` and a term, which fill `bytes` from `offset` to `end`. */
export function decodeTerms(
  bytes: Uint8Array<ArrayBuffer> | ArrayBuffer,
  offset: number,
  count: number,
  end = bytes.byteLength,
): unknown[] {
  useBytes(bytes, offset, end - offset);
  return guarded(() => readTerms(count));
}

function guarded<T>(read: () => T): T {
  try {
    const value = read();
    requireEnd();
    return value;
  } catch (error) {
    throw explainDamage(error);
  } finally {
    if (source.bytes !== replyBytes) release();
  }
}

function readRow(): unknown[] {
  const arity = readArity();
  if (arity <= 4) return readSmallRow(arity, readTerm());
  const row: unknown[] = [];
  for (let i = 0; i < arity; i++) row.push(readTerm());
  return row;
}

function readRowOf(keypos: number, key: unknown, keyBytes: number): unknown[] {
  const arity = readArity();
  const row: unknown[] = [];
  for (let i = 0; i < arity; i++) {
    if (i === keypos && isStoredAs(key, source.pos)) {
      source.pos += keyBytes;
      row.push(key);
    } else {
      row.push(readTerm());
    }
  }
  requireEnd();
  return row;
}

/**
 * Whether the key at `pos` is `key` to the last detail. A number need not be: 0 also finds -0, and in an ordered table
 * 1 finds 1n.
 */
function isStoredAs(key: unknown, pos: number): boolean {
  if (typeof key === 'string') return true;
  if (typeof key !== 'number' || key === 0) return false;
  return replyBytes[pos] === ((key | 0) === key ? TAG_INT32 : TAG_FLOAT64);
}

/** A row of at most four elements after its first one was read. */
function readSmallRow(arity: number, first: unknown): unknown[] {
  switch (arity) {
    case 1:
      return [first];
    case 2:
      return [first, readTerm()];
    case 3:
      return [first, readTerm(), readTerm()];
    case 4:
      return [first, readTerm(), readTerm(), readTerm()];
    default:
      throw damaged('a row without elements');
  }
}

function readRows(count: number): unknown[][] {
  const { bytes, view, end } = source;
  if (count > end - source.pos) throw damaged('more rows than bytes');
  const rows = new Array<unknown[]>(count);
  let pos = source.pos;
  for (let i = 0; i < count; i++) {
    // Two int32: such rows come in great numbers, and are read without a detour over the reader's state.
    if (pos + PAIR_BYTES <= end && isPair(bytes, view, pos)) {
      rows[i] = [view.getInt32(pos + 6, true), view.getInt32(pos + 11, true)];
      pos += PAIR_BYTES;
    } else {
      source.pos = pos;
      rows[i] = readSizedOne(readRow);
      pos = source.pos;
    }
  }
  source.pos = pos;
  return rows;
}

/** `u32 length` and the payload of a row of two int32. */
const PAIR_BYTES = 15;

function isPair(bytes: Uint8Array, view: DataView, pos: number): boolean {
  return (
    view.getUint32(pos, true) === PAIR_BYTES - 4 &&
    bytes[pos + 4] === 2 &&
    bytes[pos + 5] === TAG_INT32 &&
    bytes[pos + 10] === TAG_INT32
  );
}

function readTerms(count: number): unknown[] {
  return readSized(count, readTerm);
}

function readSized<T>(count: number, read: () => T): T[] {
  if (count > source.end - source.pos) throw damaged('more rows than bytes');
  const values = new Array<T>(count);
  for (let i = 0; i < count; i++) values[i] = readSizedOne(read);
  return values;
}

function readSizedOne<T>(read: () => T): T {
  const length = source.view.getUint32(source.pos, true);
  source.pos += 4;
  const valueEnd = source.pos + length;
  if (valueEnd > source.end) throw damaged('a row ends outside');
  const value = read();
  if (source.pos !== valueEnd) throw damaged('its elements do not fill a row');
  return value;
}

function readAllRows(): unknown[][] {
  const rows: unknown[][] = [];
  while (source.pos < source.end) rows.push(readSizedOne(readRow));
  return rows;
}

function readAllTerms(): unknown[] {
  const terms: unknown[] = [];
  while (source.pos < source.end) terms.push(readTerm());
  return terms;
}

/** Unsigned LEB128 of at most 5 bytes. */
function readArity(): number {
  let arity = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = source.bytes[source.pos++] as number;
    arity += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      if (arity === 0 || arity > source.end - source.pos) throw damaged('a row of no or too many elements');
      return arity;
    }
  }
  throw damaged('an arity of more than 5 bytes');
}
