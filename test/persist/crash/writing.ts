import { writeSync } from 'node:fs';
import { hooks } from '#dist/persist/hooks.js';
import { lmdbStore } from 'termstore/persist';
import { ledger } from './ledger.js';

/** What a thread of the victim is told. */
export interface Orders {
  readonly path: string;
  readonly ids: readonly string[];
  /** Numbers of the next commands. */
  readonly next: Readonly<Record<string, number>>;
  /** Answer before the transaction is committed: what the checks must notice. */
  readonly early: boolean;
}

/** A line each for what is asked for, before, and for what is answered, after. What is in the pipe outlives the process. */
const say = (...words: readonly unknown[]): void => void writeSync(1, `${words.join(' ')}\n`);

/** Starts the processes and gives them commands without end. */
export async function write({ path, ids, next, early }: Orders): Promise<void> {
  hooks.acknowledgeEarly = early;
  const store = lmdbStore({ path });
  await Promise.all(
    ids.map(async (id) => {
      const process = await ledger(store, id).start();
      for (let n = next[id] ?? 1; ; n++) {
        say('asked', id, n);
        const of = n % 3 === 0 ? 1 + (n % 5) : 1;
        const seq = await process.call({ n, of, save: n % 17 === 0 });
        say('answered', id, n, seq);
      }
    }),
  );
}
