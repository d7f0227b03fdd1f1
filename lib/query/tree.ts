/*
 * A match spec after it was read: every array, object and Map of the user was gone through exactly once, so that a getter
 * cannot show one thing to the checks and another to the program. What has no variable in it is one constant.
 */

import type { Place } from './refuse.js';

/** A term, and where it stood. */
export interface ConstantNode {
  readonly kind: 'constant';
  readonly value: unknown;
  readonly place: Place;
}

export interface VariableNode {
  readonly kind: 'variable';
  readonly number: number;
}

/** What a head asks of a row or of a part of one. Objects and Maps are never constants: a pattern asks for a subset of them. */
export type PatternNode =
  | { readonly kind: 'any' }
  | VariableNode
  | ConstantNode
  | { readonly kind: 'array'; readonly items: readonly PatternNode[] }
  | {
      readonly kind: 'object' | 'map';
      readonly keys: readonly ConstantNode[];
      readonly values: readonly PatternNode[];
    };

/** What a guard or a body computes. */
export type ExpressionNode =
  | { readonly kind: 'row' | 'variables' }
  | VariableNode
  | ConstantNode
  | { readonly kind: 'array' | 'set'; readonly items: readonly ExpressionNode[] }
  | {
      readonly kind: 'object';
      readonly names: readonly ConstantNode[];
      readonly values: readonly ExpressionNode[];
    }
  | {
      readonly kind: 'map';
      readonly keys: readonly ExpressionNode[];
      readonly values: readonly ExpressionNode[];
    }
  | CallNode;

export interface CallNode {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly ExpressionNode[];
}

/** A head: `any` and `variable` take every row, `row` those of its arity, `never` none. */
export type HeadNode =
  | { readonly kind: 'any' }
  | { readonly kind: 'never'; readonly pattern: PatternNode }
  | VariableNode
  | { readonly kind: 'row'; readonly items: readonly PatternNode[] };

export interface ClauseNode {
  readonly head: HeadNode;
  /** Numbers of the variables that the head binds, ascending; a variable's place here is its slot. */
  readonly variables: readonly number[];
  readonly guards: readonly ExpressionNode[];
  readonly body: readonly ExpressionNode[];
  /** The clause as messages name it. */
  readonly place: Place;
}

/** Containers of a head, and of a guard or a body, nest at most so deep; calls count as well. */
export const MAX_NESTING = 256;
