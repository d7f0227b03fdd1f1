import { setImmediate } from 'node:timers/promises';

/** How long a task may hold the event loop at a time. */
const SLICE_MS = 2;
/** The clock is not looked at for every unit of work, unless they are large. */
const UNITS_PER_LOOK = 16;
const BYTES_PER_LOOK = 1 << 14;

/** Tells a long task when to let others have the event loop. */
export class Pace {
  #units = 0;
  #bytes = 0;
  #until = performance.now() + SLICE_MS;

  /** Counts one unit of work, of so many bytes; true when the slice is over and `turn()` should be awaited. */
  isOver(bytes: number): boolean {
    this.#bytes += bytes;
    if (++this.#units < UNITS_PER_LOOK && this.#bytes < BYTES_PER_LOOK) return false;
    this.#units = 0;
    this.#bytes = 0;
    return performance.now() >= this.#until;
  }

  /** Lets everything else that is due run, then begins a new slice. */
  async turn(): Promise<void> {
    await setImmediate();
    this.#until = performance.now() + SLICE_MS;
  }
}
