import { badArgument, etsFailure, kindOf } from '../failures.js';
import { checkTable, requireOk, requireRow, WRITE } from '../guards.js';
import { native } from '../native/binding.js';
import { A, B, ctl, STATUS, Status, TABLE } from '../native/control.js';
import { appendRow, begin, encodeFlatRow, request } from '../term/encode.js';
import type { Row } from '../types.js';
import { readTask, requireNames, TASK_OPTIONS, type TaskOptions } from './options.js';
import { Pace } from './pace.js';

const OPERATION = 'table.initTable';

/** `table.initTable`: see there. `requireFitting` throws for a row that may not be stored. */
export async function initTable<R extends Row>(
  id: number,
  keypos: number,
  rows: Iterable<R> | AsyncIterable<R>,
  options: TaskOptions,
  requireFitting?: (row: R) => void,
): Promise<void> {
  checkTable(id, WRITE, OPERATION);
  requireIterable(rows);
  requireNames(options, TASK_OPTIONS, OPERATION);
  const { signal, onProgress } = readTask(options, OPERATION);
  signal?.throwIfAborted();
  const source = new RowSource<R>(rows, signal);
  let count = 0;
  try {
    ctl[TABLE] = id;
    native.deleteAll();
    requireOk(OPERATION);
    const pace = new Pace();
    for (;;) {
      const pending = source.next();
      const step = pending instanceof Promise ? await pending : pending;
      signal?.throwIfAborted();
      if (step.done === true) break;
      requireFitting?.(step.value);
      const bytes = insertOne(id, keypos, step.value, count++);
      if (!pace.isOver(bytes)) continue;
      onProgress?.(count);
      await pace.turn();
      signal?.throwIfAborted();
    }
  } catch (error) {
    await source.close(signal?.aborted === true);
    throw error;
  }
  onProgress?.(count);
}

/**
 * Returns the bytes of the row. The insertion is not handed to the thread pool: it costs no more than the encoding, which cannot
 * leave this thread, and less than copying the row for another one.
 */
function insertOne(id: number, keypos: number, row: Row, index: number): number {
  let size = encodeFlatRow(row, keypos);
  if (size <= 0) {
    requireRow(row, keypos, OPERATION, `rows[${index}]`);
    begin();
    size = appendRow(row, keypos, index);
  }
  ctl[TABLE] = id;
  ctl[A] = size;
  ctl[B] = request.canonicalLength;
  native.insert();
  const status = ctl[STATUS] as number;
  if (status !== Status.Ok) throw etsFailure(status, `${OPERATION}: rows[${index}]`);
  return size;
}

function requireIterable(rows: unknown): void {
  const source = rows as Partial<AsyncIterable<Row> & Iterable<Row>> | null | undefined;
  const good =
    typeof source === 'object' &&
    source !== null &&
    (typeof source[Symbol.asyncIterator] === 'function' || typeof source[Symbol.iterator] === 'function');
  if (!good)
    throw badArgument(OPERATION, `rows must be an iterable or async iterable of rows, not ${kindOf(rows)}`);
}

type Step<R> = IteratorResult<R, unknown>;

/** The iterator of the caller, which is told when nobody will ask it again. */
class RowSource<R extends Row> {
  readonly #iterator: Iterator<R> | AsyncIterator<R>;
  readonly #isAsync: boolean;
  readonly #signal: AbortSignal | undefined;
  /** It has neither ended nor thrown. */
  #open = true;

  constructor(rows: Iterable<R> | AsyncIterable<R>, signal: AbortSignal | undefined) {
    this.#isAsync = typeof (rows as AsyncIterable<R>)[Symbol.asyncIterator] === 'function';
    this.#iterator = this.#isAsync
      ? (rows as AsyncIterable<R>)[Symbol.asyncIterator]()
      : (rows as Iterable<R>)[Symbol.iterator]();
    this.#signal = signal;
  }

  next(): Step<R> | Promise<Step<R>> {
    if (this.#isAsync) return this.#nextAsync();
    this.#open = false;
    const step = this.#iterator.next() as Step<R>;
    this.#open = step.done !== true;
    return step;
  }

  async #nextAsync(): Promise<Step<R>> {
    this.#open = false;
    const step = this.#iterator.next();
    if (this.#signal !== undefined) await this.#unlessAborted(step as Promise<Step<R>>);
    const result = (await step) as Step<R>;
    this.#open = result.done !== true;
    return result;
  }

  /** Rejects as soon as the signal is aborted: a source that waits for something must not hold up the abort. */
  async #unlessAborted(step: Promise<Step<R>>): Promise<void> {
    const signal = this.#signal as AbortSignal;
    let stop = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = (): void => {
        this.#open = true;
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
        reject(signal.reason);
      };
    });
    signal.addEventListener('abort', stop);
    try {
      await Promise.race([step, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Ends the iterator, unless it has ended. What it throws then is not said: there is an error already. */
  async close(aborted: boolean): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      const closing = this.#iterator.return?.();
      if (!this.#isAsync) return;
      // After an abort the iterator may still wait for its next row, and would close only afterwards.
      if (aborted) void Promise.resolve(closing).catch(() => undefined);
      else await closing;
    } catch {
      // See above.
    }
  }
}
