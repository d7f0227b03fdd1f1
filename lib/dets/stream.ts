import { openInPlace } from '../disk/in-place.js';
import type { LmdbDatabase, LmdbEnvironment } from '../disk/lmdb.js';
import { after } from '../disk/order-key.js';
import { ROWS_NAME } from './header.js';

/** Looks at a row where the engine left it; the bytes are used again for the next one. False: this is enough. */
export type Visit = (bytes: Uint8Array, size: number) => boolean;

const START = Buffer.of(0);
const NOTHING = new Uint8Array(0);

/**
 * The rows of a file, one after the other, without a copy or an object for each: reading a million rows is a matter of what is done for
 * each of them.
 */
export class RowStream {
  readonly #rows: LmdbDatabase<boolean>;
  #visit: Visit = () => false;
  #keyBytes: Uint8Array = NOTHING;
  #keyStart = 0;
  #keyEnd = 0;

  constructor(environment: LmdbEnvironment) {
    const rows = openInPlace(environment, ROWS_NAME, {
      // Needed only where the last visit ended.
      key: (bytes, start, end) => {
        this.#keyBytes = bytes;
        this.#keyStart = start;
        this.#keyEnd = end;
      },
      value: (bytes, size) => this.#visit(bytes, size),
    });
    if (rows === undefined) throw new Error('the rows are missing');
    this.#rows = rows;
  }

  /** Visits rows from `from` on; returns where to go on, `undefined` at the end. */
  each(from: Uint8Array | undefined, visit: Visit): Uint8Array | undefined {
    this.#visit = visit;
    this.#rows.resetReadTxn();
    for (const { value: more } of this.#rows.getRange({ start: from ?? START })) {
      if (!more) return after(this.#keyBytes.subarray(this.#keyStart, this.#keyEnd));
    }
    return undefined;
  }
}
