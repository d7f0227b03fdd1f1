// node build/test/histories/main.js [--minutes n] [--seed n] [--threads n] [--table text] [--mix text]
// Histories of several threads, checked for linearizability, for a while; see docs/testing.md.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Member } from '../support/crew.js';
import { randomFrom } from '../support/random.js';
import { MIXES } from './plan.js';
import { nameOf, play, TABLES } from './round.js';

const MOST_OPERATIONS = 2000;
const MOST_THREADS = 8;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    /** As many as a round says: 2 to 4. */
    threads: { type: 'string' },
    table: { type: 'string', default: '' },
    mix: { type: 'string', default: '' },
  },
});

function numberIn(text: string, name: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  console.error(`--${name} must be a number from ${least} to ${most}, not ${text}`);
  process.exit(2);
}

async function main(): Promise<void> {
  const minutes = numberIn(options.minutes, 'minutes', 0, 24 * 60);
  const seed = numberIn(options.seed, 'seed', 0, 2 ** 32 - 1);
  const asked = options.threads && numberIn(options.threads, 'threads', 2, MOST_THREADS);
  const tables = TABLES.filter((table) => nameOf(table).startsWith(options.table));
  const mixes = MIXES.filter(({ title }) => title.includes(options.mix));
  if (tables.length === 0 || mixes.length === 0) throw new Error('there is no such table or no such mix');
  console.log(`histories of ${minutes} minutes, replay with --seed ${seed}`);
  const random = randomFrom(seed);
  const crew = Array.from({ length: asked || 4 }, () => new Member(join(__dirname, 'thread.worker.js')));
  const total = { rounds: 0, operations: 0, overlapping: 0 };
  const end = Date.now() + minutes * 60_000;
  try {
    await Promise.all(crew.map((member) => member.call('ready')));
    do {
      for (const table of tables) {
        for (const mix of mixes) {
          const members = crew.slice(0, asked || 2 + random.below(3));
          const count = 100 + random.below(MOST_OPERATIONS);
          const played = await play(members, { options: table, mix, seed: random.below(2 ** 31), count });
          total.rounds++;
          total.operations += played.operations;
          total.overlapping += played.overlapping;
        }
      }
    } while (Date.now() < end);
  } finally {
    for (const member of crew) await member.terminate();
  }
  const { rounds, operations, overlapping } = total;
  console.log(
    `${rounds} histories of ${operations} operations are linearizable, ${overlapping} of them overlapped`,
  );
  if (overlapping === 0) throw new Error('the threads never met: that proves nothing');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
});
