import { appendBytes, reply } from './chunks.js';
import { WRITE, writeKey } from './guards.js';
import { native } from './native/binding.js';
import { A, B, ctl, STATUS, Status, TABLE } from './native/control.js';
import { rowIn, rowsIn, spilledReply } from './reading.js';
import { begin, request } from './term/encode.js';
import { elementOf } from './term/skip.js';
import type { Row } from './types.js';

/** The rows with this key, which are removed in the same step. A call that throws has put them back. */
export function takeRows<R extends Row>(id: number, keypos: number, bag: boolean, key: unknown): R[] {
  const operation = 'table.take';
  const keyBytes = writeKey(id, key, WRITE, operation);
  ctl[TABLE] = id;
  ctl[A] = keyBytes;
  native.take();
  const length = ctl[STATUS] as number;
  if (length === Status.NotFound) return [];
  const spilled = spilledReply(length, operation);
  try {
    return bag ? rowsIn<R>(length, spilled) : [rowIn<R>(length, spilled)];
  } catch (error) {
    const found = spilled === undefined ? reply.slice(0, length) : new Uint8Array(spilled, 0, length);
    putBack(id, keypos, bag, found, request.bytes.slice(0, keyBytes));
    throw error;
  }
}

/**
 * Stores rows again that could not be decoded: a thread has too little stack for what another one nested. What was stored under the
 * key meanwhile stays.
 */
function putBack(id: number, keypos: number, bag: boolean, found: Uint8Array, key: Uint8Array): void {
  const view = new DataView(found.buffer, found.byteOffset, found.byteLength);
  for (let at = 0; at < found.length;) {
    const size = bag ? view.getUint32(at, true) : found.length;
    const start = bag ? at + 4 : at;
    insertPayload(id, keypos, found.subarray(start, start + size), key, bag);
    at = start + size;
  }
}

function insertPayload(id: number, keypos: number, payload: Uint8Array, key: Uint8Array, bag: boolean): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const element = elementOf(payload, view, keypos);
  begin();
  const size = appendBytes(payload);
  // As the encoder leaves it: the canonical key only where the row holds another form of it.
  const separate = Buffer.compare(element, key) === 0 ? 0 : appendBytes(key);
  ctl[TABLE] = id;
  ctl[A] = size;
  ctl[B] = separate;
  if (bag) native.insert();
  else native.insertNew();
}
