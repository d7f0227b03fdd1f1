import * as fc from 'fast-check';
import { anyTerm, keyIndex, mapKey } from './values.js';
import { show } from './world.js';

/*
 * Random match specifications as data; spec-writer.ts writes them down for either side. Rows are tuples there and arrays
 * here, so `$_` stands only where both mean the same: as a result, and as what `element` and `size` look at.
 */

export type Pattern =
  | { readonly is: 'any' }
  | { readonly is: 'variable'; readonly n: number }
  | { readonly is: 'key'; readonly index: number }
  | { readonly is: 'term'; readonly term: unknown }
  | { readonly is: 'array'; readonly items: readonly Pattern[] }
  | { readonly is: 'map'; readonly entries: readonly (readonly [unknown, Pattern])[] };

export type Expression =
  | { readonly is: 'term'; readonly term: unknown; readonly quoted: boolean }
  | { readonly is: 'key'; readonly index: number }
  | { readonly is: 'variable'; readonly n: number }
  | { readonly is: 'row' }
  | { readonly is: 'variables' }
  | { readonly is: 'column'; readonly pos: number }
  | { readonly is: 'rowSize' }
  | { readonly is: 'array'; readonly items: readonly Expression[] }
  | { readonly is: 'map'; readonly entries: readonly (readonly [unknown, Expression])[] }
  | { readonly is: 'call'; readonly name: string; readonly args: readonly Expression[] };

export interface Head {
  /** `undefined`: the row as a whole. */
  readonly key: Pattern | undefined;
  readonly rest: readonly Pattern[];
  readonly whole: 'any' | 'variable' | 'never';
}

export interface Clause {
  readonly head: Head;
  readonly guards: readonly Expression[];
  readonly body: readonly Expression[];
}

export type Spec = readonly Clause[];

const variableNumber = fc.constantFrom(1, 2, 3, 0, 40);

const { pattern } = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 4, arbitrary: variableNumber.map((n): Pattern => ({ is: 'variable', n })) },
    { weight: 2, arbitrary: fc.constant<Pattern>({ is: 'any' }) },
    anyTerm.map((term): Pattern => ({ is: 'term', term })),
    fc.array(tie('pattern'), { maxLength: 3 }).map((items): Pattern => ({ is: 'array', items })),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom<unknown>('a', 'b'), mapKey), tie('pattern')), {
        maxLength: 2,
        selector: ([key]) => show(key),
      })
      .map((entries): Pattern => ({ is: 'map', entries })),
  ),
}));

const keyPattern = fc.oneof(
  { weight: 3, arbitrary: keyIndex.map((index): Pattern => ({ is: 'key', index })) },
  { weight: 4, arbitrary: fc.constant<Pattern>({ is: 'variable', n: 1 }) },
  { weight: 3, arbitrary: pattern },
);

const head: fc.Arbitrary<Head> = fc.record({
  key: fc.option(keyPattern, { nil: undefined, freq: 9 }),
  rest: fc.array(pattern, { maxLength: 3 }),
  whole: fc.constantFrom('any', 'variable', 'never'),
});

/** Functions by what they take; those left out need operands that both sides see alike. */
const COMPARISONS = ['lt', 'le', 'gt', 'ge', 'eq', 'ne', 'exactEq', 'exactNe'];
const ONE = [
  ...['not', 'abs', 'round', 'trunc', 'float', 'sub', 'hd', 'tl', 'length', 'byteSize', 'mapSize'],
  ...[
    'isNumber',
    'isBigint',
    'isFloat',
    'isInteger',
    'isString',
    'isAtom',
    'isBoolean',
    'isArray',
    'isBinary',
    'isAnyMap',
  ],
];
const TWO = [...COMPARISONS, 'add', 'sub', 'mul', 'div', 'xor', 'mapGet', 'isMapKey'];
const MANY = ['and', 'or', 'andalso', 'orelse'];
/** With a bigint as one operand: whole numbers that are `number`s are integers to these here, and floats there. */
const WITH_BIGINT = ['idiv', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr'];

const call = (name: string, args: readonly Expression[]): Expression => ({ is: 'call', name, args });
const smallBigint = fc
  .bigInt({ min: -9n, max: 9n })
  .map((term): Expression => ({ is: 'term', term, quoted: false }));

const { expression, condition } = fc.letrec<{ expression: Expression; condition: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 6, arbitrary: variableNumber.map((n): Expression => ({ is: 'variable', n })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(anyTerm, fc.boolean())
        .map(([term, quoted]): Expression => ({ is: 'term', term, quoted })),
    },
    keyIndex.map((index): Expression => ({ is: 'key', index })),
    fc.constantFrom<Expression>({ is: 'variables' }, { is: 'rowSize' }),
    fc.integer({ min: -1, max: 3 }).map((pos): Expression => ({ is: 'column', pos })),
    fc.array(tie('expression'), { maxLength: 3 }).map((items): Expression => ({ is: 'array', items })),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom<unknown>('a', 'b'), mapKey), tie('expression')), {
        maxLength: 2,
        selector: ([key]) => show(key),
      })
      .map((entries): Expression => ({ is: 'map', entries })),
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(...ONE), tie('expression')).map(([name, x]) => call(name, [x])),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...TWO), tie('expression'), tie('expression'))
        .map(([name, x, y]) => call(name, [x, y])),
    },
    fc
      .tuple(fc.constantFrom(...WITH_BIGINT), tie('expression'), smallBigint, fc.boolean())
      .map(([name, x, y, swap]) => call(name, swap && !name.startsWith('bs') ? [y, x] : [x, y])),
    fc.tuple(tie('expression'), smallBigint).map(([x, y]) => call('bnot', [call('bxor', [x, y])])),
    tie('condition'),
  ),
  condition: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...COMPARISONS), tie('expression'), tie('expression'))
        .map(([name, x, y]) => call(name, [x, y])),
    },
    // Of the key, which narrows what is visited.
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...COMPARISONS), keyIndex, fc.boolean())
        .map(([name, index, swap]) => {
          const operands: Expression[] = [
            { is: 'variable', n: 1 },
            { is: 'key', index },
          ];
          return call(name, swap ? operands.reverse() : operands);
        }),
    },
    { weight: 2, arbitrary: fc.constant<Expression>({ is: 'term', term: true, quoted: false }) },
    fc
      .tuple(fc.constantFrom(...MANY), fc.array(tie('condition'), { minLength: 1, maxLength: 3 }))
      .map(([name, args]) => call(name, args)),
    tie('condition').map((x) => call('not', [x])),
    fc
      .tuple(fc.constantFrom(...ONE.filter((name) => name.startsWith('is'))), tie('expression'))
      .map(([name, x]) => call(name, [x])),
  ),
}));

