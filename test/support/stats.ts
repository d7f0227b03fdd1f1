import { memoryStats as countMemory } from '#dist/native/control.js';
import { ets } from 'termstore';
import * as assert from 'uvu/assert';
import { type Suite } from './suite.js';

/** What native counts for the whole process, over all threads. */
export type MemoryStats = Readonly<Record<string, number>> & {
  readonly tables: number;
  readonly bytes: number;
};

export function memoryStats(): MemoryStats {
  return { ...countMemory() };
}

/** How long reclamation, which waits for readers in other threads, may take before it counts as a leak. */
const SETTLE_MS = 2000;

export interface BaselineOptions {
  /** Counters that may differ afterwards: what a test fills on purpose and nothing ever empties, such as shapes. */
  ignore?: readonly string[];
}

/** The counters of `now` that differ from `before`, as `name: before -> now`. */
function differences(before: MemoryStats, now: MemoryStats, ignore: readonly string[]): string[] {
  return Object.keys(before)
    .filter((name) => !ignore.includes(name) && before[name] !== now[name])
    .map((name) => `${name}: ${before[name]} -> ${now[name]}`);
}

/**
 * Makes every test of `suite` answer for what it leaves behind: afterwards there is no table more than before, and
 * every counter of native is where it was.
 *
 * Hooks run in the order they were added: call this after those that clean up.
 */
export function checkBaseline(
  { beforeEach, afterEach }: Pick<Suite, 'beforeEach' | 'afterEach'>,
  options: BaselineOptions = {},
): void {
  const ignore = options.ignore ?? [];
  let before: MemoryStats;
  let tablesBefore = 0;

  beforeEach(() => {
    before = memoryStats();
    tablesBefore = ets.all().length;
  });

  afterEach(async () => {
    const names = ets.all().map((table) => table.name);
    assert.is(names.length, tablesBefore, `tables left behind: ${names.join(', ')}`);
    const deadline = Date.now() + SETTLE_MS;
    let left = differences(before, memoryStats(), ignore);
    while (left.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      left = differences(before, memoryStats(), ignore);
    }
    assert.equal(left, [], 'memory left behind');
  });
}
