import { decodeTermAt } from '../term/decode.js';
import { appendPortable, begin, request } from '../term/encode.js';
import { FORMAT_VERSION } from '../term/format.js';
import { PersistError } from './errors.js';

/**
 * `value` as bytes that mean the same in every process and at any time: the version of the term format, and a term in which no
 * object refers to a shape.
 *
 * @throws {TermError} for what is no term, with the path to it from `root`.
 */
export function encodePayload(value: unknown, root: string): Uint8Array<ArrayBuffer> {
  begin();
  const size = appendPortable(value, root);
  const bytes = Buffer.allocUnsafe(size + 1);
  bytes[0] = FORMAT_VERSION;
  bytes.set(request.bytes.subarray(0, size), 1);
  return bytes;
}

/** The value of such bytes. */
export function decodePayload(bytes: Uint8Array<ArrayBuffer>, what: () => string): unknown {
  if (bytes[0] !== FORMAT_VERSION) {
    throw new PersistError(
      'ERR_PERSIST_STORE',
      `${what()} is of version ${bytes[0]} of the term format, which this version of the package cannot read`,
    );
  }
  try {
    return decodeTermAt(bytes, 1, bytes.length - 1);
  } catch (error) {
    throw new PersistError('ERR_PERSIST_STORE', `${what()} is damaged`, { cause: error });
  }
}
