import { ets, type Row, type Table, type Tid } from 'termstore';
import { meet } from '../support/gate.js';
import { leavePairs, meetAnother } from '../support/pairs.js';
import { randomFrom } from '../support/random.js';
import { serve } from '../support/serve.js';
import type { Event } from './checker.js';
import { keyOf, type Operation } from './model.js';
import { answerOf, cellOf, perform } from './perform.js';
import { type Mix, needsSeen, plan, withSeen } from './plan.js';

/* One thread of a history. */

export interface Part {
  readonly tid: Tid;
  readonly thread: number;
  readonly threads: number;
  readonly seed: number;
  readonly count: number;
  readonly mix: Mix;
  /** Rows that come, and go, in the middle of the round. */
  readonly flood: number;
  readonly gate: Int32Array;
  /** Where threads meet in pairs now and then. */
  readonly pairs: Int32Array;
  /** Numbers for calls and returns, one after the other in all threads. */
  readonly ticket: Int32Array;
}

/** So many operations on shared keys come on one row of the thread's own. */
const FILLER_EVERY = 4;
const FILLER_ROWS = 100;
/** Operations between two meetings of a thread with another one. */
const MEETING_EVERY = 10;

/** Makes the table grow and shrink under the other threads. What it does belongs to no history. */
class Filler {
  readonly #table: Table;
  readonly #part: Part;
  #turn = 0;

  constructor(table: Table, part: Part) {
    this.#table = table;
    this.#part = part;
  }

  step(i: number): void {
    const { mix, flood, count, thread } = this.#part;
    if (!mix.filler) return;
    if (i % FILLER_EVERY === 0) {
      const turn = this.#turn++;
      const key = [thread, turn % FILLER_ROWS];
      if (Math.floor(turn / FILLER_ROWS) % 2 === 0) this.#table.insert([key, turn]);
      else this.#table.delete(key);
    }
    if (flood === 0 || thread !== 0) return;
    if (i === Math.floor(count / 3))
      this.#table.insertMany(Array.from({ length: flood }, (_none, n) => [`flood ${n}`]));
    if (i === Math.floor((2 * count) / 3)) for (let n = 0; n < flood; n++) this.#table.delete(`flood ${n}`);
  }
}

/** The row that an answer shows, as the table keeps it. */
function rowIn(answer: unknown): Row | undefined {
  if (!Array.isArray(answer) || answer.length === 0) return undefined;
  const row: unknown = Array.isArray(answer[0]) && answer.length === 1 ? answer[0] : answer;
  return Array.isArray(row) && row.length === 4 && typeof row[3] === 'string' ? (row as Row) : undefined;
}

serve({
  ready: () => undefined,

  /** Does its part of a round. Answers are looked at when it is over: the threads are to be in the table, not in here. */
  record(part: Part): Event[] {
    const { tid, thread, threads, seed, count, mix, gate, pairs, ticket } = part;
    const table = ets.table(tid);
    const operations = plan(mix, randomFrom(seed + thread), thread, count);
    const filler = new Filler(table, part);
    const seen = new Map<number, Row>();
    const done: { operation: Operation; answer: unknown; called: number; returned: number }[] = [];
    meet(gate, threads);
    for (const [i, planned] of operations.entries()) {
      if (i % MEETING_EVERY === 0) meetAnother(pairs);
      filler.step(i);
      const key = keyOf(planned);
      const row = key === undefined ? undefined : seen.get(key);
      const operation = row !== undefined && needsSeen(planned) ? withSeen(planned, cellOf(row)) : planned;
      const called = Atomics.add(ticket, 0, 1);
      const answer = perform(table, operation);
      const returned = Atomics.add(ticket, 0, 1);
      done.push({ operation, answer, called, returned });
      const found = key === undefined ? undefined : rowIn(answer);
      if (found !== undefined) seen.set(key!, found);
    }
    leavePairs(pairs);
    return done.map(({ operation, answer, called, returned }) => {
      const result = answerOf(operation, answer, mix.keys);
      return { thread, operation, result, called, returned };
    });
  },
});
