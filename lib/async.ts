import { badArgument, etsFailure, kindOf, sliceFailure } from './failures.js';
import { CONTROL_BYTES, native } from './native/binding.js';
import { ctl, STATUS, Status } from './native/control.js';
import {
  askAll,
  askChange,
  askRows,
  type ChangerName,
  type QueryTable,
  type Question,
  type ReaderName,
} from './select.js';
import { READ, tableFirst } from './guards.js';
import { faultOfOptions } from './plain-options.js';
import type { Answer, Selection } from './selection.js';

/** Options of the asynchronous forms. */
export interface AsyncOptions {
  /**
   * Ends the operation at its next slice; the promise is then rejected with the signal's reason. Rows that were deleted,
   * taken or replaced by then stay so.
   */
  signal?: AbortSignal | undefined;
}

/** Options of `tab2listAsync`. */
export interface ListOptions extends AsyncOptions {
  /** Called after each slice with the number of rows so far. What it throws ends the operation. */
  onProgress?: ((rows: number) => void) | undefined;
}

/** The signal in `options`, checked; `others` are names of options besides it. */
export function signalOf(
  options: unknown,
  operation: string,
  others: readonly string[] = [],
): AbortSignal | undefined {
  if (options === undefined) return undefined;
  const fault = faultOfOptions(options);
  if (fault !== undefined) throw badArgument(operation, `options ${fault}`);
  for (const name of Object.keys(options as object)) {
    if (name !== 'signal' && !others.includes(name))
      throw badArgument(operation, `there is no option \`${name}\``);
  }
  const { signal } = options as AsyncOptions;
  // By its interface: a signal may come from another realm.
  const isSignal =
    typeof signal === 'object' &&
    typeof signal?.aborted === 'boolean' &&
    typeof signal.addEventListener === 'function';
  if (signal !== undefined && !isSignal) {
    throw badArgument(operation, `\`signal\` must be an AbortSignal, not ${kindOf(signal)}`);
  }
  return signal;
}

/** Runs the slice that control words and request describe in the thread pool. */
function runSlice(operation: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    native.sliceAsync((answer) => {
      if (answer === null) return reject(etsFailure(Status.NoMemory, operation));
      const words = new Int32Array(answer, 0, CONTROL_BYTES / 4);
      const status = words[STATUS] as number;
      if (status < 0) return reject(sliceFailure(status, operation));
      const numbers = new Float64Array(answer, 0, CONTROL_BYTES / 8);
      resolve({ words, numbers, bytes: new Uint8Array(answer, CONTROL_BYTES) });
    });
    if (ctl[STATUS] !== Status.Ok) reject(etsFailure(ctl[STATUS] as number, operation));
  });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw signal.reason;
}

/**
 * Runs a selection to its end, each slice in the thread pool. Between two slices the event loop turns; what one slice finds
 * is at most some 60 KB to decode, or one large row. Access is checked for each slice.
 */
export async function runLater<T>(
  selection: Selection<T>,
  operation: string,
  signal: AbortSignal | undefined,
  onProgress?: (results: number) => void,
): Promise<Selection<T>> {
  throwIfAborted(signal);
  while (!selection.finished) {
    selection.write();
    const answer = await runSlice(operation);
    throwIfAborted(signal);
    selection.read(answer);
    onProgress?.(selection.count);
  }
  return selection;
}

async function later<T, A>(
  { selection, answer }: Question<T, A>,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<A> {
  await runLater(selection, operation, signal);
  return answer();
}

/** `select` and the like in the thread pool; options may take the place of a limit that is left out. */
export async function readLater(
  table: QueryTable,
  name: ReaderName,
  what: unknown,
  limit: unknown,
  options: unknown,
): Promise<unknown> {
  const operation = `table.${name}Async`;
  const limited = options !== undefined || typeof limit !== 'object';
  const question = askRows(table, name, operation, what, limited ? limit : undefined);
  return later(question, operation, signalFirst(table, READ, operation, limited ? options : limit));
}

/** `selectCount` and the functions that change rows, in the thread pool. */
export async function changeLater<T, A>(
  table: QueryTable,
  name: ChangerName,
  what: unknown,
  options: unknown,
  answer: (selection: Selection<T>) => A,
): Promise<A> {
  const operation = `table.${name}Async`;
  const { selection } = askChange<T>(table, name, operation, what);
  const signal = signalFirst(table, READ, operation, options);
  return answer(await runLater(selection, operation, signal));
}

/** `tab2list` in the thread pool. */
export async function listLater<T>(table: QueryTable, options: unknown): Promise<T[]> {
  const operation = 'table.tab2listAsync';
  const { selection, answer } = askAll<T>(table, operation);
  const { signal, onProgress } = tableFirst(table.id, READ, operation, () => listOptions(options, operation));
  await runLater(selection, operation, signal, onProgress);
  return answer();
}

function listOptions(options: unknown, operation: string): ListOptions {
  const signal = signalOf(options, operation, ['onProgress']);
  const { onProgress } = (options ?? {}) as ListOptions;
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw badArgument(operation, `\`onProgress\` must be a function, not ${kindOf(onProgress)}`);
  return { signal, onProgress };
}

function signalFirst(
  table: QueryTable,
  right: number,
  operation: string,
  options: unknown,
): AbortSignal | undefined {
  return tableFirst(table.id, right, operation, () => signalOf(options, operation));
}
