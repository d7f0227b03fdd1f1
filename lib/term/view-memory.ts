import { PersistentTermError } from '../errors.js';
import { native } from '../native/binding.js';
import { encodeKey, request } from './encode.js';
import * as format from './format.js';
import { freezeTerm } from './freeze.js';
import { readTerm } from './read.js';
import { skip } from './skip.js';
import { damaged, explainDamage, type Memory, release, useMemory } from './source.js';

/*
 * The bytes under a view and the containers in them. A view reads the bytes of the store itself; what it decodes once
 * it remembers by the entry's number.
 */

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { CONTAINER_HEADER, INDEX_THRESHOLD, LENGTH_HEADER, TAG_DICT, TAG_MAP, TAG_OBJECT } = format;

/** Bytes of a large term that are mapped at once, and how far the next ones are mapped with them. */
const WINDOW_BYTES = native.windowBytes;
const WINDOW_OVERLAP = native.windowOverlap;

/** For tests of what is decoded when: terms that views of this thread have decoded, containers not counted. */
export const viewCounts = { decoded: 0 };

/** A piece of the bytes, from position `start` on. */
interface Window extends Memory {
  readonly start: number;
}

function windowOver(buffer: ArrayBuffer, start: number): Window {
  return {
    bytes: new Uint8Array(buffer),
    view: new DataView(buffer),
    node: Buffer.from(buffer),
    start,
  };
}

/**
 * One stored term: its payload, and behind it the index of its big containers (native/core/persistent/key_index.h).
 *
 * A large one is mapped piece by piece, as far as it is looked at: the engine counts a buffer's whole length as memory
 * that it could free, and would start a collection when the first view of a large term is made.
 */
export class ViewMemory {
  readonly payloadBytes: number;
  /** The outermost view: every view inside keeps it, so that there is one of it as long as any part is in use. */
  root: object | undefined;
  readonly #buffer: ArrayBuffer;
  readonly #contentBytes: number;
  readonly #first: Window;
  /** Positions before this one are looked for in the first piece. */
  readonly #firstEnd: number;
  /** The other pieces that are mapped, by position / WINDOW_BYTES. */
  readonly #windows: (Window | undefined)[] = [];
  /** Where the index begins, or where it would. */
  readonly #index: number;

