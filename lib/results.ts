import { takeSpilled } from './chunks.js';
import { REPLY_BYTES, REPLY_OFFSET, scratch } from './native/binding.js';
import { decodeTermAt } from './term/decode.js';
import { skip } from './term/skip.js';

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
    const end = skip(bytes, view, at);
    results.push(decodeTermAt(bytes, at, end - at) as number | bigint);
    at = end;
  }
  return results;
}
