import { ets, type TableOptions } from 'termstore';
import type { Member } from '../support/crew.js';
import { newGate } from '../support/gate.js';
import { newPairs } from '../support/pairs.js';
import { check, type Event } from './checker.js';
import { MOST_KEYS } from './perform.js';
import type { Mix } from './plan.js';
import { describeIllegal } from './report.js';
import type { Part } from './thread.worker.js';

/* One history: threads that fight for a few keys of one table, and what is to be said of it afterwards. */

/** Options that must not change what a table means to several threads. */
export const TABLES: readonly TableOptions[] = [
  ...(['set', 'ordered_set'] as const).flatMap((type) =>
    ([false, true, 'auto'] as const).map((writeConcurrency): TableOptions => ({ type, writeConcurrency })),
  ),
  { type: 'set', compressed: true },
  { type: 'ordered_set', compressed: true },
  // What threads keep of rows is never older than a write that has returned.
  { type: 'set', readConcurrency: true },
  { type: 'set', readConcurrency: true, writeConcurrency: true },
  { type: 'set', readConcurrency: true, writeConcurrency: 'auto' },
  { type: 'set', readConcurrency: true, compressed: true },
  { type: 'ordered_set', readConcurrency: true },
  { type: 'ordered_set', readConcurrency: true, writeConcurrency: 'auto' },
];

/** Enough to have a table divided that adapts. */
const FLOOD = 4200;

export interface Round {
  readonly options: TableOptions;
  readonly mix: Mix;
  readonly seed: number;
  /** Operations of each thread. */
  readonly count: number;
}

export function nameOf(options: TableOptions): string {
  const { type, ...others } = options;
  const set = Object.entries(others as Record<string, boolean | string>).filter(
    ([, value]) => value !== false,
  );
  return [type, ...set.map(([name, value]) => (value === true ? name : `${name} ${value}`))].join(', ');
}

export interface Played {
  readonly operations: number;
  /** Those during which another thread called or came back. */
  readonly overlapping: number;
}

/** Has `members` make a history. */
export async function record(
  members: readonly Member[],
  { options, mix, seed, count }: Round,
): Promise<Event[]> {
  if (mix.keys > MOST_KEYS) throw new Error(`there are ${MOST_KEYS} keys`);
  using table = ets.new('history', { ...options, access: 'public' });
  const adapts = options.writeConcurrency === 'auto' || options.type === 'ordered_set';
  const shared = {
    tid: table.tid,
    threads: members.length,
    seed,
    count,
    mix,
    flood: adapts && seed % 2 === 0 ? FLOOD : 0,
    gate: newGate(),
    pairs: newPairs(members.length),
    ticket: new Int32Array(new SharedArrayBuffer(4)),
  };
  const parts = members.map((member, thread) =>
    member.call<Event[]>('record', { ...shared, thread } satisfies Part),
  );
  return (await Promise.all(parts)).flat();
}

/**
 * Makes a history and checks it.
 *
 * @throws {Error} when it is not linearizable, or cannot be checked; the message tells which round it was.
 */
export async function play(members: readonly Member[], round: Round): Promise<Played> {
  const { options, mix, seed } = round;
  const title = `${nameOf(options)}: ${mix.title}, ${members.length} threads, round ${seed}`;
  try {
    const history = await record(members, round);
    const start = Array.from({ length: mix.keys }, () => null);
    const illegal = check(history, start);
    if (illegal !== undefined) throw new Error(describeIllegal(illegal));
    const overlapping = history.filter(({ called, returned }) => returned - called > 1).length;
    return { operations: history.length, overlapping };
  } catch (error) {
    if (error instanceof Error) error.message = `${title}\n${error.message}`;
    throw error;
  }
}
