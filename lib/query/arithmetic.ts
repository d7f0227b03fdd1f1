import { caller, type One, type OneOrTwo, type Two } from './caller.js';

// Arithmetic: two bigints give a bigint, two numbers a number, one of each a number. What is not finite is an exception.

/**
 * The sum, or with one argument the number itself.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1n, 2n], [[[$1, $2], [], [add($1, $2)]]]); // 3n
 * ets.testMs([1n, 2], [[[$1, $2], [], [add($1, $2)]]]); // 3: one of each gives a number
 * ```
 */
export const add: OneOrTwo = caller('add');

/**
 * The difference, or with one argument its negative.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5, 2], [[[$1, $2], [], [[sub($1, $2), sub($1)]]]]); // [3, -5]
 * ```
 */
export const sub: OneOrTwo = caller('sub');

/**
 * The product.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5, 2], [[[$1, $2], [], [mul($1, $2)]]]); // 10
 * ```
 */
export const mul: Two = caller('mul');

/**
 * The quotient, always a number; `/` in Erlang. A divisor of zero is an exception.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5, 2], [[[$1, $2], [], [div($1, $2)]]]); // 2.5
 * ```
 */
export const div: Two = caller('div');

/**
 * The quotient of two integers of one type, truncated; `div` in Erlang.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([-5, 2], [[[$1, $2], [], [idiv($1, $2)]]]); // -2
 * ```
 */
export const idiv: Two = caller('idiv');

/**
 * The remainder of `idiv`; it has the sign of `a`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([-5, 2], [[[$1, $2], [], [rem($1, $2)]]]); // -1
 * ```
 */
export const rem: Two = caller('rem');

/**
 * The absolute value.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([-5], [[[$1], [], [abs($1)]]]); // 5
 * ```
 */
export const abs: One = caller('abs');

/**
 * The nearest whole number, halves away from zero. The type stays.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([-2.5], [[[$1], [], [round($1)]]]); // -3
 * ```
 */
export const round: One = caller('round');

/**
 * Without the fraction. The type stays.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([-2.5], [[[$1], [], [trunc($1)]]]); // -2
 * ```
 */
export const trunc: One = caller('trunc');

/**
 * The next whole number below. The type stays.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([-2.5], [[[$1], [], [floor($1)]]]); // -3
 * ```
 */
export const floor: One = caller('floor');

/**
 * The next whole number above. The type stays.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([2.5], [[[$1], [], [ceil($1)]]]); // 3
 * ```
 */
export const ceil: One = caller('ceil');

/**
 * The lesser in the order of terms; the first one when they are equal.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5, 2], [[[$1, $2], [], [min($1, $2)]]]); // 2
 * ```
 */
export const min: Two = caller('min');

/**
 * The greater in the order of terms; the first one when they are equal.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5, 'a'], [[[$1, $2], [], [max($1, $2)]]]); // 'a'
 * ```
 */
export const max: Two = caller('max');

/**
 * A bigint as number.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([5n], [[[$1], [], [float($1)]]]); // 5
 * ```
 */
export const float: One = caller('float');

// Bits of two integers of one type, in two's complement.

/**
 * And.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([6, 3], [[[$1, $2], [], [band($1, $2)]]]); // 2
 * ```
 */
export const band: Two = caller('band');

/**
 * Or.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([6, 3], [[[$1, $2], [], [bor($1, $2)]]]); // 7
 * ```
 */
export const bor: Two = caller('bor');

/**
 * Exclusive or.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([6, 3], [[[$1, $2], [], [bxor($1, $2)]]]); // 5
 * ```
 */
export const bxor: Two = caller('bxor');

/**
 * Complement.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([6], [[[$1], [], [bnot($1)]]]); // -7
 * ```
 */
export const bnot: One = caller('bnot');

/**
 * Shift `a` left by `b`.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([1n], [[[$1], [], [bsl($1, 64n)]]]); // 18446744073709551616n
 * ```
 */
export const bsl: Two = caller('bsl');

/**
 * Shift `a` right by `b`, rounding down.
 *
 * @function
 * @example
 * ```js
 * ets.testMs([-5], [[[$1], [], [bsr($1, 1)]]]); // -3
 * ```
 */
export const bsr: Two = caller('bsr');
