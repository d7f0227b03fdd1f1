import { encodeKey, request } from './term/encode.js';
import { isPrimitive } from './term/kinds.js';
import { generationOf } from './generations.js';

/** Something that is true as long as the slot's generation is the one noted. */
export class Stamped {
  readonly slot: number;
  readonly generation: number;

  constructor(slot: number, generation: number) {
    this.slot = slot;
    this.generation = generation;
  }

  get current(): boolean {
    return generationOf(this.slot) === this.generation;
  }
}

/**
 * What this thread keeps of persistent terms, by key: primitive keys as they are (a Map compares keys as terms do: NaN
 * is itself, 0 is -0, 1 is not 1n), all others by their bytes.
 */
export class TermCache<Entry extends Stamped> {
  /** For the shortest path of a read. */
  readonly primitives = new Map<unknown, Entry>();
  readonly #composites = new Map<string, Entry>();
  /** Entries that were added since the last sweep. */
  #added = 0;

  /**
   * What is kept for `key`, current or not; the key's bytes are then in the request if it is no primitive.
   *
   * @throws {TermError} when `key` is no term.
   */
  find(key: unknown): Entry | undefined {
    return isPrimitive(key) ? this.primitives.get(key) : this.#composites.get(nameOf(encodeKey(key)));
  }

  set(key: unknown, entry: Entry): void {
    this.#sweepSometimes();
    if (isPrimitive(key)) this.primitives.set(key, entry);
    else this.#composites.set(nameOf(encodeKey(key)), entry);
  }

  delete(key: unknown): void {
    if (isPrimitive(key)) this.primitives.delete(key);
    else this.#composites.delete(nameOf(encodeKey(key)));
  }

  /** Forgets what was replaced or erased, at a cost that the additions before have paid for. */
  #sweepSometimes(): void {
    if (++this.#added < this.primitives.size + this.#composites.size + 64) return;
    this.#added = 0;
    for (const [key, entry] of this.primitives) if (!entry.current) this.primitives.delete(key);
    for (const [name, entry] of this.#composites) if (!entry.current) this.#composites.delete(name);
  }
}

/** The first `size` bytes of the request as a string of as many characters. */
function nameOf(size: number): string {
  return Buffer.from(request.bytes.buffer, request.bytes.byteOffset, size).toString('latin1');
}
