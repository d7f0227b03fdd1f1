import { readInfo, type TableHandle } from '../handle.js';
import type { NearCache } from '../near-cache.js';
import type { Row, TableType, Tid } from '../types.js';

/**
 * What every group of methods needs to know of its table. `Table` is a chain of such groups, each a class in a file of its own
 * that extends the one before: base, reads, writes,
 * traversal, queries, queries-async, admin, files.
 *
 * @internal
 */
export abstract class TableBase<R extends Row> {
  /** Names this table for ever, in every thread. */
  readonly tid: Tid;
  /** The table's number, as native code wants it. */
  protected readonly id: number;
  protected readonly keypos: number;
  protected readonly type: TableType;
  /** Whether a key may have several rows. */
  protected readonly bag: boolean;
  /** Whether rows are given out frozen and shared. */
  protected readonly shares: boolean;
  /** What this thread keeps of the rows; `undefined` until it has read a few, and where that is impossible. */
  protected near: NearCache | undefined = undefined;
  /** The last name known. */
  #name: string;
  /** Two handles with different rows are different types. */
  declare protected readonly rowType: R;

  /** @internal Use `ets.new` or `ets.table`. */
  constructor(handle: TableHandle) {
    this.tid = handle.tid;
    this.id = handle.tid | 0;
    this.keypos = handle.keypos;
    this.type = handle.type;
    this.bag = handle.type === 'bag' || handle.type === 'duplicate_bag';
    this.shares = handle.readConcurrency;
    this.#name = handle.name;
  }

  /**
   * The table's name, registered or not; the last one known after the table was dropped. Time: O(1).
   *
   * @example
   * ```js
   * const users = ets.new('users');
   * users.rename('people');
   * users.name; // 'people'
   * ```
   */
  get name(): string {
    const info = readInfo(this.tid);
    if (info !== undefined) this.#name = info.name;
    return this.#name;
  }
}
