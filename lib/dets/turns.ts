import { setImmediate as nextTurn } from 'node:timers/promises';

/** After so many milliseconds others have the event loop. */
const TURN_MS = 4;

/** Gives others the event loop now and then. */
export class Turns {
  #since = performance.now();

  async next(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
