import { appendBytes, CHUNK_BYTES, reply, takeSpilled } from './chunks.js';
import { sliceFailure } from './failures.js';
import { joined } from './joined.js';
import { native } from './native/binding.js';
import * as control from './native/control.js';
import type { CompiledQuery } from './query/compile.js';
import * as decode from './term/decode.js';
import { appendU32, begin } from './term/encode.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, reals, A, B, C, D, E, F0, F1, F2, F3, TABLE } = control;
const { R0, R1, R3, R4, RESULT0, RESULT1, STATUS } = control;
const { BOUND_EXCLUSIVE, BOUND_NONE, MODE_RESULTS, SLICE_KEYS, SLICE_REVERSE } = control;
const { decodeReplyRows, decodeReplyTerms, decodeRows, decodeTerms } = decode;

/** A slice ends once it has left so many bytes: most rows that come on top of them still fit into the reply region. */
const SLICE_BYTES = CHUNK_BYTES - 8192;
/** Rows that a slice looks at, at most: so long other threads may have to wait for a part of the table. */
const SLICE_ROWS = 4096;

/** What is selected, from the first slice to the last. */
export interface Source {
  readonly id: number;
  /** One of `MODE_…`. */
  readonly mode: number;
  /** `undefined`: all rows. */
  readonly query: CompiledQuery | undefined;
  readonly reverse: boolean;
}

/** Results as native left them: each `u32 size` and a term or a row, from `start` to `end`. */
interface Found {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** How far a selection has come. Immutable, so that it can be continued from here more than once. */
export interface Place {
  /** Hash tables: every row before it was visited. */
  readonly position: number;
  /** Ordered tables: the key that was visited last. */
  readonly last: Uint8Array | undefined;
  /** Results that were found and not asked for so far: hash tables deliver whole buckets. */
  readonly carried: Found | undefined;
  /** Nothing is left but what is carried. */
  readonly done: boolean;
}

/** What native answered to one slice: the control words and the reply. */
export interface Answer {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const START: Place = { position: 0, last: undefined, carried: undefined, done: false };
const NOWHERE: Place = { ...START, done: true };

/**
 * A selection under way: tells native what the next slice is, and takes its answer, until `finished`. Whether slices run at
 * once or in the thread pool is not its business.
 */
export class Selection<T> {
  readonly #source: Source;
  readonly #limit: number;
  readonly #operation: string;
  #place: Place;
  /** Results so far, slice by slice: one array that grows would be copied, and looked at by the collector, again and again. */
  #parts: T[][] = [];
  /** How many results there are so far, at most as many as were asked for. */
  count = 0;
  /** Rows counted, deleted, taken or replaced so far. */
  affected = 0;

