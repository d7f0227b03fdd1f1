import { caller, type One } from './caller.js';

// Tests of types.

/**
 * A number or a bigint.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1n], [[[$1], [], [isNumber($1)]]]); // true
 * ```
 */
export const isNumber: One = caller('isNumber');

/**
 * A bigint.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1], [[[$1], [], [isBigint($1)]]]); // false
 * ```
 */
export const isBigint: One = caller('isBigint');

/**
 * A number, with a fraction or without.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1], [[[$1], [], [isFloat($1)]]]); // true
 * ```
 */
export const isFloat: One = caller('isFloat');

/**
 * A bigint, or a number without a fraction.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1.5], [[[$1], [], [isInteger($1)]]]); // false
 * ```
 */
export const isInteger: One = caller('isInteger');

/**
 * A string.
 *
 * @function
 * @example
 * ```js
 * ets.testMs(['a'], [[[$1], [], [isString($1)]]]); // true
 * ```
 */
export const isString: One = caller('isString');

/**
 * `true`, `false`, `null`, `undefined` or a registered symbol.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([Symbol.for('ok')], [[[$1], [], [isAtom($1)]]]); // true
 * ```
 */
export const isAtom: One = caller('isAtom');

/**
 * A boolean.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([false], [[[$1], [], [isBoolean($1)]]]); // true
 * ```
 */
export const isBoolean: One = caller('isBoolean');

/**
 * An array.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([[1]], [[[$1], [], [isArray($1)]]]); // true
 * ```
 */
export const isArray: One = caller('isArray');

/**
 * A plain object.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([{ a: 1 }], [[[$1], [], [isObject($1)]]]); // true
 * ```
 */
export const isObject: One = caller('isObject');

/**
 * A `Map`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([{ a: 1 }], [[[$1], [], [isMap($1)]]]); // false
 * ```
 */
export const isMap: One = caller('isMap');

/**
 * A `Set`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([new Set([1])], [[[$1], [], [isSet($1)]]]); // true
 * ```
 */
export const isSet: One = caller('isSet');

/**
 * Bytes: a typed array, `ArrayBuffer` or `DataView`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([new Uint8Array(2)], [[[$1], [], [isBinary($1)]]]); // true
 * ```
 */
export const isBinary: One = caller('isBinary');

/**
 * A `Date`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([new Date(0)], [[[$1], [], [isDate($1)]]]); // true
 * ```
 */
export const isDate: One = caller('isDate');
