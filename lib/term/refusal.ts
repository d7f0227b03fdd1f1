import { TermError, type TermErrorCode } from '../errors.js';
import { MAX_BYTES, MAX_DEPTH } from './format.js';

export const A_CYCLE = 'a cycle (the value contains itself) cannot be stored';

/** A path longer than this is cut in its middle: a message is read by people. */
const SHOWN_SEGMENTS = 24;

/**
 * A value that cannot be encoded, on its way out of the encoder.
 *
 * Each container adds its step of the path while the stack unwinds, so that the path costs nothing until something is
 * refused, and no getter runs a second time to find it. Users get `toError()`, never this.
 */
export class Refusal extends Error {
  readonly #steps: string[] = [];
  readonly #containers: unknown[] = [];
  readonly code: TermErrorCode;
  /** The value is nested too deep; it may turn out to contain itself. */
  readonly tooDeep: boolean;

  constructor(code: TermErrorCode, reason: string, tooDeep = false) {
    super(reason);
    this.code = code;
    this.tooDeep = tooDeep;
  }

  add(container: unknown, step: string): void {
    this.#containers.push(container);
    this.#steps.push(step);
  }

  /** The error for users; `root` names the argument. */
  toError(root: string): TermError {
    const steps = this.#steps.reverse();
    const containers = this.#containers.reverse();
    if (this.tooDeep) {
      const cycle = firstRepeat(containers);
      if (cycle > 0) {
        const path = pathOf(root, steps.slice(0, cycle));
        return new TermError('ERR_TERM_UNSUPPORTED', `${path}: ${A_CYCLE}`);
      }
    }
    return new TermError(this.code, `${pathOf(root, steps)}: ${this.message}`);
  }
}

/** Refuses a value: `reason` completes the sentence that begins with its path. */
export function unsupported(reason: string): Refusal {
  return new Refusal('ERR_TERM_UNSUPPORTED', `${reason} cannot be stored`);
}

export function changed(what: string): Refusal {
  return new Refusal('ERR_TERM_UNSUPPORTED', `the ${what} changed while it was read`);
}

export function tooDeep(): Refusal {
  return new Refusal('ERR_TERM_TOO_LARGE', `nested deeper than ${MAX_DEPTH} containers`, true);
}

export function tooLarge(): Refusal {
  return new Refusal('ERR_TERM_TOO_LARGE', `needs more than ${MAX_BYTES} bytes`);
}

/** Passes `error` on; a refusal first learns that it lies at `step` of `container`. */
export function blame(error: unknown, container: unknown, step: string): Error {
  if (error instanceof Refusal) error.add(container, step);
  return error as Error;
}

/** What the caller of the library gets for `error`: a refusal as TermError, a getter's own error untouched. */
export function explain(error: unknown, root: string): Error {
  if (error instanceof Refusal) return error.toError(root);
  return isStackOverflow(error) ? noStackLeft(root, error) : (error as Error);
}

export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message);
}

export const NO_STACK_LEFT = 'nested deeper than what is left of the stack of this thread allows';

/** The caller's own frames may leave less room than MAX_DEPTH containers need. */
export function noStackLeft(root: string, cause: unknown): TermError {
  return new TermError('ERR_TERM_TOO_LARGE', `${root}: ${NO_STACK_LEFT}`, { cause });
}

export function propertyStep(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** `root` and the steps from it; of many those in the middle are left out. */
export function pathOf(root: string, steps: readonly string[]): string {
  if (steps.length <= SHOWN_SEGMENTS) return root + steps.join('');
  const half = SHOWN_SEGMENTS / 2;
  return `${root}${steps.slice(0, half).join('')} … ${steps.slice(-half).join('')}`;
}

/** Position of the first container that was already seen further out; 0 when there is none. */
export function firstRepeat(containers: readonly unknown[]): number {
  const seen = new Set<unknown>();
  for (let i = 0; i < containers.length; i++) {
    if (seen.has(containers[i])) return i;
    seen.add(containers[i]);
  }
  return 0;
}