  /** Begins at `place`, by default at the start; finished with `limit` results. */
  constructor(source: Source, operation: string, limit = Infinity, place?: Place) {
    this.#source = source;
    this.#operation = operation;
    this.#limit = limit;
    this.#place = place ?? (source.query?.keys.kind === 'none' ? NOWHERE : START);
    if (this.#place.carried !== undefined) this.#take(this.#place.carried);
  }

  get finished(): boolean {
    return this.#place.done || this.count >= this.#limit;
  }

  /** The results so far. O(results) where they are of several slices. */
  get results(): T[] {
    if (this.#parts.length !== 1) this.#parts = [joined(this.#parts)];
    return this.#parts[0] as T[];
  }

  /** Where it goes on; `undefined` when there is nothing more. */
  get place(): Place | undefined {
    return this.#place.done && this.#place.carried === undefined ? undefined : this.#place;
  }

  /** Puts the next slice into the control words and the request. */
  write(): void {
    const { id, mode, query } = this.#source;
    const { position } = this.#place;
    begin();
    ctl[A] = query === undefined ? 0 : appendBytes(query.program);
    ctl[TABLE] = id;
    ctl[E] = mode | this.#writeKeys();
    reals[F0] = this.#limit - this.count;
    reals[F1] = SLICE_BYTES;
    reals[F2] = position;
    reals[F3] = SLICE_ROWS;
  }

  /** Which rows the slice is for; returns the flags that belong to it. */
  #writeKeys(): number {
    const { query, reverse } = this.#source;
    const { last } = this.#place;
    const plan = query?.keys;
    if (plan?.kind === 'keys') {
      let bytes = 0;
      for (const key of plan.keys) bytes += appendU32(key.length) + appendBytes(key);
      ctl[B] = bytes;
      ctl[C] = 0;
      ctl[D] = plan.keys.length;
      return SLICE_KEYS;
    }
    const range = plan?.kind === 'range' ? plan : undefined;
    // The end that was reached already is the last key, exclusively.
    const reached = last === undefined ? undefined : { kind: BOUND_EXCLUSIVE, key: last };
    const lower = reverse ? range?.lower : (reached ?? range?.lower);
    const upper = reverse ? (reached ?? range?.upper) : range?.upper;
    ctl[B] = lower === undefined ? 0 : appendBytes(lower.key);
    ctl[C] = upper === undefined ? 0 : appendBytes(upper.key);
    ctl[D] = (lower?.kind ?? BOUND_NONE) | ((upper?.kind ?? BOUND_NONE) << 8);
    return reverse ? SLICE_REVERSE : 0;
  }

  /** Takes the answer to what write() asked. */
  read({ words, numbers, bytes }: Answer): void {
    const size = words[STATUS] as number;
    this.affected += numbers[RESULT1] as number;
    const keyBytes = words[R4] as number;
    const end = keyBytes === 0 ? size : (words[R3] as number);
    this.#place = {
      position: numbers[RESULT0] as number,
      last: keyBytes === 0 ? this.#place.last : bytes.slice(end, end + keyBytes),
      carried: undefined,
      done: words[R1] !== 0,
    };
    const count = words[R0] as number;
    if (count > 0) this.#take({ bytes, start: 0, end, count });
  }

  /** Runs the next slice here and now. */
  step(): void {
    this.write();
    native.select();
    const size = ctl[STATUS] as number;
    if (size < 0) throw sliceFailure(size, this.#operation);
    const bytes = size > CHUNK_BYTES ? new Uint8Array(takeSpilled(this.#operation)) : reply;
    this.read({ words: ctl, numbers: reals, bytes });
  }

  /** Decodes what is wanted of `found`, and carries the rest. */
  #take(found: Found): void {
    const wanted = Math.min(found.count, this.#limit - this.count);
    const end = wanted === found.count ? found.end : endOf(found, wanted);
    this.#parts.push(this.#decode(found.bytes, found.start, wanted, end));
    this.count += wanted;
    const count = found.count - wanted;
    // A copy unless it is one already: the reply region is used again.
    const rest = (): Found =>
      found.bytes === reply
        ? { bytes: reply.slice(end, found.end), start: 0, end: found.end - end, count }
        : { ...found, start: end, count };
    this.#place = { ...this.#place, carried: count === 0 ? undefined : rest() };
  }

  #decode(bytes: Uint8Array<ArrayBuffer>, start: number, count: number, end: number): T[] {
    const terms = this.#source.mode === MODE_RESULTS;
    if (bytes === reply) return (terms ? decodeReplyTerms(end, count) : decodeReplyRows(end, count)) as T[];
    return (terms ? decodeTerms(bytes, start, count, end) : decodeRows(bytes, start, count, end)) as T[];
  }
}

/** Where the first `count` results of `found` end. */
function endOf({ bytes, start }: Found, count: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  for (let i = 0; i < count; i++) at += 4 + view.getUint32(at, true);
  return at;
}

/** Runs a selection to its end, here and now. */
export function runNow<T>(selection: Selection<T>): Selection<T> {
  while (!selection.finished) selection.step();
  return selection;
}
