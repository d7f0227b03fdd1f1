import * as format from './format.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const {
  LENGTH_HEADER,
  TAG_BIGINT,
  TAG_BIGINT64,
  TAG_DATE,
  TAG_FLOAT64,
  TAG_INT32,
  TAG_SHORT,
  TAG_TRUE,
  TAG_TYPED,
  TAG_UNDEFINED,
} = format;

/** The position after the term at `pos`, found without decoding it. REQUIRES: well-formed bytes. */
export function skip(bytes: Uint8Array, view: DataView, pos: number): number {
  const tag = bytes[pos] as number;
  if (tag >= TAG_SHORT) return pos + 1 + (tag - TAG_SHORT);
  if (tag >= TAG_UNDEFINED && tag <= TAG_TRUE) return pos + 1;
  switch (tag) {
    case TAG_INT32:
      return pos + 5;
    case TAG_FLOAT64:
    case TAG_BIGINT64:
    case TAG_DATE:
      return pos + 9;
    case TAG_BIGINT:
    case TAG_TYPED:
      return pos + LENGTH_HEADER + 1 + view.getUint32(pos + 1, true);
    default:
      return pos + LENGTH_HEADER + view.getUint32(pos + 1, true);
  }
}

/** The bytes of element `position` of the row whose payload `bytes` begins with. REQUIRES: the row has it. */
export function elementOf(bytes: Uint8Array, view: DataView, position: number): Uint8Array {
  let at = 0;
  while ((bytes[at++] as number) >= 0x80);
  for (let i = 0; i < position; i++) at = skip(bytes, view, at);
  return bytes.subarray(at, skip(bytes, view, at));
}
