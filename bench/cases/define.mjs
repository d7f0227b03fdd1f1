/**
 * What a case is.
 *
 * - `sides`: who is measured, and under which name that side knows the case; the first is ours.
 * - `kind`: a `loop` is a function that does a given number of operations and is timed from outside, a `once` answers
 *   with its own figure.
 * - `rows`, `args`, `rounds` of a full and of a quick run; `args` go with each round, `parameters` with the preparation.
 * - `setup`: neighbours of the same setup are prepared once and measured in turn.
 * - `targets`: see below; each is judged on its own, on medians of the same run.
 * - `extended`: only with `--extended`, or when `--only` names its id.
 * - `chart`: what the report draws of it.
 */

export const kSmall = { full: 1024, quick: 1024 };
export const kMillion = { full: 1_000_000, quick: 20_000 };
export const kFiveMillion = { full: 5_000_000, quick: 100_000 };
export const kTenMillion = { full: 10_000_000, quick: 200_000 };

/** At most (at least) `times` the figure of another side of the case. */
export const atMost = (times, side) => ({ side, atMost: times });
export const atLeast = (times, side) => ({ side, atLeast: times });
/** A bound of our own figure, in the case's unit. */
export const limit = (value) => ({ atMost: value });
/** At least `times` our figure in the case called `id`. */
export const atLeastOf = (times, id) => ({ case: id, atLeast: times });

const base = (id, title, rest) => ({ id, title, setup: id, unit: 'ns', targets: [], ...rest });

/** An operation on a table of 1024 rows, beside the case of the same name in OTP. */
export function loop(id, title, { otp = id, peers = {}, ...rest } = {}) {
  const sides = { termstore: id, ...(otp !== null && { otp }), ...peers };
  return base(id, title, { kind: 'loop', rows: kSmall, sides, ...rest });
}

/** Something that takes long enough to be measured as a whole; on a million rows where nothing else is said. */
export function once(id, title, { otp = id, peers = {}, ...rest } = {}) {
  const sides = { termstore: id, ...(otp !== null && { otp }), ...peers };
  return base(id, title, { kind: 'once', rows: kMillion, sides, ...rest });
}

/** The same case on each of these sides. */
export const each = (id, ...sides) => Object.fromEntries(sides.map((side) => [side, id]));

export const group = (title, cases) => cases.map((entry) => ({ group: title, ...entry }));
