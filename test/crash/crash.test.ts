// @timeout 300
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { seededRandom } from '../support/random.js';
import { suite } from '../support/suite.js';
import { CrashTest } from './crash.js';
import { SCENARIOS } from './operations.js';

/* `npm run crash-test` is the long form. */

const { test, before, after, run } = suite('killed while writing');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

const KILLS = 3;
const MOST_KILLS = 30;

function folderOf(name: string): string {
  const path = join(folder.path, name.replaceAll(/\W+/g, '-'));
  mkdirSync(path);
  return path;
}

for (const scenario of Object.keys(SCENARIOS)) {
  test(`${scenario}: what was acknowledged is there, in order, after each of some kills`, async () => {
    const random = seededRandom(scenario);
    const crash = new CrashTest(scenario, folderOf(scenario));
    // On a busy machine a process may be killed before it has done anything.
    for (let i = 0; i < KILLS || (crash.acknowledged <= 10 && i < MOST_KILLS); i++) await crash.kill(random);
    assert.ok(crash.acknowledged > 10, `only ${crash.acknowledged} operations were acknowledged`);
  });
}

test('a writer that acknowledges before anything is on disk is found out', async () => {
  const random = seededRandom('early');
  const crash = new CrashTest('a table mirrored later, in two threads', folderOf('early'), true);
  let found = 0;
  for (let i = 0; i < MOST_KILLS && found === 0; i++) {
    try {
      await crash.kill(random);
    } catch (error) {
      assert.match((error as Error).message, /acknowledged operations the file has/);
      found++;
    }
  }
  assert.is(found, 1);
});

run();
