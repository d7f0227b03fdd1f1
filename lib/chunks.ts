import { etsFailure } from './failures.js';
import { checkTable, READ } from './guards.js';
import * as control from './native/control.js';
import { native, REPLY_BYTES } from './native/binding.js';
import { appendKey, begin, request } from './term/encode.js';
import { makeRoom } from './term/request.js';
import { decodeReplyRows, decodeRows } from './term/decode.js';
import type { Row, TableType } from './types.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, reals, A, B, C, D, E, F0, F1, F2, R0, R1, R2, R3, RESULT0, STATUS, TABLE } = control;
const { BOUND_EXCLUSIVE, BOUND_NONE, FLAG_REVERSE } = control;

/** Bytes of one chunk: what fits into the reply region, so that a chunk costs no allocation but its rows. */
export const CHUNK_BYTES = REPLY_BYTES;
/** As many bytes as a chunk may have at all. */
export const WHOLE = 2 ** 30;

/** Where native leaves what it found. */
export const reply = new Uint8Array(ctl.buffer, native.replyOffset, native.replyBytes);

/** Some rows of a table, and whether they were the last. */
export interface Chunk<R extends Row> {
  readonly rows: R[];
  readonly done: boolean;
}

/** Delivers the rows of a table chunk by chunk. */
export interface ChunkSource<R extends Row> {
  /** At most `maxRows` rows; ordered tables keep to it, hash tables may give a few more. */
  next(maxRows: number, maxBytes: number): Chunk<R>;
}

/** The reply to the call that was just made; it may be in a buffer of its own. */
export function takeSpilled(operation: string): ArrayBuffer {
  const spilled = native.takeReply();
  if (spilled === null) throw etsFailure(control.Status.NoMemory, operation);
  return spilled;
}

function readChunk<R extends Row>(operation: string): { rows: R[]; bytes: Uint8Array } {
  const size = ctl[STATUS] as number;
  const count = ctl[R0] as number;
  if (size <= REPLY_BYTES) return { rows: decodeReplyRows(size, count) as unknown as R[], bytes: reply };
  const bytes = new Uint8Array(takeSpilled(operation));
  return { rows: decodeRows(bytes, 0, count, size) as unknown as R[], bytes };
}

/** A hash table, in the order of its stripes and reversed hashes: no row that stays is skipped or repeated. */
export class HashChunks<R extends Row> implements ChunkSource<R> {
  readonly #id: number;
  readonly #operation: string;
  #stripe = 0;
  #position = 0;

  constructor(id: number, operation: string) {
    this.#id = id;
    this.#operation = operation;
  }

  next(maxRows: number, maxBytes: number): Chunk<R> {
    ctl[TABLE] = this.#id;
    ctl[A] = this.#stripe;
    ctl[E] = 0;
    reals[F0] = maxRows;
    reals[F1] = maxBytes;
    reals[F2] = this.#position;
    native.scan();
    if ((ctl[STATUS] as number) < 0) throw etsFailure(ctl[STATUS] as number, this.#operation);
    this.#stripe = ctl[R2] as number;
    this.#position = reals[RESULT0] as number;
    const done = ctl[R1] !== 0;
    return { rows: readChunk<R>(this.#operation).rows, done };
  }
}

/** One end of a range: a kind of bound and its key. */
export interface Limit {
  readonly kind: number;
  readonly key: unknown;
}

export const NO_LIMIT: Limit = { kind: BOUND_NONE, key: undefined };

/** A range of an ordered table. */
export class RangeChunks<R extends Row> implements ChunkSource<R> {
  readonly #id: number;
  readonly #operation: string;
  readonly #lower: Limit;
  readonly #upper: Limit;
  readonly #reverse: boolean;
  /** Key bytes of the last row delivered. */
  #last: Uint8Array | undefined;

  constructor(id: number, lower: Limit, upper: Limit, reverse: boolean, operation: string) {
    this.#id = id;
    this.#lower = lower;
    this.#upper = upper;
    this.#reverse = reverse;
    this.#operation = operation;
  }

  next(maxRows: number, maxBytes: number): Chunk<R> {
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
    ctl[E] = this.#reverse ? FLAG_REVERSE : 0;
    reals[F0] = maxRows;
    reals[F1] = maxBytes;
    native.range();
    if ((ctl[STATUS] as number) < 0) throw etsFailure(ctl[STATUS] as number, this.#operation);
    const done = ctl[R1] !== 0;
    const keyAt = ctl[R2] as number;
    const keySize = ctl[R3] as number;
    const { rows, bytes } = readChunk<R>(this.#operation);
    if (!done) this.#last = bytes.slice(keyAt, keyAt + keySize);
    return { rows, done };
  }
}

/** All rows of table `id`, which is looked at now: it is there and may be read. */
export function chunksOf<R extends Row>(id: number, type: TableType, operation: string): ChunkSource<R> {
  checkTable(id, READ, operation);
  return type === 'ordered_set'
    ? new RangeChunks<R>(id, NO_LIMIT, NO_LIMIT, false, operation)
    : new HashChunks<R>(id, operation);
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

/** Iterates over the rows of a source; a chunk is fetched when the one before is used up. */
export class RowIterator<R extends Row> implements IterableIterator<R> {
  readonly #source: ChunkSource<R>;
  #rows: R[] = [];
  #at = 0;
  #done = false;
  #left: number;

  constructor(source: ChunkSource<R>, limit = Infinity) {
    this.#source = source;
    this.#left = limit;
  }

  next(): IteratorResult<R, undefined> {
    while (this.#at === this.#rows.length) {
      if (this.#done || this.#left <= 0) return { done: true, value: undefined };
      const chunk = this.#source.next(this.#left, CHUNK_BYTES);
      this.#rows = chunk.rows;
      this.#at = 0;
      this.#done = chunk.done;
      this.#left -= chunk.rows.length;
    }
    const row = this.#rows[this.#at++] as R;
    return { done: false, value: row };
  }

  return(): IteratorResult<R, undefined> {
    this.#done = true;
    this.#rows = [];
    this.#at = 0;
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Iterates over the keys of the rows of a source. */
export class KeyIterator<R extends Row> implements IterableIterator<unknown> {
  readonly #rows: RowIterator<R>;
  readonly #keypos: number;

  constructor(source: ChunkSource<R>, keypos: number) {
    this.#rows = new RowIterator(source);
    this.#keypos = keypos;
  }

  next(): IteratorResult<unknown, undefined> {
    const step = this.#rows.next();
    return step.done === true ? step : { done: false, value: step.value[this.#keypos] };
  }

  return(): IteratorResult<unknown, undefined> {
    return this.#rows.return();
  }

  [Symbol.iterator](): this {
    return this;
  }
}
