/*
 * Threads that meet in pairs again and again, so that at least two of them really run at the same time. Threads that only
 * begin together do their work one after the other where others use the cores too: each in its share.
 */

const CAME = 0;
const WORKING = 1;
const AWAKE = 2;
/** Pairs under way at the same time are far fewer. */
const SLOTS = 64;
const NAP_MS = 20;
/** How often a thread looks whether the other one is awake: half a millisecond or so. */
const LOOKS = 10_000;

/** For so many threads; `postMessage` carries it. */
export function newPairs(threads: number): Int32Array {
  const pairs = new Int32Array(new SharedArrayBuffer(4 * (AWAKE + SLOTS)));
  pairs[WORKING] = threads;
  return pairs;
}

/**
 * Waits until another thread has come here too, and both run. The first one sleeps: a thread that slept gets a core at
 * once, and the second one waits on its own core until it did. Nobody waits for ever.
 */
export function meetAnother(pairs: Int32Array): void {
  const mine = Atomics.add(pairs, CAME, 1);
  const slot = AWAKE + ((mine >> 1) % SLOTS);
  const pair = (mine >> 1) + 1;
  if (mine % 2 === 1) {
    Atomics.notify(pairs, CAME);
    for (let look = 0; look < LOOKS && Atomics.load(pairs, slot) !== pair; look++);
    return;
  }
  if (Atomics.load(pairs, WORKING) > 1) Atomics.wait(pairs, CAME, mine + 1, NAP_MS);
  Atomics.store(pairs, slot, pair);
}

/** The thread comes no more. */
export function leavePairs(pairs: Int32Array): void {
  if (Atomics.sub(pairs, WORKING, 1) > 2) return;
  // The last one need not wait.
  Atomics.add(pairs, CAME, 2);
  Atomics.notify(pairs, CAME);
}
