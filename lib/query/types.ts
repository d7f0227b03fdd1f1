import type { AllVariables, Call, Constant, Variable, WholeRow, Wildcard } from './forms.js';

/** Values that a pattern compares as a whole. */
type Whole =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | Error
  | ArrayBuffer
  | ArrayBufferView
  | ReadonlySet<unknown>;

type Shape<T> = unknown extends T
  ? unknown
  : // Before what is compared as a whole: a Map has all that a ReadonlySet has.
    T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<K, Pattern<V>>
    : T extends Whole
      ? T
      : T extends readonly unknown[]
        ? { readonly [I in keyof T]: Pattern<T[I]> }
        : { readonly [P in keyof T]?: Pattern<T[P]> };

/**
 * What a head asks of a value of type `T`: a literal (equal by `=:=`), `_`, a variable, an array of patterns (of exactly this
 * length), a plain object or a Map of patterns (which match what has at least these entries), `constant(term)`.
 */
export type Pattern<T = unknown> = Wildcard | Variable | Constant | Shape<T>;

/** The head of a clause for rows of type `R`. */
export type HeadPattern<R extends readonly unknown[] = readonly unknown[]> =
  Wildcard | Variable | Constant | Shape<R>;

/**
 * An expression of a guard or a body: data, in which variables, `$_`, `$$`, calls and `constant(term)` may stand at any depth.
 */
export type Expression = unknown;

/**
 * One clause: a row that the head matches and for which every guard is exactly `true` gives the value of the last
 * expression of the body.
 */
export type MatchClause<R extends readonly unknown[] = readonly unknown[]> = readonly [
  head: HeadPattern<R>,
  guards: readonly Expression[],
  body: readonly [Expression, ...Expression[]],
];

/** Clauses, tried in order: the first one that matches decides. */
export type MatchSpec<R extends readonly unknown[] = readonly unknown[]> = readonly MatchClause<R>[];

declare const ofNoType: unique symbol;

/** What fits a table with rows of whatever type. */
export interface UntypedSpec {
  readonly [ofNoType]: true;
}

/** A match spec that `ets.fun2ms` has made. One for rows of no particular type fits every table. */
export type TranslatedSpec<R extends readonly unknown[] = readonly unknown[]> = MatchSpec<R> &
  (readonly unknown[] extends R ? UntypedSpec : unknown);

/** A match spec for a table with rows of type `R`. */
export type SpecFor<R extends readonly unknown[]> = MatchSpec<R> | UntypedSpec;

export type { AllVariables, Call, Constant, Variable, WholeRow, Wildcard };
