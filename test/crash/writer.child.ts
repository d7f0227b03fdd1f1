import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { ets, type Table } from 'termstore';
import { dets } from 'termstore/dets';
import { operation, SCENARIOS, type Scenario } from './operations.js';

/*
 * Writes until it is killed: `node writer.child.js SCENARIO FOLDER FROM…`, a number for each thread. How many operations were acknowledged
 * stands in a file of each thread, which survives the end of the process as what was written to the table does.
 *
 * With TERMSTORE_CRASH_SKIP an operation counts as acknowledged when it was begun: the test must notice.
 */

interface Job {
  readonly scenario: string;
  readonly folder: string;
  readonly thread: number;
  readonly from: number;
}

const skips = process.env['TERMSTORE_CRASH_SKIP'] !== undefined;

class Log {
  readonly #file: number;

  constructor({ folder, thread }: Job) {
    this.#file = openSync(join(folder, `acknowledged-${thread}`), 'w');
  }

  /** That the first `count` operations are acknowledged. */
  write(count: number): void {
    writeSync(this.#file, String(count).padStart(12), 0);
  }
}

async function onDisk({ type, ramFile = false }: Scenario, job: Job): Promise<void> {
  const options = { file: join(job.folder, 'table'), type, ramFile, autoSave: 5 };
  const table = await dets.openFile<[string, number]>('crash', options);
  const log = new Log(job);
  log.write(job.from);
  for (let i = job.from; ;) {
    // A few at a time, which share a transaction; they are acknowledged in their order.
    const batch = [];
    for (let n = 0; n < 1 + (i % 5); n++, i++) {
      const { key, value } = operation(`t${job.thread}`, i);
      const done = i + 1;
      if (skips) log.write(done);
      const write = value === undefined ? table.delete(key) : table.insert([key, value]);
      batch.push(skips ? write : write.then(() => log.write(done)));
    }
    await Promise.all(batch);
    if (i % 50 === 0) await table.sync();
  }
}

async function mirrored(table: Table<[string, number]>, mode: string, job: Job): Promise<void> {
  const log = new Log(job);
  log.write(job.from);
  for (let i = job.from; ;) {
    const { key, value } = operation(`t${job.thread}`, i++);
    if (skips) log.write(i);
    if (value === undefined) table.delete(key);
    else table.insert([key, value]);
    if (mode === 'writeBehind' && i % 20 === 0) await table.syncMirror();
    if (!skips && (mode === 'writeThrough' || i % 20 === 0)) log.write(i);
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function run(job: Job): Promise<void> {
  const scenario = SCENARIOS[job.scenario];
  if (scenario === undefined) throw new Error(`there is no scenario ${job.scenario}`);
  const { mirror, type } = scenario;
  if (mirror === undefined) return onDisk(scenario, job);
  const options = { file: join(job.folder, 'table'), mode: mirror, interval: 5 };
  const found = ets.whereis<[string, number]>('crash');
  const table =
    found ?? ets.new<[string, number]>('crash', { named: true, access: 'public', type, mirror: options });
  return mirrored(table, mirror, job);
}

async function main(): Promise<void> {
  if (!isMainThread) return run(workerData as Job);
  const [scenario = '', folder = '', ...from] = process.argv.slice(2);
  const jobs = from.map((text, thread) => ({ scenario, folder, thread, from: Number(text) }));
  const first = run(jobs[0] as Job);
  for (const job of jobs.slice(1)) new Worker(__filename, { workerData: job });
  await first;
}

void main();
