import { caller, type Many, type None, type One, type Part, type Two } from './caller.js';

// Functions of guards and bodies; those that calculate are in arithmetic.ts, those that ask for a type in type-tests.ts.

// Comparisons by the order of terms; `1` and `1n` are equal here.

/**
 * `a < b`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1, 2], [[[$1, $2], [lt($1, $2)], ['less']]]); // 'less'
 * ```
 */
export const lt: Two = caller('lt');

/**
 * `a <= b`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([2], [[[$1], [], [le($1, 2)]]]); // true
 * ```
 */
export const le: Two = caller('le');

/**
 * `a > b`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([2], [[[$1], [], [gt($1, 2)]]]); // false
 * ets.testMs(['b'], [[[$1], [], [gt($1, 2)]]]); // true: every string is greater than every number
 * ```
 */
export const gt: Two = caller('gt');

/**
 * `a >= b`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([2], [[[$1], [], [ge($1, 2)]]]); // true
 * ```
 */
export const ge: Two = caller('ge');

/**
 * `a == b`: equal in the order of terms.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1n], [[[$1], [], [eq($1, 1)]]]); // true
 * ```
 */
export const eq: Two = caller('eq');

/**
 * `a /= b`: not `eq`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1n], [[[$1], [], [ne($1, 1)]]]); // false
 * ```
 */
export const ne: Two = caller('ne');

/**
 * `a =:= b`: equal, and a number is not equal to a bigint.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1n], [[[$1], [], [exactEq($1, 1)]]]); // false
 * ```
 */
export const exactEq: Two = caller('exactEq');

/**
 * `a =/= b`: not `exactEq`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1n], [[[$1], [], [exactNe($1, 1)]]]); // true
 * ```
 */
export const exactNe: Two = caller('exactNe');

// Logic. An argument that is no boolean is an exception.

/**
 * The other boolean.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([true], [[[$1], [], [not($1)]]]); // false
 * ```
 */
export const not: One = caller('not');

/**
 * Whether all are true; all are evaluated.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5], [[[$1], [and(gt($1, 1), lt($1, 9))], ['between']]]); // 'between'
 * ```
 */
export const and: Many = caller('and');

/**
 * Whether one is true; all are evaluated.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5], [[[$1], [or(eq($1, 1), eq($1, 5))], ['found']]]); // 'found'
 * ```
 */
export const or: Many = caller('or');

/**
 * Whether exactly one is true.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([true, true], [[[$1, $2], [], [xor($1, $2)]]]); // false
 * ```
 */
export const xor: Two = caller('xor');

/**
 * The last argument when all before it are true, otherwise `false`; stops at the first `false`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs(['x'], [[[$1], [], [andalso(isArray($1), eq(length($1), 2))]]]); // false: `length` is not evaluated
 * ```
 */
export const andalso: Many = caller('andalso');

/**
 * The last argument when all before it are false, otherwise `true`; stops at the first `true`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs(['x'], [[[$1], [], [orelse(isString($1), gt(hd($1), 1))]]]); // true: `hd` is not evaluated
 * ```
 */
export const orelse: Many = caller('orelse');

// Parts of values.

/**
 * Element `a` (from 0) of the array or row `b`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs(['a', ['b', 'c']], [[[_, $1], [], [[element(0, $_), element(1, $1)]]]]); // ['a', 'c']
 * ```
 */
export const element: Two = caller('element');

/**
 * The first element of an array; an exception when it is empty.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([[1, 2, 3]], [[[$1], [], [hd($1)]]]); // 1
 * ```
 */
export const hd: One = caller('hd');

/**
 * An array without its first element; an exception when it is empty.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([[1, 2, 3]], [[[$1], [], [tl($1)]]]); // [2, 3]
 * ```
 */
export const tl: One = caller('tl');

/**
 * The number of elements of an array.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([[1, 2, 3]], [[[$1], [], [length($1)]]]); // 3
 * ```
 */
export const length: One = caller('length');

/**
 * Elements of an array or `Set`, entries of an object or `Map`, bytes of a string (in UTF-8) or a binary.
 *
 * @function
 * @example
 * ```js
 * ets.testMs(['é', { a: 1 }], [[[$1, $2], [], [[size($1), size($2)]]]]); // [2, 1]
 * ```
 */
export const size: One = caller('size');

/**
 * Bytes of a string (in UTF-8) or a binary.
 *
 * @function
 * @example
 * ```js
 * ets.testMs(['é'], [[[$1], [], [byteSize($1)]]]); // 2
 * ```
 */
export const byteSize: One = caller('byteSize');

/**
 * The number of entries of an object or `Map`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([{ a: 1, b: 2 }], [[[$1], [], [mapSize($1)]]]); // 2
 * ```
 */
export const mapSize: One = caller('mapSize');

/**
 * The value under key `a` of the object or `Map` `b`; an exception when there is none.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([{ age: 36 }], [[[$1], [gt(mapGet('age', $1), 17)], ['adult']]]); // 'adult'
 * ```
 */
export const mapGet: Two = caller('mapGet');

/**
 * Whether the object or `Map` `b` has the key `a`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([{ age: 36 }], [[[$1], [], [isMapKey('name', $1)]]]); // false
 * ```
 */
export const isMapKey: Two = caller('isMapKey');

/**
 * `length` bytes from `start` of a string or a binary, given as two arguments or as one array; a negative length counts
 * backwards.
 *
 * @function
 * @example
 * ```js
 * ets.testMs(['termstore'], [[[$1], [], [binaryPart($1, 4, 5)]]]); // 'store'
 * ```
 */
export const binaryPart: Part = caller('binaryPart');

// The caller.

/**
 * The id of the thread that runs the match spec.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1], [[_, [], [self()]]]); // 0
 * ```
 */
export const self: None = caller('self');
