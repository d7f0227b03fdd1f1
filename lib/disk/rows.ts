import { createHash } from 'node:crypto';
import { types } from 'node:util';
import { DetsError } from '../errors.js';
import { kindOf } from '../failures.js';
import { decodeRowAt, decodeTermAt } from '../term/decode.js';
import * as encode from '../term/encode.js';
import * as format from '../term/format.js';
import { elementOf } from '../term/skip.js';
import type { Row, TableType } from '../types.js';
import { crc32 } from './checksum.js';
import { orderForm } from './order-key.js';

/*
 * Rows as they stand on disk: u32 CRC-32 of the rest, then the payload of the row, in which no object refers to a shape. Their
 * keys: the canonical form for tables that look up by equality, the ordered form for ordered ones; behind it, where a
 * key may have several rows, eight bytes that number them.
 */

const { begin, encodeFlatRow, NO_ARRAY, request } = encode;

/** Bytes in front of a payload. */
export const ROW_HEADER = 4;
/** Bytes behind the key of a row of a bag. */
export const SEQUENCE_BYTES = 8;
/** The engine takes keys of up to 1978 bytes; with the number of a row behind it. */
export const MAX_KEY_BYTES = 1960;
/** Of a key that is too long for an ordered file so many bytes are sought: more than any stored key has. */
const SOUGHT_BYTES = MAX_KEY_BYTES + 1;
/** Stands in front of the digest of a key that is too long; no term begins with it. */
const LONG_KEY = 0xfe;

