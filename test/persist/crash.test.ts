// @timeout 300
import * as assert from 'uvu/assert';
import { askedSeed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { runCrashes } from './crash/rounds.js';

const crashes = suite('persist: crashes');
const { test } = crashes;
const seed = askedSeed() ?? Date.now() % 1_000_000;
console.log(`replay with TERMSTORE_SEED=${seed}`);

test('a process that is killed at any moment has every answered event once and in order', async () => {
  const { violations, answered, kills } = await runCrashes({ kills: 24, seed });
  assert.equal(violations, []);
  assert.is(kills, 24);
  assert.ok(answered > 24, `${answered} commands were answered`);
});

test('the same kills show an answer that comes before the commit', async () => {
  const { violations, kills } = await runCrashes({ kills: 200, seed, early: true });
  assert.ok(violations.length > 0, `nothing was seen in ${kills} kills`);
  assert.match(violations.join('\n'), /was answered and is not stored/);
});

crashes.run();
