import { compileMatchSpec, compilePattern, type KeyPlan } from '#dist/query/compile.js';
import { BOUND_EXCLUSIVE, BOUND_INCLUSIVE, BOUND_NONE, BOUND_PREFIX } from '#dist/native/control.js';
import { decodeTermAt } from '#dist/term/decode.js';
import { _, $, $$, $1, $2, $3, $9, $_, ets, skip } from 'termstore';
import * as ms from 'termstore/ms';
import * as assert from 'uvu/assert';
import { nested } from '../errors/bad-values.js';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('compiling match specs');

const { andalso, constant, element, eq, exactEq, ge, gt, le, lt, ne, orelse } = ms;
const hash = { operation: 'op', keypos: 0, ordered: false };
const ordered = { ...hash, ordered: true };

function keysOf(spec: unknown, keypos = 0): unknown {
  const { keys } = compileMatchSpec(spec, { ...hash, keypos });
  return keys.kind === 'keys' ? keys.keys.map(termOf) : keys.kind;
}

function termOf(bytes: Uint8Array<ArrayBuffer>): unknown {
  return decodeTermAt(bytes, 0, bytes.length);
}

/** A range as `[1, …)`, with the keys as JSON. */
function rangeText(keys: KeyPlan): string {
  if (keys.kind !== 'range') return keys.kind;
  const { lower, upper } = keys;
  const text = (key: Uint8Array<ArrayBuffer>): string =>
    JSON.stringify(termOf(key), (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  const from =
    lower.kind === BOUND_NONE ? '(' : `${lower.kind === BOUND_EXCLUSIVE ? '(' : '['}${text(lower.key)}`;
  if (upper.kind === BOUND_NONE) return `${from},)`;
  const depth = upper.kind - BOUND_PREFIX;
  if (depth > 0) return `${from},${text(upper.key)}…${depth}]`;
  return `${from},${text(upper.key)}${{ [BOUND_EXCLUSIVE]: ')', [BOUND_INCLUSIVE]: ']', [BOUND_PREFIX]: '…]' }[upper.kind]}`;
}

function rangeOf(spec: unknown, keypos = 0): string {
  return rangeText(compileMatchSpec(spec, { ...ordered, keypos }).keys);
}

test('a program has the bytes that the interpreter expects', () => {
  const { program } = compileMatchSpec([[[$2, _, [$9, $2]], [gt($2, 5)], [[$9, $_]]]], hash);
  assert.equal(
    [...program],
    [
      ...[1, 0, 1, 0], // version, flags, one clause
      ...[61, 0, 0, 0, 2, 0], // its bytes, two variables
      ...[4, 3, 0, 0, 0], // ROW of 3
      ...[1, 0, 0], // BIND slot 0 ($2)
      ...[0], // ANY
      ...[5, 2, 0, 0, 0, 1, 1, 0, 2, 0, 0], // ARRAY of 2: BIND slot 1 ($9), SAME slot 0
      ...[1, 0, 0x10, 2, 2, 2, 0, 0, 1, 5, 0, 0, 0, 8, 5, 0, 0, 0], // one guard: gt(slot 0, 5)
      ...[1, 0, 5, 2, 0, 0, 0, 2, 1, 0, 3], // the result: [slot 1, $_]
    ].map((byte, i) => (i === 4 ? program.length - 8 : byte)),
  );
});

test('a wrong shape is refused with the clause and the part', () => {
  const cases: [spec: unknown, message: RegExp][] = [
    [undefined, /^op: a match spec must be an array of clauses/],
    ['x', /not a string/],
    [{}, /not an object/],
    [$1, /not an object/],
    [new Proxy([], {}), /must be an array/],
    [[[$1, []]], /^op: clause 0: must be an array \[head, guards, body\], not an array of 2/],
    [[[_, [], [true]], 5], /^op: clause 1: must be an array/],
    [[[_, gt(1, 2), [true]]], /^op: clause 0, guards: must be an array of guards/],
    [[[_, [], true]], /^op: clause 0, body: must be an array of expressions/],
    [[[_, [], []]], /^op: clause 0, body: is empty/],
    [[[[$1], [], [$2]]], /^op: clause 0, body\[0\]: the variable \$2 is not bound in the head/],
    [[[[$1], [[{ a: gt($3, 1) }]], [1]]], /^op: clause 0, guards\[0\]\[0\]\.a\.gt\[0\]: the variable \$3/],
    [[[{ a: $1 }, [], [$2]]], /variable \$2/],
    [[[[gt(1, 2)], [], [1]]], /^op: clause 0, head\[0\]: a call has no meaning in a head/],
    [[[$_, [], [1]]], /head: `\$_` has no meaning/],
    [[[[$$], [], [1]]], /head\[0\]: `\$\$` has no meaning/],
    [[[_, [], [_]]], /body\[0\]: `_` has a meaning in heads only/],
    [[[_, [], [skip]]], /`skip`/],
    [[[[skip], [], [1]]], /`skip`/],
    [[[[new Map([[$1, 1]])], [], [1]]], /^op: clause 0, head\[0\]\.key\(0\): a variable in a Map key/],
    [[[[new Map([[[_], 1]])], [], [1]]], /Map key|`_`/],
    [[[[() => 0], [], [1]]], /^op: clause 0, head\[0\]: a function cannot be stored/],
    [[[() => 0, [], [1]]], /^op: clause 0, head: a function cannot be stored/],
    [[[5, [], [{ a: [() => 0] }]]], /^op: clause 0, body\[0\](\.a\[0\])*: a function cannot be stored/],
    [[[_, [Symbol('x')], [1]]], /guards\[0\]: a symbol/],
    [[[[[1, , 2]], [], [1]]], /head\[0\]\[1\]: a hole/],
    [[[[nested(300)], [], [1]]], /nested deeper than 256/],
    [[[_, [], [nested(300)]]], /nested deeper than 256/],
    [[[[new Set([$1])], [], [1]]], /head\[0\].*cannot be stored/],
  ];
  for (const [spec, message] of cases) {
    refuses(() => compileMatchSpec(spec, hash), 'ERR_ETS_MATCH_SPEC', message);
  }
});

test('unknown functions and wrong numbers of arguments are refused', () => {
  const call = (name: string, ...args: unknown[]): unknown =>
    ((ms as Record<string, unknown>)[name] as (...args: unknown[]) => unknown)(...args);
  const clause = (guard: unknown): unknown => [[_, [guard], [true]]];
  refuses(() => compileMatchSpec(clause(call('add')), hash), 'ERR_ETS_MATCH_SPEC', /`add` takes 1 or 2/);
  refuses(() => compileMatchSpec(clause(call('gt', 1)), hash), 'ERR_ETS_MATCH_SPEC', /`gt` takes 2/);
  refuses(() => compileMatchSpec(clause(call('binaryPart', 'x')), hash), 'ERR_ETS_MATCH_SPEC', /2 or 3/);
  const stranger = Object.create(null, {
    [Symbol.for('termstore.match-spec-form')]: { value: 'call' },
    name: { value: 'message' },
    args: { value: [] },
  }) as unknown;
  refuses(
    () => compileMatchSpec(clause(stranger), hash),
    'ERR_ETS_MATCH_SPEC',
    /there is no function `message`/,
  );
});

test('forms are no terms, and data is never a form', () => {
  using table = ets.new('forms');
  for (const form of [_, $1, $_, $$, skip, gt($1, 2), constant(1)]) {
    refuses(() => table.insert(['k', form]), 'ERR_TERM_UNSUPPORTED', /row\[1\]/);
  }
  const parsed = JSON.parse('{"name":"gt","args":[1,2],"number":1,"kind":"call"}') as unknown;
  assert.is(keysOf([[[_, parsed], [], [true]]]), 'all');
  refuses(() => $(-1), 'ERR_ETS_MATCH_SPEC');
  refuses(() => $(1.5), 'ERR_ETS_MATCH_SPEC');
  refuses(() => $('1' as never), 'ERR_ETS_MATCH_SPEC');
  assert.is($(100_000_000).number, 100_000_000);
});

test('every function is exported under its name, and the ones that clash with an underscore as well', () => {
  const exported = ms as Record<string, unknown>;
  for (const name of ['not', 'and', 'or', 'length', 'self', 'min', 'element']) {
    assert.is(exported[`${name}_`], exported[name], name);
  }
});

test('a getter is read once', () => {
  let reads = 0;
  const head = {
    get key() {
      reads++;
      return 'k';
    },
  };
  compileMatchSpec([[[head], [], [1]]], ordered);
  assert.is(reads, 1);
});

test('hash tables: bound keys are looked up, each once', () => {
  assert.equal(keysOf([[['k', $1], [], [$1]]]), ['k']);
  assert.equal(
    keysOf([
      [['k', $1], [], [$1]],
      [['k', 1], [], [1]],
      [['l'], [], [1]],
    ]),
    ['k', 'l'],
  );
  assert.equal(keysOf([[[[1, 'a'], $1], [], [$1]]]), [[1, 'a']]);
  assert.equal(keysOf([[[$1, 7], [], [$1]]], 1), [7]);
  assert.equal(
    keysOf([
      [[-0], [], [1]],
      [[0], [], [1]],
    ]),
    [0],
  );
  assert.is(
    keysOf([
      [['k'], [], [1]],
      [[$1], [], [1]],
    ]),
    'all',
  );
  assert.is(keysOf([[_, [], [1]]]), 'all');
  assert.is(keysOf([[[{ a: 1 }], [], [1]]]), 'all');
  assert.equal(keysOf([[[constant({ a: 1 })], [], [1]]]), [{ a: 1 }]);
  assert.is(keysOf([]), 'none');
  assert.is(keysOf([[['k'], [], [1]]], 1), 'none');
  assert.is(keysOf([['k', [], [1]]]), 'none');
  assert.is(keysOf([[[], [], [1]]]), 'none');
  assert.is(keysOf([[[undefined], [], [1]]]), 'none');
});

test('hash tables: a guard that asks for one key exactly is a lookup, a looser one is not', () => {
  assert.equal(keysOf([[[$1], [exactEq($1, 'k')], [1]]]), ['k']);
  assert.equal(keysOf([[_, [andalso(ne(1, 2), exactEq('k', element(0, $_)))], [1]]]), ['k']);
  assert.is(keysOf([[[$1], [eq($1, 1)], [1]]]), 'all');
  assert.is(keysOf([[[$1], [orelse(exactEq($1, 'k'), true)], [1]]]), 'all');
  assert.is(keysOf([[[$1, $2], [exactEq($2, 'k')], [1]]]), 'all');
});

test('ordered tables: bound and prefix-bound keys are a range', () => {
  assert.is(rangeOf([[['k', $1], [], [$1]]]), '["k","k"]');
  assert.is(
    rangeOf([
      [[5], [], [1]],
      [[2], [], [1]],
      [[3n], [], [1]],
    ]),
    '[2,5]',
  );
  assert.is(rangeOf([[[[1, 'a', $1, 2]], [], [1]]]), '[[1,"a"],[1,"a"]…]');
  assert.is(rangeOf([[[[$1, 2]], [], [1]]]), '[[],[]…]');
  assert.is(
    rangeOf([
      [[[1, $1]], [], [1]],
      [[[1, 2]], [], [1]],
    ]),
    '[[1],[1]…]',
  );
  assert.is(
    rangeOf([
      [[[1, $1]], [], [1]],
      [[[2]], [], [1]],
    ]),
    '[[1],[2]]',
  );
  assert.is(
    rangeOf([
      [[[1, $1]], [], [1]],
      [[[1, 2, $1]], [], [1]],
    ]),
    '[[1],[1]…]',
  );
  assert.is(rangeOf([[[[1, { a: 1 }]], [], [1]]]), '[[1],[1]…]');
  // Also within the element that is not bound as a whole.
  assert.is(rangeOf([[[[2, [14999, $1]]], [], [1]]]), '[[2,[14999]],[2,[14999]]…1]');
  assert.is(rangeOf([[[[2, [$1, 1], 3]], [], [1]]]), '[[2,[]],[2,[]]…1]');
  assert.is(rangeOf([[[[2, [3, [4, _], 5]]], [], [1]]]), '[[2,[3,[4]]],[2,[3,[4]]]…2]');
  assert.is(
    rangeOf([
      [[[2, [3, $1]]], [], [1]],
      [[[2, [3]]], [], [1]],
    ]),
    '[[2,[3]],[2,[3]]…1]',
  );
  assert.is(
    rangeOf([
      [[[2, [3, $1]]], [], [1]],
      [[[2, [3], $1]], [], [1]],
    ]),
    '[[2,[3]],[2,[3]]…1]',
  );
  assert.is(
    rangeOf([
      [[[2, [3, $1]]], [], [1]],
      [[[2, $1]], [], [1]],
    ]),
    '[[2],[2]…]',
  );
  assert.is(rangeOf([[[{ a: 1 }], [], [1]]]), 'all');
  assert.is(
    rangeOf([
      [['k'], [], [1]],
      [_, [], [1]],
    ]),
    'all',
  );
  assert.is(rangeOf([[['k'], [], [1]]], 1), 'none');
  assert.is(rangeOf([]), 'none');
});

test('ordered tables: comparisons of the key narrow the range', () => {
  const where = (...guards: unknown[]): string => rangeOf([[[$1, $2], guards, [$_]]]);
  assert.is(where(gt($1, 5)), '(5,)');
  assert.is(where(ge($1, 5), lt($1, 9)), '[5,9)');
  assert.is(where(gt(9, $1), le(5, $1)), '[5,9)');
  assert.is(where(andalso(ge($1, 5), le($1, 9)), gt($1, 5n)), '(5n,9]'.replace('5n', '"5n"'));
  assert.is(where(eq($1, 5)), '[5,5]');
  assert.is(where(exactEq($1, 5), lt($1, 'a')), '[5,5]');
  assert.is(where(gt($1, 5), lt($1, 5)), 'none');
  assert.is(where(gt($1, 5), le($1, 5n)), 'none');
  assert.is(where(orelse(lt($1, 2), lt($1, 5))), '(,5)');
  assert.is(where(orelse(eq($1, 2), eq($1, 5))), '[2,5]');
  assert.is(where(orelse(eq($1, 2), $2)), 'all');
  assert.is(where(gt($2, 5)), 'all');
  assert.is(where(ne($1, 5)), 'all');
  assert.is(where(gt($1, $2)), 'all');
  assert.is(where(false), 'none');
  assert.is(where(true), 'all');
  assert.is(where(gt(element(0, $_), 5)), '(5,)');
  assert.is(where(gt(element(1, $_), 5)), 'all');
  assert.is(where(lt($1, constant([1]))), '(,[1])');
  assert.is(rangeOf([[[[1, $1]], [ge(element(0, $_), [1, 5])], [1]]]), '[[1,5],[1]…]');
  assert.is(rangeOf([[[[1, $1]], [gt(element(0, $_), [2])], [1]]]), 'none');
  assert.is(
    rangeOf([
      [[$1], [gt($1, 5)], [1]],
      [[$1], [lt($1, 9)], [1]],
    ]),
    'all',
  );
  assert.is(
    rangeOf([
      [[$1], [gt($1, 5)], [1]],
      [[7], [], [1]],
    ]),
    '(5,)',
  );
  assert.is(
    rangeOf([
      [[$1], [gt($1, 5)], [1]],
      [['x'], [], [1]],
      [[5n], [], [1]],
    ]),
    '["5n",)',
  );
});

test('whole-row results and the specs that mean every row are recognised', () => {
  assert.is(compileMatchSpec([[_, [], [$_]]], hash).resultIsRow, true);
  assert.is(
    compileMatchSpec(
      [
        [_, [], [$_]],
        [[$1], [], [$1]],
      ],
      hash,
    ).resultIsRow,
    false,
  );
  assert.is(compileMatchSpec([[_, [], [true]]], hash).isTrueForAll, true);
  assert.is(compileMatchSpec([[$1, [], [5, true]]], hash).isTrueForAll, true);
  assert.is(compileMatchSpec([[_, [true], [true]]], hash).isTrueForAll, false);
  assert.is(compileMatchSpec([[_, [], [1]]], hash).isTrueForAll, false);
  assert.is(compilePattern(_, true, hash).isTrueForAll, true);
  assert.is(rangeText(compilePattern(['k', $1], $$, ordered).keys), '["k","k"]');
  refuses(() => compilePattern([() => 0], $$, hash), 'ERR_ETS_MATCH_SPEC', /^op: pattern\[0\]: a function/);
});

run();
