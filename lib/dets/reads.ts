import type { LmdbRange } from '../disk/lmdb.js';
import { afterPrefix } from '../disk/order-key.js';
import { groupOf, rowIn, soughtKey } from '../disk/rows.js';
import { kindOf } from '../failures.js';
import type { Row } from '../types.js';
import { DetsBase } from './base.js';
import { badArgument, detsFailure } from './failures.js';
import type { Store } from './store.js';

/** The values of all rows of the key whose entries begin with `group`, oldest first. */
export function groupValues(store: Store, group: Uint8Array, operation: string): Uint8Array<ArrayBuffer>[] {
  const values: Uint8Array<ArrayBuffer>[] = [];
  for (const { value } of store.rows.getRange({ start: group, end: afterPrefix(group) })) {
    store.requireWhole(value, operation);
    values.push(value);
  }
  return values;
}

/** Reading: at once, from what is mapped into memory. @internal */
export abstract class DetsReads<R extends Row> extends DetsBase<R> {
  /**
   * The rows with this key, in a bag in the order in which they were inserted. Sees every write that was acknowledged before, by whatever
   * thread or process. Time: O(log n), and the disk where the row is not in memory.
   *
   * @throws {DetsError} `ERR_DETS_BADARG` when the key is `undefined`; `ERR_DETS_FILE` when the row is damaged.
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when the key is no term.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#lookup/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `lookup-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file, type: 'bag' });
   * await users.insertMany([['ada', 1], ['ada', 2]]);
   * users.lookup('ada'); // [['ada', 1], ['ada', 2]]
   * users.lookup('bob'); // []
   * await users.close();
   * dets.remove(file);
   * ```
   */
  lookup(key: unknown): R[] {
    const operation = 'detsTable.lookup';
    const store = this.store(operation);
    const bytes = soughtKey(key, this.type, operation);
    store.rows.resetReadTxn();
    if (store.bag) return groupValues(store, bytes, operation).map((value) => rowIn<R>(value));
    const value = store.get(bytes, operation);
    return value === undefined ? [] : [rowIn<R>(value)];
  }

  /**
   * The row with this key, or `undefined`. Time: as `lookup`.
   *
   * @throws {DetsError} `ERR_DETS_TABLE_TYPE` for a bag; otherwise as `lookup`.
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `get-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insert(['ada', 1815]);
   * users.get('ada'); // ['ada', 1815]
   * users.get('bob'); // undefined
   * await users.close();
   * dets.remove(file);
   * ```
   */
  get(key: unknown): R | undefined {
    const operation = 'detsTable.get';
    const store = this.store(operation);
    if (store.bag)
      throw detsFailure('ERR_DETS_TABLE_TYPE', operation, 'a key of a bag may have several rows');
    const bytes = soughtKey(key, this.type, operation);
    store.rows.resetReadTxn();
    const value = store.get(bytes, operation);
    return value === undefined ? undefined : rowIn<R>(value);
  }

  /**
   * Whether there is a row with this key. Time: as `lookup`.
   *
   * @throws as `lookup`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#member/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `member-${process.pid}.dets`);
   * const users = await dets.openFile('users', { file });
   * await users.insert(['ada', 1815]);
   * users.member('ada'); // true
   * users.member('bob'); // false
   * await users.close();
   * dets.remove(file);
   * ```
   */
  member(key: unknown): boolean {
    const operation = 'detsTable.member';
    const store = this.store(operation);
    const bytes = soughtKey(key, this.type, operation);
    store.rows.resetReadTxn();
    if (!store.bag) return store.rows.doesExist(bytes);
    return this.#entryKey(store, { start: bytes, end: afterPrefix(bytes), limit: 1 }) !== undefined;
  }

  /**
   * The first key of the file, or `undefined` when it is empty; in an `ordered_set` the smallest one. Time: as `lookup`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#first/1
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `first-${process.pid}.dets`);
   * const numbers = await dets.openFile('numbers', { file, type: 'ordered_set' });
   * await numbers.insertMany([[3], [1], [2]]);
   * numbers.first(); // 1
   * numbers.last(); // 3
   * await numbers.close();
   * dets.remove(file);
   * ```
   */
  first(): unknown {
    return this.#step({ limit: 1 }, 'detsTable.first');
  }

