import * as format from './format.js';
import { readTerm } from './read.js';
import { readProperties } from './dict-names.js';
import { readerOf } from './readers.js';
import * as sources from './source.js';
import { damaged } from './source.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ERROR_HAS_CAUSE, ERROR_HAS_STACK, INDEX_THRESHOLD, MAX_DEPTH } = format;
const { source } = sources;

/** Steps over the length of a container's body and returns where it ends. */
function enterBody(): number {
  const pos = source.pos;
  const end = pos + 4 + source.view.getUint32(pos, true);
  if (end > source.end) throw damaged('a container ends outside');
  if (++source.depth > MAX_DEPTH) throw damaged('nested too deep');
  source.pos = pos + 4;
  return end;
}

function leaveBody(end: number): void {
  if (source.pos !== end) throw damaged('its parts do not fill a container');
  source.depth--;
}

/** Reads the number of elements and steps over it and the index. Each element has a byte at least. */
function readCount(end: number): number {
  const count = source.view.getUint32(source.pos, true);
  const first = source.pos + 4 + (count >= INDEX_THRESHOLD ? count * 4 : 0);
  if (count > end - first) throw damaged('more elements than bytes');
  source.pos = first;
  return count;
}

export function readArray(): unknown[] {
  const end = enterBody();
  const count = readCount(end);
  const array: unknown[] = [];
  for (let i = 0; i < count; i++) array.push(readTerm());
  leaveBody(end);
  return array;
}

export function readObject(): object {
  const end = enterBody();
  const shape = source.view.getUint32(source.pos, true);
  source.pos += 4;
  const object = readerOf(shape)(readTerm);
  leaveBody(end);
  return object;
}

export function readDict(): object {
  const end = enterBody();
  const count = readCount(end);
  const object = readProperties(count);
  leaveBody(end);
  return object;
}

export function readMap(): Map<unknown, unknown> {
  const end = enterBody();
  const count = readCount(end);
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < count; i++) {
    const key = readTerm();
    map.set(key, readTerm());
  }
  leaveBody(end);
  return map;
}

export function readSet(): Set<unknown> {
  const end = enterBody();
  const count = readCount(end);
  const set = new Set<unknown>();
  for (let i = 0; i < count; i++) set.add(readTerm());
  leaveBody(end);
  return set;
}

/** The classes that a stored name brings back. Others come back as Error with that name. */
const errorClasses = new Map<string, ErrorConstructor>([
  ['Error', Error],
  ['EvalError', EvalError],
  ['RangeError', RangeError],
  ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError],
  ['TypeError', TypeError],
  ['URIError', URIError],
]);

export function readError(): Error {
  const end = enterBody();
  const flags = source.bytes[source.pos] as number;
  source.pos++;
  const name = readText();
  const message = readText();
  const stack = (flags & ERROR_HAS_STACK) !== 0 ? readText() : undefined;
  const hasCause = (flags & ERROR_HAS_CAUSE) !== 0;
  const cause = hasCause ? readTerm() : undefined;
  leaveBody(end);
  const constructor = errorClasses.get(name) ?? Error;
  const error = withoutTrace(() => new constructor(message));
  if (constructor.prototype.name !== name) define(error, 'name', name);
  define(error, 'stack', stack);
  if (hasCause) define(error, 'cause', cause);
  return error;
}

function readText(): string {
  const text = readTerm();
  if (typeof text !== 'string') throw damaged('a part of an error that is no string');
  return text;
}

/** The trace of the reader would be thrown away; collecting it is what makes errors slow. */
function withoutTrace(make: () => Error): Error {
  const limit = Error.stackTraceLimit;
  // Reflect: where the language's own objects are frozen, it stays as it is.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

/** As the engine defines it: not enumerable. */
function define(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, enumerable: false, configurable: true });
}
