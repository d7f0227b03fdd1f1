import { ets, persistentTerm } from 'termstore';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { seededRandom } from '../support/random.js';
import { memoryStats } from '../support/stats.js';

/*
 * Work of every kind that ends later, in flight in several threads. `rounds n`: workers are terminated in the middle of it, n of
 * them; anything else: how the process ends while all of them work.
 */

const [how, folder, count] = process.argv.slice(2) as [string, string, string];
mkdirSync(folder, { recursive: true });
const random = seededRandom('flight');
const KINDS = [
  'tab2file',
  'file2tab',
  'selectAsync',
  'selectDeleteAsync',
  'initTable',
  'view',
  'transfer event',
  'heir',
  'fixed traversal',
];

const common = ets.new('common', { access: 'public', named: true, writeConcurrency: true });
common.insertMany(Array.from({ length: 200 }, (_, i) => [i, 'x'.repeat(i)]));
ets.on('transfer', ({ table }) => void table[Symbol.dispose]());

const failures: unknown[] = [];

function start(kind: string): Worker {
  const worker = new Worker(join(__dirname, 'flight.worker.js'), {
    workerData: { kind, shared: 'common', folder, heir: 0 },
  });
  worker.on('error', (error) => failures.push(error));
  return worker;
}

async function terminateMany(rounds: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < rounds) {
      const worker = start(KINDS[next++ % KINDS.length] as string);
      await new Promise((resolve) => worker.once('online', resolve));
      await sleep(random.below(120));
      await worker.terminate();
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  await sleep(20); // gifts of the last ones
  for (const table of ets.all()) table[Symbol.dispose]();
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
  for (let i = 0; memoryStats()['pending'] !== 0 && i < 400; i++) await sleep(5);
  if (failures.length > 0) throw failures[0];
  console.log(JSON.stringify({ terminated: next, stats: memoryStats() }));
}

/** Work of this thread, too, is in flight when it ends. */
function fly(): void {
  void common.tab2listAsync().then(fly);
}

async function main(): Promise<void> {
  if (how === 'rounds') return terminateMany(Number(count));
  for (const kind of KINDS) start(kind);
  fly();
  await sleep(400 + random.below(200));
  console.log('in flight');
  if (failures.length > 0) throw failures[0];
  if (how === 'exit') process.exit(7);
  if (how === 'SIGKILL' || how === 'SIGTERM') process.kill(process.pid, how);
  if (how === 'throw')
    setImmediate(() => {
      throw new Error('on purpose');
    });
  return undefined;
}

void main();
