import { MAX_BYTES } from '../term/format.js';
import { appendPortable, begin, request } from '../term/encode.js';
import { refuseSpec, textOf } from './refuse.js';
import { EtsError, TermError } from '../errors.js';
import type { ConstantNode } from './tree.js';

/** The bytes of a match program under construction. */
export class ProgramWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.#size++] = value;
  }

  u16(value: number): void {
    this.#room(2);
    this.#view.setUint16(this.#size, value, true);
    this.#size += 2;
  }

  u32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.#size, value, true);
    this.#size += 4;
  }

  /** A term with its size in front; its objects carry their names, so the bytes mean the same in every process. */
  sizedTerm({ value, place }: ConstantNode): void {
    begin();
    const size = encode(() => appendPortable(value, textOf(place)));
    this.u32(size);
    this.#room(size);
    this.#bytes.set(request.bytes.subarray(0, size), this.#size);
    this.#size += size;
  }

  /** Writes a u32 that `write` is preceded by: the number of bytes that it wrote. */
  sized(write: () => void): void {
    const at = this.#size;
    this.u32(0);
    write();
    this.#view.setUint32(at, this.#size - at - 4, true);
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#size);
  }

  #room(size: number): void {
    const needed = this.#size + size;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_BYTES) throw refuseSpec('match spec', `needs more than ${MAX_BYTES} bytes`);
    const bigger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }
}

/** What `write` gives; a term that cannot be stored is a fault of the match spec. */
export function encode<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    // The message begins with the place already.
    if (error instanceof TermError) throw new EtsError('ERR_ETS_MATCH_SPEC', error.message, { cause: error });
    throw error;
  }
}
