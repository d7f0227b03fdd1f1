import { fc } from './property.js';

/* Arbitrary terms of every kind, and what it means that two of them are the same. Shared by all tests of values. */

const lead = fc.constantFrom('\ud800', '\udbff');
const trail = fc.constantFrom('\udc00', '\udfff');

/** Characters of every UTF-16 class; strings of them join lone surrogates to pairs by chance, too. */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) },
  fc.constantFrom(
    '\0',
    '\x7f',
    '\x80',
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{10ffff}',
  ),
  lead,
  trail,
);

/** Strings, short ones and such that pass 16, 64 and 256 bytes. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 3, arbitrary: fc.string({ unit: character, maxLength: 20 }) },
  fc.string({ maxLength: 300, minLength: 50 }),
  fc.string({ unit: character, minLength: 20, maxLength: 100 }),
);

export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer() },
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53,
    Number.MIN_VALUE,
  ),
);

export const anyBigInt: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -100n, max: 100n }),
  fc.constantFrom(2n ** 63n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 64n, 2n ** 128n),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
);

const anyBytes = fc.uint8Array({ maxLength: 40 });

/** Binaries of every kind. */
export const anyBinary: fc.Arbitrary<ArrayBuffer | ArrayBufferView> = fc.oneof(
  anyBytes,
  anyBytes.map((bytes) => Buffer.from(bytes)),
  anyBytes.map((bytes) => new Uint8Array(bytes).buffer),
  anyBytes.map((bytes) => new DataView(new Uint8Array(bytes).buffer)),
  anyBytes.map((bytes) => new Uint8ClampedArray(bytes)),
  fc.int8Array({ maxLength: 9 }),
  fc.int16Array({ maxLength: 9 }),
  fc.uint16Array({ maxLength: 9 }),
  fc.int32Array({ maxLength: 9 }),
  fc.uint32Array({ maxLength: 9 }),
  fc.float32Array({ maxLength: 9 }),
  fc.float64Array({ maxLength: 9 }),
  fc.bigInt64Array({ maxLength: 9 }),
  fc.bigUint64Array({ maxLength: 9 }),
);

export const anyAtom: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, false, true),
  anyString.map((name) => Symbol.for(name)),
);

const anyDate = fc.date({ noInvalidDate: false });

/** Terms that contain no other term. */
export const anyLeaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: anyNumber },
  { weight: 3, arbitrary: anyString },
  { weight: 2, arbitrary: anyAtom },
  anyBigInt,
  anyBinary,
  anyDate,
);

const anyName = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'id',
      'name',
      'age',
      'x',
      'y',
      'constructor',
      '__proto__',
      '0',
      '17',
      'a b',
      '',
    ),
  },
  anyString,
);

/** A plain object with these properties, `__proto__` among them, in this order. */
export function objectOf(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

function errorOf(name: string, message: string, stack: string | undefined, cause: unknown[]): Error {
  const classes = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  const Class = classes.find((each) => each.name === name) ?? Error;
  const error = cause.length > 0 ? new Class(message, { cause: cause[0] }) : new Class(message);
  if (Class.name !== name)
    Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  return error;
}

const { tree } = fc.letrec<{ tree: unknown; container: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4, depthSize: 'small' }, anyLeaf, tie('container')),
  container: fc.oneof(
    fc.array(tie('tree'), { maxLength: 6 }),
    fc.array(fc.oneof(anyNumber, anyString), { minLength: 30, maxLength: 70 }),
    fc.array(fc.tuple(anyName, tie('tree')), { maxLength: 6 }).map(objectOf),
    fc.array(fc.tuple(anyString, anyNumber), { minLength: 30, maxLength: 80 }).map(objectOf),
    fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie('tree'), { maxLength: 5 }).map((elements) => new Set(elements)),
    fc.array(anyNumber, { minLength: 30, maxLength: 80 }).map((elements) => new Set(elements)),
    fc
      .tuple(
        fc.constantFrom('Error', 'TypeError', 'RangeError', 'AbortError', ''),
        anyString,
        fc.option(anyString, { nil: undefined }),
        fc.array(tie('tree'), { maxLength: 1 }),
      )
      .map((parts) => errorOf(...parts)),
  ),
}));

/** Every term. */
export const anyTerm: fc.Arbitrary<unknown> = tree;

