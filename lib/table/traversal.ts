import { chunksOf, KeyIterator, RangeChunks, RowIterator, WHOLE } from '../chunks.js';
import { etsFailure } from '../failures.js';
import { checkTable, READ, tableFirst, writeKey } from '../guards.js';
import { Status } from '../native/control.js';
import { rangeOf } from '../ranges.js';
import { BACKWARD, FORWARD, NO_KEY, stepKey, stepRows } from '../reading.js';
import type { KeyAndRows, RangeOptions, Row } from '../types.js';
import { TableWrites } from './writes.js';

/** From key to key and over all rows. @internal */
export abstract class TableTraversal<R extends Row> extends TableWrites<R> {
  /** The first key (the lowest one in an `ordered_set`); `undefined` when the table is empty. */
  first(): unknown {
    return stepKey(this.id, NO_KEY, FORWARD, 'table.first');
  }

  /** The last key. In a `set`, as in Erlang, the same as `first`. */
  last(): unknown {
    return stepKey(this.id, NO_KEY, BACKWARD, 'table.last');
  }

  /**
   * The key after `key`; `undefined` at the end. In an `ordered_set` `key` need not be there.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `key` is not in the `set`.
   */
  next(key: unknown): unknown {
    return stepKey(this.id, writeKey(this.id, key, READ, 'table.next'), FORWARD, 'table.next');
  }

  /** The key before `key`; `undefined` at the start. In a `set`, as in Erlang, the same as `next`. */
  prev(key: unknown): unknown {
    return stepKey(this.id, writeKey(this.id, key, READ, 'table.prev'), BACKWARD, 'table.prev');
  }

  /** The first key with its rows, in one atomic step; `undefined` when the table is empty. */
  firstLookup(): KeyAndRows<R> | undefined {
    return stepRows(this.id, this.keypos, NO_KEY, FORWARD, 'table.firstLookup');
  }

  /** The last key with its rows. */
  lastLookup(): KeyAndRows<R> | undefined {
    return stepRows(this.id, this.keypos, NO_KEY, BACKWARD, 'table.lastLookup');
  }

  /** The key after `key` with its rows; `undefined` at the end. Errors: as `next`. */
  nextLookup(key: unknown): KeyAndRows<R> | undefined {
    const size = writeKey(this.id, key, READ, 'table.nextLookup');
    return stepRows(this.id, this.keypos, size, FORWARD, 'table.nextLookup');
  }

  /** The key before `key` with its rows; `undefined` at the start. Errors: as `prev`. */
  prevLookup(key: unknown): KeyAndRows<R> | undefined {
    const size = writeKey(this.id, key, READ, 'table.prevLookup');
    return stepRows(this.id, this.keypos, size, BACKWARD, 'table.prevLookup');
  }

  /**
   * The rows of a part of an `ordered_set`, in key order. Iterate over it as often as you like: each time it is read
   * anew, in chunks; a row that stays in the table meanwhile is met exactly once.
   *
   * Time: O(log n) for each chunk, O(1) for each row.
   *
   * @throws {EtsError} `ERR_ETS_TABLE_TYPE` for a `set`.
   */
  range(options: RangeOptions = {}): Iterable<R> {
    const operation = 'table.range';
    const { lower, upper, reverse, limit } = tableFirst(this.id, READ, operation, () =>
      rangeOf(options, operation),
    );
    checkTable(this.id, READ, operation);
    if (this.type !== 'ordered_set') throw etsFailure(Status.TableType, operation);
    return {
      [Symbol.iterator]: () =>
        new RowIterator(new RangeChunks<R>(this.id, lower, upper, reverse, operation), limit),
    };
  }

  /** All rows, in key order in an `ordered_set`. As a snapshot against `insertMany`, not against single writes. Time: O(n). */
  tab2list(): R[] {
    const source = chunksOf<R>(this.id, this.type, 'table.tab2list');
    let { rows, done } = source.next(Infinity, WHOLE);
    while (!done) {
      const chunk = source.next(Infinity, WHOLE);
      rows = rows.concat(chunk.rows);
      done = chunk.done;
    }
    return rows;
  }

  /**
   * Iterates over all rows, in key order in an `ordered_set`, in chunks. Safe under concurrent change: a row that stays
   * in the table is met exactly once; one that comes or goes meanwhile may be met or not.
   */
  [Symbol.iterator](): IterableIterator<R> {
    return new RowIterator(chunksOf<R>(this.id, this.type, 'table iteration'));
  }

  /** Iterates over all keys; the promises are those of the iteration over rows. */
  keys(): IterableIterator<unknown> {
    return new KeyIterator(chunksOf<R>(this.id, this.type, 'table.keys'), this.keypos);
  }
}
