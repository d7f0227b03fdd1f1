import { types } from 'node:util';
import { kindOf } from './failures.js';
import { describe, isPlainObject } from './term/kinds.js';

/**
 * What is wrong with `value` as options, as the end of a message; undefined when nothing is. Options are a plain object, of any
 * realm: what a Map holds or a prototype has would be ignored in silence, as would be a misspelt name.
 */
export function faultOfOptions(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `must be an object, not ${kindOf(value)}`;
  // In this order: of a Proxy nothing else may be asked.
  if (types.isProxy(value) || (!Array.isArray(value) && !isPlainObject(value)))
    return `must be a plain object, not ${describe(value)}`;
  return Array.isArray(value) ? `must be an object, not ${kindOf(value)}` : undefined;
}
