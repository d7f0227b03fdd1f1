import { join } from 'node:path';
import { ets } from 'termstore';
import { crew, type Member } from './crew.js';
import { newGate, stop } from './gate.js';
import { checkBaseline } from './stats.js';
import type { Suite } from './suite.js';

/** Threads that work on tables at the same time, as the cases of `ets_SUITE` need them (test/otp/crowd.worker.ts). */
export interface Crowd {
  /** A new member that is ready: it has loaded the package. */
  readonly hireReady: () => Promise<Member>;
  /**
   * Starts a job in so many members at the same time; `args` may depend on the member's number. They wait for `more` other
   * threads to `meet`.
   */
  readonly start: <T>(
    members: number,
    job: string,
    args: (index: number) => readonly unknown[],
    more?: number,
  ) => Work<T>;
}

/** What a crowd is doing. */
export interface Work<T> {
  readonly gate: Int32Array;
  readonly members: readonly Member[];
  readonly results: Promise<T[]>;
  /** Tells them to stop, and waits for what they answer. */
  readonly stop: () => Promise<T[]>;
}

/** After each test of `suite` its members are gone, and with them whatever they left behind. */
export function crowd(suite: Pick<Suite, 'beforeEach' | 'afterEach'>, folder: string): Crowd {
  const hire = crew(join(folder, 'crowd.worker.js'), suite);
  /** Members of this test that have nothing to do. */
  let idle: Member[] = [];
  suite.afterEach(() => {
    idle = [];
    for (const table of ets.all()) table.drop();
  });
  checkBaseline(suite, { ignore: ['shapes'] });

  async function hireReady(): Promise<Member> {
    const member = hire();
    await member.call('thread');
    return member;
  }

  function start<T>(
    count: number,
    job: string,
    args: (index: number) => readonly unknown[],
    more = 0,
  ): Work<T> {
    const gate = newGate();
    const members = Array.from({ length: count }, () => idle.pop() ?? hire());
    const threads = count + more;
    const results = Promise.all(
      members.map((member, index) => member.call<T>(job, { gate, threads, index }, ...args(index))),
    );
    // Whoever failed is not asked again; a test that fails before it awaits the results must not end the process.
    results.then(
      () => idle.push(...members),
      () => undefined,
    );
    const end = (): Promise<T[]> => {
      stop(gate);
      return results;
    };
    return { gate, members, results, stop: end };
  }

  return { hireReady, start };
}

/** A moment in which other threads work. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