  /** `buffer` is the term's content or, when that is longer, its first piece. It is never written to. */
  constructor(buffer: ArrayBuffer, payloadBytes: number, contentBytes: number) {
    this.payloadBytes = payloadBytes;
    this.#buffer = buffer;
    this.#contentBytes = contentBytes;
    this.#first = windowOver(buffer, 0);
    this.#firstEnd = buffer.byteLength === contentBytes ? contentBytes : WINDOW_BYTES;
    this.#index = (payloadBytes + 3) & ~3;
    // `&` makes an int32 of what may be larger.
    if (this.#index < 0) this.#index += 2 ** 32;
  }

  /** A piece that holds the bytes from `pos` on, as many as a header or an index word has at least. */
  at(pos: number): Window {
    return pos < this.#firstEnd ? this.#first : this.#later(pos);
  }

  /** A piece that holds the `size` bytes from `pos` on. */
  whole(pos: number, size: number): Window {
    const window = this.at(pos);
    return pos - window.start + size <= window.bytes.length ? window : this.#map(pos, size);
  }

  /** The u32 at `pos`. */
  word(pos: number): number {
    const { view, start } = this.at(pos);
    return view.getUint32(pos - start, true);
  }

  tag(pos: number): number | undefined {
    const { bytes, start } = this.at(pos);
    return bytes[pos - start];
  }

  /** The position after the term at `pos`. */
  skip(pos: number): number {
    const { bytes, view, start } = this.at(pos);
    return start + skip(bytes, view, pos - start);
  }

  /**
   * The number of the entry of the container at `pos` whose key's bytes are the first `size` bytes of the request; -1
   * when there is none, undefined when the container has no table. `entryAt` says where an entry lies.
   */
  lookUp(pos: number, size: number, entryAt: (i: number) => number): number | undefined {
    const table = this.#tableOf(pos);
    if (table < 0) return undefined;
    const mask = this.#indexWord(table);
    const group = table + 1 + ((hashOfRequest(size) & mask) >>> 0);
    const entries = table + mask + 3;
    let low = this.#indexWord(group);
    let high = this.#indexWord(group + 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#indexWord(entries + middle);
      const order = compareWithRequest(this, entryAt(entry), size);
      if (order === 0) return entry;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return -1;
  }

  #indexWord(i: number): number {
    return this.word(this.#index + 4 * i);
  }

  /** The first word of the table of the container at `pos`, or -1: a binary search among the containers. */
  #tableOf(pos: number): number {
    let low = 0;
    let high = this.#index < this.#contentBytes ? this.#indexWord(0) : 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#indexWord(1 + 2 * middle);
      if (at === pos) return this.#indexWord(2 + 2 * middle);
      if (at < pos) low = middle + 1;
      else high = middle;
    }
    return -1;
  }

  #later(pos: number): Window {
    const number = Math.floor(pos / WINDOW_BYTES);
    return (this.#windows[number] ??= this.#map(number * WINDOW_BYTES, WINDOW_BYTES + WINDOW_OVERLAP));
  }

  #map(start: number, size: number): Window {
    const bytes = Math.min(size, this.#contentBytes - start);
    const buffer = bytes > 0 ? native.viewWindow(this.#buffer, start, bytes) : null;
    if (buffer !== null) return windowOver(buffer, start);
    if (bytes <= 0) throw damaged('it ends too early');
    throw new PersistentTermError(
      'ERR_PERSISTENT_TERM_NO_MEMORY',
      'a view of a persistent term: memory could not be allocated',
    );
  }
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
function compareWithRequest(memory: ViewMemory, pos: number, size: number): number {
  const wanted = request.bytes;
  const { bytes, start } =
    size <= WINDOW_OVERLAP ? memory.at(pos) : memory.whole(pos, memory.skip(pos) - pos);
  const first = pos - start;
  for (let i = 0; i < size; i++) {
    const difference = (bytes[first + i] as number) - (wanted[i] as number);
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
    const { bytes, view, start } = memory.at(pos);
    const at = pos - start;
    const tag = bytes[at] as number;
    const end = pos + LENGTH_HEADER + view.getUint32(at + 1, true);
    const count = view.getUint32(at + LENGTH_HEADER, true);
    const indexed = tag !== TAG_OBJECT && count >= INDEX_THRESHOLD;
    const first = pos + CONTAINER_HEADER + (indexed ? count * 4 : 0);
    if (first > end || end > memory.payloadBytes || (tag !== TAG_OBJECT && count > end - first))
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
    const { memory } = this;
    if (this.#indexed) return this.#first + memory.word(this.pos + CONTAINER_HEADER + i * 4);
    let pos = this.#first;
    for (let left = this.#pairs ? 2 * i : i; left > 0; left--) pos = memory.skip(pos);
    return pos;
  }

  /** The value of entry `i`: always the same object where it is one. */
  value(i: number): unknown {
    const known = this.#known?.get(i);
    if (known !== undefined) return known;
    const { memory } = this;
    let pos = this.entryAt(i);
    if (this.#pairs) pos = memory.skip(pos);
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
    const { memory } = this;
    const found = memory.lookUp(this.pos, size, (i) => this.entryAt(i));
    if (found !== undefined) return found;
    let pos = this.#first;
    for (let i = 0; i < this.count; i++) {
      if (compareWithRequest(memory, pos, size) === 0) return i;
      pos = memory.skip(pos);
      if (this.#pairs) pos = memory.skip(pos);
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
  const end = memory.skip(pos);
  const window = memory.whole(pos, end - pos);
  useMemory(window, pos - window.start, end - window.start);
  try {
    return freezeTerm(readTerm());
  } catch (error) {
    throw explainDamage(error);
  } finally {
    release();
  }
}
