import { badArgument, etsFailure, kindOf } from '../failures.js';
import * as guards from '../guards.js';
import { native } from '../native/binding.js';
import { nearCacheOf, type Kept, type NearCache } from '../near-cache.js';
import * as control from '../native/control.js';
import { findRow, findRows, readTerm, readTerms } from '../reading.js';
import { freezeTerm } from '../term/freeze.js';
import type { Row } from '../types.js';
import { requirePosition } from '../updates.js';
import { TableBase } from './base.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const { ctl, A, B, STATUS, TABLE, Status } = control;
const { lookupElement, member } = native;
const { checkTable, READ, tableFirst, wasFound, writeKey } = guards;

/** A handle that is used a few times needs no cache. */
const READS_UNTIL_NEAR = 64;

/** What is kept of a bag: all rows of a key, or none. */
function keptRows<R extends Row>(kept: Kept): readonly R[] {
  return (kept.row ?? []) as readonly R[];
}

function elementOf(row: Row, pos: number, operation: string): unknown {
  if (pos >= row.length) throw etsFailure(Status.Position, operation);
  return row[pos];
}

/** Reading the rows of one key. @internal */
export abstract class TableReads<R extends Row> extends TableBase<R> {
  /** As long as there is no near cache. */
  #reads = 0;

  /**
   * All rows with this key: none or one; of a bag in the order in which they were inserted.
   *
   * Time: O(1) in a `set` and, for each row, in a bag; O(log n) in an `ordered_set`.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#lookup/2
   * @example
   * ```js
   * const ports = ets.new('ports', { type: 'bag' });
   * ports.insertMany([['tcp', 443], ['tcp', 80]]);
   * ports.lookup('tcp'); // [['tcp', 443], ['tcp', 80]]
   * ports.lookup('udp'); // []
   * ```
   */
  lookup(key: unknown): R[] {
    if (this.bag) return this.#lookup(key, 'table.lookup');
    const row = this.#get(key, 'table.lookup');
    return row === undefined ? [] : [row];
  }

  /**
   * The row with this key, or `undefined`. What to use where a key has one row at most: `lookup` without the array around it.
   *
   * Time: O(1) in a `set`, O(log n) in an `ordered_set`.
   *
   * @throws {EtsError} `ERR_ETS_TABLE_TYPE` for a bag, where a key may have several rows.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#lookup/2
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insert([{ org: 1, id: 2 }, 'ada']);
   * users.get({ id: 2, org: 1 }); // [{ org: 1, id: 2 }, 'ada']: keys are compared by value
   * users.get('nobody'); // undefined
   * ```
   */
  get(key: unknown): R | undefined {
    if (this.bag) {
      checkTable(this.id, READ, 'table.get');
      throw etsFailure(Status.TableType, 'table.get');
    }
    return this.#get(key, 'table.get');
  }

  /**
   * Whether a row has this key. Time: as `lookup`, without copying the row.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#member/2
   * @example
   * ```js
   * const seen = ets.new('seen');
   * seen.insert([1]);
   * seen.member(1); // true
   * seen.member(1n); // false: a bigint is another key, except in an ordered_set
   * ```
   */
  member(key: unknown): boolean {
    const kept = this.#kept(key, 'table.member');
    if (kept !== undefined) return kept.row !== undefined;
    const size = writeKey(this.id, key, READ, 'table.member');
    ctl[TABLE] = this.id;
    ctl[A] = size;
    member();
    return wasFound('table.member');
  }

  /**
   * Element `pos` of the row with this key, without decoding the others; of a bag an array of that element of every row.
   * Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADKEY` when there is no such row and no `defaultValue`; `ERR_ETS_POSITION` when the row (of a bag: any
   * row of the key) has no element `pos`, also with a `defaultValue`, and for a position that no row can have.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#lookup_element/4
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insert(['ada', 'Ada Lovelace', 1815]);
   * users.lookupElement('ada', 2); // 1815
   * users.lookupElement('bob', 2, 0); // 0
   * users.lookupElement('bob', 2); // throws ERR_ETS_BADKEY
   * users.lookupElement('ada', 3); // throws ERR_ETS_POSITION
   * ```
   */
  lookupElement(key: unknown, pos: number, defaultValue?: unknown): unknown {
    const operation = 'table.lookupElement';
    const position =
      typeof pos === 'number' && pos >= 0 && (pos | 0) === pos ? pos : this.#position(pos, operation);
    const kept = this.#kept(key, operation);
    let length: number;
    if (kept !== undefined) {
      if (kept.row !== undefined) return this.#element(kept, position, operation);
      length = Status.NotFound;
    } else {
      const size = writeKey(this.id, key, READ, operation);
      ctl[TABLE] = this.id;
      ctl[A] = size;
      ctl[B] = position;
      lookupElement();
      length = ctl[STATUS] as number;
      if (length > 0) {
        const found = this.bag ? readTerms(length, operation) : readTerm(length, operation);
        return this.shares ? freezeTerm(found) : found;
      }
    }
    // Not `defaultValue !== undefined`: undefined is a value like any other.
    if (length === Status.NotFound && arguments.length > 2) return defaultValue;
    throw etsFailure(length === Status.NotFound ? Status.BadKey : length, operation);
  }

