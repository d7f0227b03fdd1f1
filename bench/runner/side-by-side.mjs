import { median } from './stats.mjs';

/**
 * The times of sides that do the same work, in rounds: every side once in each, and in each round another one first, so that none always
 * follows the same one. What is told of two sides is their ratio within a round: what else the machine does in a minute then concerns both.
 */
export class SideBySide {
  /** Milliseconds of each round, by side. */
  #times = new Map();
  #round = 0;

  /** One round: `sides` is a list of `[name, work]`. */
  async round(sides) {
    const first = this.#round++ % sides.length;
    for (const [name, work] of [...sides.slice(first), ...sides.slice(0, first)]) {
      const start = performance.now();
      await work();
      const ms = performance.now() - start;
      this.#times.set(name, [...(this.#times.get(name) ?? []), ms]);
    }
  }

  get names() {
    return [...this.#times.keys()];
  }

  /** The median of a side's rounds, in milliseconds. */
  ms(name) {
    return median(this.#times.get(name));
  }

  /** How much time `name` takes of that of `peer`: the median of the rounds, and between what the middle half of them lies. */
  ratio(name, peer) {
    const others = this.#times.get(peer);
    const ratios = this.#times.get(name).map((ms, i) => ms / others[i]);
    const sorted = ratios.sort((a, b) => a - b);
    const quarter = Math.floor(sorted.length / 4);
    return { median: median(sorted), low: sorted[quarter], high: sorted[sorted.length - 1 - quarter] };
  }
}

/** `1.12 × (1.05–1.20)`, the times of a peer. */
export function shownRatio({ median: middle, low, high }) {
  return `${middle.toFixed(2)} × (${low.toFixed(2)}–${high.toFixed(2)})`;
}
