import { DetsError, type DetsErrorCode } from '../errors.js';

/** The error for a refused operation; `operation` is what the user called, such as `detsTable.insert`. */
export function detsFailure(
  code: DetsErrorCode,
  operation: string,
  text: string,
  cause?: unknown,
): DetsError {
  return new DetsError(code, `${operation}: ${text}`, cause === undefined ? undefined : { cause });
}

export function badArgument(operation: string, text: string): DetsError {
  return detsFailure('ERR_DETS_BADARG', operation, text);
}

/** The error for a file that is not what it should be. */
export function fileFailure(operation: string, file: string, text: string, cause?: unknown): DetsError {
  return detsFailure('ERR_DETS_FILE', operation, `${file}: ${text}`, cause);
}
