import { atMost, each, group, loop, once } from './define.mjs';

const kSizes = [
  ['1 k', 1000, 'growth_3', []],
  ['10 k', 10_000, 'growth_4', []],
  ['100 k', 100_000, 'growth_5', []],
  ['1 M', 1_000_000, 'growth_6', [atMost(0.7, 'otp')]],
  ['10 M', 10_000_000, 'growth_7', [atMost(0.7, 'otp')]],
];
const kQuickRows = 20_000;
const kStores = ['map', 'lru_cache', 'lmdb', 'sharedmap', 'sqlite', 'redis'];

const lookups = kSizes.map(([title, rows, id, targets]) =>
  loop(id, `random lookups, ${title} rows`, {
    rows: { full: rows, quick: Math.min(rows, kQuickRows) },
    otp: 'lookup_random',
    peers: each('get_random', 'lmdb', 'map'),
    parameters: { key: 'int', value: 'int' },
    targets,
    chart: 'growth',
    x: rows,
  }),
);
for (const entry of lookups) entry.sides.termstore = 'lookup_random';

const accounted = (id, title, rest) =>
  once(id, title, { unit: 'bytes', rounds: 1, chart: 'memory', ...rest });
const resident = (id, title, parameters, sides) =>
  once(id, title, {
    otp: null,
    unit: 'bytes',
    rounds: 1,
    peers: each('resident', ...sides),
    parameters,
    chart: 'resident',
  });

const memory = [
  accounted('memory_int', '[int, int]', { targets: [atMost(0.6, 'otp')] }),
  accounted('memory_string', '[string9, int]', { targets: [atMost(0.6, 'otp')] }),
  accounted('memory_object', '[string9, object of 5]'),
  accounted('memory_ordered', 'ordered_set [int, int]'),
  resident('resident_int', '[int, int], what the process grows by', { key: 'int', value: 'int' }, kStores),
  resident(
    'resident_string',
    '[string9, int], what the process grows by',
    { key: 'string', value: 'int' },
    kStores,
  ),
];

export const growth = [...group('Growth', lookups), ...group('Memory of 1 M rows, per row', memory)];
