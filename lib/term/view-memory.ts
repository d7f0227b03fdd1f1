import { PersistentTermError } from '../errors.js';
import { native } from '../native/binding.js';
import * as control from '../native/control.js';
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
const { A, ctl, F0, F1, F2, R0, reals, STATUS, Status } = control;
const { CONTAINER_HEADER, INDEX_THRESHOLD, LENGTH_HEADER, TAG_DICT, TAG_MAP, TAG_OBJECT } = format;

/** Bytes of a large term that are mapped at once, and how far the next ones are mapped with them. */
const WINDOW_BYTES = native.windowBytes;
const WINDOW_OVERLAP = native.windowOverlap;

/**
 * Characters of the strings that a view remembers. What lies beyond them is decoded each time it is asked for: else a thread that
 * reads through all of a large term would end up with a copy of it.
 */
const MOST_REMEMBERED = 2 ** 16;
/** What remembering any of them costs beside its characters. */
const ENTRY_COST = 32;

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
  #room = MOST_REMEMBERED;
  /** Positions before this one are looked for in the first piece. */
  readonly #firstEnd: number;
  /** The other pieces that are mapped, by position / WINDOW_BYTES. */
  readonly #windows: (Window | undefined)[] = [];

  /** `buffer` is the term's content or, when that is longer, its first piece. It is never written to. */
  constructor(buffer: ArrayBuffer, payloadBytes: number, contentBytes: number) {
    this.payloadBytes = payloadBytes;
    this.#buffer = buffer;
    this.#contentBytes = contentBytes;
    this.#first = windowOver(buffer, 0);
    this.#firstEnd = buffer.byteLength === contentBytes ? contentBytes : WINDOW_BYTES;
  }

  /** Whether `value` may be remembered: an object always, so that there is one of it; others as long as there is room. */
  mayRemember(value: unknown): boolean {
    if (typeof value === 'object') return value !== null;
    if (typeof value !== 'string' && typeof value !== 'bigint') return false;
    const cost = ENTRY_COST + (typeof value === 'string' ? value.length : 0);
    if (cost > this.#room) return false;
    this.#room -= cost;
    return true;
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
   * when there is none, undefined when the container has no table (native/core/persistent/key_index.h). Native code looks it
   * up: it lies in several pieces, none of which would be looked at again.
   */
  lookUp(pos: number, size: number): number | undefined {
    ctl[A] = size;
    reals[F0] = pos;
    reals[F1] = this.payloadBytes;
    reals[F2] = this.#contentBytes;
    native.viewFind(this.#buffer);
    const status = ctl[STATUS] as number;
    if (status === Status.Ok) return (ctl[R0] as number) >>> 0;
    return status === Status.NotFound ? -1 : undefined;
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

/** Whether the term at `pos` has the bytes of the term in the first `size` bytes of the request. No term is a prefix of another. */
function equalsRequest(memory: ViewMemory, pos: number, size: number): boolean {
  const wanted = request.bytes;
  const { bytes, start } =
    size <= WINDOW_OVERLAP ? memory.at(pos) : memory.whole(pos, memory.skip(pos) - pos);
  const first = pos - start;
  for (let i = 0; i < size; i++) if (bytes[first + i] !== wanted[i]) return false;
  return true;
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
    if (memory.mayRemember(value)) (this.#known ??= new Map<number, unknown>()).set(i, value);
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
    const found = this.#indexed ? memory.lookUp(this.pos, size) : undefined;
    if (found !== undefined) return found;
    let pos = this.#first;
    for (let i = 0; i < this.count; i++) {
      if (equalsRequest(memory, pos, size)) return i;
      pos = memory.skip(pos);
      if (this.#pairs) pos = memory.skip(pos);
    }
    return -1;
  }
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
