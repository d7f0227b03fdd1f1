import { ets, persistentTerm } from 'termstore';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { OPERATIONS } from '../support/operations.js';
import { seededRandom } from '../support/random.js';
import { memoryStats } from '../support/stats.js';

/* Ends workers at random moments in the middle of calls of every kind; then looks whether anything of them is left. */

const rounds = Number(process.argv[2]);
const random = seededRandom('terminate');

const KINDS = [
  // A loop that never ends would start them and never let one end: test/threads/async.test.ts.
  ...OPERATIONS.filter(({ later }) => later !== true).map(({ name }) => name),
  'ets.new and drop',
  'ets.new alone',
  'ets.all',
  'ets.whereis',
  'insertMany in common',
  'tab2list of common',
  'counter in common',
  'insert and take in common',
  'persistentTerm.put',
  'persistentTerm.get',
  'persistentTerm.getAll',
  'persistentTerm.erase',
];

async function endOne(kind: string, shared: string): Promise<void> {
  const worker = new Worker(join(__dirname, 'endless.worker.js'), { workerData: { kind, shared } });
  let error: unknown;
  worker.on('error', (thrown) => (error = thrown));
  const ended = new Promise((resolve) => worker.on('exit', resolve));
  // Some are ended while they still load.
  if (random.below(8) > 0)
    await Promise.race([new Promise((resolve) => worker.on('message', resolve)), ended]);
  await sleep(random.below(12));
  await worker.terminate();
  await ended;
  if (error !== undefined) throw new Error(`${kind} threw`, { cause: error });
}

async function settle(): Promise<void> {
  for (let i = 0; memoryStats()['pending'] !== 0 && i < 400; i++) await sleep(5);
}

async function main(): Promise<void> {
  const common = (['set', 'ordered_set'] as const).map((type) =>
    ets.new(`common ${type}`, { type, access: 'public', named: true, writeConcurrency: true }),
  );
  for (const table of common)
    table.insertMany([
      ['key', 1, 'text'],
      ['other', 2],
    ]);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < rounds) {
      const kind = KINDS[next++ % KINDS.length] as string;
      await endOne(kind, random.pick(common).name);
    }
  };
  await Promise.all([work(), work(), work(), work()]);

  // Whatever the dead were doing: no lock of theirs is held, and every row is whole.
  for (const table of common) {
    const rows = table.tab2list();
    if (rows.length !== table.info('size'))
      throw new Error(`size ${table.info('size')}, ${rows.length} rows`);
    table.insertMany([['after', 1]]);
    table.deleteAllObjects();
    table.drop();
  }
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
  await settle();
  console.log(JSON.stringify({ tables: ets.all().length, rounds: next, stats: memoryStats() }));
}

void main();
