import * as format from '../term/format.js';
import { skip } from '../term/skip.js';

/*
 * Keys of ordered tables on disk: bytes whose order, compared as unsigned bytes, is the order of terms (docs/term-format.md,
 * "Order"), and which are equal exactly if the terms compare equal. So the engine needs no comparator of ours.
 *
 * Each form is self-delimiting, and no form is the beginning of another one.
 */

const { CONTAINER_HEADER, INDEX_THRESHOLD, LENGTH_HEADER } = format;

/** First bytes, in the order of the kinds of terms. 0 ends an array, and so comes before every element. */
const NUMBER = 1;
const ATOM = 2;
const DATE = 3;
const MAP = 4;
const ERROR = 5;
const SET = 6;
const ARRAY = 7;
const STRING = 8;
const BINARY = 9;
const END = 0;

/** Kinds of numbers, in order. */
const MINUS_INFINITY = 1;
const NEGATIVE = 2;
const ZERO = 3;
const POSITIVE = 4;
const INFINITY = 5;
const NOT_A_NUMBER = 6;

/** Added to exponents, so that those of all doubles are positive. */
const BIAS = 1100;
/** Biased exponents from here on, of bigints alone, have four more bytes. */
const WIDE_EXPONENT = 0xff00;

const float = new DataView(new ArrayBuffer(8));

class Writer {
  bytes = new Uint8Array(256);
  pos = 0;

  byte(value: number): void {
    if (this.pos === this.bytes.length) this.#grow(1);
    this.bytes[this.pos++] = value;
  }

  append(bytes: Uint8Array): void {
    if (this.pos + bytes.length > this.bytes.length) this.#grow(bytes.length);
    this.bytes.set(bytes, this.pos);
    this.pos += bytes.length;
  }

  u16(value: number): void {
    this.byte(value >>> 8);
    this.byte(value & 0xff);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  #grow(more: number): void {
    const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.pos + more));
    bigger.set(this.bytes.subarray(0, this.pos));
    this.bytes = bigger;
  }
}

/** Reads the bytes of one term and writes its ordered form. */
class Ordering {
  readonly #source: Uint8Array;
  readonly #view: DataView;
  #to: Writer;

  constructor(source: Uint8Array, to: Writer) {
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    this.#to = to;
  }

  /**
   * The term at `pos`; returns the position after it. `exact`: as keys of maps compare, every bigint before every number. `open`
   * >= 0: without the end of the array, and of its last element's, so many levels down: a prefix of what begins with it.
   */
  term(pos: number, exact: boolean, open = -1): number {
    const tag = this.#source[pos] as number;
    const end = skip(this.#source, this.#view, pos);
    const to = this.#to;
    switch (tag) {
      case format.TAG_INT32:
      case format.TAG_FLOAT64:
      case format.TAG_BIGINT64:
      case format.TAG_BIGINT:
        this.#number(tag, pos, exact);
        break;
      case format.TAG_UNDEFINED:
      case format.TAG_NULL:
      case format.TAG_FALSE:
      case format.TAG_TRUE:
      case format.TAG_SYMBOL:
        to.byte(ATOM);
        this.#escaped(tag === format.TAG_SYMBOL ? this.#body(pos, end) : ATOM_NAMES[tag]!);
        to.byte(tag);
        break;
      case format.TAG_DATE:
        to.byte(DATE);
        this.#double(this.#view.getFloat64(pos + 1, true));
        break;
      case format.TAG_DICT:
      case format.TAG_MAP:
        this.#map(pos, exact);
        to.byte(tag === format.TAG_MAP ? 1 : 0);
        break;
      case format.TAG_SET:
        this.#set(pos);
        break;
      case format.TAG_ERROR:
        this.#error(pos, end, exact);
        break;
      case format.TAG_ARRAY:
        this.#array(pos, exact, open);
        break;
      case format.TAG_BYTES:
      case format.TAG_BUFFER:
      case format.TAG_TYPED:
        to.byte(BINARY);
        this.#escaped(this.#body(pos, end, tag === format.TAG_TYPED ? 1 : 0));
        to.byte(tag === format.TAG_TYPED ? 1 + (this.#source[pos + LENGTH_HEADER] as number) : 0);
        break;
      default:
        to.byte(STRING);
        this.#escaped(tag >= format.TAG_SHORT ? this.#source.subarray(pos + 1, end) : this.#body(pos, end));
    }
    return end;
  }

  #body(pos: number, end: number, more = 0): Uint8Array {
    return this.#source.subarray(pos + LENGTH_HEADER + more, end);
  }

  /** Zeros as 00 ff, and 00 01 at the end: what goes on comes after what ends. */
  #escaped(bytes: Uint8Array): void {
    const to = this.#to;
    for (let from = 0; ;) {
      const zero = bytes.indexOf(0, from);
      to.append(bytes.subarray(from, zero < 0 ? bytes.length : zero));
      to.byte(0);
      to.byte(zero < 0 ? 1 : 0xff);
      if (zero < 0) return;
      from = zero + 1;
    }
  }

  #number(tag: number, pos: number, exact: boolean): void {
    const view = this.#view;
    const big = tag === format.TAG_BIGINT64 || tag === format.TAG_BIGINT;
    this.#to.byte(NUMBER);
    if (exact) this.#to.byte(big ? 0 : 1);
    if (tag === format.TAG_INT32) this.#double(view.getInt32(pos + 1, true));
    else if (tag === format.TAG_FLOAT64) this.#double(view.getFloat64(pos + 1, true));
    else if (tag === format.TAG_BIGINT64) this.#bigint(view.getBigInt64(pos + 1, true));
    else this.#bigint(this.#largeBigint(pos));
  }

