/* Two threads that take turns by spinning on shared memory: nothing but the memory itself tells the one what the other did. */

const TURN = 0;
const FOLLOWED = 1;
/** Instead of a turn: there is none any more, or the other thread was not where it should be. */
const OVER = -1;

/** Enough to prove something; threads that share one core change turns only when the system changes between them. */
const FEWEST = 50;
const LONG_MS = 10_000;

/**
 * Does `play(n)` for the turns 1, 2, … up to `rounds`, or as many as there is time for, each once the other thread has followed the
 * one before. REQUIRES: it is ready and was told to follow.
 */
export async function playTurns(
  turn: Int32Array,
  rounds: number,
  play: (n: number) => void,
): Promise<{ played: number; lost: number | undefined }> {
  // The message that tells it to must leave before this thread stops serving its event loop.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const end = Date.now() + LONG_MS;
  let played = 0;
  let lost: number | undefined;
  while (lost === undefined && played < rounds && (played < FEWEST || Date.now() < end)) {
    const n = played + 1;
    play(n);
    Atomics.store(turn, TURN, n);
    let followed: number;
    while ((followed = Atomics.load(turn, FOLLOWED)) !== n && followed !== OVER);
    if (followed === OVER) lost = n;
    played = n;
  }
  Atomics.store(turn, TURN, OVER);
  return { played, lost };
}

/** Looks at each turn as soon as it comes; returns the last one at which `follow(n)` found what was played. */
export function followTurns(turn: Int32Array, follow: (n: number) => boolean): number {
  for (let n = 1; ; n++) {
    let now: number;
    while ((now = Atomics.load(turn, TURN)) !== n && now !== OVER);
    if (now === OVER) return n - 1;
    let found = false;
    try {
      found = follow(n);
    } finally {
      // Also when it threw: the other thread would wait for ever.
      Atomics.store(turn, FOLLOWED, found ? n : OVER);
    }
    if (!found) return n - 1;
  }
}
