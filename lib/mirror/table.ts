import type { AsyncOptions } from '../async.js';
import { fillings } from '../disk/opened.js';
import { initTable } from '../files/init-table.js';
import type { TaskOptions } from '../files/options.js';
import { type TableHandle, readInfo } from '../handle.js';
import type { HeadPattern, SpecFor } from '../query/types.js';
import { compileMatchSpec } from '../query/compile.js';
import { askChange, type QueryTable } from '../select.js';
import { runNow } from '../selection.js';
import { Table } from '../table.js';
import { decodeTermAt } from '../term/decode.js';
import { BOUND_INCLUSIVE } from '../native/control.js';
import type { Row } from '../types.js';
import type { Mirror, MirroredRows, Touched } from './mirror.js';

/** Rows that are written to the file together, when all are. */
const ALL_AT_ONCE = 1000;

/**
 * A table that is kept in a file as well: each write also goes there. Reads are those of any table.
 *
 * @internal
 */
export class MirroredTable<R extends Row = Row> extends Table<R> {
  readonly #handle: TableHandle;
  readonly #mirror: Mirror;

  constructor(handle: TableHandle, mirror: (rows: MirroredRows) => Mirror) {
    super(handle);
    this.#handle = handle;
    this.#mirror = mirror(this.#plain(handle));
    fillings.set(this, {
      requireKeys: (operation, keys) => this.#mirror.requireKeys(operation, keys),
      filled: () => this.#mirror.wrote('table.fromDets', 'all'),
    });
  }

