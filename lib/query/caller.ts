import { Call } from './forms.js';
import type { FunctionName } from './functions.js';
import type { Expression } from './types.js';

/*
 * The functions of guards and bodies build calls, which the native interpreter carries out. An exception makes a guard
 * fail; in a body it puts `Symbol.for('EXIT')` in the place of the expression.
 */

export type None = () => Call;
export type One = (x: Expression) => Call;
export type Two = (a: Expression, b: Expression) => Call;
export type OneOrTwo = (a: Expression, b?: Expression) => Call;
export type Many = (first: Expression, ...rest: Expression[]) => Call;
export type Part = (
  x: Expression,
  ...part: [range: Expression] | [start: Expression, length: Expression]
) => Call;

/** Keeps every argument that was given: their number is checked with the rest of the match spec, not padded here. */
export function caller(name: FunctionName): (...args: Expression[]) => Call {
  return (...args) => new Call(name, args);
}
