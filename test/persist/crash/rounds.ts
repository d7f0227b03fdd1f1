import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Durability, lmdbStore } from 'termstore/persist';
import { type Random, randomFrom } from '../../support/random.js';
import { type Book, HERE, ledger, THERE } from './ledger.js';

const IDS = [...HERE, ...THERE];

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** The victim answers before anything is durable. */
  readonly early?: boolean;
  readonly onKill?: (report: CrashReport) => void;
}

export interface CrashReport {
  kills: number;
  /** Commands that were answered. */
  answered: number;
  /** Kills that came while a process was still recovering. */
  early: number;
  /** What must not be. */
  violations: string[];
}

/** What the victims have said so far. */
class Testimony {
  readonly asked = new Map<string, number>(IDS.map((id) => [id, 0]));
  readonly answered = new Map<string, Map<number, number>>(IDS.map((id) => [id, new Map()]));

  hear(line: string): void {
    const [what, id, n, seq] = line.split(' ') as [string, string, string, string?];
    if (what === 'asked') this.asked.set(id, Number(n));
    // A line that was cut says nothing.
    else if (what === 'answered' && seq !== undefined) this.answered.get(id)?.set(Number(n), Number(seq));
  }

  next(): Record<string, number> {
    return Object.fromEntries(IDS.map((id) => [id, (this.asked.get(id) ?? 0) + 1]));
  }
}

/** Runs a victim, kills it at a random moment, and hears all that it has said. Resolves to the number of answers. */
async function kill(path: string, record: Testimony, random: Random, early: boolean): Promise<number> {
  const orders = JSON.stringify({ path, next: record.next(), early });
  const child = spawn(process.execPath, [join(__dirname, 'victim.child.js'), orders], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const killAfter = (ms: number): void => void setTimeout(() => child.kill('SIGKILL'), ms);
  // Mostly in the middle of the work, sometimes on the way there.
  const whileStarting = random.below(8) === 0;
  if (whileStarting) killAfter(random.below(400));
  let answers = 0;
  const closed = new Promise<string | null>((resolve) =>
    child.on('close', (_code, signal) => resolve(signal)),
  );
  for await (const line of createInterface({ input: child.stdout })) {
    record.hear(line);
    if (!line.startsWith('answered')) continue;
    if (answers++ === 0 && !whileStarting) killAfter(random.below(80));
  }
  const signal = await closed;
  if (signal !== 'SIGKILL') throw new Error(`the victim ended by itself: ${signal}`);
  return answers;
}

/** Starts the processes of a victim anew, as the next one would, and holds them against what was said. */
async function check(path: string, record: Testimony, violations: string[]): Promise<void> {
  const store = lmdbStore({ path });
  for (const id of IDS) {
    const process = await ledger(store, id).start();
    const book = (await process.call('book')) as Book;
    const say = (text: string): void => void violations.push(`${id}: ${text}`);
    const seen = new Set(book.seen);
    if (seen.size !== book.seen.length) say('a command is stored twice');
    if (book.broken.length > 0) say(`a part is missing, or twice, at ${book.broken.join()}`);
    if (book.last !== null && book.last.k !== book.last.of - 1)
      say(`only a part of ${book.last.n} is stored`);
    if (book.events !== process.seq) say(`${book.events} events make number ${process.seq}`);
    const answered = record.answered.get(id) ?? new Map<number, number>();
    for (const n of answered.keys()) if (!seen.has(n)) say(`${n} was answered and is not stored`);
    const asked = record.asked.get(id) ?? 0;
    for (const n of book.seen) if (n > asked) say(`${n} is stored and nobody has asked for it`);
    if ([...answered.values()].some((seq) => seq > process.seq))
      say('an answer names an event that is not there');
    await process.stop();
  }
  await store.close();
}

/** Kills and restarts until there have been enough kills, or something is wrong. */
export async function runCrashes({ kills, seed, early = false, onKill }: CrashOptions): Promise<CrashReport> {
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'termstore-crash-'));
  const report: CrashReport = { kills: 0, answered: 0, early: 0, violations: [] };
  const durabilities: Durability[] = ['flushed', 'committed'];
  const stores = durabilities.map((durability) => ({
    durability,
    path: join(folder, durability),
    record: new Testimony(),
  }));
  try {
    for (const { path, durability } of stores) await lmdbStore({ path, durability }).close();
    while (report.kills < kills && report.violations.length === 0) {
      const { path, record } = stores[report.kills % stores.length]!;
      const answers = await kill(path, record, random, early);
      report.kills++;
      report.answered += answers;
      if (answers === 0) report.early++;
      await check(path, record, report.violations);
      onKill?.(report);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return report;
}
