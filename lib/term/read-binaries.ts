import { KIND_ARRAY_BUFFER, KIND_DATA_VIEW, TYPED_KINDS } from './format.js';
import { readLength } from './read-strings.js';
import { damaged, source } from './source.js';

type TypedArrayConstructor = new (
  buffer: ArrayBuffer,
) => ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };

const constructors = TYPED_KINDS.map((name): TypedArrayConstructor | undefined => {
  if (name === 'ArrayBuffer' || name === 'DataView') return undefined;
  return globalThis[name];
});

/** A copy with an ArrayBuffer of its own, so that it can be transferred and shows nothing of its neighbours. */
export function readBytes(): Uint8Array<ArrayBuffer> {
  const size = readLength(0);
  return source.bytes.slice(source.pos - size, source.pos);
}

export function readTyped(): ArrayBuffer | ArrayBufferView {
  const kind = source.bytes[source.pos + 4] as number;
  const size = readLength(1);
  const { buffer } = source.bytes.slice(source.pos - size, source.pos);
  if (kind === KIND_ARRAY_BUFFER) return buffer;
  if (kind === KIND_DATA_VIEW) return new DataView(buffer);
  const constructor = constructors[kind];
  if (constructor === undefined) throw damaged(`no typed array has kind ${kind}`);
  try {
    return new constructor(buffer);
  } catch {
    throw damaged('a typed array with half an element');
  }
}

export function readBigInt(): bigint {
  const negative = source.bytes[source.pos + 4] === 1;
  const size = readLength(1);
  if (size % 8 !== 0 || size === 0) throw damaged('a bigint that is no multiple of 8 bytes');
  // Hexadecimal digits: linear in the size, where adding word by word would be quadratic.
  const digits = Buffer.from(source.bytes.slice(source.pos - size, source.pos).reverse().buffer).toString(
    'hex',
  );
  const magnitude = BigInt(`0x${digits}`);
  return negative ? -magnitude : magnitude;
}
