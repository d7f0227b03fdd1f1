import { atMost, each, group, kMillion, limit, loop, once } from './define.mjs';

// One operation, one thread: nobody else uses the table.

const kStores = ['lmdb', 'lru_cache', 'map', 'sharedmap', 'sqlite', 'owner', 'redis'];
const kInts = { key: 'int', value: 'int' };
const kStrings = { key: 'string', value: 'int' };
const kObjects = { key: 'string', value: 'object' };

const loops = [
  loop('empty_loop', 'empty loop (in every figure below)'),
  loop('empty_random_loop', 'empty loop that draws random keys'),
];

const reads = [
  loop('lookup_int', 'lookup, [int, int]', { targets: [atMost(0.85, 'otp')] }),
  loop('get_int', 'get, [int, int]', {
    otp: 'lookup_int',
    peers: each('get', ...kStores),
    parameters: kInts,
    targets: [atMost(0.85, 'otp'), atMost(0.15, 'lmdb')],
    chart: 'operations',
  }),
  loop('lookup_string', 'lookup, [string9, int]', { targets: [atMost(1.0, 'otp')] }),
  loop('get_string', 'get, [string9, int]', {
    otp: 'lookup_string',
    peers: each('get', ...kStores),
    parameters: kStrings,
    targets: [atMost(1.0, 'otp'), atMost(0.2, 'lmdb')],
    chart: 'operations',
  }),
  loop('get_object', 'get, [string9, object of 5]', {
    otp: 'lookup_object',
    peers: each('get', ...kStores),
    parameters: kObjects,
    targets: [limit(150), atMost(0.35, 'lmdb')],
    chart: 'operations',
  }),
  loop('near_int', 'get, [int, int], readConcurrency', {
    otp: 'lookup_int',
    peers: each('get', 'lru_cache'),
    parameters: kInts,
    targets: [atMost(0.6, 'otp'), atMost(1.6, 'lru_cache')],
  }),
  loop('near_string', 'get, [string9, int], readConcurrency', {
    otp: 'lookup_string',
    peers: each('get', 'lru_cache'),
    parameters: kStrings,
    targets: [atMost(0.6, 'otp'), atMost(1.6, 'lru_cache')],
  }),
  loop('near_object', 'get, [string9, object of 5], readConcurrency', {
    otp: 'lookup_object',
    peers: each('get', 'lru_cache'),
    parameters: kObjects,
    targets: [atMost(0.6, 'otp'), atMost(1.6, 'lru_cache')],
  }),
  loop('lookup_int_concurrent', 'lookup, [int, int], writeConcurrency'),
  loop('lookup_element', 'lookupElement, [int, int]', { targets: [atMost(0.9, 'otp')] }),
  loop('member_int', 'member, int', {
    peers: each('has', ...kStores),
    parameters: kInts,
    targets: [atMost(0.9, 'otp')],
  }),
  loop('member_string', 'member, string9', { targets: [atMost(0.9, 'otp')] }),
];

const writes = [
  loop('insert_int', 'overwrite, [int, int]', {
    peers: each('set', ...kStores),
    parameters: kInts,
    targets: [atMost(0.8, 'otp')],
    chart: 'operations',
  }),
  loop('insert_string', 'overwrite, [string9, int]', { targets: [atMost(0.8, 'otp')] }),
  loop('insert_object', 'overwrite, [string9, object of 5]', {
    peers: each('set', ...kStores),
    parameters: kObjects,
    chart: 'operations',
  }),
  loop('update_counter', 'updateCounter', {
    peers: each('increment', ...kStores.filter((name) => name !== 'sharedmap')),
    parameters: kInts,
    targets: [atMost(0.8, 'otp')],
    chart: 'operations',
  }),
  once('fill', '1 M fresh inserts, per row', {
    peers: each('fill', 'lmdb', 'lru_cache', 'map', 'sqlite'),
    parameters: kInts,
    targets: [atMost(0.45, 'otp')],
  }),
  once('fill_many', 'insertMany of 1 M rows, per row', { targets: [atMost(0.3, 'otp')] }),
  once('fill_many_batched', 'insertMany in batches of 1000, per row', { otp: null }),
];

const ordered = [
  loop('ordered_lookup', 'ordered_set lookup, 1 k rows'),
  loop('ordered_insert', 'ordered_set overwrite, 1 k rows'),
  loop('ordered_next', 'ordered_set next, 1 k rows', { targets: [atMost(1.5, 'otp')] }),
  loop('ordered_range', 'ordered_set range of 100, 1 k rows, per row', { targets: [atMost(0.7, 'otp')] }),
  loop('ordered_lookup_1m', 'ordered_set lookup, 1 M rows', {
    rows: kMillion,
    otp: 'ordered_lookup',
    targets: [atMost(0.5, 'otp')],
  }),
  loop('ordered_insert_1m', 'ordered_set overwrite, 1 M rows', { rows: kMillion, otp: 'ordered_insert' }),
  loop('ordered_next_1m', 'ordered_set next, 1 M rows', {
    rows: kMillion,
    otp: 'ordered_next',
    targets: [atMost(1.5, 'otp')],
  }),
  loop('ordered_range_1m', 'ordered_set range of 100, 1 M rows, per row', {
    rows: kMillion,
    otp: 'ordered_range',
    peers: each('range', 'lmdb', 'sqlite'),
    parameters: kInts,
    targets: [atMost(0.7, 'otp')],
  }),
];

const few = { targets: [atMost(0.15, 'otp')] };
const all = { targets: [atMost(0.25, 'otp')] };
const values = { peers: each('iterate', 'lmdb', 'map', 'sqlite'), parameters: kInts };
const scans = [
  once('tab2list', 'tab2list, per row', all),
  once('iterate', 'iteration, per row', { ...values, ...all }),
  once('iterate_ordered', 'iteration, ordered_set, per row', { targets: [atMost(0.7, 'otp')] }),
  once('select_count', 'selectCount without a hit, per row', few),
  once('select_few', 'select of 10 rows, per row', few),
];

export const operations = [
  ...group('Loops', loops),
  ...group('Reads', reads),
  ...group('Writes', writes),
  ...group('Ordered tables', ordered),
  ...group('Scans of 1 M rows', scans),
];
