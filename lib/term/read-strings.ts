import { asciiText, utf8Text } from './node-text.js';
import * as sources from './source.js';
import { damaged } from './source.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { source } = sources;

const of = String.fromCharCode;

/**
 * An ASCII string of `n` < 64 characters at `p`. Up to 16 by one call with a fixed number of arguments, which takes a
 * quarter of the time of a call into the runtime (measured, Node 20).
 */
export function readShort(n: number, p: number): string {
  source.pos = p + n;
  const b = source.bytes as unknown as number[];
  switch (n) {
    case 0:
      return '';
    case 1:
      return of(b[p]!);
    case 2:
      return of(b[p]!, b[p + 1]!);
    case 3:
      return of(b[p]!, b[p + 1]!, b[p + 2]!);
    case 4:
      return of(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!);
    case 5:
      return of(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!);
    case 6:
      return of(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!);
    case 7:
      return of(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!);
    case 8:
      return of(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!);
    case 9:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
      );
    case 10:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
        b[p + 9]!,
      );
    case 11:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
        b[p + 9]!,
        b[p + 10]!,
      );
    case 12:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
        b[p + 9]!,
        b[p + 10]!,
        b[p + 11]!,
      );
    case 13:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
        b[p + 9]!,
        b[p + 10]!,
        b[p + 11]!,
        b[p + 12]!,
      );
    case 14:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
        b[p + 9]!,
        b[p + 10]!,
        b[p + 11]!,
        b[p + 12]!,
        b[p + 13]!,
      );
    case 15:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
        b[p + 9]!,
        b[p + 10]!,
        b[p + 11]!,
        b[p + 12]!,
        b[p + 13]!,
        b[p + 14]!,
      );
    case 16:
      return of(
        b[p]!,
        b[p + 1]!,
        b[p + 2]!,
        b[p + 3]!,
        b[p + 4]!,
        b[p + 5]!,
        b[p + 6]!,
        b[p + 7]!,
        b[p + 8]!,
        b[p + 9]!,
        b[p + 10]!,
        b[p + 11]!,
        b[p + 12]!,
        b[p + 13]!,
        b[p + 14]!,
        b[p + 15]!,
      );
    default:
      return readSlice(p, n);
  }
}

function readSlice(p: number, n: number): string {
  // A tag beyond the last short string, or a string that ends outside.
  if (n > 63 || p + n > source.end) throw damaged('a string ends outside');
  return asciiText(source.node, p, p + n);
}

/** Reads the u32 length at `source.pos`, checks that so many bytes follow, and steps over both. Returns the end. */
export function readLength(extra: number): number {
  const size = source.view.getUint32(source.pos, true);
  const start = source.pos + 4 + extra;
  const end = start + size;
  if (end > source.end) throw damaged('a length points outside');
  source.pos = end;
  return size;
}

export function readAscii(): string {
  const size = readLength(0);
  return asciiText(source.node, source.pos - size, source.pos);
}

export function readUtf8(): string {
  const size = readLength(0);
  return utf8Text(source.node, source.pos - size, source.pos);
}

/** UTF-8 in which each lone surrogate is the three bytes of its code. */
export function readWtf8(): string {
  const size = readLength(0);
  const bytes = source.bytes;
  const end = source.pos;
  let text = '';
  let codes: number[] = [];
  for (let p = end - size; p < end;) {
    const lead = bytes[p] as number;
    const width = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (p + width > end) throw damaged('a string ends inside a character');
    let code = width === 1 ? lead : lead & (0xff >> (width + 1));
    for (let i = 1; i < width; i++) code = (code << 6) | ((bytes[p + i] as number) & 0x3f);
    p += width;
    if (code > 0xffff) {
      codes.push(0xd7c0 + (code >> 10), 0xdc00 | (code & 0x3ff));
    } else {
      codes.push(code);
    }
    if (codes.length > 4096) {
      text += of(...codes);
      codes = [];
    }
  }
  return text + of(...codes);
}
