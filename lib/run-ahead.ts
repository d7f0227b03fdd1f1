/*
 * Stepping through a table without a native call for each step: when a caller steps on from where it was, native delivers the next steps in
 * one go, and they are answered from here.
 *
 * COHERENT  A run is kept under the stamp that native took before it read the run (as rows are, lib/near-cache.ts): any write that could
 *           change a step changes the version before it returns, and then the table is asked again. An ordered table has one version. In
 *           a hash table rows share a version that lie together in its order, and a run ends with them; the step to the next ones is
 *           answered and not kept.
 * ADAPTIVE  A run is as long as the caller has stepped so far, up to MOST; where writes make most of a run useless, or few rows share a
 *           version, a number of steps pass before the next attempt, each time twice as many.
 */
import { etsFailure } from './failures.js';
import { native } from './native/binding.js';
import * as control from './native/control.js';
import { readChunk, type ChunkPart } from './chunks.js';
import { encodeKey } from './term/encode.js';
import { versionWords } from './version-words.js';

const { ctl, A, B, C, E, FLAG_KEYS_ONLY, R0, R1, R2, R3, STATUS, TABLE, Status } = control;

/** Where there is no step to be answered from here. */
export const ASK = Symbol('ask the table');

/** Steps that follow each other before the first run. */
const STEPS_UNTIL_RUN = 4;
const FEWEST = 8;
const MOST = 64;
const FIRST_PAUSE = 64;
const LONGEST_PAUSE = 2 ** 16;
/** Steps that a native call for a run must bring on average; how many it may be short of that at first, and after many good ones. */
const STEPS_THAT_PAY = 3;
const FIRST_CREDIT = 4;
const MOST_CREDIT = 16;

/** What R1 says of a run. */
const RUN_ENDS = 1;
const RUN_UNSTAMPED = 2;

/** The keys by which a caller is recognised; it may have changed an object. */
function isPlain(key: unknown): key is string | number {
  return typeof key === 'number' || typeof key === 'string';
}

/** What one thread has fetched of the steps of one handle. */
export class RunAhead<T> {
  readonly #id: number;
  readonly #part: ChunkPart;
  readonly #keyOf: (item: T) => unknown;
  #words: Int32Array | undefined;
  #place = -1;
  #version = 0;
  #direction = 0;
  /** The key of the last answer; ASK: none that could be recognised. */
  #last: unknown = ASK;
  #items: T[] = [];
  #at = 0;
  /** Nothing follows the last item. */
  #ends = false;
  #steps = 0;
  #length = FEWEST;
  #pause = 0;
  #nextPause = FIRST_PAUSE;
  #credit = FIRST_CREDIT;

  constructor(id: number, part: ChunkPart, keyOf: (item: T) => unknown) {
    this.#id = id;
    this.#part = part;
    this.#keyOf = keyOf;
  }

  /** The step from `key`; `undefined` at the end, ASK when the table is to be asked. */
  step(key: unknown, direction: number, operation: string): T | undefined | typeof ASK {
    if (this.#pause > 0) {
      this.#pause--;
      return ASK;
    }
    if (key !== this.#last || direction !== this.#direction) {
      this.#steps = 0;
      return ASK;
    }
    if (this.#place >= 0 && Atomics.load(this.#words as Int32Array, this.#place) === this.#version) {
      if (this.#at < this.#items.length) return this.#deliver();
      if (this.#ends) return undefined;
      this.#length = Math.min(2 * this.#length, MOST);
      if (this.#credit === MOST_CREDIT) this.#nextPause = FIRST_PAUSE;
    } else if (this.#place >= 0) {
      this.#lost();
    }
    if (this.#pause > 0 || !isPlain(key) || ++this.#steps < STEPS_UNTIL_RUN) return ASK;
    this.#words ??= versionWords();
    return this.#words === undefined ? ASK : this.#fetch(key, direction, operation);
  }

  /** After the table was asked: the key that it answered with, or `undefined`. */
  note(key: unknown, direction: number): void {
    if (this.#pause > 0) return;
    if (this.#place >= 0) this.#forget();
    this.#last = isPlain(key) ? key : ASK;
    this.#direction = direction;
  }

  #deliver(): T {
    const item = this.#items[this.#at++] as T;
    // Nothing large is kept for a step that may never come.
    if (this.#at === this.#items.length) this.#empty();
    const key = this.#keyOf(item);
    this.#last = isPlain(key) ? key : ASK;
    return item;
  }

  /** The table has changed since the run was fetched. */
  #lost(): void {
    if (2 * this.#at < this.#items.length) this.#rest();
    else this.#forget();
  }

  /** Runs are of little use: steps pass by for a while. */
  #rest(): void {
    this.#forget();
    this.#pause = this.#nextPause;
    this.#nextPause = Math.min(2 * this.#nextPause, LONGEST_PAUSE);
    this.#length = FEWEST;
    this.#credit = FIRST_CREDIT;
  }

  #forget(): void {
    this.#place = -1;
    this.#empty();
  }

  #empty(): void {
    this.#items = [];
    this.#at = 0;
  }

  #fetch(key: string | number, direction: number, operation: string): T | undefined | typeof ASK {
    ctl[A] = encodeKey(key);
    ctl[TABLE] = this.#id;
    ctl[B] = direction;
    ctl[C] = this.#length;
    ctl[E] = this.#part === 'keys' ? FLAG_KEYS_ONLY : 0;
    native.stepRun();
    const status = ctl[STATUS] as number;
    // The key has gone since it was answered.
    if (status === Status.BadKey) return ASK;
    if (status < 0) throw etsFailure(status, operation);
    // Before the reply is read: what it is made of may call native code again, or not fit into memory.
    const count = ctl[R0] as number;
    const end = ctl[R1] as number;
    const place = ctl[R2] as number;
    const version = ctl[R3] as number;
    this.#forget();
    const items = count === 0 ? [] : readChunk<T>(this.#part, operation).rows;
    this.#place = place;
    this.#version = version;
    this.#ends = end === RUN_ENDS;
    if (count === 0) return undefined;
    this.#items = items;
    const item = this.#deliver();
    // Only the first step is true now.
    if (place < 0) this.#forget();
    this.#credit = Math.min(this.#credit + count - STEPS_THAT_PAY, MOST_CREDIT);
    if (this.#credit < 0) this.#rest();
    // Where there are no stamps at all, it will be no better next time.
    if (place < 0 && end !== RUN_UNSTAMPED) this.#pause = LONGEST_PAUSE;
    return item;
  }
}
