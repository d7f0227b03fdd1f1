import { Call } from './forms.js';
import type { Expression } from './types.js';

/*
 * The functions of guards and bodies. They build calls; the native interpreter makes them. An exception makes a guard fail, and
 * puts `Symbol.for('EXIT')` in the place of the expression in a body.
 */

// Comparisons by the order of terms; `1` and `1n` are equal here.

/** `a < b`. */
export function lt(a: Expression, b: Expression): Call {
  return new Call('lt', [a, b]);
}
/** `a <= b`. */
export function le(a: Expression, b: Expression): Call {
  return new Call('le', [a, b]);
}
/** `a > b`. */
export function gt(a: Expression, b: Expression): Call {
  return new Call('gt', [a, b]);
}
/** `a >= b`. */
export function ge(a: Expression, b: Expression): Call {
  return new Call('ge', [a, b]);
}
/** `a == b`: equal in the order of terms. */
export function eq(a: Expression, b: Expression): Call {
  return new Call('eq', [a, b]);
}
/** Not `eq`. */
export function ne(a: Expression, b: Expression): Call {
  return new Call('ne', [a, b]);
}
/** `a =:= b`: equal, and a number is not equal to a bigint. */
export function exactEq(a: Expression, b: Expression): Call {
  return new Call('exactEq', [a, b]);
}
/** Not `exactEq`. */
export function exactNe(a: Expression, b: Expression): Call {
  return new Call('exactNe', [a, b]);
}

// Logic. An argument that is no boolean is an exception.

/** The other boolean. */
export function not(x: Expression): Call {
  return new Call('not', [x]);
}
/** Whether all are true; all are evaluated. */
export function and(first: Expression, ...rest: Expression[]): Call {
  return new Call('and', [first, ...rest]);
}
/** Whether one is true; all are evaluated. */
export function or(first: Expression, ...rest: Expression[]): Call {
  return new Call('or', [first, ...rest]);
}
/** Whether exactly one is true. */
export function xor(a: Expression, b: Expression): Call {
  return new Call('xor', [a, b]);
}
/** The last argument when all before it are true, otherwise `false`; stops at the first `false`. */
export function andalso(first: Expression, ...rest: Expression[]): Call {
  return new Call('andalso', [first, ...rest]);
}
/** The last argument when all before it are false, otherwise `true`; stops at the first `true`. */
export function orelse(first: Expression, ...rest: Expression[]): Call {
  return new Call('orelse', [first, ...rest]);
}

// Arithmetic: two bigints give a bigint, two numbers a number, one of each a number. What is not finite is an exception.

/** The sum, or with one argument the number itself. */
export function add(a: Expression, ...b: [] | [Expression]): Call {
  return new Call('add', [a, ...b]);
}
/** The difference, or with one argument its negative. */
export function sub(a: Expression, ...b: [] | [Expression]): Call {
  return new Call('sub', [a, ...b]);
}
/** The product. */
export function mul(a: Expression, b: Expression): Call {
  return new Call('mul', [a, b]);
}
/** The quotient, always a number. */
export function div(a: Expression, b: Expression): Call {
  return new Call('div', [a, b]);
}
/** The quotient of two integers of one type, truncated. */
export function idiv(a: Expression, b: Expression): Call {
  return new Call('idiv', [a, b]);
}
/** The remainder of `idiv`; it has the sign of `a`. */
export function rem(a: Expression, b: Expression): Call {
  return new Call('rem', [a, b]);
}
/** The absolute value. */
export function abs(x: Expression): Call {
  return new Call('abs', [x]);
}
/** The nearest whole number, halves away from zero. */
export function round(x: Expression): Call {
  return new Call('round', [x]);
}
/** Without the fraction. */
export function trunc(x: Expression): Call {
  return new Call('trunc', [x]);
}
/** The next whole number below. */
export function floor(x: Expression): Call {
  return new Call('floor', [x]);
}
/** The next whole number above. */
export function ceil(x: Expression): Call {
  return new Call('ceil', [x]);
}
/** The lesser in the order of terms. */
export function min(a: Expression, b: Expression): Call {
  return new Call('min', [a, b]);
}
/** The greater in the order of terms. */
export function max(a: Expression, b: Expression): Call {
  return new Call('max', [a, b]);
}
/** A bigint as number. */
export function float(x: Expression): Call {
  return new Call('float', [x]);
}

