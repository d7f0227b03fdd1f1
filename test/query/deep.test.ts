import { compileMatchSpec } from '#dist/query/compile.js';
import { _, $1, $2, ets, type MatchSpec } from 'termstore';
import { not } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { nested } from '../errors/bad-values.js';
import { refuses, refusesEither } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('match specs that are deep, cyclic or long');

const target = { operation: 'op', keypos: 0, ordered: false };

function refused(spec: unknown, message: RegExp): void {
  refuses(() => compileMatchSpec(spec, target), 'ERR_ETS_MATCH_SPEC', message);
}

test('what contains itself is refused with the place where it does', () => {
  const array: unknown[] = [$1];
  array.push([array]);
  const object: Record<string, unknown> = { a: { b: 1 } };
  object['itself'] = object;
  const map = new Map<unknown, unknown>();
  map.set(1, map);
  const key = new Map<unknown, unknown>();
  key.set(key, 1);
  const args: unknown[] = [];
  args.push(not(args));
  const cycle = ': a cycle \\(the value contains itself\\) cannot be stored$';
  const cases: [spec: unknown, place: string][] = [
    [[[array, [], [1]]], 'head\\[1\\]\\[0\\]'],
    [[[[array], [], [1]]], 'head\\[0\\]\\[1\\]\\[0\\]'],
    [[[[object], [], [1]]], 'head\\[0\\]\\.itself'],
    [[[[map], [], [1]]], 'head\\[0\\]\\.value\\(0\\)'],
    [[[[key], [], [1]]], 'head\\[0\\]\\.key\\(0\\)\\.key\\(0\\)'],
    [[[[$1], [], [array]]], 'body\\[0\\]\\[1\\]\\[0\\]'],
    [[[_, [], [object]]], 'body\\[0\\]\\.itself'],
    [[[_, args, [1]]], 'guards\\[0\\]\\.not\\[0\\]\\[0\\]\\.not'],
  ];
  for (const [spec, place] of cases) refused(spec, new RegExp(`^op: clause 0, ${place}${cycle}`));
});

test('a row that becomes too deep ends selectReplace with an error that says so', async () => {
  using table = ets.new<[string, unknown]>('deep', { type: 'ordered_set' });
  table.insertMany([
    ['a', 1],
    ['b', nested(1023)],
    ['c', 1],
  ]);
  const wrapped: MatchSpec<[string, unknown]> = [[[$1, $2], [], [[$1, [$2]]]]];
  refuses(
    () => table.selectReplace(wrapped),
    'ERR_ETS_BADARG',
    /table\.selectReplace: the body .* 1024 levels/,
  );
  assert.equal(
    [table.get('a'), table.get('c')],
    [
      ['a', [1]],
      ['c', 1],
    ],
  );
  table.insert(['a', 1]);
  await refusesEither(() => table.selectReplaceAsync(wrapped), 'ERR_ETS_BADARG', /the body .* 1024 levels/);
});

test('a place far inside is shortened in its middle', () => {
  const steps = '(\\[0\\]){11} … (\\[0\\]){12}';
  refused([[[nested(2000)], [], [1]]], new RegExp(`^op: clause 0, head${steps}: nested deeper than`));
  let deep: unknown = _;
  for (let i = 0; i < 40; i++) deep = { a: deep };
  refused(
    [[_, [], [deep]]],
    /^op: clause 0, body\[0\](\.a){10} … (\.a){12}: `_` has a meaning in heads only/,
  );
});

test('too many clauses, guards and expressions are refused by their names', () => {
  const many = (item: unknown): unknown[] => Array.from({ length: 65_536 }, () => item);
  refused(many([_, [], [1]]), /^op: the match spec has more than 65535 clauses$/);
  refused([[_, many(true), [1]]], /^op: clause 0, guards: there are more than 65535 guards$/);
  refused([[_, [], many(1)]], /^op: clause 0, body: there are more than 65535 expressions$/);
});

test('a spec that is too deep for what is left of the stack is refused', () => {
  const deep = [[[nested(200)], [], [1]]];
  const refusals: unknown[] = [];
  const descend = (): void => {
    try {
      ets.matchSpecCompile(deep as never);
    } catch (error) {
      refusals.push(error);
      return;
    }
    descend();
  };
  descend();
  refuses(
    () => {
      throw refusals[0] as Error;
    },
    'ERR_ETS_MATCH_SPEC',
    /nested deeper than what is left of the stack/,
  );
  assert.is(refusals.length, 1);
});

run();
