import { Call } from './forms.js';
import type { FunctionName } from './functions.js';
import type { Expression } from './types.js';

/*
 * The functions of guards and bodies. They build calls, which the native interpreter carries out. An exception makes a guard
 * fail; in a body it puts `Symbol.for('EXIT')` in the place of the expression.
 */

type None = () => Call;
type One = (x: Expression) => Call;
type Two = (a: Expression, b: Expression) => Call;
type OneOrTwo = (a: Expression, b?: Expression) => Call;
type Many = (first: Expression, ...rest: Expression[]) => Call;
type Part = (x: Expression, ...part: [range: Expression] | [start: Expression, length: Expression]) => Call;

/** Keeps every argument that was given: their number is checked with the rest of the match spec, not padded here. */
function caller(name: FunctionName): (...args: Expression[]) => Call {
  return (...args) => new Call(name, args);
}

// Comparisons by the order of terms; `1` and `1n` are equal here.

/** `a < b`. */
export const lt: Two = caller('lt');
/** `a <= b`. */
export const le: Two = caller('le');
/** `a > b`. */
export const gt: Two = caller('gt');
/** `a >= b`. */
export const ge: Two = caller('ge');
/** `a == b`: equal in the order of terms. */
export const eq: Two = caller('eq');
/** Not `eq`. */
export const ne: Two = caller('ne');
/** `a =:= b`: equal, and a number is not equal to a bigint. */
export const exactEq: Two = caller('exactEq');
/** Not `exactEq`. */
export const exactNe: Two = caller('exactNe');

// Logic. An argument that is no boolean is an exception.

/** The other boolean. */
export const not: One = caller('not');
/** Whether all are true; all are evaluated. */
export const and: Many = caller('and');
/** Whether one is true; all are evaluated. */
export const or: Many = caller('or');
/** Whether exactly one is true. */
export const xor: Two = caller('xor');
/** The last argument when all before it are true, otherwise `false`; stops at the first `false`. */
export const andalso: Many = caller('andalso');
/** The last argument when all before it are false, otherwise `true`; stops at the first `true`. */
export const orelse: Many = caller('orelse');

// Arithmetic: two bigints give a bigint, two numbers a number, one of each a number. What is not finite is an exception.

/** The sum, or with one argument the number itself. */
export const add: OneOrTwo = caller('add');
/** The difference, or with one argument its negative. */
export const sub: OneOrTwo = caller('sub');
/** The product. */
export const mul: Two = caller('mul');
/** The quotient, always a number. */
export const div: Two = caller('div');
/** The quotient of two integers of one type, truncated. */
export const idiv: Two = caller('idiv');
/** The remainder of `idiv`; it has the sign of `a`. */
export const rem: Two = caller('rem');
/** The absolute value. */
export const abs: One = caller('abs');
/** The nearest whole number, halves away from zero. */
export const round: One = caller('round');
/** Without the fraction. */
export const trunc: One = caller('trunc');
/** The next whole number below. */
export const floor: One = caller('floor');
/** The next whole number above. */
export const ceil: One = caller('ceil');
/** The lesser in the order of terms. */
export const min: Two = caller('min');
/** The greater in the order of terms. */
export const max: Two = caller('max');
/** A bigint as number. */
export const float: One = caller('float');

// Bits of two integers of one type, in two's complement.

/** And. */
export const band: Two = caller('band');
/** Or. */
export const bor: Two = caller('bor');
/** Exclusive or. */
export const bxor: Two = caller('bxor');
/** Complement. */
export const bnot: One = caller('bnot');
/** Shift `a` left by `b`. */
export const bsl: Two = caller('bsl');
/** Shift `a` right by `b`. */
export const bsr: Two = caller('bsr');

// Tests of types.

/** A number or a bigint. */
export const isNumber: One = caller('isNumber');
/** A bigint. */
export const isBigint: One = caller('isBigint');
/** A number. */
export const isFloat: One = caller('isFloat');
/** A bigint, or a number without a fraction. */
export const isInteger: One = caller('isInteger');
/** A string. */
export const isString: One = caller('isString');
/** `true`, `false`, `null`, `undefined` or a registered symbol. */
export const isAtom: One = caller('isAtom');
/** A boolean. */
export const isBoolean: One = caller('isBoolean');
/** An array. */
export const isArray: One = caller('isArray');
/** A plain object. */
export const isObject: One = caller('isObject');
/** A `Map`. */
export const isMap: One = caller('isMap');
/** A `Set`. */
export const isSet: One = caller('isSet');
/** Bytes: a typed array, `ArrayBuffer` or `DataView`. */
export const isBinary: One = caller('isBinary');
/** A `Date`. */
export const isDate: One = caller('isDate');

// Parts of values.

/** Element `a` (from 0) of the array or row `b`. */
export const element: Two = caller('element');
/** The first element of an array. */
export const hd: One = caller('hd');
/** An array without its first element. */
export const tl: One = caller('tl');
/** The number of elements of an array. */
export const length: One = caller('length');
/** Elements of an array or `Set`, entries of an object or `Map`, bytes of a string (in UTF-8) or a binary. */
export const size: One = caller('size');
/** Bytes of a string (in UTF-8) or a binary. */
export const byteSize: One = caller('byteSize');
/** The number of entries of an object or `Map`. */
export const mapSize: One = caller('mapSize');
/** The value under key `a` of the object or `Map` `b`. */
export const mapGet: Two = caller('mapGet');
/** Whether the object or `Map` `b` has the key `a`. */
export const isMapKey: Two = caller('isMapKey');
/** `length` bytes from `start` of a string or a binary; a negative length counts backwards. */
export const binaryPart: Part = caller('binaryPart');

// The caller.

/** The id of the thread that runs the match spec. */
export const self: None = caller('self');
