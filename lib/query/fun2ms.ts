import { types } from 'node:util';
import { outcomesOf } from './fun2ms/body.js';
import { headOf, Scope } from './fun2ms/scope.js';
import { FunctionSource } from './fun2ms/source.js';
import { compileProgram } from './compile.js';
import { kindOf, refuseSpec } from './refuse.js';
import type { MatchClause, MatchSpec } from './types.js';

/**
 * Translates functions to a match spec by their source: docs/match-specs.md says which JavaScript that is. Nothing of the source is
 * ever run, and outer variables are not seen: their values are given in `bindings`.
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC`, naming the construct that cannot be translated with its line and column.
 */
export function translate<R extends readonly unknown[]>(functions: unknown, bindings: unknown): MatchSpec<R> {
  const call = 'ets.fun2ms';
  const list: readonly unknown[] = Array.isArray(functions) ? (functions as readonly unknown[]) : [functions];
  if (list.length === 0) throw refuseSpec(call, 'no function was given');
  const known = readBindings(bindings, call);
  const clauses = list.flatMap((fn, i) => {
    if (typeof fn !== 'function' || types.isProxy(fn))
      throw refuseSpec(call, `expected a function, not ${kindOf(fn)}`);
    return translateOne(fn, Array.isArray(functions) ? `function ${i}` : 'function', known);
  });
  compileProgram(clauses, call);
  return clauses as MatchSpec<R>;
}

function translateOne(fn: object, name: string, bindings: ReadonlyMap<string, unknown>): MatchClause[] {
  // The source as the engine has it, also of a function with a toString() of its own.
  const text = Function.prototype.toString.call(fn);
  const source = new FunctionSource(text, name);
  const node = source.parse();
  const scope = new Scope(source, bindings);
  const head = headOf(node, scope);
  return outcomesOf(node, scope).map(({ guards, result }) => [head, guards, [result]] as MatchClause);
}

function readBindings(bindings: unknown, call: string): ReadonlyMap<string, unknown> {
  if (typeof bindings !== 'object' || bindings === null || Array.isArray(bindings)) {
    throw refuseSpec(call, `\`bindings\` must be an object of names and terms, not ${kindOf(bindings)}`);
  }
  return new Map(Object.entries(bindings));
}
