import { TermError } from '../errors.js';
import { REPLY_BYTES, REPLY_OFFSET, scratch } from '../native/binding.js';
import { isStackOverflow, noStackLeft } from './refusal.js';

/*
 * The bytes being decoded: the reply region of the scratch buffer as a rule, a buffer of its own for large replies.
 * Decoding runs no user code, so one state per thread is enough.
 */

export const replyBytes = new Uint8Array(scratch, REPLY_OFFSET, REPLY_BYTES);
export const replyView = new DataView(scratch, REPLY_OFFSET, REPLY_BYTES);
const replyNode = Buffer.from(scratch, REPLY_OFFSET, REPLY_BYTES);

export const source = {
  bytes: replyBytes,
  view: replyView,
  /** The same memory as a Buffer, for its native string readers. */
  node: replyNode,
  /** Where the next term begins. */
  pos: 0,
  /** Nothing at or beyond this position belongs to the term. */
  end: 0,
  /** Containers around the term being read. */
  depth: 0,
};

/** Reads `length` bytes of the reply region from now on. */
export function useReply(length: number): void {
  if (source.bytes !== replyBytes) {
    source.bytes = replyBytes;
    source.view = replyView;
    source.node = replyNode;
  }
  source.pos = 0;
  source.end = length;
  source.depth = 0;
}

/** Reads `length` bytes at `offset` of `bytes` from now on. */
export function useBytes(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer, offset: number, length: number): void {
  const whole = bytes instanceof ArrayBuffer;
  const buffer = whole ? bytes : bytes.buffer;
  const start = (whole ? 0 : bytes.byteOffset) + offset;
  if (offset < 0 || length < 0 || offset + length > bytes.byteLength) throw damaged('it ends too early');
  source.bytes = new Uint8Array(buffer, start, length);
  source.view = new DataView(buffer, start, length);
  source.node = Buffer.from(buffer, start, length);
  source.pos = 0;
  source.end = length;
  source.depth = 0;
}

/** Bytes that are read again and again, seen in every way that a reader needs. */
export interface Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly node: Buffer<ArrayBuffer>;
}

/** The memory of `bytes`. It is held for as long as the result is. */
export function memoryOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Memory {
  return {
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    node: Buffer.from(buffer, byteOffset, byteLength),
  };
}

/** Reads the bytes [pos, end) of `memory` from now on. */
export function useMemory(memory: Memory, pos: number, end: number): void {
  source.bytes = memory.bytes;
  source.view = memory.view;
  source.node = memory.node;
  source.pos = pos;
  source.end = end;
  source.depth = 0;
}

/** Lets go of a buffer that useBytes() or useMemory() was given. */
export function release(): void {
  useReply(0);
}

export function damaged(what: string): TermError {
  return new TermError('ERR_TERM_DAMAGED', `damaged term: ${what}`);
}

/** Throws unless the term was read to its last byte. */
export function requireEnd(): void {
  if (source.pos !== source.end) throw damaged('its parts do not fill it');
}

/** What the caller gets for `error`: a read beyond the bytes, which DataView reports as RangeError, is damage. */
export function explainDamage(error: unknown): Error {
  if (isStackOverflow(error)) return noStackLeft('stored term', error);
  return error instanceof RangeError ? damaged('it ends too early') : (error as Error);
}
