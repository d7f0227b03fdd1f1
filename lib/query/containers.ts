import { types } from 'node:util';
import { A_CYCLE, firstRepeat, propertyStep } from '../term/refusal.js';
import { isExactly, isPlainObject } from '../term/kinds.js';
import { elementOf, inside, type Place, refuseSpec } from './refuse.js';
import { MAX_NESTING } from './tree.js';

/*
 * Which values are gone through in search of variables. Whatever else there is (also a Proxy, a subclass) is left to the
 * encoder, which stores it or says why not.
 */

export type Container = 'array' | 'object' | 'map' | 'set';

/** The kind of container that `value` is; `undefined` for a leaf. Runs no user code. */
export function containerKind(value: unknown): Container | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
  // Array.prototype is an array itself, in every realm; the prototype of a subclass is not.
  if (Array.isArray(value)) return Array.isArray(Object.getPrototypeOf(value)) ? 'array' : undefined;
  if (isPlainObject(value)) return 'object';
  if (types.isMap(value) && isExactly(value, 2)) return 'map';
  return types.isSet(value) && isExactly(value, 2) ? 'set' : undefined;
}

/** The containers and calls around a value, from the inside out. */
export interface Level {
  readonly parent: Level | undefined;
  readonly container: unknown;
  readonly place: Place;
  readonly depth: number;
}

/** The level inside `container`, which stands for `levels` of them. Throws when these are too many. */
export function levelIn(container: unknown, place: Place, parent: Level | undefined, levels = 1): Level {
  const level = { parent, container, place, depth: (parent?.depth ?? 0) + levels };
  if (level.depth > MAX_NESTING) throw nestedTooDeep(level);
  return level;
}

function nestedTooDeep(innermost: Level): Error {
  const levels: Level[] = [];
  for (let at: Level | undefined = innermost; at !== undefined; at = at.parent) levels.push(at);
  levels.reverse();
  const repeat = levels[firstRepeat(levels.map(({ container }) => container)) || levels.length];
  return repeat === undefined
    ? refuseSpec(innermost.place, `nested deeper than ${MAX_NESTING}`)
    : refuseSpec(repeat.place, A_CYCLE);
}

/** What `read` makes of each element. */
export function mapItems<T>(
  value: readonly unknown[],
  place: Place,
  read: (item: unknown, at: Place) => T,
): T[] {
  const items: T[] = [];
  const count = value.length;
  for (let i = 0; i < count; i++) {
    const item = value[i];
    if (item === undefined && !Object.hasOwn(value, i)) {
      throw refuseSpec(elementOf(place, i), 'a hole in a sparse array cannot be stored');
    }
    items.push(read(item, elementOf(place, i)));
  }
  return items;
}

/** Names of the own properties that are part of an object, in order. */
export function namesOf(value: object): string[] {
  return Object.keys(value);
}

export function propertyOf(place: Place, name: string): Place {
  return inside(place, propertyStep(name));
}

/** The entries of a Map and the elements of a Set, also of one whose own methods were replaced. */
export function entriesOf(value: object): [unknown, unknown][] {
  const entries: [unknown, unknown][] = [];
  Map.prototype.forEach.call(value as Map<unknown, unknown>, (item, key) => void entries.push([key, item]));
  return entries;
}

export function elementsOf(value: object): unknown[] {
  const elements: unknown[] = [];
  Set.prototype.forEach.call(value as Set<unknown>, (item) => void elements.push(item));
  return elements;
}

/** A plain object with these properties, `__proto__` among them. */
export function objectOf(names: readonly string[], values: readonly unknown[]): object {
  const object = {};
  names.forEach((name, i) => {
    Object.defineProperty(object, name, {
      value: values[i],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  });
  return object;
}