// Bits of two integers of one type, in two's complement.

/** And. */
export function band(a: Expression, b: Expression): Call {
  return new Call('band', [a, b]);
}
/** Or. */
export function bor(a: Expression, b: Expression): Call {
  return new Call('bor', [a, b]);
}
/** Exclusive or. */
export function bxor(a: Expression, b: Expression): Call {
  return new Call('bxor', [a, b]);
}
/** Complement. */
export function bnot(x: Expression): Call {
  return new Call('bnot', [x]);
}
/** Shift `a` left by `b`. */
export function bsl(a: Expression, b: Expression): Call {
  return new Call('bsl', [a, b]);
}
/** Shift `a` right by `b`. */
export function bsr(a: Expression, b: Expression): Call {
  return new Call('bsr', [a, b]);
}

// Tests of types.

/** A number or a bigint. */
export function isNumber(x: Expression): Call {
  return new Call('isNumber', [x]);
}
/** A bigint. */
export function isBigint(x: Expression): Call {
  return new Call('isBigint', [x]);
}
/** A number. */
export function isFloat(x: Expression): Call {
  return new Call('isFloat', [x]);
}
/** A bigint, or a number without a fraction. */
export function isInteger(x: Expression): Call {
  return new Call('isInteger', [x]);
}
/** A string. */
export function isString(x: Expression): Call {
  return new Call('isString', [x]);
}
/** `true`, `false`, `null`, `undefined` or a registered symbol. */
export function isAtom(x: Expression): Call {
  return new Call('isAtom', [x]);
}
/** A boolean. */
export function isBoolean(x: Expression): Call {
  return new Call('isBoolean', [x]);
}
/** An array. */
export function isArray(x: Expression): Call {
  return new Call('isArray', [x]);
}
/** A plain object. */
export function isObject(x: Expression): Call {
  return new Call('isObject', [x]);
}
/** A `Map`. */
export function isMap(x: Expression): Call {
  return new Call('isMap', [x]);
}
/** A `Set`. */
export function isSet(x: Expression): Call {
  return new Call('isSet', [x]);
}
/** Bytes: a typed array, `ArrayBuffer` or `DataView`. */
export function isBinary(x: Expression): Call {
  return new Call('isBinary', [x]);
}
/** A `Date`. */
export function isDate(x: Expression): Call {
  return new Call('isDate', [x]);
}

// Parts of values.

/** Element `a` (from 0) of the array or row `b`. */
export function element(a: Expression, b: Expression): Call {
  return new Call('element', [a, b]);
}
/** The first element of an array. */
export function hd(x: Expression): Call {
  return new Call('hd', [x]);
}
/** An array without its first element. */
export function tl(x: Expression): Call {
  return new Call('tl', [x]);
}
/** The number of elements of an array. */
export function length(x: Expression): Call {
  return new Call('length', [x]);
}
/** Elements of an array or `Set`, entries of an object or `Map`, bytes of a string (in UTF-8) or a binary. */
export function size(x: Expression): Call {
  return new Call('size', [x]);
}
/** Bytes of a string (in UTF-8) or a binary. */
export function byteSize(x: Expression): Call {
  return new Call('byteSize', [x]);
}
/** The number of entries of an object or `Map`. */
export function mapSize(x: Expression): Call {
  return new Call('mapSize', [x]);
}
/** The value under key `a` of the object or `Map` `b`. */
export function mapGet(a: Expression, b: Expression): Call {
  return new Call('mapGet', [a, b]);
}
/** Whether the object or `Map` `b` has the key `a`. */
export function isMapKey(a: Expression, b: Expression): Call {
  return new Call('isMapKey', [a, b]);
}
/** `length` bytes from `start` of a string or a binary; a negative length counts backwards. */
export function binaryPart(x: Expression, ...part: [range: Expression] | [start: Expression, length: Expression]): Call {
  return new Call('binaryPart', [x, ...part]);
}

// The caller.

/** The id of the thread that runs the match spec. */
export function self(): Call {
  return new Call('self', []);
}
