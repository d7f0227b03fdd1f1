import { etsFailure } from './failures.js';
import { checkTable, READ } from './guards.js';
import * as control from './native/control.js';
import { native, REPLY_BYTES } from './native/binding.js';
import { appendKey, begin, request } from './term/encode.js';
import { makeRoom } from './term/request.js';
import { decodeReplyRows, decodeRows, decodeReplyTerms, decodeTerms } from './term/decode.js';
import type { TableType } from './types.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, reals, A, B, C, D, E, F0, F1, F2, R0, R1, R2, R3, RESULT0, STATUS, TABLE } = control;
const { BOUND_EXCLUSIVE, BOUND_NONE, FLAG_KEYS_ONLY, FLAG_REVERSE } = control;

/** Bytes of one chunk: what fits into the reply region, so that a chunk costs no allocation but its rows. */
export const CHUNK_BYTES = REPLY_BYTES;
/** As many bytes as a chunk may have at all. */
export const WHOLE = 2 ** 30;

/** Where native leaves what it found. */
export const reply = new Uint8Array(ctl.buffer, native.replyOffset, native.replyBytes);

/** Some rows (or keys) of a table, and whether they were the last. */
export interface Chunk<T> {
  readonly rows: T[];
  readonly done: boolean;
}

/** Delivers the rows (or the keys) of a table chunk by chunk. */
export interface ChunkSource<T> {
  /** At most `maxRows` rows; ordered tables keep to it, hash tables may give a few more. */
  next(maxRows: number, maxBytes: number): Chunk<T>;
}

/** What a source delivers. */
export type ChunkPart = 'rows' | 'keys';

/** The reply to the call that was just made; it may be in a buffer of its own. */
export function takeSpilled(operation: string): ArrayBuffer {
  const spilled = native.takeReply();
  if (spilled === null) throw etsFailure(control.Status.NoMemory, operation);
  return spilled;
}

/** The sized rows, or keys, that the call just made left in the reply; R0 says how many. */
export function readChunk<T>(part: ChunkPart, operation: string): { rows: T[]; bytes: Uint8Array } {
  const size = ctl[STATUS] as number;
  const count = ctl[R0] as number;
  const keys = part === 'keys';
  if (size <= REPLY_BYTES) {
    const rows = keys ? decodeReplyTerms(size, count) : decodeReplyRows(size, count);
    return { rows: rows as T[], bytes: reply };
  }
  const bytes = new Uint8Array(takeSpilled(operation));
  const rows = keys ? decodeTerms(bytes, 0, count, size) : decodeRows(bytes, 0, count, size);
  return { rows: rows as T[], bytes };
}

/** A hash table, in the order of its reversed hashes: no row that stays is skipped or repeated. */
export class HashChunks<T> implements ChunkSource<T> {
  readonly #id: number;
  readonly #part: ChunkPart;
  readonly #operation: string;
  #position = 0;

  constructor(id: number, part: ChunkPart, operation: string) {
    this.#id = id;
    this.#part = part;
    this.#operation = operation;
  }

