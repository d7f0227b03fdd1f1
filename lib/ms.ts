/**
 * What match specs are written with: variables, functions of guards and bodies.
 *
 * Names that are easily shadowed also carry a trailing underscore.
 *
 * @module termstore/ms
 */
import {
  allVariables,
  Constant,
  skipForm,
  variable,
  type AllVariables,
  type WholeRow,
  wholeRow,
  wildcard,
} from './query/forms.js';

export {
  lt,
  le,
  gt,
  ge,
  eq,
  eq as eq_,
  ne,
  ne as ne_,
  exactEq,
  exactNe,
  not,
  not as not_,
  and,
  and as and_,
  or,
  or as or_,
  xor,
  xor as xor_,
  andalso,
  orelse,
  element,
  element as element_,
  hd,
  tl,
  length,
  length as length_,
  size,
  size as size_,
  byteSize,
  mapSize,
  mapGet,
  isMapKey,
  binaryPart,
  self,
  self as self_,
} from './query/calls.js';
export {
  add,
  sub,
  mul,
  div,
  idiv,
  rem,
  abs,
  abs as abs_,
  round,
  round as round_,
  trunc,
  trunc as trunc_,
  floor,
  floor as floor_,
  ceil,
  ceil as ceil_,
  min,
  min as min_,
  max,
  max as max_,
  float,
  float as float_,
  band,
  bor,
  bxor,
  bnot,
  bsl,
  bsr,
} from './query/arithmetic.js';
export {
  isNumber,
  isBigint,
  isFloat,
  isInteger,
  isString,
  isAtom,
  isBoolean,
  isArray,
  isObject,
  isMap,
  isSet,
  isBinary,
  isDate,
} from './query/type-tests.js';
export type { AllVariables, Call, Constant, Skip, Variable, WholeRow, Wildcard } from './query/forms.js';
export type { Expression, HeadPattern, MatchClause, MatchSpec, Pattern } from './query/types.js';

/** Matches anything and binds nothing. */
export const _ = wildcard;
/** The whole row, in guards and bodies. */
export const $_ = wholeRow;
/** All variables that the head binds, in the order of their numbers, as an array; in guards and bodies. */
export const $$ = allVariables;
/** Variable number 1. */
export const $1 = variable(1);
/** Variable number 2. */
export const $2 = variable(2);
/** Variable number 3. */
export const $3 = variable(3);
/** Variable number 4. */
export const $4 = variable(4);
/** Variable number 5. */
export const $5 = variable(5);
/** Variable number 6. */
export const $6 = variable(6);
/** Variable number 7. */
export const $7 = variable(7);
/** Variable number 8. */
export const $8 = variable(8);
/** Variable number 9. */
export const $9 = variable(9);
/**
 * Variable number `n`, from 0 to 100 000 000: bound where it stands first in a head; where it stands again the values must be equal
 * (`=:=`). Time: O(1).
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC` for any other `n`.
 * @function
 * @example
 * ```js
 * ets.testMs(['a', 'b'], [[[$(10), $(11)], [], [[$(11), $(10)]]]]); // ['b', 'a']
 * $(-1); // throws ERR_ETS_MATCH_SPEC
 * ```
 */
export const $ = variable;
/** In a function given to `ets.fun2ms`: no result for this row. */
export const skip = skipForm;

/**
 * `term` as it is: nothing in it is a variable or a call, and a whole object is not searched for them. In a head it is compared
 * as a whole (`=:=`), where a plain object would match what has at least its entries.
 *
 * @example
 * ```js
 * ets.testMs([{ a: 1, b: 2 }], [[[{ a: 1 }], [], [true]]]); // true
 * ets.testMs([{ a: 1, b: 2 }], [[[constant({ a: 1 })], [], [true]]]); // false
 * ```
 */
export function constant(term: unknown): Constant {
  return new Constant(term);
}

/**
 * `$_`, as it is called in functions given to `ets.fun2ms`.
 *
 * @example
 * ```js
 * ets.testMs(['a', 1], ets.fun2ms(([, n]) => (n > 0 ? object() : skip))); // ['a', 1]
 * ```
 */
export function object(): WholeRow {
  return wholeRow;
}

/**
 * `$$`, as it is called in functions given to `ets.fun2ms`.
 *
 * @example
 * ```js
 * ets.testMs(['a', 1, 'z'], ets.fun2ms(([name, n]) => bindings())); // false: a head of two elements is no match
 * ets.testMs(['a', 1], ets.fun2ms(([name, n]) => bindings())); // ['a', 1]
 * ```
 */
export function bindings(): AllVariables {
  return allVariables;
}

export { constant as constant_ };
