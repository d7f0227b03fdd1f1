import * as format from './format.js';
import { requireArray } from './kinds.js';
import { blame, changed, unsupported } from './refusal.js';
import * as requests from './request.js';
import { makeRoom, resume } from './request.js';
import { writeTerm } from './write.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { CONTAINER_HEADER, INDEX_THRESHOLD, LENGTH_HEADER, TAG_ARRAY, TAG_MAP, TAG_SET } = format;
const { request } = requests;

const mapSize = sizeGetter(Map.prototype);
const setSize = sizeGetter(Set.prototype);

/** Reserves tag, lengths and index of a container with `count` elements; returns where its elements begin. */
export function beginContainer(tag: number, count: number, pos: number): number {
  const index = count >= INDEX_THRESHOLD ? count * 4 : 0;
  makeRoom(pos, CONTAINER_HEADER + index);
  request.bytes[pos] = tag;
  request.view.setUint32(pos + LENGTH_HEADER, count, true);
  return pos + CONTAINER_HEADER + index;
}

/** Fills in the length of the container that began at `pos`; returns `end`. */
export function endContainer(pos: number, end: number): number {
  request.view.setUint32(pos + 1, end - pos - LENGTH_HEADER, true);
  return end;
}

/** Notes that element `i` of the container at `pos`, whose elements begin at `first`, lies at `at`. */
export function noteElement(pos: number, i: number, first: number, at: number): void {
  request.view.setUint32(pos + CONTAINER_HEADER + i * 4, at - first, true);
}

export function writeArray(array: readonly unknown[], pos: number, depth: number): number {
  requireArray(array, '');
  const count = array.length;
  const first = beginContainer(TAG_ARRAY, count, pos);
  const indexed = count >= INDEX_THRESHOLD;
  let at = first;
  let i = 0;
  try {
    for (; i < count; i++) {
      const value = array[i];
      if (request.interrupted) resume();
      if (value === undefined && !Object.hasOwn(array, i)) throw unsupported('a hole in a sparse array');
      if (indexed) noteElement(pos, i, first, at);
      at = writeTerm(value, at, depth);
    }
  } catch (error) {
    throw blame(error, array, `[${i}]`);
  }
  if (array.length !== count) throw changed('array');
  return endContainer(pos, at);
}

export function writeMap(map: object, pos: number, depth: number): number {
  const count = mapSize(map);
  request.indirect = true;
  const first = beginContainer(TAG_MAP, count, pos);
  let at = first;
  let i = 0;
  let current: unknown;
  let keyWritten = false;
  try {
    for (const [key, value] of Map.prototype.entries.call(map as Map<unknown, unknown>)) {
      if (i === count) throw changed('Map');
      if (count >= INDEX_THRESHOLD) noteElement(pos, i, first, at);
      keyWritten = false;
      at = writeTerm(key, at, depth);
      current = key;
      keyWritten = true;
      at = writeTerm(value, at, depth);
      i++;
    }
  } catch (error) {
    throw blame(error, map, keyWritten ? mapStep(current) : '<key>');
  }
  if (i !== count) throw changed('Map');
  return endContainer(pos, at);
}

export function writeSet(set: object, pos: number, depth: number): number {
  const count = setSize(set);
  request.indirect = true;
  const first = beginContainer(TAG_SET, count, pos);
  let at = first;
  let i = 0;
  try {
    for (const value of Set.prototype.values.call(set as Set<unknown>)) {
      if (i === count) throw changed('Set');
      if (count >= INDEX_THRESHOLD) noteElement(pos, i, first, at);
      at = writeTerm(value, at, depth);
      i++;
    }
  } catch (error) {
    throw blame(error, set, '<element>');
  }
  if (i !== count) throw changed('Set');
  return endContainer(pos, at);
}

/** The size as the engine counts it, whatever an own property of that name says. */
function sizeGetter(prototype: object): (container: object) => number {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- always used with call()
  const getter = Object.getOwnPropertyDescriptor(prototype, 'size')?.get as () => number;
  return (container) => getter.call(container);
}

function mapStep(key: unknown): string {
  if (typeof key === 'string') return `.get(${JSON.stringify(key.slice(0, 100))})`;
  return typeof key === 'number' ? `.get(${key})` : '.get(…)';
}
