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

/** What a table does, in the plainest way. Throws the code of the error where a table would throw. */
export class Model {
  readonly #ordered: boolean;
  readonly #keypos: number;
  #rows: ModelRow[] = [];

  constructor(ordered: boolean, keypos: number) {
    this.#ordered = ordered;
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
    return this.#ordered ? this.groupOf(a) === this.groupOf(b) : equalKeys(a, b);
  }

  #index(key: unknown): number {
    return this.#rows.findIndex((row) => this.#same(row[this.#keypos], key));
  }

  get(key: unknown): ModelRow | undefined {
    return this.#rows[this.#index(key)];
  }

  insert(row: ModelRow): void {
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
    const row = this.get(key);
    if (row === undefined) return defaultValue;
    if (pos >= row.length) throw new Error('ERR_ETS_POSITION');
    return row[pos];
  }

  take(key: unknown): ModelRow[] {
    const at = this.#index(key);
    return at < 0 ? [] : this.#rows.splice(at, 1);
  }

  /** Exactly equal in every element, the key included. */
  deleteObject(row: ModelRow): boolean {
    const found = this.get(row[this.#keypos]);
    if (found === undefined || found.length !== row.length) return false;
    if (!found.every((element, i) => equalKeys(element, row[i]))) return false;
    return this.take(row[this.#keypos]).length === 1;
  }

  clear(): void {
    this.#rows = [];
  }

  #rowOrDefault(key: unknown, defaultRow: ModelRow | undefined): ModelRow | undefined {
    const found = this.get(key);
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
