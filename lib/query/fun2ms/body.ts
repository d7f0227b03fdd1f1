import type { Expression, Statement } from 'acorn';
import { Call } from '../forms.js';
import { isSkip } from './calls.js';
import { call, expressionOf } from './expressions.js';
import type { Scope } from './scope.js';
import type { FunctionNode } from './source.js';

/** What a function decides: a result, nothing (`skip`), or one of two things by a condition. */
type Decision =
  | { readonly kind: 'skip' }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'if'; readonly test: unknown; readonly yes: Decision; readonly no: Decision };

/** Guards and result of one clause. */
export interface Outcome {
  readonly guards: readonly unknown[];
  readonly result: unknown;
}

const SKIP: Decision = { kind: 'skip' };

/** Every `if` doubles the clauses of what follows when neither branch returns. */
const MAX_CLAUSES = 1000;

/** What the function gives, case by case; the first case whose guards hold counts. */
export function outcomesOf(node: FunctionNode, scope: Scope): Outcome[] {
  const { body } = node;
  const decision =
    body.type === 'BlockStatement'
      ? decide(body.body, scope, { left: MAX_CLAUSES })
      : decideValue(body, scope);
  return flatten(decision, []);
}

function decideValue(node: Expression, scope: Scope): Decision {
  if (isSkip(node, scope)) return SKIP;
  if (node.type !== 'ConditionalExpression') return { kind: 'result', value: expressionOf(node, scope) };
  return {
    kind: 'if',
    test: expressionOf(node.test, scope),
    yes: decideValue(node.consequent, scope),
    no: decideValue(node.alternate, scope),
  };
}

const NAMED: Readonly<Record<string, string>> = {
  VariableDeclaration: 'a declaration',
  FunctionDeclaration: 'a function inside a function',
  ClassDeclaration: 'a class',
  ExpressionStatement: 'a statement without effect on the result',
  ForStatement: 'a loop',
  ForInStatement: 'a loop',
  ForOfStatement: 'a loop',
  WhileStatement: 'a loop',
  DoWhileStatement: 'a loop',
  SwitchStatement: '`switch`',
  ThrowStatement: '`throw`',
  TryStatement: '`try`',
};

/** What `statements` decide when they are run in order; falling off their end is `skip`. */
function decide(statements: readonly Statement[], scope: Scope, budget: { left: number }): Decision {
  const [first, ...rest] = statements;
  if (first === undefined) return SKIP;
  switch (first.type) {
    case 'EmptyStatement':
      return decide(rest, scope, budget);
    case 'BlockStatement':
      return decide([...first.body, ...rest], scope, budget);
    case 'ReturnStatement':
      return first.argument === null || first.argument === undefined
        ? SKIP
        : decideValue(first.argument, scope);
    case 'IfStatement': {
      if (budget.left-- === 0)
        throw scope.source.refuse(first, `a function of more than ${MAX_CLAUSES} cases`);
      const otherwise = first.alternate === null || first.alternate === undefined ? [] : [first.alternate];
      return {
        kind: 'if',
        test: expressionOf(first.test, scope),
        yes: decide([first.consequent, ...rest], scope, budget),
        no: decide([...otherwise, ...rest], scope, budget),
      };
    }
    default:
      throw scope.source.refuse(first, NAMED[first.type] ?? `\`${first.type}\``);
  }
}

/**
 * Clauses are tried in order, so what stands behind a case that gave a result need not exclude it. A `skip` gives no
 * clause: what stands behind it must exclude its condition.
 */
function flatten(decision: Decision, guards: readonly unknown[]): Outcome[] {
  switch (decision.kind) {
    case 'skip':
      return [];
    case 'result':
      return [{ guards, result: decision.value }];
    case 'if': {
      const { test, yes, no } = decision;
      const otherwise = maySkip(yes) ? [...guards, isNotTrue(test)] : guards;
      return [...flatten(yes, [...guards, test]), ...flatten(no, otherwise)];
    }
  }
}

function maySkip(decision: Decision): boolean {
  if (decision.kind === 'if') return maySkip(decision.yes) || maySkip(decision.no);
  return decision.kind === 'skip';
}

const BOOLEAN: ReadonlySet<string> = new Set([
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'exactEq',
  'exactNe',
  'not',
  'and',
  'or',
  'xor',
]);

function isNotTrue(test: unknown): unknown {
  if (test instanceof Call && test.name === 'not') return test.args[0];
  const isBoolean = test instanceof Call && (BOOLEAN.has(test.name) || test.name.startsWith('is'));
  return isBoolean ? call('not', test) : call('exactNe', test, true);
}
