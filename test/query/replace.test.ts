import { compileMatchSpec } from '#dist/query/compile.js';
import { _, $1, $2, $3, $_ } from 'termstore';
import { add, constant, element } from 'termstore/ms';
import { refuses } from '../support/refusals.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('match specs that replace rows');

const replacing = { operation: 'op', keypos: 0, ordered: false, forReplace: true };

test('a replacement must be seen to keep the key', () => {
  const good: unknown[] = [
    [[$1, $2], [], [$_]],
    [_, [], [$_]],
    [[$1, $2], [], [[$1, add($2, 1)]]],
    [[$1, $2], [], [[$1]]],
    [['k', $2], [], [['k', add($2, 1)]]],
    [['k', $2], [], [constant(['k', 5])]],
    [['k', 1], [], [['k', 2]]],
    [[[$1, [1, $2]], $3], [], [[[$1, [1, $2]], 0, $3]]],
    [[_, $2], [], [[element(0, $_), $2]]],
  ];
  for (const clause of good) compileMatchSpec([clause], replacing);
  const bad: unknown[] = [
    [[$1, $2], [], [[add($1, 1), $2]]],
    [[$1, $2], [], [[$2, $1]]],
    [[$1, $2], [], [1, $_]],
    [[$1, $2], [], [$1]],
    [$1, [], [$1]],
    [['k', $1], [], [['l', $1]]],
    [[1], [], [[1n]]],
    [[_, $1], [], [[$1, $1]]],
    [[{ a: 1 }], [], [[{ a: 1 }]]],
    [[[$1, $2]], [], [[[$1]]]],
    [[$1, $2], [], [[element(1, $_), 1]]],
    [[$1], [], [[]]],
    ['k', [], [['k']]],
  ];
  for (const clause of bad) {
    refuses(
      () => compileMatchSpec([[_, [false], [$_]], clause], replacing),
      'ERR_ETS_MATCH_SPEC',
      /^op: clause 1, body: .*the key might change/,
    );
  }
  const second = { ...replacing, keypos: 1 };
  compileMatchSpec([[[$1, $2], [], [[0, $2]]]], second);
  refuses(() => compileMatchSpec([[[$1, $2], [], [[$1, 0]]]], second), 'ERR_ETS_MATCH_SPEC');
});

test('where the head has no element for the key, a replacement can only be the row itself', () => {
  const second = { ...replacing, keypos: 1 };
  for (const head of [_, $1, [$1], [], 'k', constant(['k'])]) {
    compileMatchSpec([[head, [], [$_]]], second);
    refuses(
      () => compileMatchSpec([[head, [], [['z', element(1, $_)]]]], second),
      'ERR_ETS_MATCH_SPEC',
      /^op: clause 0, body: is not \$_ although the head has no element at position 1, so the key might change$/,
    );
  }
  for (const head of [_, $1, [], 'k'])
    refuses(
      () => compileMatchSpec([[head, [], [[element(0, $_), 'z']]]], replacing),
      'ERR_ETS_MATCH_SPEC',
      /no element at position 0/,
    );
  compileMatchSpec([[[_], [], [[element(0, $_), 'z']]]], replacing);
});

run();
