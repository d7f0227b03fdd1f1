import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ets } from 'termstore';
import { $1, $2, $_, add, eq, lt, rem } from 'termstore/ms';
import { intTable } from './data.mjs';

// Question: how long does the event loop stand still while a large table is searched off it?
//
// The loop wakes up every millisecond; a turn is what this thread computed from one wake-up to the next: answers decoded,
// garbage collected in this thread. That is processor time where the system tells it (Linux): on the clock, a turn is also as
// long as other programs keep the core. The longest on the clock is noted beside it.

const kTimes = '/proc/thread-self/schedstat';
export const computedMs = existsSync(kTimes)
  ? () => Number(readFileSync(kTimes, 'latin1').split(' ')[0]) / 1e6
  : () => performance.now();

async function longestTurn(work) {
  let running = true;
  let value = 0;
  let onTheClockMs = 0;
  const watch = (async () => {
    let [computed, clock] = [computedMs(), performance.now()];
    while (running) {
      await setTimeout(1);
      const [computedNow, clockNow] = [computedMs(), performance.now()];
      value = Math.max(value, computedNow - computed);
      onTheClockMs = Math.max(onTheClockMs, clockNow - clock);
      [computed, clock] = [computedNow, clockNow];
    }
  })();
  await work();
  running = false;
  await watch;
  return { value, onTheClockMs };
}

const searching = (rows, work) => {
  const table = intTable(rows, { access: 'public' });
  // Once unwatched: a compiler's pauses are not the operation's.
  const warm = ets.new('warm-up', { access: 'public' });
  for (let i = 0; i < 20_000; i++) warm.insert([i, i]);
  let ready;
  return async () => {
    ready ??= work(warm);
    await ready;
    return longestTurn(() => work(table));
  };
};

const few = [[[$1, $2], [lt($2, 10)], [$_]]];
const counted = [[[$1, $2], [lt($2, 10)], [true]]];
const tenth = [[[$1, $2], [eq(rem($1, 10), 0)], [$_]]];
const next = [[[$1, $2], [], [[$1, add($2, 1)]]]];

export const turns = {
  turn_idle: (rows) => searching(rows, () => setTimeout(500)),
  turn_select_few: (rows) =>
    searching(rows, async (table) => assert.equal((await table.selectAsync(few)).length, 10)),
  turn_select_count: (rows) =>
    searching(rows, async (table) => assert.equal(await table.selectCountAsync(counted), 10)),
  turn_select_tenth: (rows) =>
    searching(rows, async (table) =>
      assert.equal((await table.selectAsync(tenth)).length, table.info('size') / 10),
    ),
  turn_replace: (rows) =>
    searching(rows, async (table) => assert.equal(await table.selectReplaceAsync(next), table.info('size'))),
};
