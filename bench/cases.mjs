/**
 * Every case of the benchmark: what it asks, on how many rows, and what it must reach.
 *
 * - `peer` names the case on the OTP side; without it the case has no counterpart there.
 * - `args` go with each `run`, after the operation count of a loop.
 * - `target.ratio` bounds ours/OTP, `target.max` bounds our figure alone; both must hold where both are given.
 * - `rounds` is for cases whose answer does not vary or whose one run is long enough.
 */

const kSmall = { full: 1024, quick: 1024 };
const kMillion = { full: 1_000_000, quick: 20_000 };
const kFiveMillion = { full: 5_000_000, quick: 100_000 };
const kTenMillion = { full: 10_000_000, quick: 200_000 };

const loop = (id, title, rest) => ({ id, title, kind: 'loop', unit: 'ns', rows: kSmall, peer: id, ...rest });
const once = (id, title, rest) => ({
  id,
  title,
  kind: 'once',
  unit: 'ns',
  rows: kMillion,
  peer: id,
  ...rest,
});

const loops = [
  loop('empty_loop', 'empty loop (in every figure below)'),
  loop('empty_random_loop', 'empty loop that draws random keys'),
];

const tables = [
  loop('lookup_int', 'lookup, [int, int]', { target: { ratio: 1.2 } }),
  loop('get_int', 'get, [int, int]', { peer: 'lookup_int' }),
  loop('lookup_string', 'lookup, [string9, int]', { target: { ratio: 1.4 } }),
  loop('get_string', 'get, [string9, int]', { peer: 'lookup_string' }),
  loop('get_object', 'get, [string9, object of 5]', { peer: 'lookup_object' }),
  loop('lookup_int_concurrent', 'lookup, [int, int], writeConcurrency'),
  loop('lookup_element', 'lookupElement, [int, int]'),
  loop('member_int', 'member, int'),
  loop('member_string', 'member, string9'),
  loop('insert_int', 'overwrite, [int, int]', { target: { ratio: 1.0 } }),
  loop('insert_string', 'overwrite, [string9, int]', { target: { ratio: 1.0 } }),
  loop('insert_object', 'overwrite, [string9, object of 5]'),
  loop('update_counter', 'updateCounter', { target: { ratio: 1.2 } }),
  loop('lookup_random', 'lookup, random among 1 M rows', { rows: kMillion }),
  once('fill', '1 M fresh inserts, per row', { target: { ratio: 0.6 } }),
  once('fill_many', 'insertMany of 1 M rows, per row'),
  once('fill_many_batched', 'insertMany in batches of 1000, per row', { peer: undefined }),
];

const ordered = [
  loop('ordered_lookup', 'ordered_set lookup, 1 k rows'),
  loop('ordered_insert', 'ordered_set overwrite, 1 k rows'),
  loop('ordered_next', 'ordered_set next, 1 k rows'),
  loop('ordered_range', 'ordered_set range of 100, 1 k rows, per row'),
  loop('ordered_lookup_1m', 'ordered_set lookup, 1 M rows', { rows: kMillion, peer: 'ordered_lookup' }),
  loop('ordered_insert_1m', 'ordered_set overwrite, 1 M rows', { rows: kMillion, peer: 'ordered_insert' }),
  loop('ordered_next_1m', 'ordered_set next, 1 M rows', { rows: kMillion, peer: 'ordered_next' }),
  loop('ordered_range_1m', 'ordered_set range of 100, 1 M rows, per row', {
    rows: kMillion,
    peer: 'ordered_range',
  }),
];

const scans = [
  once('tab2list', 'tab2list, per row'),
  once('iterate', 'iteration, per row'),
  once('iterate_ordered', 'iteration, ordered_set, per row'),
  once('select_count', 'selectCount without a hit, per row'),
  once('select_few', 'select of 10 rows, per row'),
];

const persistent = [
  loop('persistent_ref', 'persistentTerm.ref().get()', {
    peer: 'persistent_atom',
    target: { ratio: 1.5, max: 15 },
  }),
  loop('persistent_symbol', 'persistentTerm.get(symbol)', { peer: 'persistent_atom' }),
  loop('persistent_string', 'persistentTerm.get(string)'),
];

const large = (id, title, rest) => once(id, title, { unit: 'µs', rounds: 3, peer: undefined, ...rest });

const views = [
  large('view_first', 'view: first property of a 100 MB term, in the thread that put it', {
    target: { max: 50 },
  }),
  large('view_first_worker', 'the same, in a fresh worker', { target: { max: 50 } }),
  large('view_first_cold', 'the same, in a worker that views for the first time'),
  large('get_first_worker', 'get: the same, in a fresh worker'),
];

const memory = [
  once('memory_int', 'memory, [int, int], per row', { unit: 'bytes', rounds: 1, target: { max: 48 } }),
  once('memory_string', 'memory, [string9, int], per row', { unit: 'bytes', rounds: 1 }),
  once('memory_ordered', 'memory, ordered_set [int, int], per row', { unit: 'bytes', rounds: 1 }),
];

const slowest = (id, title) =>
  once(id, title, { unit: 'µs', rounds: 3, rows: kTenMillion, target: { max: 2000 }, slowest: true });

const pauses = [
  slowest('slowest_set', 'slowest insert on the way to 10 M rows, set'),
  slowest('slowest_set_concurrent', 'the same, writeConcurrency'),
  slowest('slowest_ordered', 'the same, ordered_set'),
];

/** Nothing to compare with: OTP's schedulers preempt a long call. */
const turns = (id, title, rest) =>
  once(id, title, {
    unit: 'ms',
    rounds: 3,
    rows: kFiveMillion,
    peer: undefined,
    target: { max: 5 },
    ...rest,
  });

const eventLoop = [
  turns('turn_idle', 'nothing else at work'),
  turns('turn_select_few', 'selectAsync of 10 rows'),
  turns('turn_select_count', 'selectCountAsync'),
  // No target: half a million rows that stay are work for the collector of garbage, whatever the package does.
  turns('turn_select_tenth', 'selectAsync of every tenth row', { target: undefined }),
  turns('turn_replace', 'selectReplaceAsync of every row'),
];

const threads = ['lookup', 'insert', 'counter'].flatMap((operation) =>
  [1, 2].map((count) =>
    once(`threads_${operation}_${count}`, `${operation}, ${count} ${count === 1 ? 'thread' : 'threads'}`, {
      peer: `threads_${operation}`,
      threads: { operation, count },
      unit: 'M/s',
      rows: kSmall,
      args: { full: [count, 600], quick: [count, 40] },
    }),
  ),
);

const group = (title, cases) => cases.map((entry) => ({ group: title, ...entry }));

export const kCases = [
  ...group('Loops', loops),
  ...group('Tables: set', tables),
  ...group('Tables: ordered_set', ordered),
  ...group('Scans', scans),
  ...group('Persistent terms', persistent),
  ...group('Views', views),
  ...group('Memory', memory),
  ...group('Pauses', pauses),
  ...group('Longest turn of the event loop while 5 M rows are searched', eventLoop),
  ...group('Threads: one shared table, writeConcurrency', threads),
];
