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
const { CONTAINER_HEADER, INDEX_THRESHOLD, LENGTH_HEADER, TAG_DICT, TAG_OBJECT } = format;
const { request } = requests;
const { noShape, shapeRoot } = shapes;

type Properties = Record<string, unknown>;

// The check inside for-in loops below is what keeps inherited names out, should somebody have put an enumerable
// property on Object.prototype; V8 sees through it and it costs nothing (measured).
// eslint-disable-next-line @typescript-eslint/unbound-method -- always used with call()
const hasOwn = Object.prototype.hasOwnProperty;

/** A plain object: its own, enumerable, string-named properties in their order. REQUIRES: not a Proxy. */
export function writeObject(object: Properties, pos: number, depth: number): number {
  request.indirect = true;
  if (request.inlineNames) return writeDict(object, pos, depth);
  let node = shapeRoot;
  for (const name in object) {
    if (hasOwn.call(object, name)) node = node.lastName === name ? node.lastChild : stepSlow(node, name);
  }
  const shape = node.shape >= 0 ? node.shape : shapeOf(node);
  if (shape === noShape) return writeDict(object, pos, depth);
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
function writeDict(object: Properties, pos: number, depth: number): number {
  const names = Object.keys(object);
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