/** Every term that may be a key. */
export const anyKey: fc.Arbitrary<unknown> = anyTerm.filter((term) => term !== undefined);

/** Rows with a key in front. */
export const anyRow: fc.Arbitrary<unknown[]> = fc
  .tuple(anyKey, fc.array(anyTerm, { maxLength: 5 }))
  .map(([key, rest]) => [key, ...rest]);

/**
 * Where `actual` differs from `expected`, as a path; undefined when a user could not tell them apart.
 *
 * Stricter than assert.deepStrictEqual: property order, -0, prototypes, Buffer or Uint8Array, order of Map and Set.
 */
export function difference(actual: unknown, expected: unknown, path = 'value'): string | undefined {
  if (typeof expected !== 'object' || expected === null) {
    return Object.is(actual, expected) ? undefined : `${path}: ${String(actual)} is not ${String(expected)}`;
  }
  if (typeof actual !== 'object' || actual === null) return `${path}: not an object`;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return `${path}: other prototype`;
  const [some, others] = [partsOf(actual), partsOf(expected)];
  if (some.length !== others.length) return `${path}: ${some.length} parts, not ${others.length}`;
  for (const [i, [name, value]] of others.entries()) {
    const part = some[i] as Part;
    if (part[0] !== name) return `${path}: ${part[0]} where ${name} belongs`;
    const found = difference(part[1], value, `${path}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Part = readonly [name: string, value: unknown];

/** What a value consists of, in its order. */
function partsOf(value: object): Part[] {
  if (value instanceof Map) {
    return [...value].flatMap(([key, item], i): Part[] => [
      [`key${i}`, key],
      [`value${i}`, item],
    ]);
  }
  if (value instanceof Set) return [...value].map((item, i) => [`element${i}`, item]);
  if (value instanceof Date) return [['time', value.getTime()]];
  if (value instanceof Error) {
    return ['name', 'message', 'stack', ...(Object.hasOwn(value, 'cause') ? ['cause'] : [])].map((name) => [
      name,
      (value as unknown as Record<string, unknown>)[name],
    ]);
  }
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return [['bytes', bytesOf(value).join()]];
  const names = Object.keys(value);
  return names.map((name) => [name, (value as Record<string, unknown>)[name]]);
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** Whether `a` and `b` are equal as keys (`=:=`): property order, the sign of zero and Buffer or not do not count. */
export function equalKeys(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
    return a === b || Object.is(a, b);
  }
  if (kindOf(a) !== kindOf(b)) return false;
  const [some, others] = [entriesOf(a), entriesOf(b)];
  if (some.length !== others.length) return false;
  if (!isUnordered(a)) return some.every((entry, i) => equalEntries(entry, others[i] as unknown[]));
  const left = [...others];
  return some.every((entry) => {
    const found = left.findIndex((other) => equalEntries(entry, other));
    if (found >= 0) left.splice(found, 1);
    return found >= 0;
  });
}

function equalEntries(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, i) => equalKeys(part, b[i]));
}

function kindOf(value: object): unknown {
  if (Buffer.isBuffer(value)) return Uint8Array.prototype;
  return value instanceof Error ? Error : Object.getPrototypeOf(value);
}

function isUnordered(value: object): boolean {
  if (value instanceof Map || value instanceof Set) return true;
  return Object.getPrototypeOf(value) === Object.prototype;
}

function entriesOf(value: object): unknown[][] {
  if (value instanceof Map) return [...value];
  if (isUnordered(value) && !(value instanceof Set)) return Object.entries(value);
  return partsOf(value).map((part) => [part[1]]);
}

/** A value that equals `value` as a key but is written in another way, wherever there is another way. */
export function disguise(value: unknown): unknown {
  if (value === 0) return Object.is(value, 0) ? -0 : 0;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(disguise);
  if (value instanceof Map) {
    return new Map([...value].reverse().map(([key, item]) => [disguise(key), disguise(item)] as const));
  }
  if (value instanceof Set) return new Set([...value].reverse().map(disguise));
  if (Buffer.isBuffer(value)) return new Uint8Array(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value instanceof Error) {
    const cause = Object.hasOwn(value, 'cause') ? [disguise(value.cause)] : [];
    return errorOf(value.name, value.message, value.stack, cause);
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return objectOf(
    Object.entries(value)
      .reverse()
      .map(([name, item]) => [name, disguise(item)] as const),
  );
}
