import { EVALUATED, Exception, shortCircuit } from './oracle-functions.js';
import { exactlyEqual } from './order.js';
import { AllVariables, Call, Constant, Variable, WholeRow, Wildcard } from '#dist/query/forms.js';

/* Runs match specs over JavaScript values: slow, obvious, and independent of programs and bytes. */

type Bindings = Map<number, unknown>;
const EXIT = Symbol.for('EXIT');

/** The results of `rows` under `spec`, as `ets.matchSpecRun` gives them. */
export function runSpec(rows: readonly unknown[][], spec: readonly (readonly unknown[])[]): unknown[] {
  return rows.flatMap((row) => {
    for (const [head, guards, body] of spec as readonly (readonly [unknown, unknown[], unknown[]])[]) {
      const bindings: Bindings = new Map();
      if (!matches(head, row, bindings, true)) continue;
      if (!guards.every((guard) => holds(guard, row, bindings))) continue;
      return [body.map((expression) => evaluate(expression, row, bindings, true)).at(-1)];
    }
    return [];
  });
}

function matches(pattern: unknown, value: unknown, bindings: Bindings, whole = false): boolean {
  if (pattern instanceof Wildcard) return true;
  if (pattern instanceof Variable) {
    if (bindings.has(pattern.number)) return exactlyEqual(bindings.get(pattern.number), value);
    bindings.set(pattern.number, value);
    return true;
  }
  if (whole && !Array.isArray(pattern)) return false;
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value) || value.length !== pattern.length) return false;
    return pattern.every((part, i) => matches(part, value[i], bindings));
  }
  if (pattern instanceof Map) {
    if (!(value instanceof Map)) return false;
    const entries = [...(value as Map<unknown, unknown>)];
    return [...(pattern as Map<unknown, unknown>)].every(([key, part]) => {
      const found = entries.find(([name]) => exactlyEqual(name, key));
      return found !== undefined && matches(part, found[1], bindings);
    });
  }
  if (isPlain(pattern)) {
    return (
      isPlain(value) &&
      Object.entries(pattern).every(
        ([name, part]) => Object.hasOwn(value, name) && matches(part, value[name], bindings),
      )
    );
  }
  return exactlyEqual(pattern, value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function holds(guard: unknown, row: unknown[], bindings: Bindings): boolean {
  try {
    return evaluate(guard, row, bindings, false) === true;
  } catch (error) {
    if (error instanceof Exception) return false;
    throw error;
  }
}

function evaluate(expression: unknown, row: unknown[], bindings: Bindings, caught: boolean): unknown {
  const part = (inner: unknown): unknown => evaluate(inner, row, bindings, caught);
  if (expression instanceof Variable) return bindings.get(expression.number);
  if (expression instanceof WholeRow) return row;
  if (expression instanceof AllVariables)
    return [...bindings].sort(([a], [b]) => a - b).map(([, value]) => value);
  if (expression instanceof Constant) return expression.value;
  if (expression instanceof Call) return evaluateCall(expression, part, caught);
  if (Array.isArray(expression)) return expression.map(part);
  if (expression instanceof Map) {
    return new Map(
      [...(expression as Map<unknown, unknown>)].map(([key, value]) => [part(key), part(value)]),
    );
  }
  if (!isPlain(expression)) return expression;
  return Object.fromEntries(Object.entries(expression).map(([name, value]) => [name, part(value)]));
}

function evaluateCall({ name, args }: Call, part: (inner: unknown) => unknown, caught: boolean): unknown {
  try {
    if (name === 'andalso' || name === 'orelse') {
      return shortCircuit(
        name === 'orelse',
        args.map((argument) => () => part(argument)),
      );
    }
    return EVALUATED[name]?.(...args.map(part));
  } catch (error) {
    if (caught && error instanceof Exception) return EXIT;
    throw error;
  }
}
