import { encodeKey, request } from './encode.js';
import * as format from './format.js';
import { freezeTerm } from './freeze.js';
import { readTerm } from './read.js';
import { skip } from './skip.js';
import { damaged, explainDamage, release, useMemory } from './source.js';

/*
 * The bytes under a view and the containers in them. A view reads the bytes of the store itself; what it decodes once
 * it remembers by the entry's number.
 */

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { CONTAINER_HEADER, INDEX_THRESHOLD, LENGTH_HEADER, TAG_DICT, TAG_MAP, TAG_OBJECT } = format;

/** For tests of what is decoded when: terms that views of this thread have decoded, containers not counted. */
export const viewCounts = { decoded: 0 };

/** One stored term: its payload, and behind it the index of its big containers (native/core/persistent/key_index.h). */
export class ViewMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly node: Buffer<ArrayBuffer>;
  readonly #index: Uint32Array | undefined;
  /** The outermost view: every view inside keeps it, so that there is one of it as long as any part is in use. */
  root: object | undefined;

  /** `buffer` is never written to. */
  constructor(buffer: ArrayBuffer, payloadBytes: number) {
    this.bytes = new Uint8Array(buffer, 0, payloadBytes);
    this.view = new DataView(buffer, 0, payloadBytes);
    this.node = Buffer.from(buffer, 0, payloadBytes);
    const behind = (payloadBytes + 3) & ~3;
    if (buffer.byteLength > behind) this.#index = new Uint32Array(buffer, behind);
  }

  /**
   * The number of the entry of the container at `pos` whose key's bytes are the first `size` bytes of the request; -1
   * when there is none, undefined when the container has no table. `entryAt` says where an entry lies.
   */
  lookUp(pos: number, size: number, entryAt: (i: number) => number): number | undefined {
    const index = this.#index;
    const table = index === undefined ? -1 : tableOf(index, pos);
    if (index === undefined || table < 0) return undefined;
    const mask = index[table] as number;
    const group = table + 1 + (hashOfRequest(size) & mask);
    const entries = table + mask + 3;
    let low = index[group] as number;
    let high = index[group + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = index[entries + middle] as number;
      const order = compareWithRequest(this.bytes, entryAt(entry), size);
      if (order === 0) return entry;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return -1;
  }
}

/** The first word of the table of the container at `pos`, or -1: a binary search among the containers. */
function tableOf(index: Uint32Array, pos: number): number {
  let low = 0;
  let high = index[0] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = index[1 + 2 * middle] as number;
    if (at === pos) return index[2 + 2 * middle] as number;
    if (at < pos) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/** As KeyIndexHash() in native/core/persistent/key_index.cc. */
function hashOfRequest(size: number): number {
  const { bytes } = request;
  let hash = 0x811c9dc5;
  for (let i = 0; i < size; i++) hash = Math.imul(hash ^ (bytes[i] as number), 16_777_619);
  return hash ^ (hash >>> 15);
}

/**
 * <0 when the term at `pos` comes before the term in the first `size` bytes of the request, by their bytes. No term is a
 * proper prefix of another, so the first difference lies inside both.
 */
function compareWithRequest(bytes: Uint8Array, pos: number, size: number): number {
  const wanted = request.bytes;
  for (let i = 0; i < size; i++) {
    const difference = (bytes[pos + i] as number) - (wanted[i] as number);
    // NaN behind the end of the bytes: the term there is shorter.
    if (difference !== 0) return difference > 0 ? 1 : -1;
  }
  return 0;
}

/** Makes a view, or a value where nothing can be left for later, of the term at `pos`. */
export type MakeView = (memory: ViewMemory, pos: number) => unknown;

/** A container in the bytes: an array, object, Map or Set. Positions count from the start of the payload. */
export class Container {
  readonly memory: ViewMemory;
  readonly pos: number;
  readonly tag: number;
  /** Elements or pairs; for a shaped object the shape's number. */
  readonly count: number;
  readonly #first: number;
  readonly #indexed: boolean;
  readonly #pairs: boolean;
  readonly #make: MakeView;
  /** What was decoded, by entry. Numbers and atoms are not kept: decoding them is as quick. */
  #known: Map<number, unknown> | undefined;

  constructor(memory: ViewMemory, pos: number, make: MakeView) {
    const { bytes, view } = memory;
    const tag = bytes[pos] as number;
    const end = pos + LENGTH_HEADER + view.getUint32(pos + 1, true);
    const count = view.getUint32(pos + LENGTH_HEADER, true);
    const indexed = tag !== TAG_OBJECT && count >= INDEX_THRESHOLD;
    const first = pos + CONTAINER_HEADER + (indexed ? count * 4 : 0);
    if (first > end || end > bytes.length || (tag !== TAG_OBJECT && count > end - first))
      throw damaged('a container ends outside');
    this.memory = memory;
    this.pos = pos;
    this.tag = tag;
    this.count = count;
    this.#first = first;
    this.#indexed = indexed;
    this.#pairs = tag === TAG_DICT || tag === TAG_MAP;
    this.#make = make;
  }

  /** Where entry `i` begins: an element, a property's value in a shaped object, a name or key elsewhere. */
  entryAt(i: number): number {
    const { bytes, view } = this.memory;
    if (this.#indexed) return this.#first + view.getUint32(this.pos + CONTAINER_HEADER + i * 4, true);
    let pos = this.#first;
    for (let left = this.#pairs ? 2 * i : i; left > 0; left--) pos = skip(bytes, view, pos);
    return pos;
  }

  /** The value of entry `i`: always the same object where it is one. */
  value(i: number): unknown {
    const known = this.#known?.get(i);
    if (known !== undefined) return known;
    const { memory } = this;
    let pos = this.entryAt(i);
    if (this.#pairs) pos = skip(memory.bytes, memory.view, pos);
    const value = this.#make(memory, pos);
    if (isKept(value)) (this.#known ??= new Map<number, unknown>()).set(i, value);
    return value;
  }

  /** The name or key of entry `i`. Not remembered. */
  key(i: number): unknown {
    return this.#make(this.memory, this.entryAt(i));
  }

  /** The number of the entry with the scalar `key`, or -1. Time: O(1) expected, O(log n) at worst. */
  find(key: unknown): number {
    const size = encodeKey(key);
    const found = this.memory.lookUp(this.pos, size, (i) => this.entryAt(i));
    if (found !== undefined) return found;
    const { bytes, view } = this.memory;
    let pos = this.#first;
    for (let i = 0; i < this.count; i++) {
      if (compareWithRequest(bytes, pos, size) === 0) return i;
      pos = skip(bytes, view, pos);
      if (this.#pairs) pos = skip(bytes, view, pos);
    }
    return -1;
  }
}

function isKept(value: unknown): boolean {
  return (
    (typeof value === 'object' && value !== null) || typeof value === 'string' || typeof value === 'bigint'
  );
}

/** Decodes the term at `pos`, which is no container, and freezes it. */
export function readLeaf(memory: ViewMemory, pos: number): unknown {
  viewCounts.decoded++;
  useMemory(memory, pos, memory.bytes.length);
  try {
    return freezeTerm(readTerm());
  } catch (error) {
    throw explainDamage(error);
  } finally {
    release();
  }
}
