import { join } from 'node:path';
import { ets, type TableOptions } from 'termstore';
import * as assert from 'uvu/assert';
import { crew, type Member } from '../support/crew.js';
import { newGate } from '../support/gate.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import type { Share } from './fairness.worker.js';

/* No thread starves at a key that all want, also when there are more threads than cores. */

const fairness = suite('threads at one key');
const { test } = fairness;
const hire = crew(join(__dirname, 'fairness.worker.js'), fairness);
checkBaseline(fairness);

const CROWDS = [1, 2, 4, 8];
/** Operations of a round for each thread: enough to come to its turn on a core many times. Reads are over sooner, and who reads takes most of a mix. */
const EACH_WRITES = 60_000;
const EACH_READS = 400_000;
const EACH_MIXED = 300_000;
/** The smallest part of an even share that a thread must get; and in so many rounds at most, on a machine that is busy otherwise. */
const LEAST = 1 / 20;
const ROUNDS = 10;

const TABLES: readonly TableOptions[] = [
  { type: 'set' },
  { type: 'set', writeConcurrency: true },
  { type: 'ordered_set' },
];

/** What each thread does in a round, and how often. Of several the odd ones write. */
const WORKS: readonly (readonly [title: string, each: number, work: (thread: number) => Share['work']])[] = [
  ['writes', EACH_WRITES, () => 'counts'],
  ['reads', EACH_READS, () => 'reads'],
  ['reads and writes', EACH_MIXED, (thread) => (thread % 2 === 1 ? 'inserts' : 'reads')],
];

/** How many operations each thread did of a number that they had in common. */
async function share(
  members: readonly Member[],
  options: TableOptions,
  each: number,
  work: (thread: number) => Share['work'],
): Promise<number[]> {
  using table = ets.new('shared', { ...options, access: 'public' });
  table.insert(['hot', 0, '']);
  const threads = members.length;
  const left = new Int32Array(new SharedArrayBuffer(4));
  left[0] = threads * each;
  const common = { tid: table.tid, threads, gate: newGate(), left };
  const shares = members.map((member, thread) =>
    member.call<number>('work', { ...common, work: work(thread) } satisfies Share),
  );
  const done = await Promise.all(shares);
  assert.is(
    done.reduce((sum, n) => sum + n, 0),
    threads * each,
  );
  return done;
}

for (const options of TABLES) {
  for (const [title, each, work] of WORKS) {
    test(`${JSON.stringify(options)}, ${title}: every thread gets its part`, async () => {
      const members = Array.from({ length: Math.max(...CROWDS) }, () => hire());
      await Promise.all(members.map((member) => member.call('ready')));
      for (const threads of CROWDS) {
        const smallest: number[] = [];
        do {
          const done = await share(members.slice(0, threads), options, each, work);
          smallest.push(Math.min(...done) / each);
        } while (smallest.at(-1)! < LEAST && smallest.length < ROUNDS);
        const shares = smallest.map((part) => part.toFixed(3)).join(', ');
        assert.ok(
          smallest.at(-1)! >= LEAST,
          `${threads} threads: the smallest part in each round was ${shares}`,
        );
      }
    });
  }
}

fairness.run();
