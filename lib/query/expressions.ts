import { countPart } from './budget.js';
import {
  containerKind,
  elementsOf,
  entriesOf,
  type Level,
  levelIn,
  mapItems,
  namesOf,
  objectOf,
  propertyOf,
} from './containers.js';
import { type Call, type Constant, formKind, type Variable } from './forms.js';
import { MOST_ARGUMENTS, misuseOf } from './functions.js';
import { inside, type Place, refuseSpec } from './refuse.js';
import type { ExpressionNode } from './tree.js';

/**
 * Reads an expression of a guard or a body.
 *
 * `bound` holds the numbers of the variables that the head binds; `undefined` where no variable is looked up (the keys of
 * a head's Map).
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC` for an unbound variable, an unknown call, what nests too deep or has too many parts.
 */
export function readExpression(
  value: unknown,
  bound: ReadonlySet<number> | undefined,
  place: Place,
  around?: Level,
): ExpressionNode {
  countPart(place);
  const form = formKind(value);
  if (form !== undefined) return readForm(value, form, bound, place, around);
  const container = containerKind(value);
  if (container === undefined) return { kind: 'constant', value, place };
  const level = levelIn(value, place, around);
  const read = (part: unknown, at: Place): ExpressionNode => readExpression(part, bound, at, level);
  switch (container) {
    case 'array':
      return arrayNode(mapItems(value as readonly unknown[], place, read), place);
    case 'set':
      return setNode(mapItems(elementsOf(value as object), place, read), place);
    case 'object':
      return objectNode(value as Record<string, unknown>, place, read);
    case 'map':
      return mapNode(entriesOf(value as object), place, read);
  }
}

function readForm(
  value: unknown,
  form: NonNullable<ReturnType<typeof formKind>>,
  bound: ReadonlySet<number> | undefined,
  place: Place,
  around: Level | undefined,
): ExpressionNode {
  switch (form) {
    case 'constant':
      return { kind: 'constant', value: (value as Constant).value, place };
    case 'variable': {
      const { number } = value as Variable;
      if (bound?.has(number) === false)
        throw refuseSpec(place, `the variable $${number} is not bound in the head`);
      return { kind: 'variable', number };
    }
    case 'row':
    case 'variables':
      return { kind: form };
    case 'call':
      return readCall(value as Call, bound, place, around);
    case 'wildcard':
      throw refuseSpec(place, '`_` has a meaning in heads only; for a value use a variable');
    case 'skip':
      throw refuseSpec(place, '`skip` has a meaning in functions for ets.fun2ms only');
  }
}

function readCall(
  call: Call,
  bound: ReadonlySet<number> | undefined,
  place: Place,
  around: Level | undefined,
): ExpressionNode {
  const { name, args } = call;
  const misuse = misuseOf(name, args.length);
  if (misuse !== undefined) throw refuseSpec(place, misuse);
  const at = inside(place, `.${name}`);
  const level = levelIn(call, at, around, levelsFor(args.length));
  return nestedCall(
    name,
    mapItems(args, at, (part, where) => readExpression(part, bound, where, level)),
  );
}

/** How many calls stand around each of `count` arguments. */
function levelsFor(count: number): number {
  return count <= MOST_ARGUMENTS ? 1 : 1 + levelsFor(Math.ceil(count / MOST_ARGUMENTS));
}

/**
 * A call of `and`, `or`, `andalso` or `orelse` with more arguments than a program can count is one of calls of it. That means
 * the same: what a group of arguments gives decides, fails or is passed through as its deciding, failing or last argument would.
 */
function nestedCall(name: string, args: readonly ExpressionNode[]): ExpressionNode {
  if (args.length <= MOST_ARGUMENTS) return { kind: 'call', name, args };
  const groups: ExpressionNode[] = [];
  for (let i = 0; i < args.length; i += MOST_ARGUMENTS)
    groups.push({ kind: 'call', name, args: args.slice(i, i + MOST_ARGUMENTS) });
  return nestedCall(name, groups);
}

/** The values of constants; `undefined` when one of the nodes is none. */
function valuesOf(nodes: readonly ExpressionNode[]): unknown[] | undefined {
  const values: unknown[] = [];
  for (const node of nodes) {
    if (node.kind !== 'constant') return undefined;
    values.push(node.value);
  }
  return values;
}

function arrayNode(items: readonly ExpressionNode[], place: Place): ExpressionNode {
  const value = valuesOf(items);
  return value === undefined ? { kind: 'array', items } : { kind: 'constant', value, place };
}

function setNode(items: readonly ExpressionNode[], place: Place): ExpressionNode {
  const value = valuesOf(items);
  return value === undefined ? { kind: 'set', items } : { kind: 'constant', value: new Set(value), place };
}

type Read = (part: unknown, at: Place) => ExpressionNode;

function objectNode(value: Record<string, unknown>, place: Place, read: Read): ExpressionNode {
  const names = namesOf(value);
  const values = names.map((name) => read(value[name], propertyOf(place, name)));
  const constants = valuesOf(values);
  if (constants !== undefined) return { kind: 'constant', value: objectOf(names, constants), place };
  return { kind: 'object', names: names.map((name) => ({ kind: 'constant', value: name, place })), values };
}

function mapNode(entries: readonly [unknown, unknown][], place: Place, read: Read): ExpressionNode {
  const keys = entries.map(([key], i) => read(key, inside(place, `.key(${i})`)));
  const values = entries.map(([, item], i) => read(item, inside(place, `.value(${i})`)));
  const [constantKeys, constants] = [valuesOf(keys), valuesOf(values)];
  if (constantKeys === undefined || constants === undefined) return { kind: 'map', keys, values };
  return { kind: 'constant', value: new Map(constantKeys.map((key, i) => [key, constants[i]])), place };
}
