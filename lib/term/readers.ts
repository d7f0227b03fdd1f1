import { native } from '../native/binding.js';
import { damaged } from './source.js';

/*
 * One reader per object shape. Generated as an object literal where that is allowed, because V8 then allocates the
 * object with its final layout; a loop over the names elsewhere. The text of a generated reader contains names only if
 * each is an identifier, so nothing that a user stores is ever run.
 */

export type ShapeReader = (read: () => unknown) => object;

/** Generated code is memory that is never freed; beyond this many shapes per thread the loop has to do. */
const MAX_GENERATED = 4096;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

const readers: (ShapeReader | undefined)[] = [];
let generated = 0;
let mayGenerate = true;

/** The reader of shape `id`. */
export function readerOf(id: number): ShapeReader {
  return readers[id] ?? makeReader(id);
}

function makeReader(id: number): ShapeReader {
  const names = native.shapeNames(id);
  if (names === undefined) throw damaged(`there is no shape ${id}`);
  const reader = readerFor(names);
  // Numbers are handed out in sequence, but a thread may meet a high one first: no holes, or the array gets slow.
  while (readers.length < id) readers.push(undefined);
  readers[id] = reader;
  return reader;
}

/** A reader of objects with these names. */
export function readerFor(names: readonly string[]): ShapeReader {
  return generateReader(names) ?? loopReader(names);
}

function generateReader(names: readonly string[]): ShapeReader | undefined {
  if (!mayGenerate || generated >= MAX_GENERATED) return undefined;
  // In a literal `__proto__: x` sets the prototype.
  if (!names.every((name) => IDENTIFIER.test(name) && name !== '__proto__')) return undefined;
  try {
    const fields = names.map((name) => `${name}: read()`).join(', ');
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- identifiers only, see above
    const reader = new Function('read', `'use strict'; return { ${fields} };`) as ShapeReader;
    generated++;
    return reader;
  } catch {
    // A content security policy or --disallow-code-generation-from-strings: it will not change.
    mayGenerate = false;
    return undefined;
  }
}

function loopReader(names: readonly string[]): ShapeReader {
  return (read) => {
    const object: Record<string, unknown> = {};
    for (const name of names) setProperty(object, name, read());
    return object;
  };
}

/**
 * An own property, whatever its name: assigning to one that `Object.prototype` has would change the prototype (`__proto__`), call a
 * setter, or be refused where that is frozen.
 */
export function setProperty(object: Record<string, unknown>, name: string, value: unknown): void {
  if (!(name in Object.prototype)) object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
