import * as zlib from 'node:zlib';

/** CRC-32 of the runtime, which older ones do not have. */
const native = (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32;

/** Below so many bytes the loop is faster than a call into the runtime. */
const SHORT = 64;

const table = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table[i] = value;
}

/** CRC-32 (that of zlib) of the bytes [start, end). Time: O(end - start). */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  if (native !== undefined && end - start > SHORT) return native(bytes.subarray(start, end));
  let crc = 0xffffffff;
  for (let i = start; i < end; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}
