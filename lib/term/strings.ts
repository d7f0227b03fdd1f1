import * as format from './format.js';
import { isWellFormed, writeUtf8 } from './node-text.js';
import * as requests from './request.js';
import { makeRoom } from './request.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { LENGTH_HEADER, MAX_SHORT_STRING, TAG_ASCII, TAG_SHORT, TAG_SYMBOL, TAG_UTF8, TAG_WTF8 } = format;
const { request } = requests;

/** Up to here a loop over the characters beats one call into the runtime (measured, Node 20). */
export const LOOP_LIMIT = 32;
/** From here on the exact size is worth counting before room is made. */
const COUNT_LIMIT = 1 << 16;

/** Writes `text` as a string term at `pos`; returns the position after it. */
export function writeString(text: string, pos: number): number {
  const n = text.length;
  if (n > LOOP_LIMIT) return writeLong(text, pos);
  if (pos > request.soft) makeRoom(pos, 0);
  const bytes = request.bytes;
  let at = pos;
  bytes[at++] = TAG_SHORT + n;
  for (let i = 0; i < n; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return writeWide(text, pos);
    bytes[at++] = code;
  }
  return at;
}

/** Any length, any content; a runtime call instead of a loop. */
function writeLong(text: string, pos: number): number {
  const n = text.length;
  makeRoom(pos, LENGTH_HEADER + (n < COUNT_LIMIT ? n * 3 : Buffer.byteLength(text, 'utf8')));
  const header = n <= MAX_SHORT_STRING ? 1 : LENGTH_HEADER;
  // The size in bytes equals the length in code units only when every character is ASCII.
  const size = writeUtf8(request.node, text, pos + header);
  if (size !== n) return writeWide(text, pos);
  if (header === 1) request.bytes[pos] = TAG_SHORT + n;
  else writeHeader(TAG_ASCII, n, pos);
  return pos + header + n;
}

/** A string with a character beyond ASCII. */
function writeWide(text: string, pos: number): number {
  const n = text.length;
  const start = pos + LENGTH_HEADER;
  makeRoom(pos, LENGTH_HEADER + (n < COUNT_LIMIT ? n * 3 : Buffer.byteLength(text, 'utf8')));
  const wellFormed = isWellFormed(text);
  const end =
    wellFormed && n > LOOP_LIMIT ? start + writeUtf8(request.node, text, start) : writeWtf8(text, start);
  writeHeader(wellFormed ? TAG_UTF8 : TAG_WTF8, end - start, pos);
  return end;
}

/** A registered symbol by its name. */
export function writeSymbolName(name: string, pos: number): number {
  makeRoom(pos, LENGTH_HEADER + name.length * 3);
  const start = pos + LENGTH_HEADER;
  const end = writeWtf8(name, start);
  writeHeader(TAG_SYMBOL, end - start, pos);
  return end;
}

function writeHeader(tag: number, size: number, pos: number): void {
  request.bytes[pos] = tag;
  request.view.setUint32(pos + 1, size, true);
}

/** UTF-8 that keeps lone surrogates apart: each is written as the three bytes of its code. REQUIRES: room. */
function writeWtf8(text: string, pos: number): number {
  const bytes = request.bytes;
  const n = text.length;
  let at = pos;
  for (let i = 0; i < n; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
      continue;
    }
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < n) {
      const low = text.charCodeAt(i + 1);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
        continue;
      }
    }
    bytes[at++] = 0xe0 | (code >> 12);
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}
