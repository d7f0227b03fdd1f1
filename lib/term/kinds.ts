import { types } from 'node:util';
import { unsupported } from './refusal.js';

/*
 * What a value is. Prototypes of other realms (node:vm contexts) count as the built-in ones; a subclass never does,
 * because its instances would come back as something else.
 */

const { getPrototypeOf, hasOwn } = Object;
const { isProxy } = types;
const objectPrototype: unknown = Object.prototype;

/** Whether `value` cannot be changed: it needs no copy, and a Map compares it as terms are compared. */
export function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' || value === null) && typeof value !== 'function';
}

/** REQUIRES: `value` is not a Proxy, whose traps would run. */
export function isPlainObject(value: object): boolean {
  const proto = getPrototypeOf(value) as object | null;
  return proto === objectPrototype || proto === null || isObjectPrototype(proto);
}

/** Object.prototype of any realm. */
function isObjectPrototype(proto: object): boolean {
  return getPrototypeOf(proto) === null && hasOwn(proto, 'isPrototypeOf') && hasOwn(proto, 'constructor');
}

/** Whether `value`, known to be a built-in by its brand, is no instance of a subclass: `levels` prototypes above it. */
export function isExactly(value: object, levels: number): boolean {
  let proto: unknown = value;
  for (let i = 0; i <= levels; i++) {
    if (proto === null) return false;
    proto = getPrototypeOf(proto);
  }
  return proto === null;
}

/** Throws unless `value` is an array, not a Proxy of one and not an instance of a subclass. */
export function requireArray(value: unknown, what: string): void {
  // In this order: of a revoked Proxy nothing else may be asked.
  refuseProxy(value);
  if (!Array.isArray(value)) throw unsupported(`${what} ${describe(value)}`);
  refuseSubclass(value);
}

/** Throws when `value` is an instance of a subclass of Array. REQUIRES: an array, no Proxy. */
export function refuseSubclass(value: readonly unknown[]): void {
  // Cheaper than the prototype, and right for every array that nobody has tampered with.
  if (value.constructor === Array) return;
  const proto: unknown = getPrototypeOf(value);
  // Array.prototype is an array itself, in every realm; the prototype of a subclass is not.
  if (!Array.isArray(proto)) throw unsupported(describe(value));
}

export function refuseProxy(value: unknown): void {
  if (isProxy(value)) throw unsupported('a Proxy');
}

/** A value by its kind, never by its content, which may be large or private. */
export function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol that is not registered (Symbol.for)';
  if (typeof value !== 'object' || value === null) return `a ${value === null ? 'null' : typeof value}`;
  if (isProxy(value)) return 'a Proxy';
  if (types.isRegExp(value)) return 'a RegExp';
  if (types.isPromise(value)) return 'a Promise';
  if (types.isBoxedPrimitive(value)) return 'a boxed primitive';
  if (types.isSharedArrayBuffer(value)) return 'a SharedArrayBuffer';
  return describeClass(value);
}

function describeClass(value: object): string {
  const proto = getPrototypeOf(value) as object | null;
  // Read as a data property: a getter of the user's class has no business here.
  const found: unknown =
    proto === null ? undefined : Object.getOwnPropertyDescriptor(proto, 'constructor')?.value;
  const name: unknown =
    typeof found === 'function' ? Object.getOwnPropertyDescriptor(found, 'name')?.value : undefined;
  if (typeof name !== 'string' || name === '' || name === 'Object')
    return 'an object with a prototype of its own';
  return `an instance of class ${name.slice(0, 100)}`;
}
