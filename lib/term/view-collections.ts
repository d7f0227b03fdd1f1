import type { Container } from './view-memory.js';

/*
 * Views of Maps and Sets are Maps and Sets: neither deep equality nor `util.types` would take a Proxy for one. The
 * inherited methods are hidden behind own ones. `get`, `has` and `size` look into the bytes; whatever needs all entries
 * first reads them into the Map or Set itself, where the containers among them are views again.
 *
 * Until then the engine sees one entry that cannot be cloned: structuredClone() refuses it instead of giving an empty
 * Map. Deep equality as in node:assert goes past every method, but asks for Symbol.toStringTag before.
 */

/* eslint-disable @typescript-eslint/unbound-method -- always used with call() */
const mapGet = Map.prototype.get;
const mapSet = Map.prototype.set;
const mapHas = Map.prototype.has;
const mapClear = Map.prototype.clear;
const setAdd = Set.prototype.add;
const setHas = Set.prototype.has;
const setClear = Set.prototype.clear;
/* eslint-enable @typescript-eslint/unbound-method */

type Collection = Map<unknown, unknown> | Set<unknown>;

/** Entries that are not read yet, by view. */
const unread = new WeakMap<object, Container>();

const views = new WeakSet();

/** Whether `value` is the view of a Map or Set. The encoder asks: it would see the engine's entries only. */
export function isCollectionView(value: object): boolean {
  return views.has(value);
}

function placeholder(): never {
  throw new TypeError('an entry that was not read yet');
}

function readAll(collection: Collection): void {
  const container = unread.get(collection);
  if (container === undefined) return;
  // First everything, then the change: a damaged entry leaves the view as it was.
  const keys: unknown[] = [];
  for (let i = 0; i < container.count; i++) keys.push(container.key(i));
  unread.delete(collection);
  if (collection instanceof Map) {
    mapClear.call(collection);
    keys.forEach((key, i) => mapSet.call(collection, key, container.value(i)));
  } else {
    setClear.call(collection);
    for (const key of keys) setAdd.call(collection, key);
  }
}

/** The entry of `key` in a container, or -1. A key that is a container itself is equal to nothing but itself. */
function entryOf(container: Container, key: unknown): number {
  if (typeof key === 'function' || (typeof key === 'object' && key !== null)) return -1;
  if (typeof key === 'symbol' && Symbol.keyFor(key) === undefined) return -1;
  return container.find(key);
}

function getView(this: Map<unknown, unknown>, key: unknown): unknown {
  const container = unread.get(this);
  if (container === undefined) return mapGet.call(this, key);
  const i = entryOf(container, key);
  return i < 0 ? undefined : container.value(i);
}

function hasView(this: Collection, key: unknown): boolean {
  const container = unread.get(this);
  if (container !== undefined) return entryOf(container, key) >= 0;
  return this instanceof Map ? mapHas.call(this, key) : setHas.call(this, key);
}

function refuseChange(): never {
  throw new TypeError('this value is shared and read-only; copy it to change it');
}

const MUTATORS = new Set(['set', 'add', 'delete', 'clear']);

/** The own properties that a view has instead of those of `prototype`. */
function descriptorsFor(prototype: Collection): PropertyDescriptorMap {
  const descriptors: PropertyDescriptorMap = {};
  for (const name of Reflect.ownKeys(prototype)) {
    const original = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
    if (name === 'constructor') continue;
    if (name === 'get') descriptors[name] = { value: getView };
    else if (name === 'has') descriptors[name] = { value: hasView };
    else if (name === 'size') descriptors[name] = { get: sizeOf(original) };
    else if (name === Symbol.toStringTag) descriptors[name] = { get: tagOf(original.value as string) };
    else if (typeof name === 'string' && MUTATORS.has(name)) descriptors[name] = { value: refuseChange };
    else if (typeof original.value === 'function')
      descriptors[name] = { value: afterReading(original.value as (...args: unknown[]) => unknown) };
  }
  return descriptors;
}

function sizeOf(original: PropertyDescriptor) {
  return function (this: Collection): number {
    return unread.get(this)?.count ?? (original.get?.call(this) as number);
  };
}

function tagOf(tag: string) {
  return function (this: Collection): string {
    readAll(this);
    return tag;
  };
}

function afterReading(original: (...args: unknown[]) => unknown) {
  return function (this: Collection, ...args: unknown[]): unknown {
    readAll(this);
    return original.apply(this, args);
  };
}

const mapDescriptors = descriptorsFor(Map.prototype);
const setDescriptors = descriptorsFor(Set.prototype);

export function viewMap(container: Container): object {
  return seal(new Map<unknown, unknown>([[placeholder, undefined]]), mapDescriptors, container);
}

export function viewSet(container: Container): object {
  return seal(new Set<unknown>([placeholder]), setDescriptors, container);
}

function seal(collection: Collection, descriptors: PropertyDescriptorMap, container: Container): object {
  unread.set(collection, container);
  views.add(collection);
  return Object.freeze(Object.defineProperties(collection, descriptors));
}
