import {
  KIND_ARRAY_BUFFER,
  KIND_DATA_VIEW,
  LENGTH_HEADER,
  TAG_BUFFER,
  TAG_BYTES,
  TAG_TYPED,
  TYPED_KINDS,
} from './format.js';
import { types } from 'node:util';
import { describe, isExactly } from './kinds.js';
import { unsupported } from './refusal.js';
import { makeRoom, request } from './request.js';

const bufferPrototype: unknown = Buffer.prototype;
const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
/** Names the kind of a typed array by its brand; `undefined` for everything else. */
// eslint-disable-next-line @typescript-eslint/unbound-method -- always used with call()
const kindNameOf = Object.getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)?.get as (
  this: object,
) => string | undefined;
const kindByName = new Map<string, number>(TYPED_KINDS.map((name, kind) => [name, kind]));

/** An ArrayBuffer or a view; of a view the bytes it shows, also when they are shared with other threads. */
export function writeBinary(value: object, pos: number): number {
  if (types.isArrayBuffer(value)) {
    if (!isExactly(value, 2)) throw unsupported(describe(value));
    return writeTyped(KIND_ARRAY_BUFFER, bytesOf(value, 0, undefined), pos);
  }
  const view = value as ArrayBufferView;
  const name = kindNameOf.call(value);
  if (name === undefined) {
    if (!isExactly(value, 2)) throw unsupported(describe(value));
    return writeTyped(KIND_DATA_VIEW, dataViewBytes(view), pos);
  }
  if (Object.getPrototypeOf(value) === bufferPrototype) {
    request.indirect = true;
    return writeBytes(TAG_BUFFER, bytesOf(view.buffer, view.byteOffset, view.byteLength), pos);
  }
  // Every built-in typed array has three prototypes above it; a subclass has more.
  if (!isExactly(value, 3)) throw unsupported(describe(value));
  const bytes = bytesOf(view.buffer, view.byteOffset, view.byteLength);
  if (name === 'Uint8Array') return writeBytes(TAG_BYTES, bytes, pos);
  const kind = kindByName.get(name);
  if (kind === undefined) throw unsupported(`a ${name}`);
  return writeTyped(kind, bytes, pos);
}

function dataViewBytes(view: ArrayBufferView): Uint8Array {
  try {
    return bytesOf(view.buffer, view.byteOffset, view.byteLength);
  } catch {
    throw unsupported('a DataView whose buffer is detached');
  }
}

/** The length of the result is what counts from here on: properties of the view may lie. */
function bytesOf(buffer: ArrayBufferLike, offset: number, length: number | undefined): Uint8Array {
  try {
    return length === undefined ? new Uint8Array(buffer) : new Uint8Array(buffer, offset, length);
  } catch {
    throw unsupported('a detached ArrayBuffer');
  }
}

function writeBytes(tag: number, content: Uint8Array, pos: number): number {
  const size = content.length;
  makeRoom(pos, LENGTH_HEADER + size);
  request.bytes[pos] = tag;
  request.view.setUint32(pos + 1, size, true);
  request.bytes.set(content, pos + LENGTH_HEADER);
  return pos + LENGTH_HEADER + size;
}

function writeTyped(kind: number, content: Uint8Array, pos: number): number {
  const size = content.length;
  const start = pos + LENGTH_HEADER + 1;
  makeRoom(pos, LENGTH_HEADER + 1 + size);
  request.bytes[pos] = TAG_TYPED;
  request.view.setUint32(pos + 1, size, true);
  request.bytes[pos + LENGTH_HEADER] = kind;
  request.bytes.set(content, start);
  return start + size;
}
