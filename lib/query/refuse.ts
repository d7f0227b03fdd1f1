import { types } from 'node:util';
import { EtsError } from '../errors.js';
import { pathOf } from '../term/refusal.js';

/** Where in a match spec something stands. Linked from the inside out, so that a place costs no text until it is named. */
export interface Place {
  readonly parent: Place | undefined;
  readonly step: string;
}

/** The place from which others begin: the operation and the clause. */
export function startAt(text: string): Place {
  return { parent: undefined, step: text };
}

export function inside(parent: Place, step: string): Place {
  return { parent, step };
}

/** Element `index` of what stands at `parent`. */
export function elementOf(parent: Place, index: number): Place {
  return { parent, step: `[${index}]` };
}

/** The place in words, such as `table.select: clause 0, head[1].user`; one far inside is shortened as a TermError's. */
export function textOf(place: Place): string {
  const steps: string[] = [];
  let at = place;
  for (; at.parent !== undefined; at = at.parent) steps.push(at.step);
  return pathOf(at.step, steps.reverse());
}

/** Refuses a match spec: `where` says which part, `reason` why. */
export function refuseSpec(where: Place | string, reason: string, cause?: unknown): EtsError {
  const text = typeof where === 'string' ? where : textOf(where);
  return new EtsError(
    'ERR_ETS_MATCH_SPEC',
    `${text}: ${reason}`,
    cause === undefined ? undefined : { cause },
  );
}

/** What kind of value something is, for messages: never the value itself, which may be large or private. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  // Asking one for more would run its traps.
  if (types.isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}
