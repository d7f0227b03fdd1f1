import type {
  BinaryExpression,
  Expression,
  Literal,
  LogicalExpression,
  MemberExpression,
  ObjectExpression,
  UnaryExpression,
} from 'acorn';
import { objectOf } from '../containers.js';
import { Call } from '../forms.js';
import type { FunctionName } from '../functions.js';
import { callOf, isSkip } from './calls.js';
import { nameOf, type Scope } from './scope.js';

/** A call of a function of guards and bodies. */
export function call(name: FunctionName, ...args: unknown[]): Call {
  return new Call(name, args);
}

const NAMED: Readonly<Record<string, string>> = {
  ConditionalExpression: 'a conditional inside a value',
  AssignmentExpression: 'an assignment',
  UpdateExpression: 'an assignment',
  FunctionExpression: 'a function inside a function',
  ArrowFunctionExpression: 'a function inside a function',
  ClassExpression: 'a class',
  NewExpression: '`new`',
  AwaitExpression: '`await`',
  YieldExpression: '`yield`',
  ThisExpression: '`this`',
  ChainExpression: 'optional chaining',
  SequenceExpression: 'the comma operator',
  TaggedTemplateExpression: 'a tagged template',
  ImportExpression: '`import()`',
  MetaProperty: 'a meta property',
};

/** The expression of a guard or a body that means what `node` says. */
export function expressionOf(node: Expression, scope: Scope): unknown {
  if (isSkip(node, scope)) throw scope.source.refuse(node, '`skip` inside a value');
  switch (node.type) {
    case 'Identifier':
      if (!scope.knows(node.name) && GLOBALS.has(node.name)) return GLOBALS.get(node.name);
      return scope.lookUp(node, node);
    case 'Literal':
      return literalOf(node, scope);
    case 'TemplateLiteral':
      if (node.expressions.length > 0) throw scope.source.refuse(node, 'a template with substitutions');
      return node.quasis[0]?.value.cooked;
    case 'UnaryExpression':
      return unaryOf(node, scope);
    case 'BinaryExpression':
      return binaryOf(node, scope);
    case 'LogicalExpression':
      return logicalOf(node, scope);
    case 'MemberExpression':
      return memberOf(node, scope);
    case 'CallExpression':
      return callOf(node, scope);
    case 'ArrayExpression':
      return node.elements.map((element) => {
        if (element === null) throw scope.source.refuse(node, 'an array with a hole');
        if (element.type === 'SpreadElement') throw scope.source.refuse(element, 'a spread');
        return expressionOf(element, scope);
      });
    case 'ObjectExpression':
      return objectExpression(node, scope);
    default:
      throw scope.source.refuse(node, NAMED[node.type] ?? `\`${node.type}\``);
  }
}

const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['NaN', NaN],
  ['Infinity', Infinity],
]);

function literalOf(node: Literal, scope: Scope): unknown {
  if (node.regex !== undefined && node.regex !== null)
    throw scope.source.refuse(node, 'a regular expression');
  return typeof node.bigint === 'string' ? BigInt(node.bigint) : node.value;
}

function objectExpression(node: ObjectExpression, scope: Scope): unknown {
  const names: string[] = [];
  const values = node.properties.map((property) => {
    if (property.type === 'SpreadElement') throw scope.source.refuse(property, 'a spread');
    if (property.kind !== 'init' || property.method) throw scope.source.refuse(property, 'a method');
    const name = nameOf(property, scope);
    if (name === '__proto__' && !property.shorthand) throw scope.source.refuse(property, '`__proto__`');
    names.push(name);
    return expressionOf(property.value, scope);
  });
  return objectOf(names, values);
}

function unaryOf(node: UnaryExpression, scope: Scope): unknown {
  if (node.operator === 'typeof') throw scope.source.refuse(node, '`typeof` without a comparison to a text');
  if (node.operator === 'void' || node.operator === 'delete')
    throw scope.source.refuse(node, `\`${node.operator}\``);
  const value = expressionOf(node.argument, scope);
  switch (node.operator) {
    case '!':
      return call('not', value);
    case '~':
      return call('bnot', value);
    case '-':
      return typeof value === 'number' || typeof value === 'bigint' ? -value : call('sub', value);
    default:
      return typeof value === 'number' ? value : call('add', value);
  }
}

const OPERATORS: Readonly<Record<string, FunctionName>> = {
  '===': 'exactEq',
  '!==': 'exactNe',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '&': 'band',
  '|': 'bor',
  '^': 'bxor',
  '<<': 'bsl',
  '>>': 'bsr',
};

