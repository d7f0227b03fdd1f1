import { decodeTermAt, decodeTermIn } from '../term/decode.js';
import { appendPortable, begin, request } from '../term/encode.js';
import { FORMAT_VERSION } from '../term/format.js';
import { type Memory, memoryOf } from '../term/source.js';
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
  requireVersion(bytes[0], what);
  try {
    return decodeTermAt(bytes, 1, bytes.length - 1);
  } catch (error) {
    throw damaged(what, error);
  }
}

/** As decodePayload(), for payloads that lie in the same memory, one after the other or one instead of the other. */
export class PayloadReader {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #memory: Memory | undefined;

  /** The value in the bytes from `start` up to `end`. */
  read(bytes: Uint8Array<ArrayBuffer>, start: number, end: number, what: () => string): unknown {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#memory = memoryOf(bytes);
    }
    requireVersion(start < end ? bytes[start] : undefined, what);
    try {
      return decodeTermIn(this.#memory as Memory, start + 1, end);
    } catch (error) {
      throw damaged(what, error);
    }
  }
}

function requireVersion(version: number | undefined, what: () => string): void {
  if (version === FORMAT_VERSION) return;
  throw new PersistError(
    'ERR_PERSIST_STORE',
    `${what()} is of version ${version} of the term format, which this version of the package cannot read`,
  );
}

function damaged(what: () => string, cause: unknown): PersistError {
  return new PersistError('ERR_PERSIST_STORE', `${what()} is damaged`, { cause });
}
