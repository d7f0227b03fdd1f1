import { type Place, refuseSpec } from './refuse.js';

/*
 * How much of a match spec is read. A few arrays that contain each other twice are a tree without end, and it is a tree that is compiled
 * and run over every row.
 */

/** Patterns and expressions of one match spec, each as often as it stands in it. */
export const MOST_PARTS = 2 ** 20;

let left = MOST_PARTS;

/** Reads one match spec. A getter in it may read another one meanwhile. */
export function withBudget<T>(read: () => T): T {
  const before = left;
  left = MOST_PARTS;
  try {
    return read();
  } finally {
    left = before;
  }
}

/** One part more. Throws when there are too many. */
export function countPart(place: Place): void {
  if (--left < 0) throw refuseSpec(place, `the match spec has more than ${MOST_PARTS} parts`);
}
