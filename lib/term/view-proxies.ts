import { inspect } from 'node:util';
import { native } from '../native/binding.js';
import * as format from './format.js';
import { setProperty } from './readers.js';
import { damaged } from './source.js';
import type { Container } from './view-memory.js';

/*
 * Views of arrays and objects: Proxies around an empty target. As long as the target is empty, properties are reported
 * as configurable, which is what the rules for Proxies ask of properties that the target does not have. Whoever asks
 * whether the view can be extended (Object.isFrozen, Object.freeze) has one level of it decoded into the target, which
 * is then frozen: from then on the view is a frozen object in every respect.
 */

const { INDEX_THRESHOLD, TAG_DICT } = format;
const objectPrototype: object = Object.prototype;
const arrayPrototype: object = Array.prototype;

/** console.log() looks at the target of a Proxy and past its traps, so that is where it must find this. */
const inspectable = { value: inspectView, enumerable: false };
const targetPrototype = Object.create(objectPrototype, { [inspect.custom]: inspectable }) as object;
class ArrayTarget extends Array<unknown> {}
Object.defineProperty(ArrayTarget.prototype, inspect.custom, inspectable);

/** One level of the view as a plain value: what is printed of it. */
function inspectView(this: object): unknown {
  return Array.isArray(this) ? Array.from(this as unknown[]) : { ...this };
}

/** What views of arrays and of objects have in common. */
abstract class ViewHandler implements ProxyHandler<object> {
  protected readonly container: Container;
  readonly #prototype: object;
  /** The target has all properties and is frozen. */
  protected full = false;

  constructor(container: Container, prototype: object) {
    this.container = container;
    this.#prototype = prototype;
  }

  /** The entry that a property is, or -1. */
  protected abstract entryOf(name: string): number;
  /** All names, in their order. */
  protected abstract names(): readonly string[];
  protected abstract fill(target: object): void;

  protected freeze(target: object): void {
    if (this.full) return;
    this.fill(target);
    Object.setPrototypeOf(target, this.#prototype);
    Object.freeze(target);
    this.full = true;
  }

  get(_target: object, name: string | symbol, receiver: unknown): unknown {
    if (typeof name === 'string') {
      const i = this.entryOf(name);
      if (i >= 0) return this.container.value(i);
    }
    return Reflect.get(this.#prototype, name, receiver);
  }

  has(_target: object, name: string | symbol): boolean {
    return (typeof name === 'string' && this.entryOf(name) >= 0) || Reflect.has(this.#prototype, name);
  }

  ownKeys(_target: object): (string | symbol)[] {
    return [...this.names()];
  }

  getOwnPropertyDescriptor(_target: object, name: string | symbol): PropertyDescriptor | undefined {
    const i = typeof name === 'string' ? this.entryOf(name) : -1;
    if (i < 0) return undefined;
    return { value: this.container.value(i), writable: false, enumerable: true, configurable: !this.full };
  }

  getPrototypeOf(): object {
    return this.#prototype;
  }

  // What follows behaves as on a frozen object. `false` is a TypeError in strict code.

  set(): boolean {
    return false;
  }

  deleteProperty(_target: object, name: string | symbol): boolean {
    return typeof name === 'symbol' || this.entryOf(name) < 0;
  }

  defineProperty(target: object, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    return this.full && Reflect.defineProperty(target, name, descriptor);
  }

  setPrototypeOf(_target: object, prototype: object | null): boolean {
    return prototype === this.#prototype;
  }

  isExtensible(target: object): boolean {
    this.freeze(target);
    return false;
  }

  preventExtensions(target: object): boolean {
    this.freeze(target);
    return true;
  }
}

class ArrayHandler extends ViewHandler {
  constructor(container: Container) {
    super(container, arrayPrototype);
  }

  protected entryOf(name: string): number {
    const code = name.charCodeAt(0);
    // Names of methods are more frequent than anything else that is no index.
    if (!(code >= 0x30 && code <= 0x39)) return -1;
    const i = Number(name) >>> 0;
    return i < this.container.count && String(i) === name ? i : -1;
  }

  protected names(): string[] {
    return Array.from({ length: this.container.count }, (_, i) => String(i));
  }

  protected fill(target: unknown[]): void {
    for (let i = 0; i < this.container.count; i++) target.push(this.container.value(i));
  }

  override get(target: object, name: string | symbol, receiver: unknown): unknown {
    return name === 'length' ? this.container.count : super.get(target, name, receiver);
  }

  override ownKeys(): string[] {
    return [...this.names(), 'length'];
  }

  override getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    if (name !== 'length') return super.getOwnPropertyDescriptor(target, name);
    // The length of an array can be made read-only, but not while the target's own still is not.
    return { value: this.container.count, writable: !this.full, enumerable: false, configurable: false };
  }

  override has(target: object, name: string | symbol): boolean {
    return name === 'length' || super.has(target, name);
  }

  override deleteProperty(target: object, name: string | symbol): boolean {
    return name !== 'length' && super.deleteProperty(target, name);
  }
}

/** The properties of one shape: their names, and the number of each. */
interface ShapeNames {
  readonly names: readonly string[];
  readonly entries: ReadonlyMap<string, number>;
}

/** As many as the process has shapes at most. */
const shapes = new Map<number, ShapeNames>();

function shapeNames(id: number): ShapeNames {
  let shape = shapes.get(id);
  if (shape === undefined) {
    const names = native.shapeNames(id);
    if (names === undefined) throw damaged(`there is no shape ${id}`);
    shape = { names, entries: new Map(names.map((name, i) => [name, i])) };
    shapes.set(id, shape);
  }
  return shape;
}

/** An object whose names are a shape of the process. */
class ShapedHandler extends ViewHandler {
  readonly #shape: ShapeNames;

  constructor(container: Container) {
    super(container, objectPrototype);
    this.#shape = shapeNames(container.count);
  }

  protected entryOf(name: string): number {
    return this.#shape.entries.get(name) ?? -1;
  }

  protected names(): readonly string[] {
    return this.#shape.names;
  }

  protected fill(target: object): void {
    fillObject(target, this.#shape.names, this.container);
  }
}

/** An object with its names inline. */
class DictHandler extends ViewHandler {
  #names: string[] | undefined;

  constructor(container: Container) {
    super(container, objectPrototype);
  }

  protected entryOf(name: string): number {
    return this.container.count < INDEX_THRESHOLD ? this.names().indexOf(name) : this.container.find(name);
  }

  protected names(): readonly string[] {
    return (this.#names ??= this.#readNames());
  }

  #readNames(): string[] {
    const names: string[] = [];
    for (let i = 0; i < this.container.count; i++) {
      const name = this.container.key(i);
      if (typeof name !== 'string') throw damaged('a property name that is no string');
      names.push(name);
    }
    return names;
  }

  protected fill(target: object): void {
    fillObject(target, this.names(), this.container);
  }
}

function fillObject(target: object, names: readonly string[], container: Container): void {
  names.forEach((name, i) => setProperty(target as Record<string, unknown>, name, container.value(i)));
}

export function viewArray(container: Container): object {
  return new Proxy<object>(new ArrayTarget(), new ArrayHandler(container));
}

export function viewObject(container: Container): object {
  const handler = container.tag === TAG_DICT ? new DictHandler(container) : new ShapedHandler(container);
  return new Proxy<object>(Object.create(targetPrototype) as object, handler);
}