  /**
   * Several elements of the row with this key, in the order of `positions`, in one crossing; of a bag an array of such
   * arrays, one for each row. Time: as `lookup`.
   *
   * @throws {EtsError} `ERR_ETS_BADKEY` when there is no such row; `ERR_ETS_POSITION` when the row is too short.
   * @example
   * ```js
   * const users = ets.new('users');
   * users.insert(['ada', 'Ada Lovelace', 1815, { admin: true }]);
   * users.lookupElements('ada', [2, 1]); // [1815, 'Ada Lovelace']
   * ```
   */
  lookupElements(key: unknown, positions: readonly number[]): unknown[] {
    const operation = 'table.lookupElements';
    const wanted = tableFirst(this.id, READ, operation, () => {
      if (!Array.isArray(positions))
        throw badArgument(operation, `positions must be an array, not ${kindOf(positions)}`);
      // Unlike map(), which skips holes.
      return Array.from(positions, (pos) => requirePosition(pos, 'a position', operation));
    });
    const pick = (row: Row): unknown[] => wanted.map((pos) => elementOf(row, pos, operation));
    if (this.bag) {
      const rows = this.#lookup(key, operation);
      if (rows.length === 0) throw etsFailure(Status.BadKey, operation);
      return rows.map(pick);
    }
    const row = this.#get(key, operation);
    if (row === undefined) throw etsFailure(Status.BadKey, operation);
    return pick(row);
  }

  /** Before a read that finds no near cache: makes one when there were enough of them. */
  #countRead(): NearCache | undefined {
    const enough = this.shares ? 1 : READS_UNTIL_NEAR;
    // Every change of an ordered table makes all threads forget all of its rows; and a bag's are too many to copy.
    if (++this.#reads === enough && (this.shares || this.type === 'set'))
      this.near = nearCacheOf(this.id, this.keypos, this.shares, this.bag);
    return this.near;
  }

  /** The row of the key as this thread keeps it, true at this moment; `undefined`: the table is to be asked. */
  #kept(key: unknown, operation: string): Kept | undefined {
    const near = this.near ?? this.#countRead();
    if (near === undefined || (typeof key !== 'number' && typeof key !== 'string')) return undefined;
    // Here, because a call would be a good part of what such a read costs beside the table's own.
    if (near.pause > 0) {
      near.pause--;
      near.misses++;
      return undefined;
    }
    const known = near.find(key);
    if (known !== undefined && Atomics.load(near.words, known.place) === known.version) {
      near.hits++;
      return known;
    }
    return near.read(key, known, operation);
  }

  #get(key: unknown, operation: string): R | undefined {
    const kept = this.#kept(key, operation);
    if (kept !== undefined) return (this.shares ? kept.row : kept.copy()) as R | undefined;
    const row = findRow<R>(this.id, this.keypos, key, operation);
    return this.shares ? (freezeTerm(row) as R | undefined) : row;
  }

  /** All rows of a bag's key. */
  #lookup(key: unknown, operation: string): R[] {
    const kept = this.#kept(key, operation);
    if (kept !== undefined) return keptRows<R>(kept).slice();
    const rows = findRows<R>(this.id, key, operation);
    if (this.shares) rows.forEach(freezeTerm);
    return rows;
  }

  #element(kept: Kept, pos: number, operation: string): unknown {
    const row = kept.row as Row;
    if (this.bag) return keptRows(kept).map((each) => elementOf(each, pos, operation));
    if (pos >= row.length) throw etsFailure(Status.Position, operation);
    return this.shares ? row[pos] : kept.copyElement(pos);
  }

  #position(pos: unknown, operation: string): number {
    return tableFirst(this.id, READ, operation, () => {
      const position = requirePosition(pos, '`pos`', operation);
      // OTP asks for the key only when the position may exist in some row.
      if (!Number.isSafeInteger(pos) || (pos as number) < 0) throw etsFailure(Status.Position, operation);
      return position;
    });
  }
}
