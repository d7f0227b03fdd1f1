/* What threads of one test share: where they meet, and when to stop. */

const HERE = 0;
const STOP = 1;

/** A gate for any number of threads; `postMessage` carries it. */
export function newGate(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/**
 * Waits until `threads` threads have come here, so that they work at the same time. Asleep, not spinning: a thread that has
 * used up its share of a busy core would be sent to the end of the queue just when it should start.
 */
export function meet(gate: Int32Array, threads: number): void {
  if (Atomics.add(gate, HERE, 1) + 1 === threads) Atomics.notify(gate, HERE);
  for (let here = Atomics.load(gate, HERE); here < threads; here = Atomics.load(gate, HERE))
    Atomics.wait(gate, HERE, here, 10);
}

export function stop(gate: Int32Array): void {
  Atomics.store(gate, STOP, 1);
}

export function stopped(gate: Int32Array): boolean {
  return Atomics.load(gate, STOP) !== 0;
}