const CLASSES: Readonly<Record<string, FunctionName>> = {
  Map: 'isMap',
  Set: 'isSet',
  Date: 'isDate',
  Array: 'isArray',
};

function binaryOf(node: BinaryExpression, scope: Scope): unknown {
  const { operator, left, right } = node;
  if (left.type === 'PrivateIdentifier') throw scope.source.refuse(left, 'a private name');
  if (operator === 'instanceof') {
    const test = right.type === 'Identifier' && !scope.knows(right.name) ? CLASSES[right.name] : undefined;
    if (test === undefined)
      throw scope.source.refuse(node, '`instanceof` with anything but Map, Set, Date, Array');
    return call(test, expressionOf(left, scope));
  }
  if (operator === 'in') return call('isMapKey', expressionOf(left, scope), expressionOf(right, scope));
  const type = typeTest(node, scope) ?? typeTest({ ...node, left: right, right: left }, scope);
  if (type !== undefined) return type;
  const name = OPERATORS[operator];
  if (name === undefined) throw scope.source.refuse(node, `the operator \`${operator}\``);
  const [a, b] = [expressionOf(left, scope), expressionOf(right, scope)];
  // In JavaScript, `== null` asks for undefined as well.
  if ((name === 'eq' || name === 'ne') && (isNullish(a) || isNullish(b))) {
    const value = isNullish(a) ? b : a;
    const test = call('orelse', call('exactEq', value, null), call('exactEq', value, undefined));
    return name === 'eq' ? test : call('not', test);
  }
  return call(name, a, b);
}

function isNullish(value: unknown): boolean {
  return value === null || value === undefined;
}

/** `typeof x === 'string'` and the like. */
function typeTest({ operator, left, right }: BinaryExpression, scope: Scope): unknown {
  if (left.type !== 'UnaryExpression' || left.operator !== 'typeof' || right.type !== 'Literal')
    return undefined;
  if (!['===', '==', '!==', '!='].includes(operator)) return undefined;
  const value = expressionOf(left.argument, scope);
  const test = testOf(value, right.value);
  if (test === undefined) throw scope.source.refuse(right, `\`typeof\` compared to ${right.raw ?? 'this'}`);
  return operator.startsWith('!') ? call('not', test) : test;
}

function testOf(value: unknown, type: unknown): Call | undefined {
  switch (type) {
    case 'string':
      return call('isString', value);
    case 'number':
      return call('isFloat', value);
    case 'bigint':
      return call('isBigint', value);
    case 'boolean':
      return call('isBoolean', value);
    case 'undefined':
      return call('exactEq', value, undefined);
    case 'symbol': {
      const others = [
        call('isBoolean', value),
        call('exactEq', value, null),
        call('exactEq', value, undefined),
      ];
      return call('andalso', call('isAtom', value), call('not', call('orelse', ...others)));
    }
    default:
      return undefined;
  }
}

const LOGICAL: Readonly<Record<string, FunctionName>> = { '&&': 'andalso', '||': 'orelse' };

function logicalOf(node: LogicalExpression, scope: Scope): unknown {
  const name = LOGICAL[node.operator];
  if (name === undefined) throw scope.source.refuse(node, `the operator \`${node.operator}\``);
  return new Call(
    name,
    operandsOf(node).map((part) => expressionOf(part, scope)),
  );
}

/** What `node`'s operator joins, from left to right. Without recursion: `a || b || c || …` nests as deep as it is long. */
function operandsOf(node: LogicalExpression): Expression[] {
  const operands: Expression[] = [];
  const waiting: Expression[] = [node];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.type === 'LogicalExpression' && part.operator === node.operator)
      waiting.push(part.right, part.left);
    else operands.push(part);
  }
  return operands;
}

function memberOf({ object, property, computed }: MemberExpression, scope: Scope): unknown {
  if (object.type === 'Super') throw scope.source.refuse(object, '`super`');
  if (property.type === 'PrivateIdentifier') throw scope.source.refuse(property, 'a private name');
  const value = expressionOf(object, scope);
  if (!computed && property.type === 'Identifier') {
    return property.name === 'length' ? call('length', value) : call('mapGet', property.name, value);
  }
  const key = expressionOf(property, scope);
  if (typeof key === 'string') return call('mapGet', key, value);
  if (typeof key === 'number') return call('element', key, value);
  throw scope.source.refuse(property, 'a computed key (write element(i, x) or mapGet(key, x))');
}