  /** The table in memory, as its mirror looks at it: through a handle that has none. */
  #plain(handle: TableHandle): MirroredRows {
    const plain = new Table<Row>(handle);
    return {
      exists: () => readInfo(handle.tid) !== undefined,
      lookup: (key) => plain.lookup(key),
      *all() {
        const some: Row[] = [];
        for (const row of plain) {
          some.push(row);
          if (some.length === ALL_AT_ONCE) yield some.splice(0);
        }
        yield some;
      },
      restore(key, rows) {
        plain.delete(key);
        plain.insertMany(rows);
      },
      restoreAll(rows) {
        plain.deleteAllObjects();
        for (const row of rows) plain.insert(row);
      },
    };
  }

  /** The same table without its mirror. */
  unmirrored(): Table<R> {
    return new Table<R>({ ...this.#handle });
  }

  override insert(row: R): void {
    this.#mirror.requireKeys('table.insert', this.#keysOf([row]));
    this.#write(
      'insert',
      () => super.insert(row),
      () => [row[this.keypos]],
    );
  }

  override insertNew(row: R): boolean {
    this.#mirror.requireKeys('table.insertNew', this.#keysOf([row]));
    return this.#write(
      'insertNew',
      () => super.insertNew(row),
      (done) => (done ? [row[this.keypos]] : []),
    );
  }

  override insertMany(rows: Iterable<R>): void {
    const list = listed(rows);
    this.#mirror.requireKeys('table.insertMany', this.#keysOf(list));
    this.#write(
      'insertMany',
      () => super.insertMany(list),
      () => this.#keysOf(list),
    );
  }

  override insertNewMany(rows: Iterable<R>): boolean {
    const list = listed(rows);
    this.#mirror.requireKeys('table.insertNewMany', this.#keysOf(list));
    return this.#write(
      'insertNewMany',
      () => super.insertNewMany(list),
      (done) => (done ? this.#keysOf(list) : []),
    );
  }

  override delete(key: unknown): boolean {
    return this.#write(
      'delete',
      () => super.delete(key),
      (found) => (found ? [key] : []),
    );
  }

  override deleteObject(row: R): boolean {
    return this.#write(
      'deleteObject',
      () => super.deleteObject(row),
      (found) => (found ? [row[this.keypos]] : []),
    );
  }

  override deleteAllObjects(): void {
    this.#write(
      'deleteAllObjects',
      () => super.deleteAllObjects(),
      () => 'all',
    );
  }

  override take(key: unknown): R[] {
    return this.#write(
      'take',
      () => super.take(key),
      (rows) => (rows.length > 0 ? [key] : []),
    );
  }

  override updateCounter(...args: readonly unknown[]): never {
    // The overloads of the method that this one stands for are about values, not about what happens.
    this.#mirror.requireKeys('table.updateCounter', [args[0]]);
    const update = super.updateCounter.bind(this) as (...all: readonly unknown[]) => unknown;
    return this.#write(
      'updateCounter',
      () => update(...args),
      () => [args[0]],
    ) as never;
  }

  override updateElement(key: unknown, pos: number, value: unknown, defaultRow?: R): boolean {
    this.#mirror.requireKeys('table.updateElement', [key]);
    return this.#write(
      'updateElement',
      () => super.updateElement(key, pos, value, defaultRow),
      (done) => (done ? [key] : []),
    );
  }

  override updateElements(
    key: unknown,
    changes: readonly (readonly [number, unknown])[],
    defaultRow?: R,
  ): boolean {
    this.#mirror.requireKeys('table.updateElements', [key]);
    return this.#write(
      'updateElements',
      () => super.updateElements(key, changes, defaultRow),
      (done) => (done ? [key] : []),
    );
  }

  override selectTake(spec: SpecFor<R>): R[] {
    return this.#write(
      'selectTake',
      () => super.selectTake(spec),
      (rows) => this.#keysOf(rows),
    );
  }

  override selectDelete(spec: SpecFor<R>): number {
    return this.#taking('selectDelete', spec).length;
  }

  override matchDelete(pattern: HeadPattern<R>): number {
    return this.#taking('matchDelete', pattern).length;
  }

  override selectReplace(spec: SpecFor<R>): number {
    return this.#write(
      'selectReplace',
      () => super.selectReplace(spec),
      (count) => (count === 0 ? [] : this.#keysIn(spec, 'selectReplace')),
    );
  }

  override async selectTakeAsync(spec: SpecFor<R>, options?: AsyncOptions): Promise<R[]> {
    const rows = await super.selectTakeAsync(spec, options);
    await this.#mirror.wrote('table.selectTakeAsync', this.#keysOf(rows));
    return rows;
  }

  override async selectDeleteAsync(spec: SpecFor<R>, options?: AsyncOptions): Promise<number> {
    const rows = await super.selectTakeAsync(spec, options);
    await this.#mirror.wrote('table.selectDeleteAsync', this.#keysOf(rows));
    return rows.length;
  }

  override async selectReplaceAsync(spec: SpecFor<R>, options?: AsyncOptions): Promise<number> {
    const keys = this.#keysIn(spec, 'selectReplaceAsync');
    const count = await super.selectReplaceAsync(spec, options);
    if (count > 0) await this.#mirror.wrote('table.selectReplaceAsync', keys);
    return count;
  }

  override async initTable(rows: Iterable<R> | AsyncIterable<R>, options: TaskOptions = {}): Promise<void> {
    const requireKeys = (row: R): void => this.#mirror.requireKeys('table.initTable', this.#keysOf([row]));
    try {
      await initTable(this.id, this.keypos, rows, options, requireKeys);
    } finally {
      if (readInfo(this.tid) !== undefined) await this.#mirror.wrote('table.initTable', 'all');
    }
  }

  override syncMirror(): Promise<void> {
    return this.#mirror.sync('table.syncMirror');
  }

  override drop(): void {
    this.#mirror.close('table.drop');
    super.drop();
  }

  override [Symbol.dispose](): void {
    this.#mirror.close('table[Symbol.dispose]');
    super[Symbol.dispose]();
  }

  #write<T>(name: string, change: () => T, touched: (result: T) => Touched): T {
    return this.#mirror.write(`table.${name}`, change, touched);
  }

  /** Deletes by taking, because the keys of what went are needed. */
  #taking(name: 'selectDelete' | 'matchDelete', what: unknown): R[] {
    const operation = `table.${name}`;
    const target: QueryTable = { id: this.id, keypos: this.keypos, type: this.type };
    const spec = name === 'matchDelete' ? [[what, [], [true]]] : what;
    return this.#write(
      name,
      () => runNow(askChange<R>(target, 'selectTake', operation, spec).selection).results,
      (rows) => this.#keysOf(rows),
    );
  }

  /** What is no row is refused by the method that gets it. */
  #keysOf(rows: unknown): unknown[] {
    if (!Array.isArray(rows)) return [];
    return rows.map((row: unknown) => (Array.isArray(row) ? (row as unknown[])[this.keypos] : undefined));
  }

  /** The keys of the rows that `spec` may change, where it says them. */
  #keysIn(spec: SpecFor<R>, name: string): Touched {
    const ordered = this.type === 'ordered_set';
    const target = { operation: `table.${name}`, keypos: this.keypos, ordered, forReplace: true };
    const plan = compileMatchSpec(spec, target).keys;
    if (plan.kind === 'none') return [];
    const decoded = (bytes: Uint8Array<ArrayBuffer>): unknown => decodeTermAt(bytes, 0, bytes.length);
    if (plan.kind === 'keys') return plan.keys.map(decoded);
    if (plan.kind !== 'range') return 'all';
    const { lower, upper } = plan;
    const one = lower.kind === BOUND_INCLUSIVE && upper.kind === BOUND_INCLUSIVE;
    return one && Buffer.compare(lower.key, upper.key) === 0 ? [decoded(lower.key)] : 'all';
  }
}

/** An iterator is user code, and is asked once; what is none is left to the method that refuses it. */
function listed<R>(rows: Iterable<R>): Iterable<R> & R[] {
  const iterable = typeof rows === 'object' && rows !== null && typeof rows[Symbol.iterator] === 'function';
  return (iterable ? [...rows] : rows) as Iterable<R> & R[];
}
