import os from 'node:os';
import { atLeast, atLeastOf, each, group, kSmall, once } from './define.mjs';

const kHotCounts = [1, 2, 4, 8];
export const kCores = os.availableParallelism();
/** 1, 2, 4 … and all cores. */
const kThreadCounts = [...[1, 2, 4, 8, 16, 32].filter((count) => count < kCores), kCores];

const threadsText = (count) => (count === 1 ? '1 thread' : `${count} threads`);

/** One setup for all numbers of threads, so that they are measured in turn. */
const counted = (operation, title, counts, { full = 300, scaling, peers, ...rest } = {}) =>
  counts.map((count) =>
    once(`threads_${operation}_${count}`, `${title}, ${threadsText(count)}`, {
      setup: `threads_${operation}`,
      unit: 'M/s',
      rows: kSmall,
      parameters: { operation, counts },
      args: { full: [count, full], quick: [count, 30] },
      otp: `threads_${operation}`,
      peers,
      targets: count === 2 && scaling !== undefined ? [atLeastOf(scaling, `threads_${operation}_1`)] : [],
      chart: 'threads',
      series: title,
      x: count,
      ...rest,
    }),
  );
const ours = (cases) => cases.map((entry) => ({ ...entry, sides: { ...entry.sides, termstore: 'threads' } }));

const upToTwo = [...new Set([...kThreadCounts, 2])].sort((a, b) => a - b);

const shared = [
  ...counted('lookup', 'lookup', upToTwo, { scaling: 1.9, peers: each('threads', 'lmdb', 'sharedmap') }),
  ...counted('near', 'get, readConcurrency', upToTwo, { otp: 'threads_lookup' }),
  ...counted('insert', 'insert, keys of its own', upToTwo, { scaling: 1.7 }),
  ...counted('counter', 'updateCounter, the same keys for all', upToTwo, { scaling: 1.7 }),
  ...counted('own_counter', 'updateCounter, keys of its own', upToTwo, { scaling: 1.7 }),
  ...counted('lookup_auto', "lookup, 'auto'", upToTwo, { scaling: 1.9 }),
  ...counted('insert_auto', "insert, keys of its own, 'auto'", upToTwo, { scaling: 1.7 }),
  ...counted('counter_auto', "updateCounter, the same keys, 'auto'", upToTwo, { scaling: 1.7 }),
  ...counted('own_counter_auto', "updateCounter, keys of its own, 'auto'", upToTwo, { scaling: 1.7 }),
];

const kHot = { chart: 'hot', details: 'fairness' };
const hot = [
  ...counted('hot', 'lookup of one hot key', kHotCounts, { ...kHot }),
  ...counted('hot_near', 'get of one hot key, readConcurrency', kHotCounts, {
    otp: 'threads_hot',
    ...kHot,
  }),
  ...counted('hot_counter', 'updateCounter of one hot key', kHotCounts, { ...kHot }),
];

export const threads = [
  ...group('Threads on one shared table, writeConcurrency', ours(shared)),
  ...group('One hot key', ours(hot)),
];

// OTP's throughput_benchmark: how likely each operation is, in percent.
const mix = (title, operations) => ({ title, operations });
export const kMixes = [
  mix('50 insert, 50 delete', { insert: 50, delete: 50 }),
  mix('10 insert, 10 delete, 80 lookup', { insert: 10, delete: 10, lookup: 80 }),
  mix('1 insert, 1 delete, 98 lookup', { insert: 1, delete: 1, lookup: 98 }),
  mix('100 lookup', { lookup: 100 }),
  mix('10, 10, 40 lookup, 40 of 10 next', { insert: 10, delete: 10, lookup: 40, next10: 40 }),
  mix('10, 10, 40 lookup, 40 of 100 next', { insert: 10, delete: 10, lookup: 40, next100: 40 }),
  mix('10, 10, 40 lookup, 40 of 1000 next', { insert: 10, delete: 10, lookup: 40, next1000: 40 }),
  mix('100 of 1000 next', { next1000: 100 }),
  mix('10, 10, 79 lookup, 1 count of all', { insert: 10, delete: 10, lookup: 79, count: 1 }),
  mix('10, 10, 79.99, 0.01 count of all', { insert: 10, delete: 10, lookup: 79.99, count: 0.01 }),
  mix('10, 10, 79.9999, 0.0001 count of all', { insert: 10, delete: 10, lookup: 79.9999, count: 0.0001 }),
  mix('10, 10, 79 lookup, 1 count of 1000', { insert: 10, delete: 10, lookup: 79, part: 1 }),
  mix('10, 10, 79.99, 0.01 count of 1000', { insert: 10, delete: 10, lookup: 79.99, part: 0.01 }),
  mix('10, 10, 79.9999, 0.0001 count of 1000', { insert: 10, delete: 10, lookup: 79.9999, part: 0.0001 }),
];

