import { _, $1, ets, type MatchSpec } from 'termstore';
import { add, and, bsl, idiv, mul, not, rem } from 'termstore/ms';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

/* Match specs made to take all the time or all the memory. */

const { test, beforeEach, afterEach, run } = suite('match specs of an adversary');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

/** `leaf` 2 ** levels times, from a few objects that contain each other twice. */
function doubled(leaf: unknown, pair: (a: unknown, b: unknown) => unknown, levels = 60): unknown {
  let value = leaf;
  for (let i = 0; i < levels; i++) value = pair(value, value);
  return value;
}

function nested(leaf: unknown, wrap: (inner: unknown) => unknown, depth = 100_000): unknown {
  let value = leaf;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

const PAIRS: Readonly<Record<string, (a: unknown, b: unknown) => unknown>> = {
  arrays: (a, b) => [a, b],
  objects: (a, b) => ({ a, b }),
  Maps: (a, b) => new Map([['a', a], ['b', b]]), // prettier-ignore
  calls: (a, b) => and(a, b),
};

for (const [what, pair] of Object.entries(PAIRS)) {
  test(`${what} that contain each other twice are refused before they are a tree without end`, () => {
    using table = ets.new('t');
    table.insert([1, 'text']);
    const value = doubled(what === 'calls' ? true : $1, pair);
    // In a head, a guard or a body; a million parts take a moment each.
    const specs: Readonly<Record<string, MatchSpec>> = {
      arrays: [[[_, value], [], [1]]],
      objects: [[[_, $1], [], [value]]],
      Maps: [[[$1, _], [], [1, value]]],
      calls: [[[$1, _], [value], [1]]],
    };
    const spec = specs[what] ?? [];
    refuses(() => table.select(spec), 'ERR_ETS_MATCH_SPEC', /more than 1048576 parts/);
    if (what === 'arrays') refuses(() => ets.matchSpecCompile(spec), 'ERR_ETS_MATCH_SPEC', /parts/);
    assert.equal(table.select([[[$1, _], [], [$1]]]), [1]);
  });
}

test('what is nested without end is refused', () => {
  using table = ets.new('t');
  for (const spec of [
    [[[$1, _], [], [nested($1, (inner) => [inner])]]],
    [[[nested(_, (inner) => [inner]), _], [], [1]]],
    [[[$1, _], [nested(true, (inner) => not(inner))], [1]]],
    [[[nested(_, (inner) => ({ inner })), _], [], [1]]],
  ] as MatchSpec[])
    refuses(() => table.select(spec), 'ERR_ETS_MATCH_SPEC', /nested deeper than 256/);
});

test('a getter that reads a spec of its own while one is read does not lift the limit for it', () => {
  using table = ets.new('t');
  const own = doubled($1, (a, b) => [a, b], 12);
  const meddling = Object.defineProperty([$1], 0, {
    get: () => (table.selectCount([[[$1, own], [], [true]]] as MatchSpec), $1),
    enumerable: true,
  });
  table.insert([1, 2]);
  const spec = [[[$1, _], [], [[meddling, doubled($1, (a, b) => [a, b])]]]] as MatchSpec;
  refuses(() => table.select(spec), 'ERR_ETS_MATCH_SPEC', /parts/);
});

test('as many clauses as there may be are run, and one more is refused', () => {
  using table = ets.new('t');
  table.insert([1, 'found']);
  const never: MatchSpec = Array.from({ length: 65_534 }, (__, i) => [[-1 - i, _], [], [0]]);
  assert.equal(table.select([...never, [[1, $1], [], [$1]]]), ['found']);
  refuses(() => table.select([...never, ...never] as MatchSpec), 'ERR_ETS_MATCH_SPEC', /65535/);
});

test('numbers that no memory could hold, or that take too long to make, become EXIT', () => {
  using table = ets.new('t');
  table.insert([1, 2n]);
  const exit = Symbol.for('EXIT');
  assert.equal(table.select([[[_, _], [], [bsl(1n, 10 ** 9)]]]), [exit]);
  assert.equal(table.select([[[_, $1], [], [bsl(bsl($1, 10 ** 8), 10 ** 8)]]]), [exit]);
  // Products that would take minutes, with the row locked.
  const long = 3n ** 800_000n;
  table.insert([1, long]);
  for (const call of [mul($1, $1), rem($1, 7n ** 200_000n), idiv($1, 7n ** 200_000n)])
    assert.equal(table.select([[[_, $1], [], [call]]]), [exit]);
  assert.equal(table.select([[[_, $1], [], [add($1, $1)]]]), [long + long]);
  assert.equal(table.select([[[_, $1], [], [mul($1, 3n)]]]), [long * 3n]);
});

run();
