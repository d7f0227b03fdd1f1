import { beginContainer, endContainer, noteElement } from './containers.js';
import {
  CONTAINER_HEADER,
  ERROR_HAS_CAUSE,
  ERROR_HAS_STACK,
  INDEX_THRESHOLD,
  LENGTH_HEADER,
  TAG_ARRAY,
  TAG_BUFFER,
  TAG_BYTES,
  TAG_DICT,
  TAG_ERROR,
  TAG_FLOAT64,
  TAG_INT32,
  TAG_MAP,
  TAG_SET,
} from './format.js';
import { makeRoom, request } from './request.js';
import { skip } from './skip.js';

/*
 * The canonical form is made from bytes that were just written, not from the value: a value is read once, and a getter
 * that answers differently the second time cannot make a key that differs from its row.
 */

/** Appends, at `at`, the canonical form of the term in [from, to); returns the position after it. */
export function appendCanonical(from: number, to: number, at: number): number {
  makeRoom(at, to - from);
  return canonical(from, at);
}

/** Turns the term in [from, to) into its canonical form; returns the position after it. */
export function replaceByCanonical(from: number, to: number): number {
  const end = appendCanonical(from, to, to);
  request.bytes.copyWithin(from, to, end);
  return from + end - to;
}

function canonical(from: number, at: number): number {
  switch (request.bytes[from]) {
    case TAG_FLOAT64:
      return canonicalFloat(from, at);
    case TAG_BUFFER:
      return copy(from, at, TAG_BYTES);
    case TAG_ARRAY:
      return canonicalArray(from, at);
    case TAG_DICT:
    case TAG_MAP:
      return canonicalSorted(from, at, 2);
    case TAG_SET:
      return canonicalSorted(from, at, 1);
    case TAG_ERROR:
      return canonicalError(from, at);
    default:
      return copy(from, at, request.bytes[from] as number);
  }
}

/** The canonical form is never longer than the plain one with names inline, and room was made for that. */
function copy(from: number, at: number, tag: number): number {
  const end = skip(request.bytes, request.view, from);
  request.bytes.copyWithin(at, from, end);
  request.bytes[at] = tag;
  return at + end - from;
}

function canonicalFloat(from: number, at: number): number {
  if (request.view.getFloat64(from + 1, true) !== 0) return copy(from, at, TAG_FLOAT64);
  request.bytes[at] = TAG_INT32;
  request.view.setInt32(at + 1, 0, true);
  return at + 5;
}

function canonicalArray(from: number, at: number): number {
  const { view } = request;
  const count = view.getUint32(from + LENGTH_HEADER, true);
  let source = firstElement(from, count);
  const first = beginContainer(TAG_ARRAY, count, at);
  let target = first;
  for (let i = 0; i < count; i++) {
    if (count >= INDEX_THRESHOLD) noteElement(at, i, first, target);
    target = canonical(source, target);
    source = skip(request.bytes, view, source);
  }
  return endContainer(at, target);
}

function canonicalError(from: number, at: number): number {
  const { bytes, view } = request;
  const flags = bytes[from + LENGTH_HEADER] as number;
  const parts = 2 + ((flags & ERROR_HAS_STACK) !== 0 ? 1 : 0) + ((flags & ERROR_HAS_CAUSE) !== 0 ? 1 : 0);
  bytes[at] = TAG_ERROR;
  bytes[at + LENGTH_HEADER] = flags;
  let source = from + LENGTH_HEADER + 1;
  let target = at + LENGTH_HEADER + 1;
  for (let i = 0; i < parts; i++) {
    target = canonical(source, target);
    source = skip(bytes, view, source);
  }
  return endContainer(at, target);
}

/** One entry of a container whose entries are sorted: `parts` terms, of which the first is the key. */
interface Entry {
  readonly start: number;
  readonly keyEnd: number;
  readonly end: number;
}

function canonicalSorted(from: number, at: number, parts: 1 | 2): number {
  const { bytes, view } = request;
  const count = view.getUint32(from + LENGTH_HEADER, true);
  let source = firstElement(from, count);
  const first = beginContainer(bytes[from] as number, count, at);
  let target = first;
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const start = target;
    target = canonical(source, target);
    source = skip(bytes, view, source);
    const keyEnd = target;
    if (parts === 2) {
      target = canonical(source, target);
      source = skip(bytes, view, source);
    }
    entries.push({ start, keyEnd, end: target });
  }
  sortEntries(entries, first, target);
  if (count >= INDEX_THRESHOLD) {
    let offset = first;
    entries.forEach((entry, i) => {
      noteElement(at, i, first, offset);
      offset += entry.end - entry.start;
    });
  }
  return endContainer(at, target);
}

/** Sorts the entries in [first, end) by their keys; equal keys (a Map with two equal objects as keys) by their values. */
function sortEntries(entries: Entry[], first: number, end: number): void {
  const { bytes } = request;
  const order = (a: Entry, b: Entry): number =>
    compareBytes(bytes, a.start, a.keyEnd, b.start, b.keyEnd) ||
    compareBytes(bytes, a.keyEnd, a.end, b.keyEnd, b.end);
  if (entries.every((entry, i) => i === 0 || order(entries[i - 1] as Entry, entry) <= 0)) return;
  entries.sort(order);
  const unsorted = bytes.slice(first, end);
  let target = first;
  for (const entry of entries) {
    bytes.set(unsorted.subarray(entry.start - first, entry.end - first), target);
    target += entry.end - entry.start;
  }
}

function compareBytes(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) {
    const difference = (bytes[a + i] as number) - (bytes[b + i] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}

function firstElement(pos: number, count: number): number {
  return pos + CONTAINER_HEADER + (count >= INDEX_THRESHOLD ? count * 4 : 0);
}
