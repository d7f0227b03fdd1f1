import { openInPlace } from '../disk/in-place.js';
import type { LmdbDatabase, LmdbEnvironment } from '../disk/lmdb.js';
import { readEvent } from './lmdb-codec.js';
import type { JournalVisit } from './store.js';

const NOTHING = new Uint8Array(0);

/**
 * The events of a file, one after the other, where the engine leaves them: without a copy or an object for each, reading
 * a million events is a matter of what is done with each of them.
 */
export class EventStream {
  readonly #events: LmdbDatabase<boolean>;
  #visit: JournalVisit = () => undefined;
  #key: Uint8Array = NOTHING;
  #keyEnd = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(environment: LmdbEnvironment, name: string) {
    this.#events = openInPlace(environment, name, {
      key: (bytes, _start, end) => {
        this.#key = bytes;
        this.#keyEnd = end;
      },
      value: (bytes, size) => this.#look(bytes, size),
    }) as LmdbDatabase<boolean>;
  }

  /** What is thrown inside the engine's iterator would leave its transaction open. */
  #look(bytes: Uint8Array<ArrayBuffer>, size: number): boolean {
    try {
      readEvent(this.#key, this.#keyEnd, bytes, size, this.#visit);
      return true;
    } catch (error) {
      this.#failure = { error };
      return false;
    }
  }

  /** Visits the events with keys from `start` up to `end`; throws what `visit` throws. */
  each(start: Uint8Array, end: Uint8Array, visit: JournalVisit): void {
    this.#visit = visit;
    this.#failure = undefined;
    for (const { value: more } of this.#events.getRange({ start, end })) if (!more) break;
    // Only now: the loop above is closed, and with it the engine's transaction.
    const failure = this.#failure as { readonly error: unknown } | undefined;
    if (failure !== undefined) throw failure.error;
  }
}
