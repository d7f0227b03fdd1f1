import { takeSpilled } from './chunks.js';
import { REPLY_BYTES, REPLY_OFFSET, scratch } from './native/binding.js';
import { decodeTermAt } from './term/decode.js';

const INT32_BYTES = 5;
const WIDE_BYTES = 9;
const TAG_INT32 = 0x08;
const TAG_BIGINT = 0x0b;

/** The `count` integer terms that `updateCounters` left one after the other in a reply of `length` bytes. */
export function readCounterResults(length: number, count: number, operation: string): (number | bigint)[] {
  const small = length <= REPLY_BYTES;
  const bytes = small
    ? new Uint8Array(scratch, REPLY_OFFSET, length)
    : new Uint8Array(takeSpilled(operation));
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const results: (number | bigint)[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const tag = bytes[at];
    const size =
      tag === TAG_INT32 ? INT32_BYTES : tag === TAG_BIGINT ? 6 + view.getUint32(at + 1, true) : WIDE_BYTES;
    results.push(decodeTermAt(bytes, at, size) as number | bigint);
    at += size;
  }
  return results;
}