const guards = fc.array(condition, { maxLength: 2 });

const result = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Expression>({ is: 'row' }) },
  { weight: 2, arbitrary: fc.constant<Expression>({ is: 'variables' }) },
  { weight: 4, arbitrary: expression },
);

/** Mostly one expression. */
const body = fc
  .tuple(fc.array(expression, { maxLength: 1 }), fc.boolean(), result)
  .map(([first, longer, last]) => (longer ? [...first, last] : [last]));

function specOf(bodies: fc.Arbitrary<readonly Expression[]>): fc.Arbitrary<Spec> {
  return fc.array(fc.record({ head, guards, body: bodies }).map(mostlyBound), { maxLength: 3 });
}

/** Any specification. */
export const anySpec = specOf(body);

/** One whose result tends to be `true`, for counting and deleting. */
export const decidingSpec = specOf(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<readonly Expression[]>([{ is: 'term', term: true, quoted: false }]) },
    condition.map((one) => [one]),
  ),
);

/** One whose result is a row that tends to keep its key. */
export const replacingSpec: fc.Arbitrary<readonly Replacing[]> = fc.array(
  fc
    .record({ head, guards, values: fc.array(expression, { maxLength: 3 }), keep: fc.nat(7) })
    .map((clause) => mostlyBound({ ...clause, body: [] })),
  { maxLength: 2 },
);

export interface Replacing extends Clause {
  readonly values: readonly Expression[];
  /** How the new row comes by its key: 0 in a way that is refused. */
  readonly keep: number;
}

/** A pattern alone, for match and its relatives. */
export const anyHead = head;

/** A variable that the head does not bind is an error of the whole specification: seldom enough. */
function mostlyBound<T extends Clause>(clause: T): T {
  const bound = boundIn(clause.head);
  const asWhole = clause.head.key === undefined;
  const bind = (one: Expression): Expression => {
    // A variable that is the whole row is what $_ is: a tuple there.
    if (asWhole && one.is === 'variables') return { is: 'term', term: [], quoted: false };
    if (one.is === 'variable') {
      if (bound.has(one.n)) return one;
      const [other] = bound;
      return other === undefined ? { is: 'term', term: one.n, quoted: true } : { is: 'variable', n: other };
    }
    if (one.is === 'array') return { ...one, items: one.items.map(bind) };
    if (one.is === 'map') return { ...one, entries: one.entries.map(([key, item]) => [key, bind(item)]) };
    if (one.is === 'call') return { ...one, args: one.args.map(bind) };
    return one;
  };
  const values = (clause as Partial<Replacing>).values?.map(bind);
  return {
    ...clause,
    guards: clause.guards.map(bind),
    body: clause.body.map(bind),
    ...(values && { values }),
  };
}

function boundIn({ key, rest }: Head): Set<number> {
  const found = new Set<number>();
  const visit = (one: Pattern): void => {
    if (one.is === 'variable') found.add(one.n);
    if (one.is === 'array') one.items.forEach(visit);
    if (one.is === 'map') one.entries.forEach(([, item]) => visit(item));
  };
  if (key === undefined) return found;
  [key, ...rest].forEach(visit);
  return found;
}
