import type { LmdbRange } from '../disk/lmdb.js';
import { after, afterPrefix, orderForm, orderPrefix } from '../disk/order-key.js';
import { ROW_HEADER, soughtDiskKey, soughtForm } from '../disk/rows.js';
import * as control from '../native/control.js';
import { native } from '../native/binding.js';
import { appendBytes } from '../chunks.js';
import type { CompiledQuery } from '../query/compile.js';
import { takeResults } from '../specs.js';
import { appendU32, begin } from '../term/encode.js';
import type { Store } from './store.js';

const { A, B, C, ctl } = control;
const { BOUND_EXCLUSIVE, BOUND_INCLUSIVE, BOUND_NONE, BOUND_PREFIX } = control;

/** So many bytes of rows are read in one step: with the program they fit into the request region. */
const STEP_BYTES = 48 * 1024;
const STEP_ROWS = 2048;

/** A part of the keys of a file, `end` exclusive. */
export interface Interval {
  readonly start?: Uint8Array<ArrayBuffer>;
  readonly end?: Uint8Array<ArrayBuffer>;
}

/** Rows as they are stored, with the keys of their entries. */
export interface Batch {
  readonly keys: Uint8Array<ArrayBuffer>[];
  readonly values: Uint8Array<ArrayBuffer>[];
}

/** Where the rows are that may match, in the order of the file. */
export function intervalsOf(query: CompiledQuery, store: Store, operation: string): Interval[] {
  const plan = query.keys;
  if (plan.kind === 'all') return [{}];
  if (plan.kind === 'keys') {
    const keys = plan.keys.map((key) => soughtDiskKey(key, store.type, operation));
    keys.sort((a, b) => Buffer.compare(a, b));
    return keys.map((key) => ({ start: key, end: asBuffer(store.bag ? afterPrefix(key) : after(key)) }));
  }
  if (plan.kind !== 'range') return [];
  const { lower, upper } = plan;
  const start = lower.kind === BOUND_NONE ? undefined : soughtForm(orderForm(lower.key));
  const begins =
    start === undefined ? {} : { start: asBuffer(lower.kind === BOUND_EXCLUSIVE ? after(start) : start) };
  if (upper.kind === BOUND_NONE) return [begins];
  if (upper.kind >= BOUND_PREFIX)
    return [{ ...begins, end: asBuffer(afterPrefix(prefixOf(upper.key, upper.kind - BOUND_PREFIX))) }];
  const end = soughtForm(orderForm(upper.key));
  return [{ ...begins, end: asBuffer(upper.kind === BOUND_INCLUSIVE ? after(end) : end) }];
}

function prefixOf(key: Uint8Array, open: number): Uint8Array {
  return soughtForm(orderPrefix(key, open));
}

function asBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

/**
 * Goes through the rows of intervals, a step at a time. Between two steps nothing is held: others may write, and a row that stays is met
 * exactly once.
 */
export class Scan {
  readonly #store: Store;
  readonly #operation: string;
  readonly #reverse: boolean;
  #intervals: Interval[];

  /** REQUIRES: backwards only through intervals without a start. */
  constructor(store: Store, operation: string, intervals: readonly Interval[] = [{}], reverse = false) {
    this.#store = store;
    this.#operation = operation;
    this.#reverse = reverse;
    this.#intervals = reverse ? [...intervals].reverse() : [...intervals];
  }

  /** The intervals that are left. */
  get rest(): readonly Interval[] {
    return this.#intervals;
  }

  get done(): boolean {
    return this.#intervals.length === 0;
  }

  /** The next rows, at most `most`; none only at the end. */
  step(most = STEP_ROWS): Batch {
    const keys: Uint8Array<ArrayBuffer>[] = [];
    const values: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    // What other threads and processes have committed meanwhile is seen from here on.
    this.#store.rows.resetReadTxn();
    while (this.#intervals.length > 0 && keys.length < most && bytes < STEP_BYTES) {
      const interval = this.#intervals.shift() as Interval;
      let cut = false;
      for (const { key, value } of this.#store.rows.getRange(this.#range(interval))) {
        if (this.#reverse && interval.end !== undefined && Buffer.compare(key, interval.end) >= 0) continue;
        this.#store.requireWhole(value, this.#operation);
        keys.push(key);
        values.push(value);
        bytes += value.length;
        cut = keys.length === most || bytes >= STEP_BYTES;
        if (cut) break;
      }
      if (cut) this.#intervals.unshift(this.#behind(interval, keys.at(-1)!));
    }
    return { keys, values };
  }

  #range({ start, end }: Interval): LmdbRange {
    if (!this.#reverse) return { ...(start && { start }), ...(end && { end }) };
    // The engine goes backwards from `start`, which it delivers too.
    return { reverse: true, ...(end && { start: end }) };
  }

  #behind(interval: Interval, last: Uint8Array<ArrayBuffer>): Interval {
    return this.#reverse ? { ...interval, end: last } : { ...interval, start: asBuffer(after(last)) };
  }
}

/** Runs a match program over stored rows, in native code. `numbers`: which of them gave exactly `true`, instead of the results. */
export function runProgram(
  program: Uint8Array<ArrayBuffer>,
  values: readonly Uint8Array<ArrayBuffer>[],
  numbers: boolean,
  operation: string,
): unknown[] {
  if (values.length === 0) return [];
  begin();
  appendBytes(program);
  for (const value of values) {
    appendU32(value.length - ROW_HEADER);
    appendBytes(value.subarray(ROW_HEADER));
  }
  ctl[A] = program.length;
  ctl[B] = values.length;
  ctl[C] = numbers ? 1 : 0;
  native.matchRun();
  return takeResults(operation);
}
