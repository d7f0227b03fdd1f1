import { decodeTermAt } from '#dist/term/decode.js';
import { appendTerm, begin, encodeKey, encodeRow, request } from '#dist/term/encode.js';

/** The first `length` bytes of the current request, copied. */
export function requestBytes(length: number): Uint8Array<ArrayBuffer> {
  return request.bytes.slice(0, length);
}

export function encodeTerm(value: unknown): Uint8Array<ArrayBuffer> {
  begin();
  return requestBytes(appendTerm(value));
}

export function decodeTerm(bytes: Uint8Array<ArrayBuffer>): unknown {
  return decodeTermAt(bytes, 0, bytes.length);
}

export function roundTrip(value: unknown): unknown {
  return decodeTerm(encodeTerm(value));
}

export function canonicalBytes(key: unknown): Uint8Array<ArrayBuffer> {
  return requestBytes(encodeKey(key));
}

/** The payload of `row` and the canonical key behind it, which is empty when the row's own bytes are canonical. */
export function rowBytes(
  row: readonly unknown[],
  keypos = 0,
): { payload: Uint8Array<ArrayBuffer>; key: Uint8Array } {
  const length = encodeRow(row, keypos);
  const all = requestBytes(length + request.canonicalLength);
  return { payload: all.slice(0, length), key: all.slice(length) };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Runs `body`, which must throw, and returns what it throws. */
export function thrownBy(body: () => unknown): Error & { code?: string } {
  try {
    body();
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error('nothing was thrown');
}
