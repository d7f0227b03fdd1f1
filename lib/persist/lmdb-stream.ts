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
    this.#events = environment.openDB<boolean>({
      name,
      encoding: 'binary',
      encoder: {
        encode: (value: Uint8Array) => value,
        decode: (bytes: Uint8Array<ArrayBuffer>, size: number) => this.#look(bytes, size),
      },
      keyEncoder: {
        writeKey: (key: Uint8Array, target: Uint8Array, start: number) => {
          target.set(key, start);
          return start + key.length;
        },
        // Called before the value is decoded, which looks at it.
        readKey: (bytes: Uint8Array, _start: number, end: number) => {
          this.#key = bytes;
          this.#keyEnd = end;
        },
      },
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
