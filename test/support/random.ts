/** A repeatable source of random choices, shown before it is used so that a failure can be replayed. */
export interface Random {
  /** A whole number from 0 up to `limit - 1`. */
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
}

/** The choices that belong to a seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  return { below, pick: (values) => values[below(values.length)] as never };
}

/** What TERMSTORE_SEED asks for; undefined: every run has choices of its own. */
export function askedSeed(): number | undefined {
  const asked = process.env['TERMSTORE_SEED'];
  return asked === undefined ? undefined : Number(asked) >>> 0;
}

/** Seeded by TERMSTORE_SEED when that is set. Prints the seed under the name of the test that uses it. */
export function seededRandom(title: string): Random {
  const seed = askedSeed() ?? (Math.random() * 2 ** 32) >>> 0;
  console.log(`${title}: replay with TERMSTORE_SEED=${seed}`);
  // The title belongs to it: threads with the same seed must not all do the same.
  return randomFrom(
    [...title].reduce((mixed, char) => Math.imul(mixed ^ char.charCodeAt(0), 0x01000193), seed),
  );
}
