import { setImmediate } from 'node:timers/promises';

/** How long a task may hold the event loop at a time. */
const SLICE_MS = 2;
/** The clock is not looked at for every unit of work. */
const UNITS_PER_LOOK = 16;

/** Tells a long task when to let others have the event loop. */
export class Pace {
  #units = 0;
  #until = performance.now() + SLICE_MS;

  /** Counts one small unit of work; true when the slice is over and `turn()` should be awaited. */
  isOver(): boolean {
    if (++this.#units % UNITS_PER_LOOK !== 0) return false;
    return performance.now() >= this.#until;
  }

  /** Lets everything else that is due run, then begins a new slice. */
  async turn(): Promise<void> {
    await setImmediate();
    this.#until = performance.now() + SLICE_MS;
  }
}