  #largeBigint(pos: number): bigint {
    const size = this.#view.getUint32(pos + 1, true);
    const bytes = this.#source.slice(pos + LENGTH_HEADER + 1, pos + LENGTH_HEADER + 1 + size).reverse();
    const magnitude = BigInt(`0x${Buffer.from(bytes.buffer).toString('hex')}`);
    return this.#source[pos + LENGTH_HEADER] === 1 ? -magnitude : magnitude;
  }

  #double(value: number): void {
    if (value !== value) return this.#to.byte(NOT_A_NUMBER);
    if (value === 0) return this.#to.byte(ZERO);
    if (value === Infinity) return this.#to.byte(INFINITY);
    if (value === -Infinity) return this.#to.byte(MINUS_INFINITY);
    // Subnormal numbers have no leading bit of their own.
    const scale = Math.abs(value) < 2 ** -1022 ? 54 : 0;
    float.setFloat64(0, Math.abs(value) * 2 ** scale);
    const exponent = ((float.getUint32(0) >>> 20) & 0x7ff) - 1023;
    float.setUint32(0, (float.getUint32(0) & 0xfffff) | 0x3ff00000);
    const start = this.#begin(value < 0, exponent - scale);
    for (let rest = float.getFloat64(0) - 1; rest > 0;) {
      rest *= 128;
      const digit = Math.floor(rest);
      this.#to.byte(0x80 | digit);
      rest -= digit;
    }
    this.#finish(value < 0, start);
  }

  #bigint(value: bigint): void {
    if (value === 0n) return this.#to.byte(ZERO);
    const bits = (value < 0n ? -value : value).toString(2);
    const start = this.#begin(value < 0n, bits.length - 1);
    const last = bits.lastIndexOf('1');
    for (let at = 1; at <= last; at += 7)
      this.#to.byte(0x80 | parseInt(bits.slice(at, Math.min(at + 7, last + 1)).padEnd(7, '0'), 2));
    this.#finish(value < 0n, start);
  }

  /** What stands before the bits behind the leading one; they follow in groups of seven, without zeros at the end. */
  #begin(negative: boolean, exponent: number): number {
    const to = this.#to;
    to.byte(negative ? NEGATIVE : POSITIVE);
    const start = to.pos;
    const biased = exponent + BIAS;
    to.u16(Math.min(biased, WIDE_EXPONENT));
    if (biased >= WIDE_EXPONENT) to.u32(biased);
    return start;
  }

  #finish(negative: boolean, start: number): void {
    const to = this.#to;
    to.byte(END);
    if (!negative) return;
    for (let i = start; i < to.pos; i++) to.bytes[i] = ~(to.bytes[i] as number);
  }

  #first(pos: number): { count: number; at: number } {
    const count = this.#view.getUint32(pos + LENGTH_HEADER, true);
    return { count, at: pos + CONTAINER_HEADER + (count >= INDEX_THRESHOLD ? count * 4 : 0) };
  }

  #array(pos: number, exact: boolean, open: number): void {
    const first = this.#first(pos);
    let { at } = first;
    this.#to.byte(ARRAY);
    for (let i = 0; i < first.count; i++) {
      const deeper = i === first.count - 1 && open > 0 && this.#source[at] === format.TAG_ARRAY;
      at = this.term(at, exact, deeper ? open - 1 : -1);
    }
    if (open < 0) this.#to.byte(END);
  }

  /** The ordered form of the term at `pos` apart, and where the term ends. */
  #apart(pos: number, exact: boolean): { form: Uint8Array; end: number } {
    const outer = this.#to;
    const inner = new Writer();
    this.#to = inner;
    const end = this.term(pos, exact);
    this.#to = outer;
    return { form: inner.bytes.subarray(0, inner.pos), end };
  }

  #map(pos: number, exact: boolean): void {
    const first = this.#first(pos);
    let { at } = first;
    const entries = [];
    for (let i = 0; i < first.count; i++) {
      const key = this.#apart(at, true);
      const value = this.#apart(key.end, exact);
      entries.push({ key: key.form, value: value.form });
      at = value.end;
    }
    entries.sort((a, b) => Buffer.compare(a.key, b.key) || Buffer.compare(a.value, b.value));
    this.#to.byte(MAP);
    this.#to.u32(first.count);
    for (const { key } of entries) this.#to.append(key);
    for (const { value } of entries) this.#to.append(value);
  }

  #set(pos: number): void {
    const first = this.#first(pos);
    let { at } = first;
    const forms = [];
    for (let i = 0; i < first.count; i++) {
      const { form, end } = this.#apart(at, true);
      forms.push(form);
      at = end;
    }
    this.#to.byte(SET);
    this.#to.u32(first.count);
    for (const form of forms.sort((a, b) => Buffer.compare(a, b))) this.#to.append(form);
  }

  #error(pos: number, end: number, exact: boolean): void {
    const stack = ((this.#source[pos + LENGTH_HEADER] as number) & format.ERROR_HAS_STACK) !== 0;
    this.#to.byte(ERROR);
    let at = this.term(pos + LENGTH_HEADER + 1, exact);
    at = this.term(at, exact);
    this.#to.byte(stack ? 1 : 0);
    while (at < end) at = this.term(at, exact);
    this.#to.byte(END);
  }
}

