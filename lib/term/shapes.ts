import { native } from '../native/binding.js';
import { MAX_SHAPE_NAMES } from './format.js';

/*
 * Which shape an object has: a trie over the names of the objects that this thread has encoded, in their order. Each
 * node remembers the name that was taken last, so objects of one shape in a row cost one comparison per property.
 *
 * A shape enters the process-wide registry when this thread meets it for the third time: objects used as dictionaries
 * (every one with names of its own) must not fill a registry that is never emptied.
 */

const SIGHTINGS = 3;
/** Bounds the memory of a thread; the trie stops growing there and unknown shapes are written with their names. */
const MAX_NODES = 16_384;

/** The answer for objects whose names have to be written inline. */
export const noShape = -1;
const undecided = -2;

class ShapeNode {
  lastName: string | undefined = undefined;
  lastChild: ShapeNode;
  /** Children by name, from the second one on. */
  children: Map<string, ShapeNode> | undefined = undefined;
  /** A shape number, `noShape` or `undecided`. */
  shape: number;
  sightings = 0;
  /** Number of names from the root to here. */
  readonly length: number;
  readonly #parent: ShapeNode | undefined;
  readonly #name: string;

  constructor(parent: ShapeNode | undefined, name: string, shape: number) {
    this.lastChild = this;
    this.shape = shape;
    this.length = parent === undefined ? 0 : parent.length + 1;
    this.#parent = parent;
    this.#name = name;
  }

  names(): string[] {
    const names: string[] = [];
    this.#collect(names);
    return names;
  }

  #collect(names: string[]): void {
    if (this.#parent === undefined) return;
    this.#parent.#collect(names);
    names.push(this.#name);
  }
}

/** Objects without properties have no shape. */
export const shapeRoot = new ShapeNode(undefined, '', noShape);
/** Stands for every object whose names the trie does not hold. */
const beyond = new ShapeNode(undefined, '', noShape);
let nodes = 0;
let registryFull = false;

/** The child of `node` for `name`, which is not the one taken last. */
export function stepSlow(node: ShapeNode, name: string): ShapeNode {
  if (node === beyond) return beyond;
  const child = node.children?.get(name) ?? addChild(node, name);
  if (child !== beyond) {
    node.lastName = name;
    node.lastChild = child;
  }
  return child;
}

function addChild(node: ShapeNode, name: string): ShapeNode {
  if (nodes >= MAX_NODES || node.length >= MAX_SHAPE_NAMES) return beyond;
  nodes++;
  const child = new ShapeNode(node, name, undecided);
  if (node.lastName !== undefined) {
    node.children ??= new Map([[node.lastName, node.lastChild]]);
    node.children.set(name, child);
  }
  return child;
}

/** Decides, at the third sighting, on the shape that ends at `node`. */
export function shapeOf(node: ShapeNode): number {
  if (node.shape !== undecided) return node.shape;
  if (++node.sightings < SIGHTINGS) return noShape;
  const id = registryFull ? noShape : native.internShape(node.names());
  if (id < 0) registryFull = true;
  return (node.shape = id < 0 ? noShape : id);
}