/** OTP's table types, in the order in which its side counts them; what `readConcurrency` is there, it is here. */
const rc = { readConcurrency: true };
const wc = { writeConcurrency: true };
const ordered = { type: 'ordered_set' };
export const kTableTypes = [
  { id: 'ordered', title: 'ordered_set', options: ordered },
  { id: 'ordered_wc', title: 'ordered_set, write', options: { ...ordered, ...wc } },
  { id: 'ordered_rc', title: 'ordered_set, read', options: { ...ordered, ...rc } },
  { id: 'ordered_wc_rc', title: 'ordered_set, write and read', options: { ...ordered, ...wc, ...rc } },
  { id: 'set', title: 'set', options: {} },
  { id: 'set_wc', title: 'set, write', options: wc },
  { id: 'set_rc', title: 'set, read', options: rc },
  { id: 'set_wc_rc', title: 'set, write and read', options: { ...wc, ...rc } },
  { id: 'set_auto_rc', title: "set, write 'auto' and read", options: { writeConcurrency: 'auto', ...rc } },
  { id: 'set_locks', title: 'set, write (OTP: 16384 locks)', options: wc },
];
const typeIndex = (id) => kTableTypes.findIndex((type) => type.id === id);

/**
 * @param theirs OTP's type, @param options ours: by default our `writeConcurrency` stands beside OTP's
 * `write_concurrency` with `read_concurrency`, because a cache of rows is of no use among a million random keys.
 */
function throughput({ prefix, title, theirs, options, range, mixes = kMixes, extended }) {
  const chosen = mixes.map((entry) => [entry, kMixes.indexOf(entry)]);
  return chosen.flatMap(([entry, mixIndex]) =>
    kThreadCounts.map((count) =>
      once(`${prefix}_${mixIndex}_${count}`, `${title}: ${entry.title}; ${threadsText(count)}`, {
        setup: `${prefix}_${mixIndex}`,
        unit: 'M/s',
        rounds: 3,
        rows: range,
        parameters: { operations: entry.operations, options, counts: kThreadCounts },
        otpParameters: [mixIndex, typeIndex(theirs)],
        args: { full: [count, 100], quick: [count, 10] },
        sides: { termstore: 'throughput', otp: 'throughput' },
        targets: count === kCores && !extended ? [atLeast(2, 'otp')] : [],
        chart: 'throughput',
        series: `${title}; ${threadsText(count)}`,
        label: entry.title,
        x: count,
        extended,
      }),
    ),
  );
}

const kLong = { full: 1_000_000, quick: 2000 };
const kShort = { full: 50_000, quick: 2000 };

const standard = [
  ['mix_set', 'set', 'set_wc_rc', wc, kLong],
  ['mix_ordered', 'ordered_set', 'ordered_wc_rc', { ...ordered, ...wc }, kLong],
  ['mix_set_50k', 'set', 'set_wc_rc', wc, kShort],
  ['mix_ordered_50k', 'ordered_set', 'ordered_wc_rc', { ...ordered, ...wc }, kShort],
].flatMap(([prefix, title, theirs, options, range]) => {
  const keys = range === kLong ? '1 M keys' : '50 k keys';
  return throughput({ prefix, title: `${title}, ${keys}`, theirs, options, range });
});

const everyType = kTableTypes.flatMap(({ id, title, options }) =>
  throughput({
    prefix: `mix_all_${id}`,
    title: `${title}, 1 M keys`,
    theirs: id,
    options,
    range: kLong,
    extended: true,
  }),
);

export const mixes = [
  ...group("OTP's throughput_benchmark, writeConcurrency beside read and write concurrency", standard),
  ...group("OTP's throughput_benchmark, every table type", everyType),
];
