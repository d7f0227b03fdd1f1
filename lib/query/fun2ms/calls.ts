import type { CallExpression, Expression, Node, Super } from 'acorn';
import { allVariables, Call, Constant, wholeRow } from '../forms.js';
import { type FunctionName, misuseOf, signatureOf } from '../functions.js';
import { call, expressionOf } from './expressions.js';
import type { Scope } from './scope.js';

/** Methods of JavaScript's own objects that have a counterpart. */
const STATIC: Readonly<Record<string, FunctionName>> = {
  'Array.isArray': 'isArray',
  'Math.abs': 'abs',
  'Math.round': 'round',
  'Math.trunc': 'trunc',
  'Math.floor': 'floor',
  'Math.ceil': 'ceil',
  'Math.min': 'min',
  'Math.max': 'max',
};

/**
 * The name under which something of `termstore/ms` is mentioned: `gt`, `ms.gt`, and what compilers make of an imported
 * `gt`: `(0, ms_1.gt)`.
 */
function importedName(node: Expression | Super, scope: Scope): string | undefined {
  if (node.type === 'Identifier') return scope.knows(node.name) ? undefined : node.name;
  if (node.type === 'SequenceExpression' && node.expressions.length === 2) {
    const [zero, last] = node.expressions as [Expression, Expression];
    return zero.type === 'Literal' ? importedName(last, scope) : undefined;
  }
  if (node.type !== 'MemberExpression' || node.computed || node.object.type !== 'Identifier')
    return undefined;
  const { object, property } = node;
  if (scope.knows(object.name) || property.type !== 'Identifier') return undefined;
  return property.name;
}

/** Whether `node` is `skip` of `termstore/ms`, however it was imported. */
export function isSkip(node: Expression, scope: Scope): boolean {
  return importedName(node, scope) === 'skip';
}

export function callOf(node: CallExpression, scope: Scope): unknown {
  if (node.optional) throw scope.source.refuse(node, 'optional chaining');
  const args = node.arguments.map((argument) => {
    if (argument.type === 'SpreadElement') throw scope.source.refuse(argument, 'a spread');
    return argument;
  });
  const { callee } = node;
  if (callee.type === 'MemberExpression') {
    const own = methodOf(node, args, scope);
    if (own !== undefined) return own.value;
  }
  const name = importedName(callee, scope)?.replace(/(?<=.)_$/, '');
  if (name === undefined) throw scope.source.refuse(node, 'this call');
  if (name === 'constant') return constantOf(node, args, scope);
  const values = args.map((argument) => expressionOf(argument, scope));
  if (name === 'object' && args.length === 0) return wholeRow;
  if (name === 'bindings' && args.length === 0) return allVariables;
  if (signatureOf(name) === undefined) throw scope.source.refuse(node, `the call of \`${name}\``);
  return checked(name as FunctionName, values, node, scope);
}

function checked(name: FunctionName, args: readonly unknown[], node: Node, scope: Scope): Call {
  const misuse = misuseOf(name, args.length);
  if (misuse !== undefined) throw scope.source.refuse(node, `a wrong call (${misuse})`);
  return new Call(name, args);
}

/** Calls that JavaScript itself knows: `Math.abs(x)`, `map.get(key)`. */
function methodOf(
  { callee, arguments: given }: CallExpression,
  args: readonly Expression[],
  scope: Scope,
): { value: unknown } | undefined {
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier')
    return undefined;
  const { object, property } = callee;
  const values = (): unknown[] => args.map((argument) => expressionOf(argument, scope));
  if (object.type === 'Identifier' && !scope.knows(object.name)) {
    const path = `${object.name}.${property.name}`;
    if (path === 'Symbol.for' && args[0]?.type === 'Literal')
      return { value: Symbol.for(String(args[0].value)) };
    if (path === 'Number.isInteger' && args.length === 1) {
      const [x] = values();
      return { value: call('andalso', call('isFloat', x), call('isInteger', x)) };
    }
    const name = STATIC[path];
    return name === undefined ? undefined : { value: checked(name, values(), callee, scope) };
  }
  if (given.length !== 1 || object.type === 'Super') return undefined;
  if (property.name === 'get') return { value: call('mapGet', values()[0], expressionOf(object, scope)) };
  if (property.name === 'has') return { value: call('isMapKey', values()[0], expressionOf(object, scope)) };
  return undefined;
}

function constantOf(node: CallExpression, args: readonly Expression[], scope: Scope): unknown {
  const [argument] = args;
  if (argument === undefined || args.length !== 1)
    throw scope.source.refuse(node, '`constant` without one argument');
  const value = expressionOf(argument, scope);
  return value instanceof Constant ? value : new Constant(value);
}
