import { EtsError } from '../errors.js';

/** The error for a file that cannot be written or read, or is damaged. */
export function fileFailure(operation: string, path: string, text: string, cause?: unknown): EtsError {
  const options = cause === undefined ? undefined : { cause };
  return new EtsError('ERR_ETS_FILE', `${operation}: ${path}: ${text}`, options);
}

/** Waits for the system or the runtime; what it refuses becomes an error of this package, with the one it gave as its cause. */
export async function ask<T>(operation: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw fileFailure(operation, path, text, error);
  }
}
