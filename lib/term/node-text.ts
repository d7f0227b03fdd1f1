/*
 * Strings by one call into the runtime. Node and Bun have unchecked methods for it, which save half of the time on short
 * strings; elsewhere the public ones do the same.
 */

interface Unchecked {
  utf8Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

const methods: readonly (keyof Unchecked)[] = ['utf8Write', 'latin1Slice', 'utf8Slice'];
const prototype = Buffer.prototype as Buffer & Partial<Unchecked>;
const unchecked = methods.every((name) => typeof prototype[name] === 'function');

/** Writes `text` as UTF-8 at `pos`; returns its size. REQUIRES: room for all of it. Lone surrogates are lost. */
export function writeUtf8(buffer: Buffer, text: string, pos: number): number {
  const room = buffer.length - pos;
  if (unchecked) return (buffer as Buffer & Unchecked).utf8Write(text, pos, room);
  return buffer.write(text, pos, room, 'utf8');
}

/** The ASCII characters in [start, end). */
export function asciiText(buffer: Buffer, start: number, end: number): string {
  return unchecked
    ? (buffer as Buffer & Unchecked).latin1Slice(start, end)
    : buffer.toString('latin1', start, end);
}

/** The UTF-8 in [start, end). */
export function utf8Text(buffer: Buffer, start: number, end: number): string {
  return unchecked
    ? (buffer as Buffer & Unchecked).utf8Slice(start, end)
    : buffer.toString('utf8', start, end);
}

/** Whether `text` has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
