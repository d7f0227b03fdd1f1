import { inspect } from 'node:util';
import { _, $$, $1, $2, $3, $_, ets, type Row, skip } from 'termstore';
import * as ms from 'termstore/ms';
import {
  abs,
  add,
  andalso,
  bindings,
  bnot,
  bsl,
  constant,
  element,
  eq,
  exactEq,
  exactNe,
  gt,
  isArray,
  isFloat,
  isInteger,
  isMap,
  isMapKey,
  isString,
  le,
  length,
  lt,
  mapGet,
  max,
  mul,
  not,
  object,
  orelse,
  sub,
} from 'termstore/ms';
import { FunctionSource } from '#dist/query/fun2ms/source.js';
import * as assert from 'uvu/assert';
import { FUNCTIONS } from '#dist/query/functions.js';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('fun2ms');

/* Parameters are of any type here: what is tested is the translation, and most of it is no sensible TypeScript. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
type Fn = (row: any) => unknown;

const translate = (fn: Fn | Fn[], values?: Record<string, unknown>): unknown => ets.fun2ms(fn, values);
/** A function with this source, as no compiler has touched it. */
const fromSource = (source: string): Fn => (0, eval)(`(${source})`) as Fn;

test('parameters become heads', () => {
  assert.equal(
    translate(([k, v]) => [v, k]),
    [[[$1, $2], [], [[$2, $1]]]],
  );
  assert.equal(
    translate(
      ([
        ,
        [a],
        {
          b,
          c: { d },
        },
      ]) => [a, b, d],
    ),
    [[[_, [$1], { b: $2, c: { d: $3 } }], [], [[$1, $2, $3]]]],
  );
  assert.equal(
    translate((row) => row),
    [[_, [], [$_]]],
  );
  assert.equal(
    translate((row) => row[1]),
    [[_, [], [element(1, $_)]]],
  );
  assert.equal(
    translate(([k]) => [k, object(), bindings()]),
    [[[$1], [], [[$1, $_, $$]]]],
  );
});

test('functions of every kind are read', () => {
  const kinds = {
    method([k]: Row) {
      return k;
    },
    // eslint-disable-next-line object-shorthand -- another kind of function
    expression: function ([k]: Row) {
      return k;
    },
    arrow: ([k]: Row) => {
      return k;
    },
    ['computed name'](this: void, [k]: Row) {
      return k;
    },
  };
  for (const fn of Object.values(kinds)) assert.equal(translate(fn), [[[$1], [], [$1]]]);
});

test('conditions become guards, and every case a clause', () => {
  assert.equal(
    translate(([k, v]) => (v > 10 ? k : skip)),
    [[[$1, $2], [gt($2, 10)], [$1]]],
  );
  assert.equal(
    translate(([v]) => (v > 10 ? 'high' : v > 5 ? 'middle' : 'low')),
    [
      [[$1], [gt($1, 10)], ['high']],
      [[$1], [gt($1, 5)], ['middle']],
      [[$1], [], ['low']],
    ],
  );
  assert.equal(
    translate(([v]) => (v > 10 ? skip : v)),
    [[[$1], [not(gt($1, 10))], [$1]]],
  );
  assert.equal(
    translate(([a, b]) => (a ? (b ? 1 : skip) : 2)),
    [
      [[$1, $2], [$1, $2], [1]],
      [[$1, $2], [exactNe($1, true)], [2]],
    ],
  );
  assert.equal(translate([([k]) => k, ([, v]) => v]), [
    [[$1], [], [$1]],
    [[_, $1], [], [$1]],
  ]);
});

test('names of properties may be written as strings and numbers', () => {
  assert.equal(translate(fromSource(`([{ 'x y': a, 5: b }]) => ({ 'a b': a, 7: b })`)), [
    [[{ 'x y': $1, 5: $2 }], [], [{ 'a b': $1, 7: $2 }]],
  ]);
});

