import { kindOf } from '../failures.js';
import { faultOfOptions } from '../plain-options.js';
import { isWellFormed } from '../term/node-text.js';
import { badArgument } from './errors.js';

/** Bytes of a `persistId` or a tag: a key of the store, together with a number, must hold it. */
export const MAX_NAME_BYTES = 255;

/** The UTF-8 bytes of a `persistId` or a tag. */
export function requireName(value: unknown, what: string, operation: string): string {
  if (typeof value !== 'string')
    throw badArgument(operation, `\`${what}\` must be a string, not ${kindOf(value)}`);
  if (value === '') throw badArgument(operation, `\`${what}\` must not be empty`);
  if (!isWellFormed(value) || value.includes('\0'))
    throw badArgument(operation, `\`${what}\` must be well-formed Unicode without NUL`);
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_NAME_BYTES)
    throw badArgument(operation, `\`${what}\` has ${bytes} bytes, and ${MAX_NAME_BYTES} are the most`);
  return value;
}

/** An integer of at least `least`, or `otherwise` when it is left out. */
export function requireCount(
  value: unknown,
  what: string,
  operation: string,
  least: number,
  otherwise?: number,
): number {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (typeof value !== 'number' || !(Number.isSafeInteger(value) || value === Infinity) || value < least)
    throw badArgument(operation, `\`${what}\` must be an integer of at least ${least}, not ${shown(value)}`);
  return value;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value);
}

/** Options must be a plain object with none but these names: a misspelt one must not be ignored. */
export function requireOptions(value: unknown, names: readonly string[], operation: string): void {
  const fault = faultOfOptions(value);
  if (fault !== undefined) throw badArgument(operation, `the options ${fault}`);
  for (const name of Object.keys(value as object)) {
    if (!names.includes(name))
      throw badArgument(operation, `there is no option \`${name}\`; there are ${names.join(', ')}`);
  }
}

export function requireFunction(value: unknown, what: string, operation: string): void {
  if (typeof value !== 'function')
    throw badArgument(operation, `\`${what}\` must be a function, not ${kindOf(value)}`);
}

export function requireFlag(value: unknown, what: string, operation: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean')
    throw badArgument(operation, `\`${what}\` must be true or false, not ${kindOf(value)}`);
  return value;
}
