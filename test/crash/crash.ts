import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dets } from 'termstore/dets';
import type { Random } from '../support/random.js';
import { SCENARIOS, State, textOf } from './operations.js';

/** At most so many operations of a thread are under way without being acknowledged. */
const MOST_OPEN = 64;

/** One file that processes write to and are killed. */
export class CrashTest {
  readonly #scenario: string;
  readonly #folder: string;
  readonly #states: State[];
  readonly #skips: boolean;
  /** Operations that were acknowledged, over all kills. */
  acknowledged = 0;

  constructor(scenario: string, folder: string, skips = false) {
    const { threads, type } = SCENARIOS[scenario]!;
    this.#scenario = scenario;
    this.#folder = folder;
    this.#skips = skips;
    this.#states = Array.from({ length: threads }, (_one, i) => new State(`t${i}`, type === 'duplicate_bag'));
  }

  /** Lets a process write, kills it at a random moment, and looks at what is in the file; throws when that is not what was promised. */
  async kill(random: Random): Promise<void> {
    const logs = this.#states.map((_one, i) => join(this.#folder, `acknowledged-${i}`));
    for (const log of logs) rmSync(log, { force: true });
    const from = this.#states.map(({ count }) => String(count));
    const child = spawn(
      process.execPath,
      [join(__dirname, 'writer.child.js'), this.#scenario, this.#folder, ...from],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...(this.#skips && { TERMSTORE_CRASH_SKIP: '1' }) },
      },
    );
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'exit');
    while (!logs.every((log) => existsSync(log)) && child.exitCode === null) await sleep(5);
    await sleep(random.below(80));
    child.kill('SIGKILL');
    const [code, signal] = (await ended) as [number | null, string | null];
    if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself with ${code}, ${signal}: ${said}`);
    await this.#check(logs.map((log) => Number(readFileSync(log, 'utf8'))));
  }

  async #check(acknowledged: readonly number[]): Promise<void> {
    const table = await dets.openFile<[string, number]>('look', { file: join(this.#folder, 'table') });
    const rows = await table.foldl((row, all) => [...all, row], [] as [string, number][]);
    await table.close();
    this.#states.forEach((state, i) => {
      const found = textOf(rows.filter(([key]) => key.startsWith(`t${i} `)));
      const least = acknowledged[i] ?? 0;
      this.acknowledged += least - Math.min(least, state.count);
      while (state.count < least) state.advance();
      // Some more may have been written whose acknowledgement was not.
      for (let more = 0; String(state) !== found; more++) {
        if (more === MOST_OPEN)
          throw new Error(
            `${this.#scenario}, thread ${i}: after ${least} acknowledged operations the file has\n${found}\nwhich is no state from there on`,
          );
        state.advance();
      }
    });
  }
}
