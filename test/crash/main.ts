import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomFrom } from '../support/random.js';
import { CrashTest } from './crash.js';
import { SCENARIOS } from './operations.js';

/* node build/test/crash/main.js [--kills 504] [--seed N] [--folder PATH]: kills writers, in turn in every scenario, and looks at what they left. */

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '504' },
    seed: { type: 'string' },
    folder: { type: 'string' },
  },
});
const kills = Number(values.kills);
const seed = values.seed === undefined ? (Math.random() * 2 ** 32) >>> 0 : Number(values.seed);

async function main(): Promise<void> {
  console.log(`--seed ${seed}`);
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'termstore-crash-'));
  const names = Object.keys(SCENARIOS);
  const tests = names.map((name, i) => {
    const path = join(folder, String(i));
    mkdirSync(path);
    return new CrashTest(name, path);
  });
  try {
    for (let i = 0; i < kills; i++) await tests[i % tests.length]!.kill(random);
    names.forEach((name, i) => console.log(`${name}: ${tests[i]!.acknowledged} acknowledged operations`));
    console.log(`${kills} kills, nothing was lost`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
