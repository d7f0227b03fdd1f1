import { group, once } from './define.mjs';
import { kCores } from './threads.mjs';

// The table that every Elixir programmer has seen: GenServer, ETS, FastGlobal and persistent_term, here for Node.

/** Which side measures what; `write` into a module is compiled, in OTP only where that takes less than a second. */
const contenders = (value) => ({
  owner: 'comparison',
  termstore: 'comparison',
  near_cache: 'comparison',
  module: 'comparison',
  persistent_term: 'comparison',
  otp_gen_server: `compare_gen_server_${value}`,
  otp: `compare_ets_${value}`,
  otp_fast_global: `compare_fast_global_${value}`,
  otp_persistent_term: `compare_persistent_term_${value}`,
});

const kActions = [
  ['read', 1, 'one reader'],
  ['read', kCores, 'many readers'],
  ['write', 1, 'one writer'],
  ['write', kCores, 'many writers'],
];
const kActionNumbers = { read: 0, write: 1 };

const cases = [
  ['small', 'a small value'],
  ['large', 'a map of 10 000 entries'],
].flatMap(([value, what]) =>
  kActions.map(([action, count, who], index) =>
    once(`comparison_${value}_${index}`, `${what}: ${who}`, {
      setup: `comparison_${value}`,
      rows: { full: 10_000, quick: 1000 },
      parameters: { value, counts: [1, kCores] },
      args: {
        full: [kActionNumbers[action], count, 200],
        quick: [kActionNumbers[action], count, 10],
      },
      sides: contenders(value),
      chart: 'comparison',
    }),
  ),
);

export const comparison = group('GenServer, ETS, FastGlobal, persistent_term', cases);