const ATOM_NAMES: Readonly<Record<number, Uint8Array>> = {
  [format.TAG_UNDEFINED]: Buffer.from('undefined'),
  [format.TAG_NULL]: Buffer.from('null'),
  [format.TAG_FALSE]: Buffer.from('false'),
  [format.TAG_TRUE]: Buffer.from('true'),
};

/** The ordered form of the canonical term that fills `term`. */
export function orderForm(term: Uint8Array): Uint8Array {
  return formOf(term, -1);
}

/** What the ordered forms of all arrays that begin with the elements of `term` begin with; see `Ordering.term` for `open`. */
export function orderPrefix(term: Uint8Array, open: number): Uint8Array {
  return formOf(term, open);
}

function formOf(term: Uint8Array, open: number): Uint8Array {
  const writer = new Writer();
  new Ordering(term, writer).term(0, false, open);
  return writer.bytes.subarray(0, writer.pos);
}

/** The first bytes after all that begin with `prefix`. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  let last = prefix.length - 1;
  while (last >= 0 && prefix[last] === 0xff) last--;
  // A copy also of a Buffer, whose slice() is a view.
  const next = new Uint8Array(prefix.subarray(0, last + 1));
  (next[last] as number)++;
  return next;
}

/** The first bytes after exactly these. */
export function after(bytes: Uint8Array): Uint8Array {
  const next = new Uint8Array(bytes.length + 1);
  next.set(bytes);
  return next;
}
