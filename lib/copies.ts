import { isPrimitive } from './term/kinds.js';
import type { Row } from './types.js';

/** Whether copyElement() makes a full copy of an element: a primitive, or a flat array or plain object. */
export function isCheapToCopy(element: unknown): boolean {
  if (typeof element !== 'object' || element === null) return true;
  if (Array.isArray(element)) return element.every(isPrimitive);
  return Object.getPrototypeOf(element) === Object.prototype && Object.values(element).every(isPrimitive);
}

/** REQUIRES: isCheapToCopy(element). */
export function copyElement(element: unknown): unknown {
  if (typeof element !== 'object' || element === null) return element;
  return Array.isArray(element) ? (element.slice() as unknown[]) : { ...element };
}

/** A copy of a row of elements that are cheap to copy; `flat`: of primitives only. */
export function copyRow(row: Row, flat: boolean): Row {
  if (!flat) return copyDeep(row);
  // As literals, which V8 allocates at their final size.
  switch (row.length) {
    case 1:
      return [row[0]];
    case 2:
      return [row[0], row[1]];
    case 3:
      return [row[0], row[1], row[2]];
    case 4:
      return [row[0], row[1], row[2], row[3]];
    default:
      return row.slice();
  }
}

function copyDeep(row: Row): Row {
  if (row.length === 2) return [copyElement(row[0]), copyElement(row[1])];
  return row.map(copyElement);
}