test('if and return become clauses, and falling off the end is no match', () => {
  assert.equal(
    translate(([k, v]) => {
      if (v > 10) return k;
      else if (v < 0) {
        return -v;
      }
      if (typeof k !== 'string') return;
      return [k];
    }),
    [
      [[$1, $2], [gt($2, 10)], [$1]],
      [[$1, $2], [lt($2, 0)], [sub($2)]],
      [[$1, $2], [isString($1)], [[$1]]],
    ],
  );
  assert.equal(translate(fromSource(`([k]) => { if (k === 1) return 'one'; }`)), [
    [[$1], [exactEq($1, 1)], ['one']],
  ]);
});

test('operators and calls become the functions of the same meaning', () => {
  const cases: [Fn, unknown][] = [
    [([a, b]) => a === b, exactEq($1, $2)],
    [fromSource('([a, b]) => a == b'), eq($1, $2)],
    [fromSource('([a]) => a == null'), orelse(exactEq($1, null), exactEq($1, undefined))],
    [([a, b]) => a !== b, exactNe($1, $2)],
    [([a, b]) => a <= b && a < 5 && !b, andalso(le($1, $2), lt($1, 5), not($2))],
    [([a, b]) => a || b, orelse($1, $2)],
    [([a, b]) => a + b * -2, add($1, mul($2, -2))],
    [([a]) => ~a << 2, bsl(bnot($1), 2)],
    [([a]) => typeof a === 'number', isFloat($1)],
    [([a]) => 'string' === typeof a, isString($1)],
    [fromSource(`([a]) => typeof a !== 'bigint'`), not(ms.isBigint($1))],
    [fromSource('([a]) => null != a'), not(orelse(exactEq($1, null), exactEq($1, undefined)))],
    [fromSource('([a]) => ((a) + (+a))'), add($1, add($1))],
    [fromSource('([a]) => { ; { return (a); } }'), $1],
    [fromSource('([a, b]) => a instanceof Date || b instanceof Array'), orelse(ms.isDate($1), isArray($2))],
    [fromSource('([a]) => constant(constant(1))'), constant(1)],
    [([a]) => Array.isArray(a) && a.length > 2, andalso(isArray($1), gt(length($1), 2))],
    [([a]) => a instanceof Map, isMap($1)],
    [([a]) => 'x' in a, isMapKey('x', $1)],
    [([a]) => a.x.y, mapGet('y', mapGet('x', $1))],
    [([a]) => a['x y'], mapGet('x y', $1)],
    [([a]) => a[2], element(2, $1)],
    [([a]) => a.get('x'), mapGet('x', $1)],
    [([a]) => a.has(1), isMapKey(1, $1)],
    [([a, b]) => Math.max(Math.abs(a), b), max(abs($1), $2)],
    [([a]) => Number.isInteger(a), andalso(isFloat($1), isInteger($1))],
    [([a]) => isString(a), isString($1)],
    [([a]) => ms.isString(a), isString($1)],
    [([a]) => ms.not_(a), not($1)],
    [() => 0, undefined],
    [([a]) => [a, 1n, `text`, null, undefined, true, 1.5], [$1, 1n, 'text', null, undefined, true, 1.5]],
    [([a]) => ({ a, b: { c: [a] } }), { a: $1, b: { c: [$1] } }],
    [fromSource(`([a]) => (a, Symbol.for('x'))`), undefined],
    [([a]) => [a, Symbol.for('x')], [$1, Symbol.for('x')]],
    [([a]) => [a, constant([1, 2])], [$1, constant([1, 2])]],
  ];
  for (const [fn, expected] of cases) {
    if (expected === undefined) refuses(() => translate(fn), 'ERR_ETS_MATCH_SPEC');
    else assert.equal((translate(fn) as [unknown, unknown, unknown[]][])[0]?.[2][0], expected, fn.toString());
  }
});

test('imported functions are known in every spelling that compilers give them', () => {
  for (const source of [
    '([a]) => (0, ms_1.isString)(a) ? a : index_js_1.skip',
    '([a]) => isString(a) ? a : skip',
    '([a]) => { if ((0, __vi_import_0__.isString)(a)) return a; return import_ms.skip; }',
    '([a]) => {\n// a comment\nreturn isString(a) ? a : skip }',
  ]) {
    assert.equal(translate(fromSource(source)), [[[$1], [isString($1)], [$1]]], source);
  }
});

