import * as format from './format.js';
import { viewMap, viewSet } from './view-collections.js';
import { Container, readLeaf, ViewMemory } from './view-memory.js';
import { viewArray, viewObject } from './view-proxies.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { TAG_ARRAY, TAG_DICT, TAG_MAP, TAG_OBJECT, TAG_SET } = format;

/**
 * A lazy, read-only view of the value in the row `[key, value]` whose payload are the first `payloadBytes` bytes of
 * `buffer`, or of the `contentBytes` that it is the first piece of; undefined when the value is no container, of which
 * nothing could be left for later.
 *
 * Time: O(1), plus the key's size. The view keeps `buffer`.
 */
export function viewRowValue(
  buffer: ArrayBuffer,
  payloadBytes: number,
  contentBytes: number,
): object | undefined {
  const memory = new ViewMemory(buffer, payloadBytes, contentBytes);
  // Behind the arity, which is 2, and the key.
  const pos = memory.skip(1);
  memory.root = containerAt(memory, pos);
  return memory.root;
}

/** A view of the term at `pos` where it is a container, its value otherwise. */
function termAt(memory: ViewMemory, pos: number): unknown {
  return containerAt(memory, pos) ?? readLeaf(memory, pos);
}

function containerAt(memory: ViewMemory, pos: number): object | undefined {
  switch (memory.tag(pos)) {
    case TAG_ARRAY:
      return viewArray(new Container(memory, pos, termAt));
    case TAG_OBJECT:
    case TAG_DICT:
      return viewObject(new Container(memory, pos, termAt));
    case TAG_MAP:
      return viewMap(new Container(memory, pos, termAt));
    case TAG_SET:
      return viewSet(new Container(memory, pos, termAt));
    default:
      return undefined;
  }
}
