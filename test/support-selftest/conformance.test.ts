import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { canonical } from '../conformance/compare.js';
import { decode, encode, tuple } from '../conformance/etf.js';
import { otp } from '../conformance/operations/build.js';
import { reduce } from '../conformance/reduce.js';
import { compareWorld, describe, newMet, type Sides } from '../conformance/run.js';
import { call, type Command, type Config } from '../conformance/world.js';
import { crew } from '../support/crew.js';
import { suite } from '../support/suite.js';

/* The conformance run sees a difference when there is one. OTP is played by a list of answers. */

const conformance = suite('selftest: conformance');
const { test } = conformance;
const hire = crew(join(__dirname, '..', 'conformance', 'owner.worker.js'), conformance);

const config: Config = {
  type: 'set',
  keypos: 0,
  access: 'public',
  role: 'owner',
  named: false,
  writeConcurrency: false,
  decentralizedCounters: undefined,
  compressed: false,
  keys: [1n],
  rows: [{ key: 0, rest: ['x'] }],
};

const ok = (value: unknown): unknown => [Symbol.for('ok'), value];
const error = (cause: string): unknown => [Symbol.for('error'), Symbol.for(cause)];

const member: Command = () => call('member', [1n], otp('member', 1n));
const lookup: Command = () => call('lookup', [1n], otp('lookup', 1n));
const missing: Command = () => call('lookupElement', [2n, 0], otp('lookup_element', 2n, 1n));

/** An OTP that gives to each command the answer of its name. */
function playing(answers: Readonly<Record<string, unknown>>): Sides {
  const ask = (request: unknown): Promise<unknown> => {
    const [, , commands] = decode(encode(request)) as [unknown, unknown, unknown[][]];
    return Promise.resolve(commands.map(([name]) => answers[(name as symbol).description ?? '']));
  };
  return { otp: { ask }, helper: hire(), met: newMet() };
}

const right = { member: ok(true), lookup: ok([[1n, 'x']]), lookup_element: error('badkey') };

test('equal answers and equal refusals are none', async () => {
  const sides = playing(right);
  assert.is(await compareWorld(config, [member, lookup, missing], sides), undefined);
  assert.is(sides.met.operations, 3);
  assert.equal([...sides.met.refusals], [['ERR_ETS_BADKEY', 1]]);
});

test('another result, another refusal and none at all are differences', async () => {
  const wrong: readonly [object, number][] = [
    [{ lookup: ok([[1, 'x']]) }, 1],
    [{ lookup: error('badarg') }, 1],
    [{ lookup_element: error('position') }, 2],
    [{ lookup_element: ok(1n) }, 2],
    [{ member: [Symbol.for('crash'), 'why'] }, 0],
  ];
  for (const [answers, step] of wrong) {
    const found = await compareWorld(config, [member, lookup, missing], playing({ ...right, ...answers }));
    assert.is(found?.step, step);
  }
});

test('a reproduction has what leads to the difference and nothing else', async () => {
  const sides = playing({ ...right, lookup: ok([[1, 'x']]) });
  const world = { config, commands: [member, missing, member, lookup, member, lookup] };
  const short = await reduce(world, sides);
  assert.ok(short !== undefined);
  assert.is(short.commands.length, 1);
  assert.equal(short.config.rows, []);
  const text = describe(short.config, short.commands, short.found);
  assert.match(text, '1. table.lookup(1n)');
  assert.match(text, 'OTP:       { ok: [ [ 1, ');
});

test('terms that differ in any way are told apart', () => {
  const terms: readonly unknown[] = [
    ...[1n, 1, '1', true, 'true', null, undefined, Symbol.for('a'), [], {}, [1n], [[1n]], [1n, 1n]],
    ...[
      { a: 1n },
      { a: 1 },
      new Map([[1n, 1n]]),
      new Map([[1, 1n]]),
      Uint8Array.of(255),
      Uint8Array.of(255, 1),
    ],
  ];
  const texts = terms.map(canonical);
  assert.is(new Set(texts).size, texts.length);
  for (const term of terms) assert.is(canonical(decode(encode(term))), canonical(term));
  assert.equal(decode(encode(tuple(1n, tuple()))), [1n, []]);
});

conformance.run();
