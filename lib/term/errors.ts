import { ERROR_HAS_CAUSE, ERROR_HAS_STACK, LENGTH_HEADER, TAG_ERROR } from './format.js';
import { blame, unsupported } from './refusal.js';
import { makeRoom, request, resume } from './request.js';
import { writeString } from './strings.js';
import { writeTerm } from './write.js';

/** `Error` of any class: name, message, stack and cause are kept, properties of its own are not. */
export function writeError(error: object, pos: number, depth: number): number {
  const name = readText(error, 'name');
  const message = readText(error, 'message');
  // Not before the other two are known to be strings: a trace is formatted when it is first read, with whatever they are.
  const stack = read(error, 'stack');
  const hasCause = 'cause' in error;
  const cause = hasCause ? read(error, 'cause') : undefined;
  makeRoom(pos, LENGTH_HEADER + 1);
  request.bytes[pos] = TAG_ERROR;
  request.bytes[pos + LENGTH_HEADER] =
    (typeof stack === 'string' ? ERROR_HAS_STACK : 0) | (hasCause ? ERROR_HAS_CAUSE : 0);
  let at = writeString(name, pos + LENGTH_HEADER + 1);
  at = writeString(message, at);
  if (typeof stack === 'string') at = writeString(stack, at);
  if (hasCause) {
    // The cause may hold what a key writes differently.
    request.indirect = true;
    try {
      at = writeTerm(cause, at, depth);
    } catch (refused) {
      throw blame(refused, error, '.cause');
    }
  }
  request.view.setUint32(pos + 1, at - pos - LENGTH_HEADER, true);
  return at;
}

function readText(error: object, name: string): string {
  const value = read(error, name);
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  throw blame(unsupported(`an Error whose ${name} is no string`), error, `.${name}`);
}

function read(error: object, name: string): unknown {
  const value = (error as Record<string, unknown>)[name];
  if (request.interrupted) resume();
  return value;
}
