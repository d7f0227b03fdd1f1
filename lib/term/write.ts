import { writeArray, writeMap, writeSet } from './containers.js';
import * as format from './format.js';
import { describe, isExactly, isPlainObject, refuseProxy } from './kinds.js';
import { writeObject } from './objects.js';
import { types } from 'node:util';
import { tooDeep, unsupported } from './refusal.js';
import * as requests from './request.js';
import { makeRoom } from './request.js';
import { writeError } from './errors.js';
import { writeString, writeSymbolName } from './strings.js';
import { writeBinary } from './binaries.js';
import { isCollectionView } from './view-collections.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const {
  MAX_DEPTH,
  TAG_BIGINT,
  TAG_BIGINT64,
  TAG_DATE,
  TAG_FALSE,
  TAG_FLOAT64,
  TAG_INT32,
  TAG_NULL,
  TAG_TRUE,
  TAG_UNDEFINED,
} = format;
const { request } = requests;

// eslint-disable-next-line @typescript-eslint/unbound-method -- always used with call()
const dateValue = Date.prototype.getTime;

/**
 * Writes `value` at `pos` of the request; returns the position after it.
 *
 * `depth` is the number of containers around the value, itself included: 1 at the top.
 */
export function writeTerm(value: unknown, pos: number, depth: number): number {
  if (typeof value === 'number') return writeNumber(value, pos);
  if (typeof value === 'string') return writeString(value, pos);
  if (typeof value === 'object' && value !== null) return writeReference(value, pos, depth);
  return writeAtom(value, pos);
}

function writeNumber(value: number, pos: number): number {
  if (pos > request.soft) makeRoom(pos, 0);
  if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
    const bytes = request.bytes;
    bytes[pos] = TAG_INT32;
    bytes[pos + 1] = value;
    bytes[pos + 2] = value >> 8;
    bytes[pos + 3] = value >> 16;
    bytes[pos + 4] = value >> 24;
    return pos + 5;
  }
  // What is left of zero is -0, whose canonical form is 0.
  if (value === 0) request.indirect = true;
  return writeFloat(TAG_FLOAT64, value, pos);
}

function writeFloat(tag: number, value: number, pos: number): number {
  if (pos > request.soft) makeRoom(pos, 0);
  request.bytes[pos] = tag;
  if (value === value) {
    request.view.setFloat64(pos + 1, value, true);
  } else {
    // One NaN only: engines keep the payload bits of the NaN they were given.
    request.view.setUint32(pos + 1, 0, true);
    request.view.setUint32(pos + 5, 0x7ff80000, true);
  }
  return pos + 9;
}

function writeAtom(value: unknown, pos: number): number {
  if (pos > request.soft) makeRoom(pos, 0);
  switch (typeof value) {
    case 'undefined':
      request.bytes[pos] = TAG_UNDEFINED;
      return pos + 1;
    case 'boolean':
      request.bytes[pos] = value ? TAG_TRUE : TAG_FALSE;
      return pos + 1;
    case 'bigint':
      return writeBigInt(value, pos);
    case 'symbol': {
      const name = Symbol.keyFor(value);
      if (name === undefined) throw unsupported(describe(value));
      return writeSymbolName(name, pos);
    }
    default:
      if (value !== null) throw unsupported(describe(value));
      request.bytes[pos] = TAG_NULL;
      return pos + 1;
  }
}

function writeBigInt(value: bigint, pos: number): number {
  if (BigInt.asIntN(64, value) === value) {
    request.bytes[pos] = TAG_BIGINT64;
    request.view.setBigInt64(pos + 1, value, true);
    return pos + 9;
  }
  // Hexadecimal digits: linear in the size, where shifting word by word would be quadratic.
  const digits = (value < 0n ? -value : value).toString(16);
  const size = Math.ceil(digits.length / 16) * 8;
  makeRoom(pos, size + 6);
  const { bytes, view } = request;
  bytes[pos] = TAG_BIGINT;
  view.setUint32(pos + 1, size, true);
  bytes[pos + 5] = value < 0n ? 1 : 0;
  let at = pos + 6;
  for (let end = digits.length; at < pos + 6 + size; at += 4, end -= 8) {
    view.setUint32(at, end > 0 ? parseInt(digits.slice(Math.max(0, end - 8), end), 16) : 0, true);
  }
  return at;
}

/** A value with an identity: a container, a binary, a date, an error; or none that can be stored. */
function writeReference(value: object, pos: number, depth: number): number {
  refuseProxy(value);
  if (Array.isArray(value)) return writeArray(value, pos, inside(depth));
  if (isPlainObject(value)) return writeObject(value as Record<string, unknown>, pos, inside(depth));
  return writeBranded(value, pos, depth);
}

function writeBranded(value: object, pos: number, depth: number): number {
  if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return writeBinary(value, pos);
  if (isCollectionView(value)) throw unsupported('a view of a persistent term');
  if (types.isMap(value) && isExactly(value, 2)) return writeMap(value, pos, inside(depth));
  if (types.isSet(value) && isExactly(value, 2)) return writeSet(value, pos, inside(depth));
  if (types.isDate(value) && isExactly(value, 2)) return writeFloat(TAG_DATE, dateValue.call(value), pos);
  if (types.isNativeError(value) || value instanceof Error) return writeError(value, pos, inside(depth));
  throw unsupported(describe(value));
}

function inside(depth: number): number {
  if (depth > MAX_DEPTH) throw tooDeep();
  return depth + 1;
}
