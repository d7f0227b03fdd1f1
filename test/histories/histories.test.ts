// @timeout 300
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { seededRandom } from '../support/random.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { MIXES } from './plan.js';
import { nameOf, play, TABLES } from './round.js';

/* What threads see of one table is linearizable. `npm run histories` does the same for longer. */

const histories = suite('histories of several threads');
const { test } = histories;
const hire = crew(join(__dirname, 'thread.worker.js'), histories);
checkBaseline(histories, { ignore: ['shapes'] });

const random = seededRandom('histories');
const THREADS = 4;
const OPERATIONS = 1000;
/** Where threads do not meet rounds become longer, up to here: the system spreads threads over its cores that work for a while. */
const MOST_OPERATIONS = 16_000;
/** Operations of a mix that another thread came into the middle of: a race that never happened proves nothing. */
const ENOUGH_OVERLAPPING = 30;
const FEWEST_ROUNDS = 1;
const MOST_ROUNDS = 40;

for (const options of TABLES) {
  test(`${nameOf(options)}: linearizable`, async () => {
    const members = Array.from({ length: THREADS }, () => hire());
    await Promise.all(members.map((member) => member.call('ready')));
    for (const mix of MIXES) {
      let overlapping = 0;
      let count = OPERATIONS;
      for (let round = 0; round < FEWEST_ROUNDS || overlapping < ENOUGH_OVERLAPPING; round++) {
        assert.ok(round < MOST_ROUNDS, `${mix.title}: the threads hardly met, ${overlapping} times`);
        const seed = random.below(2 ** 31);
        overlapping += (await play(members, { options, mix, seed, count })).overlapping;
        count = Math.min(2 * count, MOST_OPERATIONS);
      }
    }
  });
}

histories.run();
