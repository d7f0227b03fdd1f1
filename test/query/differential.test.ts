import { BOUND_EXCLUSIVE, BOUND_INCLUSIVE, BOUND_PREFIX } from '#dist/native/control.js';
import { compileMatchSpec, type KeyPlan } from '#dist/query/compile.js';
import { Call, Variable } from '#dist/query/forms.js';
import { FUNCTIONS } from '#dist/query/functions.js';
import { decodeTermAt } from '#dist/term/decode.js';
import { fc } from '../support/property.js';
import { _, $, $$, $_, ets, type MatchSpec } from 'termstore';
import { constant } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { equalKeys } from '../support/terms.js';
import { EVALUATED } from './oracle-functions.js';
import { compareTerms } from './order.js';
import { runSpec } from './oracle.js';

const { test, run } = suite('match specs against an interpreter of values');

/** Few values, so that rows match; all kinds, so that every function meets every kind. */
const leaf: fc.Arbitrary<unknown> = fc.constantFrom<unknown[]>(
  ...[0, -0, 1, 2, 3, -1, 5, 2.5, -2.5, 0.5, 1e300, NaN, Infinity, 2 ** 31, 2 ** 53, Number.MAX_SAFE_INTEGER],
  ...[0n, 1n, 2n, -3n, 2n ** 53n, 2n ** 64n, -(2n ** 70n), 10n ** 400n],
  ...[true, false, null, undefined, Symbol.for('a'), Symbol.for('true')],
  ...['', 'a', 'ab', 'é', 'true', new Uint8Array([1, 2, 3]), new Uint8Array([])],
);

const { term } = fc.letrec<{ term: unknown }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 4, arbitrary: leaf },
    fc.array(tie('term'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('term'), { noNullPrototype: true }),
    fc
      .dictionary(fc.constantFrom('a', 'b'), tie('term'), { noNullPrototype: true })
      .map((object) => new Map(Object.entries(object))),
  ),
}));

const aVariable = fc.constantFrom($(0), $(1), $(2));

const { pattern } = fc.letrec<{ pattern: unknown }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 4, arbitrary: aVariable },
    { weight: 2, arbitrary: fc.constant(_) },
    leaf,
    fc.array(tie('pattern'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('pattern'), { maxKeys: 2, noNullPrototype: true }),
    fc
      .dictionary(fc.constantFrom('a', 'b'), tie('pattern'), { noNullPrototype: true })
      .map((object) => new Map(Object.entries(object))),
  ),
}));

const { expression } = fc.letrec<{ expression: unknown }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'medium' },
    { weight: 2, arbitrary: leaf },
    { weight: 3, arbitrary: aVariable },
    fc.constantFrom<unknown[]>($_, $$),
    term.map(constant),
    fc.array(tie('expression'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('expression'), { maxKeys: 2, noNullPrototype: true }),
    {
      weight: 8,
      arbitrary: fc
        .constantFrom(...FUNCTIONS)
        .chain(([name, fewest, most]) =>
          fc
            .array(tie('expression'), { minLength: fewest, maxLength: Math.min(most, 3) })
            .map((args) => new Call(name, args)),
        ),
    },
  ),
}));

const clause = fc.tuple(
  fc.oneof(
    { weight: 8, arbitrary: fc.array(pattern, { minLength: 1, maxLength: 3 }) },
    fc.constantFrom<unknown[]>(_, $(1)),
  ),
  fc.array(expression, { maxLength: 2 }),
  fc.array(expression, { minLength: 1, maxLength: 2 }),
);

const row = fc.array(term, { minLength: 1, maxLength: 3 });

/** The clause with a constant in the place of every variable that its head does not bind. */
function bound([head, guards, body]: readonly [unknown, readonly unknown[], readonly unknown[]]): unknown[] {
  const numbers = new Set<number>();
  walk(head, (variable) => numbers.add(variable.number));
  const replace = (value: unknown): unknown => {
    if (value instanceof Variable) return numbers.has(value.number) ? value : 5;
    if (value instanceof Call) return new Call(value.name, value.args.map(replace));
    if (Array.isArray(value)) return value.map(replace);
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, replace(part)]));
  };
  return [head, guards.map(replace), body.map(replace)];
}

