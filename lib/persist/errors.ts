import { TermStoreError } from '../errors.js';

/** Codes of what `termstore/persist` refuses; stable within a major version. */
export type PersistErrorCode =
  | 'ERR_PERSIST_BADARG'
  | 'ERR_PERSIST_HELD'
  | 'ERR_PERSIST_FENCED'
  | 'ERR_PERSIST_SEQUENCE'
  | 'ERR_PERSIST_STORE'
  | 'ERR_PERSIST_GONE'
  | 'ERR_PERSIST_STOPPED';

/**
 * What is known about the write that failed. `unwritten`: nothing of it is stored, now or after a restart. `unknown`: it may be
 * stored, and only reading the journal again tells.
 */
export type PersistOutcome = 'unwritten' | 'unknown';

/** Further properties of a `PersistError`. */
export interface PersistErrorOptions extends ErrorOptions {
  /** What became of the write; left out where nothing was to be written. */
  readonly outcome?: PersistOutcome;
}

/**
 * A persistent process, a query or a store refused something.
 *
 * - `ERR_PERSIST_BADARG`: an argument is wrong; the message names it.
 * - `ERR_PERSIST_HELD`: another process that is alive has this `persistId`.
 * - `ERR_PERSIST_FENCED`: another process has taken the `persistId` over; this one can write no more.
 * - `ERR_PERSIST_SEQUENCE`: the journal does not end where the writer believes it does.
 * - `ERR_PERSIST_STORE`: the store could not write or read: a full disk, an I/O error, bytes that are damaged.
 * - `ERR_PERSIST_GONE`: events that are needed were truncated.
 * - `ERR_PERSIST_STOPPED`: the process has stopped, or has not started.
 */
export class PersistError extends TermStoreError {
  override readonly name = 'PersistError';
  declare readonly code: PersistErrorCode;
  /** What became of the write that failed; undefined where nothing was to be written. */
  readonly outcome: PersistOutcome | undefined;

  constructor(code: PersistErrorCode, message: string, options: PersistErrorOptions = {}) {
    super(code, message, 'cause' in options ? { cause: options.cause } : undefined);
    this.outcome = options.outcome;
  }
}

/** Refuses an argument: the message says which one and why. */
export function badArgument(operation: string, text: string): PersistError {
  return new PersistError('ERR_PERSIST_BADARG', `${operation}: ${text}`);
}

/** A failure of the store, with what caused it. */
export function storeFailure(
  operation: string,
  text: string,
  cause: unknown,
  outcome?: PersistOutcome,
): PersistError {
  const options = outcome === undefined ? { cause } : { cause, outcome };
  return new PersistError('ERR_PERSIST_STORE', `${operation}: ${text}`, options);
}

/** What a store said, as what is promised of stores: one of somebody else's make may throw anything. */
export function asStoreFailure(operation: string, error: unknown, outcome?: PersistOutcome): PersistError {
  return error instanceof PersistError ? error : storeFailure(operation, textOf(error), error, outcome);
}

/** Asks a store something; what it refuses becomes an error with a code. */
export async function asking<T>(operation: string, ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw asStoreFailure(operation, error);
  }
}

/** The words of whatever was thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
