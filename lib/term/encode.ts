import { appendCanonical, replaceByCanonical } from './canonical.js';
import * as format from './format.js';
import { encodeFlatRow, isFlatPlace, NOT_FLAT, writeFlat } from './flat.js';
import { refuseSubclass, requireArray } from './kinds.js';
import { blame, changed, explain, unsupported } from './refusal.js';
import * as requests from './request.js';
import { begin, enter, leave, makeRoom, resume } from './request.js';
import { writeTerm } from './write.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { TAG_INT32, TAG_SHORT } = format;
const { request, scratchBytes, scratchView } = requests;

export { encodeFlatRow, NO_ARRAY, NOT_FLAT } from './flat.js';
export { appendFlatRows } from './flat-rows.js';
export { begin, position, request } from './request.js';

/** Keys up to this length are written by encodeKey's own loop; see LOOP_LIMIT in strings.ts. */
const SHORT_KEY = 32;

/**
 * Begins a request with the canonical form of `key`; returns its length in bytes.
 *
 * @throws {TermError} `ERR_TERM_UNSUPPORTED` or `ERR_TERM_TOO_LARGE`, naming the path from `key`.
 */
export function encodeKey(key: unknown): number {
  if (request.busy === 0) {
    if (typeof key === 'number') {
      // Also for -0, whose canonical form is 0.
      if ((key | 0) === key) {
        scratchBytes[0] = TAG_INT32;
        // One store of four bytes: native loads them as one, which the processor forwards from this store.
        scratchView.setInt32(1, key, true);
        return (request.pos = 5);
      }
    } else if (typeof key === 'string' && key.length <= SHORT_KEY) {
      const end = writeShortKey(key);
      if (end !== 0) return (request.pos = end);
    }
  }
  begin();
  return appendKey(key);
}

/** 0 when `key` has a character beyond ASCII. */
function writeShortKey(key: string): number {
  const n = key.length;
  scratchBytes[0] = TAG_SHORT + n;
  for (let i = 0; i < n; i++) {
    const code = key.charCodeAt(i);
    if (code > 0x7f) return 0;
    scratchBytes[i + 1] = code;
  }
  return n + 1;
}

/** Appends the canonical form of `key`; returns the number of bytes appended. */
export function appendKey(key: unknown, root = 'key'): number {
  const start = request.pos;
  const outer = enter();
  request.indirect = false;
  request.inlineNames = true;
  try {
    let end = writeTerm(key, start, 1);
    if (request.indirect) end = replaceByCanonical(start, end);
    request.pos = end;
    return end - start;
  } catch (error) {
    throw explain(error, root);
  } finally {
    request.inlineNames = false;
    leave(outer);
  }
}

/** Appends `value`; returns the number of bytes appended. */
export function appendTerm(value: unknown, root = 'value'): number {
  return appendAs(value, root, false);
}

/** As appendTerm(), but objects carry their names: the bytes mean the same whatever shapes a process knows. */
export function appendPortable(value: unknown, root = 'value'): number {
  return appendAs(value, root, true);
}

function appendAs(value: unknown, root: string, inlineNames: boolean): number {
  const start = request.pos;
  const outer = enter();
  request.inlineNames = inlineNames;
  try {
    request.pos = writeTerm(value, start, 1);
    return request.pos - start;
  } catch (error) {
    throw explain(error, root);
  } finally {
    request.inlineNames = false;
    leave(outer);
  }
}

/** Appends `n` as a u32; returns the number of bytes appended. */
export function appendU32(n: number): number {
  const pos = request.pos;
  makeRoom(pos, 4);
  request.view.setUint32(pos, n, true);
  request.pos = pos + 4;
  return 4;
}

/**
 * Begins a request with the payload of `row`; returns the payload's length in bytes.
 *
 * Where the canonical form of the key at `keypos` differs from what the row holds, it follows the payload directly and
 * `request.canonicalLength` is its length; it is 0 otherwise.
 */
export function encodeRow(row: readonly unknown[], keypos: number): number {
  const flat = encodeFlatRow(row, keypos);
  return flat > 0 ? flat : encodeOtherRow(row, keypos, flat === NOT_FLAT);
}

/** As encodeRow(), for a row that is not flat. `checked`: it is an array and no Proxy. */
export function encodeOtherRow(row: readonly unknown[], keypos: number, checked: boolean): number {
  begin();
  return appendRow(row, keypos, -1, checked);
}

/**
 * As encodeRow(), at the end of the current request. `index` >= 0 names the row `rows[index]` in messages; `checked`: it is
 * an array and no Proxy; `portable`: objects carry their names, as in appendPortable().
 */
export function appendRow(
  row: readonly unknown[],
  keypos: number,
  index = -1,
  checked = false,
  portable = false,
): number {
  const start = request.pos;
  const outer = enter();
  request.canonicalLength = 0;
  request.inlineNames = portable;
  let at = -1;
  try {
    if (checked) refuseSubclass(row);
    else requireArray(row, 'a row must be an array; this');
    const arity = row.length;
    if (arity === 0) throw unsupported('a row without elements');
    let pos = writeArity(arity, start);
    let keyFrom = 0;
    let keyTo = 0;
    for (at = 0; at < arity; at++) {
      const value = row[at];
      if (request.interrupted) resume();
      if (value === undefined && !Object.hasOwn(row, at)) throw unsupported('a hole in a sparse array');
      const flat = isFlatPlace(pos) ? writeFlat(value, pos) : 0;
      if (flat !== 0) {
        pos = flat;
        continue;
      }
      if (at !== keypos) {
        pos = writeTerm(value, pos, 1);
        continue;
      }
      const from = pos;
      request.indirect = false;
      // Names inline, as in the canonical form, which is made from these bytes.
      request.inlineNames = true;
      pos = writeTerm(value, pos, 1);
      request.inlineNames = portable;
      if (request.indirect) {
        keyFrom = from;
        keyTo = pos;
      }
    }
    at = -1;
    if (row.length !== arity) throw changed('row');
    let end = pos;
    if (keyTo !== 0) end = appendCanonical(keyFrom, keyTo, pos);
    request.canonicalLength = end - pos;
    request.pos = end;
    return pos - start;
  } catch (error) {
    throw explain(at < 0 ? error : blame(error, row, `[${at}]`), index < 0 ? 'row' : `rows[${index}]`);
  } finally {
    request.inlineNames = false;
    leave(outer);
  }
}

/** The arity as unsigned LEB128; returns the position after it. */
function writeArity(arity: number, pos: number): number {
  makeRoom(pos, 5);
  const bytes = request.bytes;
  let rest = arity;
  let at = pos;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
