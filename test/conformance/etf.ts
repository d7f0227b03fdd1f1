import { Buffer } from 'node:buffer';

/*
 * Erlang's external term format, as far as the two sides share terms:
 *
 *   bigint integer · number float · string and Uint8Array binary · boolean, null, undefined, Symbol.for atom · array list ·
 *   Tuple tuple (decoded as an array) · object map with binary keys · Map any other map
 *
 * A Uint8Array begins with 0xff, which no UTF-8 text does: so a binary is one or the other, and sorts alike on both sides.
 */

/** A tuple on its way to Erlang. */
export class Tuple {
  readonly elements: readonly unknown[];

  constructor(elements: readonly unknown[]) {
    this.elements = elements;
  }
}

export function tuple(...elements: readonly unknown[]): Tuple {
  return new Tuple(elements);
}

/** The atom of this name. */
export function atom(name: string): symbol {
  return Symbol.for(name);
}

const VERSION = 131;
const NEW_FLOAT = 70;
const SMALL_INTEGER = 97;
const INTEGER = 98;
const ATOM = 100;
const SMALL_TUPLE = 104;
const LARGE_TUPLE = 105;
const NIL = 106;
const STRING = 107;
const LIST = 108;
const BINARY = 109;
const SMALL_BIG = 110;
const LARGE_BIG = 111;
const MAP = 116;
const ATOM_UTF8 = 118;
const SMALL_ATOM_UTF8 = 119;

class Writer {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #at = 0;

  /** What was written; valid until the next write. */
  done(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (at + size));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#at = at + size;
    return at;
  }

  byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  #header(tag: number, length: number): void {
    this.byte(tag);
    const at = this.#reserve(4);
    this.#bytes.writeUInt32BE(length, at);
  }

  #raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  term(value: unknown): void {
    switch (typeof value) {
      case 'number': {
        this.byte(NEW_FLOAT);
        const at = this.#reserve(8);
        this.#bytes.writeDoubleBE(value, at);
        return;
      }
      case 'bigint':
        return this.#integer(value);
      case 'string':
        return this.#binary(Buffer.from(value));
      case 'symbol':
        return this.#atom(value.description as string);
      case 'boolean':
      case 'undefined':
        return this.#atom(String(value));
      case 'object':
        return value === null ? this.#atom('null') : this.#object(value);
      default:
        throw new Error(`Erlang has no ${typeof value} as it is here`);
    }
  }

  #integer(value: bigint): void {
    if (value >= -(2n ** 31n) && value < 2n ** 31n) {
      this.byte(INTEGER);
      const at = this.#reserve(4);
      this.#bytes.writeInt32BE(Number(value), at);
      return;
    }
    const digits = (value < 0n ? -value : value).toString(16);
    const magnitude = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').reverse();
    if (magnitude.length > 255) this.#header(LARGE_BIG, magnitude.length);
    else this.#raw(Uint8Array.of(SMALL_BIG, magnitude.length));
    this.byte(value < 0n ? 1 : 0);
    this.#raw(magnitude);
  }

  #binary(bytes: Uint8Array): void {
    this.#header(BINARY, bytes.length);
    this.#raw(bytes);
  }

  #atom(name: string): void {
    const bytes = Buffer.from(name);
    this.#raw(Uint8Array.of(ATOM_UTF8, bytes.length >> 8, bytes.length & 255));
    this.#raw(bytes);
  }

  #object(value: object): void {
    if (value instanceof Tuple) {
      this.#header(LARGE_TUPLE, value.elements.length);
      for (const element of value.elements) this.term(element);
    } else if (Array.isArray(value)) {
      if (value.length > 0) {
        this.#header(LIST, value.length);
        for (const element of value) this.term(element);
      }
      this.byte(NIL);
    } else if (value instanceof Uint8Array) {
      this.#binary(value);
    } else {
      const entries = value instanceof Map ? [...value] : Object.entries(value);
      this.#header(MAP, entries.length);
      for (const [key, item] of entries) {
        this.term(key);
        this.term(item);
      }
    }
  }
}

/** The bytes of a term, for binary_to_term/1. */
export function encode(value: unknown): Buffer {
  const writer = new Writer();
  writer.byte(VERSION);
  writer.term(value);
  return writer.done();
}

const ATOM_VALUES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);

class Reader {
  readonly #bytes: Buffer;
  #at = 1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(size: number): number {
    const at = this.#at;
    this.#at += size;
    return at;
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  #length(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  #slice(size: number): Buffer {
    const at = this.#take(size);
    return this.#bytes.subarray(at, at + size);
  }

  term(): unknown {
    const tag = this.#byte();
    switch (tag) {
      case NEW_FLOAT:
        return this.#bytes.readDoubleBE(this.#take(8));
      case SMALL_INTEGER:
        return BigInt(this.#byte());
      case INTEGER:
        return BigInt(this.#bytes.readInt32BE(this.#take(4)));
      case SMALL_BIG:
        return this.#big(this.#byte());
      case LARGE_BIG:
        return this.#big(this.#length());
      case SMALL_ATOM_UTF8:
        return this.#atom(this.#byte(), 'utf8');
      case ATOM_UTF8:
        return this.#atom(this.#bytes.readUInt16BE(this.#take(2)), 'utf8');
      case ATOM:
        return this.#atom(this.#bytes.readUInt16BE(this.#take(2)), 'latin1');
      case BINARY:
        return this.#binary(this.#length());
      case SMALL_TUPLE:
        return this.#terms(this.#byte());
      case LARGE_TUPLE:
        return this.#terms(this.#length());
      case NIL:
        return [];
      case STRING:
        return [...this.#slice(this.#bytes.readUInt16BE(this.#take(2)))].map(BigInt);
      case LIST:
        return this.#list(this.#length());
      case MAP:
        return this.#map(this.#length());
      default:
        throw new Error(`a term with tag ${tag} was not expected`);
    }
  }

  #big(size: number): bigint {
    const negative = this.#byte() === 1;
    const magnitude = BigInt(`0x${Buffer.from(this.#slice(size)).reverse().toString('hex')}`);
    return negative ? -magnitude : magnitude;
  }

  #atom(size: number, encoding: BufferEncoding): unknown {
    const name = this.#slice(size).toString(encoding);
    return ATOM_VALUES.has(name) ? ATOM_VALUES.get(name) : Symbol.for(name);
  }

  #binary(size: number): string | Uint8Array {
    const bytes = this.#slice(size);
    return bytes[0] === 0xff ? new Uint8Array(bytes) : bytes.toString('utf8');
  }

  #terms(count: number): unknown[] {
    return Array.from({ length: count }, () => this.term());
  }

  #list(count: number): unknown[] {
    const list = this.#terms(count);
    const tail = this.term();
    if (!Array.isArray(tail) || tail.length > 0) throw new Error('an improper list was not expected');
    return list;
  }

  #map(count: number): unknown {
    const entries = Array.from({ length: count }, () => [this.term(), this.term()] as const);
    if (entries.every(([key]) => typeof key === 'string')) return Object.fromEntries(entries as never);
    return new Map(entries);
  }
}

/** The term in bytes made by term_to_binary/1. */
export function decode(bytes: Buffer): unknown {
  return new Reader(bytes).term();
}
