import assert from 'node:assert/strict';
import { ets } from 'termstore';
import { $1, $2, $_, add, eq, lt, rem } from 'termstore/ms';
import { intTable } from './data.mjs';

// Question: how long does the event loop stand still while a large table is searched off it?
//
// A turn is the time from one setImmediate callback to the next; the loop has nothing else to do, so a turn is as long as what
// the operation's answers (or the collector of garbage, or the system) took from it.

async function longestTurn(work) {
  let running = true;
  let longest = 0;
  let turns = 0;
  const watch = (async () => {
    let before = process.hrtime.bigint();
    while (running) {
      await new Promise(setImmediate);
      const now = process.hrtime.bigint();
      longest = Math.max(longest, Number(now - before));
      before = now;
      turns++;
    }
  })();
  await work();
  running = false;
  await watch;
  return { value: longest / 1e6, turns };
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
  turn_idle: (rows) => searching(rows, () => new Promise((resolve) => setTimeout(resolve, 500))),
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