  /**
   * The last key of the file, or `undefined`. OTP's dets has no such function. Time: as `lookup`.
   *
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `last-${process.pid}.dets`);
   * const numbers = await dets.openFile('numbers', { file, type: 'ordered_set' });
   * numbers.last(); // undefined
   * await numbers.insertMany([[1], [20], [3]]);
   * numbers.last(); // 20
   * await numbers.close();
   * dets.remove(file);
   * ```
   */
  last(): unknown {
    return this.#step({ reverse: true, limit: 1 }, 'detsTable.last');
  }

  /**
   * The key behind `key` in the order of the file, or `undefined`; in an `ordered_set` the next greater one. `key` need not be there: every
   * key has a place. Time: as `lookup`.
   *
   * @throws as `lookup`.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#next/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `next-${process.pid}.dets`);
   * const numbers = await dets.openFile('numbers', { file, type: 'ordered_set' });
   * await numbers.insertMany([[1], [20], [3]]);
   * numbers.next(1); // 3
   * numbers.next(2); // 3
   * numbers.next(20); // undefined
   * await numbers.close();
   * dets.remove(file);
   * ```
   */
  next(key: unknown): unknown {
    const operation = 'detsTable.next';
    this.store(operation);
    return this.#step({ start: afterPrefix(soughtKey(key, this.type, operation)), limit: 1 }, operation);
  }

  /**
   * The key before `key`, or `undefined`. OTP's dets has no such function. Time: as `lookup`.
   *
   * @throws as `lookup`.
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `prev-${process.pid}.dets`);
   * const numbers = await dets.openFile('numbers', { file, type: 'ordered_set' });
   * await numbers.insertMany([[1], [20], [3]]);
   * numbers.prev(20); // 3
   * numbers.prev(1); // undefined
   * await numbers.close();
   * dets.remove(file);
   * ```
   */
  prev(key: unknown): unknown {
    const operation = 'detsTable.prev';
    const store = this.store(operation);
    const bytes = soughtKey(key, this.type, operation);
    store.rows.resetReadTxn();
    for (const { key: found, value } of store.rows.getRange({ start: bytes, reverse: true, limit: 2 })) {
      // The engine begins with the key itself.
      if (Buffer.compare(found, bytes) >= 0) continue;
      store.requireWhole(value, operation);
      return rowIn<R>(value)[this.keypos];
    }
    return undefined;
  }

  /**
   * The rows of key number `i` in the order of the file, from 0; `undefined` behind the last one. Time: O(i).
   *
   * @throws {DetsError} `ERR_DETS_BADARG` when `i` is no whole number from 0.
   * @see https://www.erlang.org/doc/apps/stdlib/dets.html#slot/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `slot-${process.pid}.dets`);
   * const numbers = await dets.openFile('numbers', { file, type: 'ordered_set' });
   * await numbers.insertMany([[1], [20], [3]]);
   * numbers.slot(1); // [[3]]
   * numbers.slot(3); // undefined
   * await numbers.close();
   * dets.remove(file);
   * ```
   */
  slot(i: number): R[] | undefined {
    const operation = 'detsTable.slot';
    const store = this.store(operation);
    if (!Number.isSafeInteger(i) || i < 0)
      throw badArgument(operation, `\`i\` must be a whole number from 0, not ${kindOf(i)}`);
    store.rows.resetReadTxn();
    const key = store.bag ? this.#group(store, i) : this.#entryKey(store, { offset: i, limit: 1 });
    if (key === undefined) return undefined;
    const values = store.bag ? groupValues(store, key, operation) : [store.get(key, operation)!];
    return values.map((value) => rowIn<R>(value));
  }

  /** The keys that there are, one by one. */
  protected *groups(store: Store): Generator<Uint8Array<ArrayBuffer>> {
    for (let start: Uint8Array | undefined; ;) {
      const key = this.#entryKey(store, { ...(start && { start }), limit: 1 });
      if (key === undefined) return;
      const group = groupOf(key);
      yield group;
      start = afterPrefix(group);
    }
  }

  #group(store: Store, i: number): Uint8Array<ArrayBuffer> | undefined {
    let left = i;
    for (const group of this.groups(store)) if (left-- === 0) return group;
    return undefined;
  }

  #entryKey(store: Store, range: LmdbRange): Uint8Array<ArrayBuffer> | undefined {
    for (const key of store.rows.getKeys(range)) return key;
    return undefined;
  }

  #step(range: LmdbRange, operation: string): unknown {
    const store = this.store(operation);
    store.rows.resetReadTxn();
    for (const { value } of store.rows.getRange(range)) {
      store.requireWhole(value, operation);
      return rowIn<R>(value)[this.keypos];
    }
    return undefined;
  }
}
