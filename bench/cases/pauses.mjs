import { each, group, kFiveMillion, kTenMillion, limit, once } from './define.mjs';

const slowest = (id, title, rest) =>
  once(id, title, {
    unit: 'µs',
    rounds: 3,
    rows: kTenMillion,
    targets: [limit(1000)],
    details: 'slowest',
    ...rest,
  });

const inserts = [
  slowest('slowest_set', 'slowest insert on the way to 10 M rows, set'),
  slowest('slowest_set_concurrent', 'the same, writeConcurrency'),
  slowest('slowest_ordered', 'the same, ordered_set'),
  slowest('slowest_past_2_24', 'slowest insert on the way to 17.5 M rows (past 2^24)', {
    rows: { full: 17_500_000, quick: 200_000 },
    rounds: 1,
    otp: null,
    peers: each('slowest', 'map'),
  }),
];

const churned = once('churn', 'table of 5 M [string, int] under churn', {
  unit: 'ms',
  rounds: 1,
  rows: { full: 5_000_000, quick: 50_000 },
  args: { full: [60_000], quick: [500] },
  otp: null,
  peers: each('churn', 'map'),
  targets: [limit(5)],
  details: 'churn',
});

/** Nothing to compare with: OTP's schedulers preempt a long call. */
const turns = (id, title, rest) =>
  once(id, title, { unit: 'ms', rounds: 3, rows: kFiveMillion, otp: null, targets: [limit(5)], ...rest });

const searches = [
  turns('turn_idle', 'nothing else at work'),
  turns('turn_select_few', 'selectAsync of 10 rows'),
  turns('turn_select_count', 'selectCountAsync'),
  // No target: half a million rows that stay are work for the collector of garbage, whatever the package does.
  turns('turn_select_tenth', 'selectAsync of every tenth row', { targets: [] }),
  turns('turn_replace', 'selectReplaceAsync of every row'),
];

export const pauses = [
  ...group('Slowest single insert', inserts),
  ...group('Longest turn of the event loop under churn', [churned]),
  ...group('Longest turn of the event loop while 5 M rows are searched', searches),
];
