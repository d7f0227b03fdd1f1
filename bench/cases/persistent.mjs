import { atMost, each, group, limit, loop, once } from './define.mjs';

const module = each('constant', 'module');

const reads = [
  loop('persistent_ref', 'persistentTerm.ref().get()', {
    otp: 'persistent_atom',
    peers: module,
    targets: [atMost(1.1, 'otp')],
  }),
  loop('persistent_symbol', 'persistentTerm.get(symbol)', { otp: 'persistent_atom' }),
  loop('persistent_string', 'persistentTerm.get(string)', {
    otp: 'persistent_tuple',
    targets: [atMost(1.0, 'otp')],
  }),
  once('persistent_put', 'put of another map of 10 000 entries while 2 threads read it', {
    unit: 'µs',
    rows: { full: 10_000, quick: 1000 },
    args: { full: [20], quick: [3] },
    targets: [atMost(0.5, 'otp')],
  }),
];

const large = (id, title, rest) => once(id, title, { unit: 'µs', rounds: 3, otp: null, ...rest });

const views = [
  large('view_first', 'first property of a 100 MB term, in the thread that put it', { targets: [limit(50)] }),
  large('view_first_worker', 'the same, in a fresh worker', { targets: [limit(50)] }),
  large('view_first_cold', 'the same, in a worker that views for the first time'),
  large('get_first_worker', 'get: the same, in a fresh worker', { rounds: 1 }),
  large('view_resident', '8 threads read a 100 MB term: memory of the process ÷ that with one reader', {
    unit: '×',
    rounds: 1,
    targets: [limit(1.1)],
  }),
];

export const persistent = [...group('Persistent terms', reads), ...group('Views', views)];
