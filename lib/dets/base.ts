import type { Row, TableType } from '../types.js';
import { diskTables } from '../disk/opened.js';
import { hasEngineEnded, type LmdbWrite, reasonOf } from '../disk/lmdb.js';
import { DetsError } from '../errors.js';
import { diskFailure } from '../disk/failures.js';
import { detsFailure } from './failures.js';
import type { Acknowledgement, OpenPlan } from './options.js';
import type { RepairReport } from './repair.js';
import type { Store } from './store.js';

/** The handles of this thread. */
export const handles = new Set<DetsBase<Row>>();

/**
 * What every group of methods needs to know of its table. `DetsTable` is a chain of such groups: base, reads, writes, queries, admin.
 *
 * @internal
 */
export abstract class DetsBase<R extends Row> {
  /** What this thread calls the table. */
  readonly name: string;
  /** The path of the file. */
  readonly file: string;
  readonly type: TableType;
  readonly keypos: number;
  readonly access: 'read' | 'read_write';
  /** What the promises of writes wait for, and what they resolve to. */
  readonly ack: Acknowledgement;
  /** What `repair: 'force'` saved and what it could not; `undefined` when nothing was damaged. */
  readonly repaired: RepairReport | undefined;
  protected readonly autoSave: number;
  /** Two handles with different rows are different types. */
  declare protected readonly rowType: R;
  #store: Store | undefined;
  #closing: Promise<void> | undefined;
  /** The last write by the engine alone, what it was asked for, and what its callers have. */
  #work: LmdbWrite | undefined;
  #operation = '';
  #acknowledged: Promise<Acknowledgement> | undefined;

  /** @internal Use `dets.openFile`. */
  constructor(plan: OpenPlan, store: Store) {
    this.name = plan.name;
    this.file = plan.file;
    this.type = store.type;
    this.keypos = store.keypos;
    this.access = plan.access;
    this.ack = plan.ack;
    this.autoSave = plan.autoSave;
    this.repaired = store.repaired;
    this.#store = store;
    handles.add(this);
    diskTables.add(this);
  }

  /** The open file. */
  protected store(operation: string): Store {
    if (this.#store === undefined || hasEngineEnded())
      throw detsFailure('ERR_DETS_NOT_OPEN', operation, `${this.file} is not open by this handle any more`);
    return this.#store;
  }

  /** The open file, for a change. */
  protected writable(operation: string): Store {
    const store = this.store(operation);
    if (this.access === 'read')
      throw detsFailure('ERR_DETS_ACCESS', operation, `${this.file} was opened with \`access: 'read'\``);
    return store;
  }

  protected get isOpen(): boolean {
    return this.#store !== undefined && !hasEngineEnded();
  }

  /** What `work`, which the engine does, resolves to; once it has reached the disk if that was asked for. */
  protected async settled<T>(
    store: Store,
    operation: string,
    work: Promise<T> & Pick<LmdbWrite, 'flushed'>,
  ): Promise<T> {
    // Asked for before the engine commits, which then tells at once.
    const flushed = this.ack === 'flushed' ? (work.flushed ?? store.flushing()) : undefined;
    try {
      const result = await store.lock.during(work);
      store.written(this.autoSave);
      if (flushed !== undefined) await (store.ramFile ? store.flush() : flushed);
      return result;
    } catch (error) {
      throw diskFailure(operation, this.file, await reasonOf(error));
    }
  }

  /** What `begin` returns; its errors reject. An async function would have a promise of its own for each call. */
  protected refused<T>(begin: () => Promise<T>): Promise<T> {
    try {
      return begin();
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what was thrown
      return Promise.reject(error);
    }
  }

  /**
   * Acknowledges a write that the engine does by itself. For all writes of a transaction the engine has one promise, and so have their
   * callers: one for each would be half of what 256 of them cost.
   */
  protected acknowledge(store: Store, operation: string, work: LmdbWrite): Promise<Acknowledgement> {
    if (this.#acknowledged === undefined || work !== this.#work || operation !== this.#operation) {
      this.#work = work;
      this.#operation = operation;
      this.#acknowledged = this.settled(store, operation, work).then(() => this.ack);
    }
    return this.#acknowledged;
  }

  /**
   * Runs `action` inside of a transaction: what it reads stays so until what it writes is there. It must not throw once it has written;
   * an error that it returns is thrown.
   */
  protected async within<T>(store: Store, operation: string, action: () => T | DetsError): Promise<T> {
    store.asking++;
    try {
      for (let other = store.lock.ready(); other !== undefined; other = store.lock.ready()) await other;
      const result = await this.settled(store, operation, store.environment.transaction(action));
      if (result instanceof DetsError) throw result;
      return result;
    } finally {
      store.asking--;
    }
  }

  /** Lets go of the file. */
  protected release(operation: string): Promise<void> {
    const store = this.#store;
    if (store === undefined) return this.#closing ?? Promise.resolve();
    this.#store = undefined;
    handles.delete(this);
    this.#closing = store.leave().catch((error: unknown) => {
      throw diskFailure(operation, this.file, error);
    });
    return this.#closing;
  }
}