test('outer variables have the values of `bindings`, which nothing is looked for in', () => {
  const limit = 10;
  const user = { name: 'ann' };
  assert.equal(
    translate(([v]) => (v > limit ? user : skip), { limit, user }),
    [[[$1], [gt($1, 10)], [constant({ name: 'ann' })]]],
  );
  // The parameter wins.
  assert.equal(
    translate(([limit]) => limit, { limit: 5 }),
    [[[$1], [], [$1]]],
  );
  refuses(() => translate(([v]) => v > limit), 'ERR_ETS_MATCH_SPEC', /outer variable `limit`/);
  refuses(() => translate(([v]) => [v, user], { user: () => 0 }), 'ERR_ETS_MATCH_SPEC');
});

test('nothing of a function is ever run', () => {
  let runs = 0;
  const fn: Fn = ([k]) => {
    runs++;
    return k;
  };
  fn.toString = () => {
    runs++;
    return '([k]) => k';
  };
  refuses(() => translate(fn), 'ERR_ETS_MATCH_SPEC');
  assert.is(runs, 0);
});

test('typeof is what it is in JavaScript', () => {
  const values = ['text', 1, -0, 1n, true, false, null, undefined, Symbol.for('x'), [1], new Map()];
  for (const type of ['string', 'number', 'bigint', 'boolean', 'undefined', 'symbol'])
    for (const value of values) {
      const spec = ets.fun2ms(fromSource(`([, a]) => [typeof a === '${type}', '${type}' !== typeof a]`));
      const is = typeof value === type;
      assert.equal(ets.testMs(['k', value], spec), [is, !is], `${inspect(value)}: ${type}`);
    }
});

test('every function is called by its name, or with an underscore, and is what its call is translated to', () => {
  const all = ms as unknown as Readonly<Record<string, ((...args: unknown[]) => unknown) | undefined>>;
  for (const [name, fewest] of FUNCTIONS) {
    const make = all[name];
    assert.type(make, 'function', name);
    const args = Array.from({ length: fewest }, () => 'a').join();
    const expected = make!(...Array.from({ length: fewest }, () => $1));
    assert.equal(translate(fromSource(`([a]) => ${name}(${args})`)), [[[$1], [], [expected]]], name);
    assert.equal(translate(fromSource(`([a]) => ms.${name}_(${args})`)), [[[$1], [], [expected]]], name);
    if (`${name}_` in ms) assert.is(all[`${name}_`], make);
  }
});