function walk(value: unknown, visit: (variable: Variable) => void): void {
  if (value instanceof Variable) visit(value);
  else if (Array.isArray(value)) for (const part of value) walk(part, visit);
  else if (value instanceof Map) for (const part of value.values()) walk(part, visit);
  else if (isPlain(value)) for (const part of Object.values(value)) walk(part, visit);
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function sameResults(rows: unknown[][], spec: unknown[][]): void {
  const expected = runSpec(rows, spec);
  const actual = ets.matchSpecRun(rows, ets.matchSpecCompile(spec as unknown as MatchSpec));
  if (!equalKeys(actual, expected)) assert.equal(actual, expected);
}

test('the oracle knows every function', () => {
  const known = new Set([...Object.keys(EVALUATED), 'andalso', 'orelse']);
  assert.equal(
    FUNCTIONS.map(([name]) => name).filter((name) => !known.has(name)),
    [],
  );
});

test('each function gives what its description says, for every pair of values', () => {
  const values = fc.sample(leaf, { numRuns: 300, seed: 1 });
  const some = [...new Set(values), [], [1, 2], ['a'], { a: 1 }, new Map([['a', 1n]])];
  const rows = some.flatMap((a) => some.map((b) => [a, b]));
  for (const [name, fewest, most] of FUNCTIONS) {
    for (const count of new Set([fewest, Math.min(most, 2)])) {
      const call = new Call(name, [$(1), $(2)].slice(0, count));
      sameResults(rows, [[[$(1), $(2)], [], [[call]]]]);
      sameResults(rows, [[[$(1), $(2)], [call], [true]]]);
    }
  }
});

test('any match spec gives the same results natively', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 4 }),
      fc.array(clause.map(bound), { minLength: 1, maxLength: 3 }),
      sameResults,
    ),
    { numRuns: 3000 },
  );
});

test('a range of keys holds every key whose row matches', () => {
  using table = ets.new('keys', { type: 'ordered_set' });
  const target = { operation: 'test', keypos: 0, ordered: true };
  const key = $(1);
  const comparison = fc
    .tuple(fc.constantFrom('lt', 'le', 'gt', 'ge', 'eq', 'exactEq', 'ne'), term, fc.boolean())
    .map(([name, value, flip]) => new Call(name, flip ? [constant(value), key] : [key, constant(value)]));
  const { guard } = fc.letrec<{ guard: unknown }>((tie) => ({
    guard: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      { weight: 3, arbitrary: comparison },
      fc.constantFrom(true, false),
      fc
        .tuple(
          fc.constantFrom('and', 'or', 'andalso', 'orelse', 'not'),
          fc.array(tie('guard'), { minLength: 2, maxLength: 3 }),
        )
        .map(([name, args]) => new Call(name, name === 'not' ? args.slice(0, 1) : args)),
    ),
  }));
  const head = fc.oneof({ weight: 2, arbitrary: fc.constant([key]) }, fc.tuple(pattern));
  const specs = fc.array(fc.tuple(head, fc.array(guard, { maxLength: 2 }), fc.constant([$_])).map(bound), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 20 }), specs, (keys, spec) => {
      table.deleteAllObjects();
      for (const each of keys) if (each !== undefined) table.insert([each]);
      const rows = table.tab2list() as unknown[][];
      const { keys: plan } = compileMatchSpec(spec, target);
      const inside = rows.filter(([each]) => holdsKey(plan, each));
      assert.equal(runSpec(inside, spec), runSpec(rows, spec));
    }),
    { numRuns: 1500 },
  );
});

/** Whether a plan for an ordered table leads to `key`. */
function holdsKey(plan: KeyPlan, key: unknown): boolean {
  if (plan.kind !== 'range') return plan.kind === 'all';
  const { lower, upper } = plan;
  const order = (limit: typeof lower): number =>
    compareTerms(key, decodeTermAt(limit.key, 0, limit.key.length));
  if (lower.kind === BOUND_INCLUSIVE && order(lower) < 0) return false;
  if (lower.kind === BOUND_EXCLUSIVE && order(lower) <= 0) return false;
  if (upper.kind === BOUND_INCLUSIVE) return order(upper) <= 0;
  if (upper.kind === BOUND_EXCLUSIVE) return order(upper) < 0;
  if (upper.kind < BOUND_PREFIX) return true;
  const prefix = decodeTermAt(upper.key, 0, upper.key.length);
  return order(upper) <= 0 || beginsWith(key, prefix, upper.kind - BOUND_PREFIX);
}

function beginsWith(key: unknown, prefix: unknown, depth: number): boolean {
  if (!Array.isArray(key) || !Array.isArray(prefix) || key.length < prefix.length) return false;
  return prefix.every((element: unknown, i) =>
    depth > 0 && i === prefix.length - 1
      ? beginsWith(key[i], element, depth - 1)
      : compareTerms(key[i], element) === 0,
  );
}

run();
