import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild, runChildWell } from '../support/children.js';

/** How long or how often, for the test's short form and for `npm run torture`. */
export interface Measure {
  readonly hotSeconds: number;
  readonly terminations: number;
  readonly ends: number;
  readonly cycles: number;
}

export interface Scenario {
  readonly title: string;
  /** Resolves to what was done; rejects when the process or the store did not survive. */
  readonly run: (measure: Measure) => Promise<string>;
}

const child = (name: string): string => join(__dirname, `${name}.child.js`);
const lastLine = (printed: string): unknown => JSON.parse(printed.trim().split('\n').at(-1) as string);

type Stats = Readonly<Record<string, number>>;

function requireEmpty(stats: Stats): void {
  for (const name of ['tables', 'bytes', 'pending', 'persistentTerms', 'persistentBytes'])
    if (stats[name] !== 0) throw new Error(`${name} left behind: ${stats[name]}`);
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'termstore-torture-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function hotRows({ hotSeconds }: Measure): Promise<string> {
  const printed = await runChildWell(child('hot'), [String(hotSeconds)], (hotSeconds + 60) * 1000);
  const { started, stats } = lastLine(printed) as { started: number; stats: Stats };
  requireEmpty(stats);
  if (started <= 8) throw new Error('no worker was replaced');
  return `${started} workers on hot rows for ${hotSeconds} s`;
}

async function terminations({ terminations: count }: Measure): Promise<string> {
  return inFolder(async (folder) => {
    const printed = await runChildWell(
      child('flight'),
      ['rounds', folder, String(count)],
      (60 + count) * 1000,
    );
    const { terminated, stats } = lastLine(printed) as { terminated: number; stats: Stats };
    requireEmpty(stats);
    return `${terminated} workers ended in the middle of work that ends later`;
  });
}

/** Ways to end a process, and the exit code or the signal that each must show. */
const ENDS = [
  ['exit', 7, null],
  ['throw', 1, null],
  ['SIGTERM', null, 'SIGTERM'],
  ['SIGKILL', null, 'SIGKILL'],
] as const;

async function processEnds({ ends }: Measure): Promise<string> {
  for (let i = 0; i < ends; i++) {
    for (const [how, code, signal] of ENDS) {
      await inFolder(async (folder) => {
        const ended = await runChild(child('flight'), [how, folder], 60_000);
        const good = ended.code === code && ended.signal === signal && ended.stdout.includes('in flight');
        if (!good) throw new Error(`${how}: ${ended.code} ${ended.signal}\n${ended.stdout}\n${ended.stderr}`);
        // Dumps that were cut short have left files of another name only.
        const odd = readdirSync(folder).filter(
          (name) => !/^of \d+$|^\.termstore-[0-9a-f]{24}\.tmp$/.test(name),
        );
        if (odd.length > 0) throw new Error(`${how} left ${odd.join()}`);
      });
    }
  }
  return `${ends * ENDS.length} processes ended with everything in flight`;
}

/** Beyond what the runtime's own bookkeeping of threads takes; a leak of one table per cycle is more. */
const MOST_GROWTH = 32 * 2 ** 20;

async function cycles({ cycles: count }: Measure): Promise<string> {
  const printed = await runChildWell(child('cycles'), [String(count)], (60 + count) * 1000);
  const [early, late] = lastLine(printed) as [number, number];
  if (late - early > MOST_GROWTH) throw new Error(`from ${early} to ${late} bytes in ${count} cycles`);
  return `${count} threads came and went, ${Math.round((late - early) / 2 ** 20)} MiB more in memory after the first fifth`;
}

export const SCENARIOS: readonly Scenario[] = [
  { title: 'eight workers on hot rows, one replaced every 100 ms', run: hotRows },
  { title: 'workers terminated in dumps, loads, selections, views, transfers', run: terminations },
  { title: 'the process ends with everything in flight', run: processEnds },
  { title: 'threads come and go, memory stays', run: cycles },
];