test('what cannot be translated is named with its line and column', () => {
  const cases: [source: string, message: RegExp][] = [
    ['([a = 1]) => a', /^ets\.fun2ms: function:1:3: a default value cannot be translated/],
    ['([...a]) => a', /function:1:3: a rest element/],
    ['([{ ...a }]) => a', /1:5: a rest element/],
    ['({ a }) => a', /1:2: an object as parameter/],
    ['() => 1', /1:1: a function of 0 parameters/],
    ['(a, b) => 1', /2 parameters/],
    ['([a]) => {\n  const b = a;\n  return b;\n}', /2:3: a declaration/],
    ['([a]) => {\n  for (;;) {}\n}', /2:3: a loop/],
    ['([a]) => { a; }', /1:12: a statement without effect/],
    ['([a]) => a ** 2', /1:10: the operator `\*\*`/],
    ['([a]) => a >>> 2', /`>>>`/],
    ['([a]) => a ?? 2', /`\?\?`/],
    ['([a]) => a?.b', /optional chaining/],
    ['([a]) => a[a]', /1:12: a computed key/],
    ['([a]) => foo(a)', /1:10: the call of `foo`/],
    ['([a]) => a.foo(1)', /1:10: this call/],
    ['([a]) => gt(a)', /a wrong call \(`gt` takes 2 arguments, not 1\)/],
    ['([a]) => Math.max(a)', /`max` takes 2/],
    ['([a]) => [...a]', /1:11: a spread/],
    ['([a]) => [, a]', /hole/],
    ['([a]) => ({ [a]: 1 })', /computed property name/],
    ['([a]) => ({ f() {} })', /a method/],
    ['([a]) => ({ __proto__: a })', /__proto__/],
    ['([a]) => `${a}`', /substitutions/],
    ['([a]) => /x/', /regular expression/],
    ['([a]) => typeof a', /`typeof` without/],
    ["([a]) => typeof a === 'object'", /compared to 'object'/],
    ['([a]) => [a ? 1 : 2]', /1:11: a conditional inside a value/],
    ['([a]) => [skip]', /1:11: `skip` inside a value/],
    ['([a]) => () => a', /a function inside a function/],
    ['([a]) => this', /`this`/],
    ['([a]) => a = 1', /an assignment/],
    ['async ([a]) => a', /an async function/],
    ['function* ([a]) { return a; }', /a generator/],
    ['([a]) => b', /1:10: the outer variable `b`/],
    ['([a]) => isString?.(a)', /optional chaining/],
    ['([a]) => isString(...a)', /1:19: a spread/],
    ['([a]) => ({ ...a })', /1:13: a spread/],
    ['([a]) => constant()', /`constant` without one argument/],
    ['([a]) => a instanceof Promise', /`instanceof` with anything but/],
    ['([a]) => typeof a === 5', /`typeof` compared to 5/],
    ["([a]) => typeof a < 'string'", /`typeof` without/],
    ['([a]) => void a', /`void`/],
    ['([a]) => new Map()', /`?new/i],
    ['([a]) => { switch (a) {} }', /`switch`/],
    ['([a]) => { debugger; }', /`DebuggerStatement`/],
    ['([a]) => a.get(1, 2)', /this call|`get`/],
    ['([a]) => a.b.c()', /this call/],
    ['([a]) => a[0](1)', /this call/],
    ['([{ [a]: b }]) => b', /a computed property name/],
  ];
  for (const [source, message] of cases) {
    const { message: text } = refuses(() => translate(fromSource(source)), 'ERR_ETS_MATCH_SPEC');
    assert.match(text, message, source);
  }
  refuses(
    () => translate([([a]) => a, ([b = 1]) => b]),
    'ERR_ETS_MATCH_SPEC',
    /^ets\.fun2ms: function 1:1:\d+: a default/,
  );
  const manyIfs = `([a]) => { ${'if (a) {} '.repeat(40)} return a; }`;
  refuses(() => translate(fromSource(manyIfs)), 'ERR_ETS_MATCH_SPEC', /more than 1000 cases/);
  refuses(() => translate(parseInt as Fn), 'ERR_ETS_MATCH_SPEC', /no source to read/);
  refuses(() => translate(class {} as unknown as Fn), 'ERR_ETS_MATCH_SPEC', /no source to read/);
  // As the text of a module, which is not what is parsed.
  const unreadable: [string, RegExp][] = [
    ['([a]) =>\n a === import.meta.url', /^ets\.fun2ms: function:2:\d+: cannot be parsed .*import\.meta/],
    ['([a]) => a.#x', /^ets\.fun2ms: function:1:\d+: cannot be parsed .*#x/],
    ['pick([a]) { return a.#x }', /^ets\.fun2ms: function:1:\d+: cannot be parsed .*#x/],
    [`([a]) => ${'['.repeat(20_000)}a`, /cannot be parsed .*stack/],
  ];
  for (const [text, message] of unreadable)
    refuses(() => new FunctionSource(text, 'function').parse(), 'ERR_ETS_MATCH_SPEC', message);
});

test('a translated function gives what the function gives', () => {
  const fn = ([name, age, tags]: [string, number, string[]]) =>
    age >= 18 && tags.length > 0 ? { name, first: tags[0], next: age + 1 } : name === 'root' ? name : skip;
  const rows: [string, number, string[]][] = [
    ['ann', 20, ['a', 'b']],
    ['bob', 17, ['a']],
    ['root', 1, []],
    ['cid', 30, []],
  ];
  const compiled = ets.matchSpecCompile(ets.fun2ms(fn));
  assert.equal(
    ets.matchSpecRun(rows, compiled),
    rows.map(fn).filter((result) => result !== skip),
  );
});

run();
