import type { Place, Source } from './selection.js';

/** What a continuation holds. */
interface Rest {
  readonly source: Source;
  readonly place: Place;
  readonly limit: number;
}

let open: (continuation: Continuation<unknown>) => Rest | undefined;

/**
 * Where a selection with a limit goes on; made by `select`, `match`, `matchObject` and `selectReverse`, and given to one of them
 * again.
 *
 * It names its table, keeps nothing in it, and never changes: given twice, it yields the same rows as long as the table
 * is the same. It belongs to the thread that made it.
 */
export class Continuation<T = unknown> {
  readonly #rest: Rest;
  /** What the next chunk holds. */
  declare protected readonly resultType: T;

  static {
    open = (continuation) => (#rest in continuation ? continuation.#rest : undefined);
  }

  /** @internal */
  constructor(source: Source, place: Place, limit: number) {
    this.#rest = { source, place, limit };
    Object.freeze(this);
  }
}

/** What `continuation` holds; `undefined` when no selection has made it. */
export function restOf(continuation: Continuation<unknown>): Rest | undefined {
  const rest = open(continuation);
  return rest?.source === undefined ? undefined : rest;
}

/** Some results of a selection, and where it goes on. */
export interface SelectChunk<T> {
  /** At most as many as the limit said, at least one. */
  readonly results: T[];
  /** `undefined`: these were the last results. There may turn out to be none behind another value, too. */
  readonly continuation: Continuation<T> | undefined;
}