  next(maxRows: number, maxBytes: number): Chunk<T> {
    ctl[TABLE] = this.#id;
    ctl[E] = this.#part === 'keys' ? FLAG_KEYS_ONLY : 0;
    reals[F0] = maxRows;
    reals[F1] = maxBytes;
    reals[F2] = this.#position;
    native.scan();
    if ((ctl[STATUS] as number) < 0) throw etsFailure(ctl[STATUS] as number, this.#operation);
    this.#position = reals[RESULT0] as number;
    const done = ctl[R1] !== 0;
    return { rows: readChunk<T>(this.#part, this.#operation).rows, done };
  }
}

/** One end of a range: a kind of bound and its key. */
export interface Limit {
  readonly kind: number;
  readonly key: unknown;
}

export const NO_LIMIT: Limit = { kind: BOUND_NONE, key: undefined };

/** A range of an ordered table. */
export class RangeChunks<T> implements ChunkSource<T> {
  readonly #id: number;
  readonly #part: ChunkPart;
  readonly #operation: string;
  readonly #lower: Limit;
  readonly #upper: Limit;
  readonly #reverse: boolean;
  /** Key bytes of the last row delivered. */
  #last: Uint8Array | undefined;

  constructor(id: number, part: ChunkPart, lower: Limit, upper: Limit, reverse: boolean, operation: string) {
    this.#id = id;
    this.#part = part;
    this.#lower = lower;
    this.#upper = upper;
    this.#reverse = reverse;
    this.#operation = operation;
  }

  next(maxRows: number, maxBytes: number): Chunk<T> {
    begin();
    // The end that was reached already is the last key, exclusively.
    const reached = this.#last;
    const lower = reached !== undefined && !this.#reverse ? appendBytes(reached) : appendLimit(this.#lower);
    const upper = reached !== undefined && this.#reverse ? appendBytes(reached) : appendLimit(this.#upper);
    ctl[TABLE] = this.#id;
    ctl[A] = lower;
    ctl[B] = reached !== undefined && !this.#reverse ? BOUND_EXCLUSIVE : this.#lower.kind;
    ctl[C] = upper;
    ctl[D] = reached !== undefined && this.#reverse ? BOUND_EXCLUSIVE : this.#upper.kind;
    ctl[E] = (this.#reverse ? FLAG_REVERSE : 0) | (this.#part === 'keys' ? FLAG_KEYS_ONLY : 0);
    reals[F0] = maxRows;
    reals[F1] = maxBytes;
    native.range();
    if ((ctl[STATUS] as number) < 0) throw etsFailure(ctl[STATUS] as number, this.#operation);
    const done = ctl[R1] !== 0;
    const keyAt = ctl[R2] as number;
    const keySize = ctl[R3] as number;
    const { rows, bytes } = readChunk<T>(this.#part, this.#operation);
    if (!done) this.#last = bytes.slice(keyAt, keyAt + keySize);
    return { rows, done };
  }
}

/** All rows or all keys of table `id`, which is looked at now: it is there and may be read. */
export function chunksOf<T>(id: number, type: TableType, part: ChunkPart, operation: string): ChunkSource<T> {
  checkTable(id, READ, operation);
  return type === 'ordered_set'
    ? new RangeChunks<T>(id, part, NO_LIMIT, NO_LIMIT, false, operation)
    : new HashChunks<T>(id, part, operation);
}

function appendLimit(limit: Limit): number {
  return limit.kind === BOUND_NONE ? 0 : appendKey(limit.key, 'range bound');
}

/** Appends `bytes` as they are; returns how many. */
export function appendBytes(bytes: Uint8Array): number {
  const at = request.pos;
  makeRoom(at, bytes.length);
  request.bytes.set(bytes, at);
  request.pos = at + bytes.length;
  return bytes.length;
}

/** Iterates over what a source delivers; a chunk is fetched when the one before is used up. */
export class ChunkIterator<T> implements IterableIterator<T> {
  readonly #source: ChunkSource<T>;
  #rows: T[] = [];
  #at = 0;
  #done = false;
  #left: number;

  constructor(source: ChunkSource<T>, limit = Infinity) {
    this.#source = source;
    this.#left = limit;
  }

  next(): IteratorResult<T, undefined> {
    while (this.#at === this.#rows.length) {
      if (this.#done || this.#left <= 0) return { done: true, value: undefined };
      const chunk = this.#source.next(this.#left, CHUNK_BYTES);
      this.#rows = chunk.rows;
      this.#at = 0;
      this.#done = chunk.done;
      this.#left -= chunk.rows.length;
    }
    const row = this.#rows[this.#at++] as T;
    return { done: false, value: row };
  }

  return(): IteratorResult<T, undefined> {
    this.#done = true;
    this.#rows = [];
    this.#at = 0;
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}
