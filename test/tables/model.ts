import type { TableType } from 'termstore';
import { equalKeys } from '../support/terms.js';

/**
 * Keys in the order of an ordered table; those of one group are equal there (`==`). In a hash table `equalKeys` (`=:=`)
 * decides.
 */
const GROUPS: readonly (readonly unknown[])[] = [
  [-7],
  [0, -0],
  [1, 1n],
  [1.5],
  [2n ** 70n],
  [null],
  [Symbol.for('s')],
  [new Date(5)],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [[1], [1n]],
  ['a'],
  ['long '.repeat(30)],
  [Buffer.from('x'), new Uint8Array([120])],
];

export const KEYS: readonly unknown[] = GROUPS.flat();

export type ModelRow = unknown[];

function equalRows(a: ModelRow, b: ModelRow): boolean {
  return a.length === b.length && a.every((element, i) => equalKeys(element, b[i]));
}

/** What a table does, in the plainest way. Throws the code of the error where a table would throw. */
export class Model {
  readonly #type: TableType;
  readonly #keypos: number;
  #rows: ModelRow[] = [];

  constructor(type: TableType, keypos: number) {
    this.#type = type;
    this.#keypos = keypos;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** In the order of an ordered table; in any order for a hash table. */
  rows(): readonly ModelRow[] {
    return this.#rows;
  }

  groupOf(key: unknown): number {
    return GROUPS.findIndex((group) => group.some((other) => equalKeys(other, key)));
  }

  #same(a: unknown, b: unknown): boolean {
    return this.#type === 'ordered_set' ? this.groupOf(a) === this.groupOf(b) : equalKeys(a, b);
  }

  #index(key: unknown): number {
    return this.#rows.findIndex((row) => this.#same(row[this.#keypos], key));
  }

  get bag(): boolean {
    return this.#type === 'bag' || this.#type === 'duplicate_bag';
  }

  #find(key: unknown): ModelRow | undefined {
    return this.#rows[this.#index(key)];
  }

  get(key: unknown): ModelRow | undefined {
    if (this.bag) throw new Error('ERR_ETS_TABLE_TYPE');
    return this.#find(key);
  }

  /** In the order of insertion. */
  lookup(key: unknown): ModelRow[] {
    return this.#rows.filter((row) => this.#same(row[this.#keypos], key));
  }

  /** The key of each first row. */
  keys(): unknown[] {
    return this.#rows.map((row) => row[this.#keypos]).filter((key, i) => this.#index(key) === i);
  }

  insert(row: ModelRow): void {
    if (this.bag) {
      if (this.#type === 'bag' && this.#rows.some((other) => equalRows(other, row))) return;
      this.#rows.push(row.slice());
      return;
    }
    const at = this.#index(row[this.#keypos]);
    if (at >= 0) this.#rows[at] = row.slice();
    else this.#rows.push(row.slice());
    this.#rows.sort((a, b) => this.groupOf(a[this.#keypos]) - this.groupOf(b[this.#keypos]));
  }

  insertNew(row: ModelRow): boolean {
    return this.insertNewMany([row]);
  }

  insertMany(rows: readonly ModelRow[]): void {
    for (const row of rows) this.insert(row);
  }

  insertNewMany(rows: readonly ModelRow[]): boolean {
    if (rows.some((row) => this.#index(row[this.#keypos]) >= 0)) return false;
    this.insertMany(rows);
    return true;
  }

  lookupElement(key: unknown, pos: number, defaultValue: unknown): unknown {
    const rows = this.lookup(key);
    if (rows.length === 0) return defaultValue;
    if (rows.some((row) => pos >= row.length)) throw new Error('ERR_ETS_POSITION');
    const elements = rows.map((row) => row[pos]);
    return this.bag ? elements : elements[0];
  }

  take(key: unknown): ModelRow[] {
    const taken = this.lookup(key);
    this.#rows = this.#rows.filter((row) => !taken.includes(row));
    return taken;
  }

  /** Exactly equal in every element, the key included. */
  deleteObject(row: ModelRow): boolean {
    const before = this.size;
    this.#rows = this.#rows.filter((other) => !equalRows(other, row));
    return this.size < before;
  }

  clear(): void {
    this.#rows = [];
  }

  #rowOrDefault(key: unknown, defaultRow: ModelRow | undefined): ModelRow | undefined {
    if (this.bag) throw new Error('ERR_ETS_TABLE_TYPE');
    const found = this.#find(key);
    if (found !== undefined) return found.slice();
    if (defaultRow === undefined) return undefined;
    const fresh = defaultRow.slice();
    fresh[this.#keypos] = key;
    return fresh;
  }

  /** Every step `[pos, incr]` in order; all or none. */
  updateCounter(
    key: unknown,
    steps: readonly (readonly [number, number])[],
    defaultRow?: ModelRow,
  ): number[] {
    const row = this.#rowOrDefault(key, defaultRow);
    if (row === undefined) throw new Error('ERR_ETS_BADKEY');
    const sums: number[] = [];
    for (const [pos, incr] of steps) {
      if (pos === this.#keypos) throw new Error('ERR_ETS_KEYPOS');
      if (pos >= row.length) throw new Error('ERR_ETS_POSITION');
      const value = row[pos];
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Error('ERR_ETS_BADARG');
      if (!Number.isSafeInteger(value + incr)) throw new Error('ERR_ETS_COUNTER_RANGE');
      row[pos] = value + incr;
      sums.push(value + incr);
    }
    this.insert(row);
    return sums;
  }

  updateElements(
    key: unknown,
    changes: readonly (readonly [number, unknown])[],
    defaultRow?: ModelRow,
  ): boolean {
    const row = this.#rowOrDefault(key, defaultRow);
    if (row === undefined) return false;
    if (changes.some(([pos]) => pos === this.#keypos)) throw new Error('ERR_ETS_KEYPOS');
    if (changes.some(([pos]) => pos >= row.length)) throw new Error('ERR_ETS_POSITION');
    for (const [pos, value] of changes) row[pos] = value;
    this.insert(row);
    return true;
  }
}
