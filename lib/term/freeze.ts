/*
 * Deeply frozen values, as persistent terms and cached rows are: they are shared by everything in a thread.
 *
 * Object.freeze() does not reach the content of a Map, a Set or a Date, so those lose their mutating methods. Code that
 * borrows `Map.prototype.set` can still change one. Typed arrays and ArrayBuffers cannot be frozen at all.
 */

const MAP_MUTATORS = ['set', 'delete', 'clear'] as const;
const SET_MUTATORS = ['add', 'delete', 'clear'] as const;
const DATE_MUTATORS = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));

/** Freezes `value`, which was just decoded and is nobody else's, with everything in it; returns it. */
export function freezeTerm(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) value.forEach(freezeTerm);
  else if (value instanceof Map) freezeMap(value);
  else if (value instanceof Set) freezeSet(value);
  else if (value instanceof Date) refuse(value, DATE_MUTATORS);
  else if (value instanceof Error) freezeTerm(value.cause);
  else for (const name of Object.keys(value)) freezeTerm((value as Record<string, unknown>)[name]);
  return Object.freeze(value);
}

function freezeMap(map: Map<unknown, unknown>): void {
  for (const [key, value] of map) {
    freezeTerm(key);
    freezeTerm(value);
  }
  refuse(map, MAP_MUTATORS);
}

function freezeSet(set: Set<unknown>): void {
  for (const value of set) freezeTerm(value);
  refuse(set, SET_MUTATORS);
}

function refuse(target: object, methods: readonly string[]): void {
  for (const name of methods) Object.defineProperty(target, name, { value: refuseChange, enumerable: false });
}

function refuseChange(this: unknown): never {
  throw new TypeError('this value is shared and frozen; copy it to change it');
}
