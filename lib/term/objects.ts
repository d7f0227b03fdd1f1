import { beginContainer, endContainer, noteElement } from './containers.js';
import { isFlatPlace, writeFlat } from './flat.js';
import * as format from './format.js';
import { blame, changed, propertyStep } from './refusal.js';
import * as requests from './request.js';
import { makeRoom, resume } from './request.js';
import * as shapes from './shapes.js';
import { shapeOf, stepSlow } from './shapes.js';
import { writeString } from './strings.js';
import { writeTerm } from './write.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { CONTAINER_HEADER, INDEX_THRESHOLD, LENGTH_HEADER, MAX_SHAPE_NAMES, TAG_DICT, TAG_OBJECT } = format;
const { request } = requests;
const { noShape, shapeRoot } = shapes;

type Properties = Record<string, unknown>;

// The check inside for-in loops below is what keeps inherited names out, should somebody have put an enumerable
// property on Object.prototype; V8 sees through it and it costs nothing (measured).
// eslint-disable-next-line @typescript-eslint/unbound-method -- always used with call()
const hasOwn = Object.prototype.hasOwnProperty;

/** Whether the last object that was written with its names had more of them than any shape has. */
let lastWasLarge = false;

/** A plain object: its own, enumerable, string-named properties in their order. REQUIRES: not a Proxy. */
export function writeObject(object: Properties, pos: number, depth: number): number {
  request.indirect = true;
  if (request.inlineNames) return writeDict(object, Object.keys(object), pos, depth);
  // The engine sorts the names of a large object each time it lists them; where one was just written, another may follow.
  if (lastWasLarge) {
    const names = Object.keys(object);
    lastWasLarge = names.length > MAX_SHAPE_NAMES;
    if (lastWasLarge) return writeDict(object, names, pos, depth);
  }
  let node = shapeRoot;
  for (const name in object) {
    if (hasOwn.call(object, name)) node = node.lastName === name ? node.lastChild : stepSlow(node, name);
  }
  const shape = node.shape >= 0 ? node.shape : shapeOf(node);
  if (shape === noShape) {
    const names = Object.keys(object);
    lastWasLarge = names.length > MAX_SHAPE_NAMES;
    return writeDict(object, names, pos, depth);
  }
  return writeShaped(object, shape, node.length, pos, depth);
}

function writeShaped(object: Properties, shape: number, count: number, pos: number, depth: number): number {
  makeRoom(pos, CONTAINER_HEADER);
  request.bytes[pos] = TAG_OBJECT;
  request.view.setUint32(pos + LENGTH_HEADER, shape, true);
  let at = pos + CONTAINER_HEADER;
  let seen = 0;
  let current = '';
  try {
    for (const name in object) {
      if (!hasOwn.call(object, name)) continue;
      current = name;
      const value = object[name];
      if (request.interrupted) resume();
      const flat = isFlatPlace(at) ? writeFlat(value, at) : 0;
      at = flat !== 0 ? flat : writeTerm(value, at, depth);
      seen++;
    }
  } catch (error) {
    throw blame(error, object, propertyStep(current));
  }
  // A getter can take properties away; names that it adds are not visited.
  if (seen !== count) throw changed('object');
  return endContainer(pos, at);
}

/** With names inline: rare shapes, keys, objects of too many names. */
function writeDict(object: Properties, names: readonly string[], pos: number, depth: number): number {
  const count = names.length;
  const first = beginContainer(TAG_DICT, count, pos);
  let at = first;
  let i = 0;
  try {
    for (; i < count; i++) {
      const name = names[i] as string;
      const value = object[name];
      if (request.interrupted) resume();
      if (value === undefined && !hasOwn.call(object, name)) throw changed('object');
      if (count >= INDEX_THRESHOLD) noteElement(pos, i, first, at);
      at = writeString(name, at);
      at = writeTerm(value, at, depth);
    }
  } catch (error) {
    throw blame(error, object, propertyStep(names[i] as string));
  }
  return endContainer(pos, at);
}
