import { readTerm } from './read.js';
import { readerFor, setProperty, type ShapeReader } from './readers.js';
import * as sources from './source.js';
import { damaged } from './source.js';

/*
 * Objects whose names stand beside their values. Most come in rows of one kind: a trie over the names that this thread has read, in
 * their order, tells by a comparison of bytes which name comes next, so that no string is made of it and looked up again,
 * and objects that come for the third time are made by a literal, as those with a shape.
 */

const { source } = sources;

const SIGHTINGS = 3;
/** Bounds the memory of a thread: names beyond that, and longer ones, are read as they stand. */
const MAX_NODES = 4096;
const MAX_NAME_BYTES = 64;

type Properties = Record<string, unknown>;

class NameNode {
  readonly parent: NameNode | undefined;
  readonly name: string;
  /** The name as a term. */
  readonly bytes: Uint8Array;
  /** The child that was taken last. */
  last: NameNode | undefined = undefined;
  /** Children by name, from the second one on. */
  children: Map<string, NameNode> | undefined = undefined;
  sightings = 0;
  /** Makes objects with the names from the root to here. */
  reader: ShapeReader | undefined = undefined;

  constructor(parent: NameNode | undefined, name: string, bytes: Uint8Array) {
    this.parent = parent;
    this.name = name;
    this.bytes = bytes;
  }

  names(): string[] {
    return this.parent === undefined ? [] : [...this.parent.names(), this.name];
  }
}

const root = new NameNode(undefined, '', new Uint8Array(0));
let nodes = 0;

/** The values of the object that is being made. */
const NOTHING: readonly unknown[] = [];
let taken = NOTHING;
let takenAt = 0;
const take = (): unknown => taken[takenAt++];

/** Reads `count` names, each with its value. */
export function readProperties(count: number): object {
  const values: unknown[] = [];
  let node = root;
  for (let i = 0; i < count; i++) {
    const expected = node.last;
    if (expected !== undefined && stands(expected.bytes)) {
      source.pos += expected.bytes.length;
      node = expected;
    } else {
      const start = source.pos;
      const name = readName();
      const next = step(node, name, start);
      if (next === undefined) return readOn(made(node, values), name, count - i);
      node = next;
    }
    values.push(readTerm());
  }
  return made(node, values);
}

function stands(expected: Uint8Array): boolean {
  const { bytes, pos } = source;
  for (let i = 0; i < expected.length; i++) if (bytes[pos + i] !== expected[i]) return false;
  return true;
}

function readName(): string {
  const name = readTerm();
  if (typeof name !== 'string') throw damaged('a property name that is no string');
  return name;
}

/** The child of `node` for `name`, whose bytes begin at `start`; undefined when there is no room for it. */
function step(node: NameNode, name: string, start: number): NameNode | undefined {
  const { last } = node;
  const found = last?.name === name ? last : node.children?.get(name);
  if (found !== undefined) return (node.last = found);
  if (nodes >= MAX_NODES || source.pos - start > MAX_NAME_BYTES) return undefined;
  nodes++;
  const child = new NameNode(node, name, Uint8Array.prototype.slice.call(source.bytes, start, source.pos));
  if (last !== undefined) {
    node.children ??= new Map([[last.name, last]]);
    node.children.set(name, child);
  }
  return (node.last = child);
}

function made(node: NameNode, values: readonly unknown[]): Properties {
  const reader = node.reader ?? sighted(node);
  if (reader !== undefined) {
    taken = values;
    takenAt = 0;
    const object = reader(take) as Properties;
    taken = NOTHING;
    return object;
  }
  const object: Properties = {};
  for (const [i, name] of node.names().entries()) setProperty(object, name, values[i]);
  return object;
}

function sighted(node: NameNode): ShapeReader | undefined {
  if (++node.sightings < SIGHTINGS) return undefined;
  return (node.reader = readerFor(node.names()));
}

/** The last `count` properties of an object, whose first name is read, one by one. */
function readOn(object: Properties, name: string, count: number): object {
  setProperty(object, name, readTerm());
  for (let i = 1; i < count; i++) {
    const next = readName();
    setProperty(object, next, readTerm());
  }
  return object;
}
