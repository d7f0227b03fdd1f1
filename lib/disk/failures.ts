import { DetsError, TermStoreError } from '../errors.js';

/** What the caller gets for something that the engine or the system said. */
export function diskFailure(operation: string, file: string, error: unknown): TermStoreError {
  if (error instanceof TermStoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new DetsError('ERR_DETS_IO', `${operation}: ${file}: ${text}`, { cause: error });
}