/** A row on its way to the disk, in memory of its own. */
export interface StoredRow {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** What the keys and rows of a file depend on. */
export interface RowFormat {
  readonly type: TableType;
  readonly keypos: number;
}

function badRow(operation: string, text: string): DetsError {
  return new DetsError('ERR_DETS_BADARG', `${operation}: ${text}`);
}

function requireRow(row: Row, keypos: number, operation: string, what: string): void {
  // The encoder refuses it by name.
  if (types.isProxy(row)) return;
  if (!Array.isArray(row)) throw badRow(operation, `${what} must be an array, not ${kindOf(row)}`);
  if (row.length <= keypos) throw badRow(operation, `${what} has no key: nothing at position ${keypos}`);
  if (row[keypos] === undefined)
    throw badRow(operation, `the key of ${what} is undefined, which cannot be a key`);
}

/**
 * `row` as it is stored. `index` >= 0 names it `rows[index]` in messages.
 *
 * @throws {DetsError} `ERR_DETS_BADARG` when it is no row, `ERR_DETS_KEY_TOO_LARGE` for the key of an ordered table.
 * @throws {TermError} `ERR_TERM_UNSUPPORTED`, naming the path.
 */
export function storedRow(row: Row, format: RowFormat, operation: string, index = -1): StoredRow {
  return rowUnder(diskKey, row, format, operation, index);
}

/**
 * As storedRow(), to be compared with what is there: no key is too long.
 *
 * @throws as `storedRow`, without `ERR_DETS_KEY_TOO_LARGE`.
 */
export function soughtRow(row: Row, format: RowFormat, operation: string): StoredRow {
  return rowUnder(soughtDiskKey, row, format, operation, -1);
}

function rowUnder(
  keyFor: typeof diskKey,
  row: Row,
  { type, keypos }: RowFormat,
  operation: string,
  index: number,
): StoredRow {
  let size = encodeFlatRow(row, keypos);
  // Only what is not flat can be refused.
  if (size > 0 && row[keypos] === undefined) size = 0;
  if (size <= 0) {
    requireRow(row, keypos, operation, index < 0 ? 'the row' : `rows[${index}]`);
    begin();
    size = encode.appendRow(row, keypos, index, size !== NO_ARRAY, true);
  }
  const { bytes, view, canonicalLength } = request;
  const value = Buffer.allocUnsafe(ROW_HEADER + size);
  value.set(bytes.subarray(0, size), ROW_HEADER);
  value.writeUInt32LE(crc32(bytes, 0, size), 0);
  const canonical =
    canonicalLength > 0 ? bytes.subarray(size, size + canonicalLength) : elementOf(bytes, view, keypos);
  return { key: keyFor(canonical, type, operation), value };
}

/** As storedRow(), for a payload without shapes whose bytes are sound. */
export function storedPayload(
  payload: Uint8Array<ArrayBuffer>,
  { type, keypos }: RowFormat,
  operation: string,
): StoredRow {
  const value = Buffer.allocUnsafe(ROW_HEADER + payload.length);
  value.set(payload, ROW_HEADER);
  value.writeUInt32LE(crc32(payload, 0, payload.length), 0);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const element = elementOf(payload, view, keypos);
  const tag = element[0] as number;
  // Of these alone the canonical form may be another one.
  const special =
    tag === format.TAG_FLOAT64 ||
    tag === format.TAG_BUFFER ||
    (tag >= format.TAG_ARRAY && tag <= format.TAG_ERROR);
  if (!special) return { key: diskKey(element, type, operation), value };
  return {
    key: keyOf(
      decodeTermAt(payload, element.byteOffset - payload.byteOffset, element.length),
      type,
      operation,
    ),
    value,
  };
}

/**
 * The bytes under which rows with this key are stored.
 *
 * @throws {DetsError} `ERR_DETS_BADARG` for `undefined`, `ERR_DETS_KEY_TOO_LARGE` in an ordered table.
 */
export function keyOf(key: unknown, type: TableType, operation: string): Uint8Array<ArrayBuffer> {
  return diskKey(canonicalOf(key, operation), type, operation);
}

/**
 * The bytes at which rows with this key are looked for: those of keyOf(), and for a key that no ordered file can have its place among
 * those that it has.
 *
 * @throws {DetsError} `ERR_DETS_BADARG` for `undefined`.
 */
export function soughtKey(key: unknown, type: TableType, operation: string): Uint8Array<ArrayBuffer> {
  return soughtDiskKey(canonicalOf(key, operation), type, operation);
}

function canonicalOf(key: unknown, operation: string): Uint8Array {
  if (key === undefined) throw badRow(operation, 'undefined cannot be a key: it marks the end of a table');
  // First: a large key gets a buffer of its own.
  const size = encode.encodeKey(key);
  return request.bytes.subarray(0, size);
}

/** As soughtKey(), of the canonical key `canonical`. */
export function soughtDiskKey(
  canonical: Uint8Array,
  type: TableType,
  operation: string,
): Uint8Array<ArrayBuffer> {
  return type === 'ordered_set' ? soughtForm(orderForm(canonical)) : diskKey(canonical, type, operation);
}

/**
 * The place of an ordered form, or of the beginning of some, among those that are stored. None of these is so long, and none is the
 * beginning of another form: each stands to what is cut off here as it stands to the whole.
 */
export function soughtForm(form: Uint8Array): Uint8Array<ArrayBuffer> {
  return form.subarray(0, SOUGHT_BYTES) as Uint8Array<ArrayBuffer>;
}

/** The bytes under which rows with the canonical key `canonical` are stored. */
export function diskKey(canonical: Uint8Array, type: TableType, operation: string): Uint8Array<ArrayBuffer> {
  if (type === 'ordered_set') {
    const form = orderForm(canonical);
    if (form.length <= MAX_KEY_BYTES) return form as Uint8Array<ArrayBuffer>;
    throw new DetsError(
      'ERR_DETS_KEY_TOO_LARGE',
      `${operation}: the key has ${form.length} bytes in its ordered form; an ordered_set on disk takes keys of ${MAX_KEY_BYTES}`,
    );
  }
  if (canonical.length <= MAX_KEY_BYTES) {
    const key = Buffer.allocUnsafe(canonical.length);
    key.set(canonical);
    return key;
  }
  // Two keys of one digest would be the same key. Nobody can make such a pair.
  const digest = createHash('sha256').update(canonical).digest();
  return Buffer.concat([Buffer.of(LONG_KEY), digest]);
}

/** Where the key of a row of a bag ends in the key of its entry. */
export function groupOf(entryKey: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return entryKey.subarray(0, entryKey.length - SEQUENCE_BYTES);
}

/** The key of row number `sequence` of a key. */
export function rowKey(group: Uint8Array, sequence: bigint): Uint8Array<ArrayBuffer> {
  const key = Buffer.allocUnsafe(group.length + SEQUENCE_BYTES);
  key.set(group);
  key.writeBigUInt64BE(sequence, group.length);
  return key;
}

/** The number of a row of a bag. */
export function sequenceOf(entryKey: Uint8Array<ArrayBuffer>): bigint {
  return Buffer.from(entryKey.buffer, entryKey.byteOffset, entryKey.byteLength).readBigUInt64BE(
    entryKey.length - SEQUENCE_BYTES,
  );
}

/** The checksum in front of a stored row. */
export function checkOf(bytes: Uint8Array): number {
  return bytes[0]! + bytes[1]! * 0x100 + bytes[2]! * 0x10000 + bytes[3]! * 0x1000000;
}

/** Whether the checksum of a stored row of `size` bytes is right. */
export function isWhole(bytes: Uint8Array, size: number): boolean {
  if (size < ROW_HEADER + 2) return false;
  return checkOf(bytes) === crc32(bytes, ROW_HEADER, size);
}

/** The row in `value`, whose checksum was right. */
export function rowIn<R extends Row>(value: Uint8Array<ArrayBuffer>): R {
  return decodeRowAt(value, ROW_HEADER, value.length - ROW_HEADER) as unknown as R;
}

/** Whether two rows are equal (`=:=`) to the last element. */
export function sameRow(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  return Buffer.compare(canonicalRow(a), canonicalRow(b)) === 0;
}

/** Bytes that are the same for rows that are equal. */
export function canonicalRow(value: Uint8Array<ArrayBuffer>): Uint8Array {
  begin();
  const size = encode.appendKey(rowIn(value), 'row');
  return request.bytes.slice(0, size);
}
