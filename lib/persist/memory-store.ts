import { PersistError } from './errors.js';
import { fenced, held, outOfSequence } from './refusals.js';
import {
  bothStores,
  type ClosableStore,
  type JournalAppend,
  type JournalBounds,
  type JournalRange,
  type JournalRecord,
  type JournalStore,
  type SnapshotRecord,
  type SnapshotStore,
  type TaggedRecord,
  type WriterClaim,
  type WriterLease,
} from './store.js';

interface Log {
  readonly persistId: string;
  epoch: number;
  /** The writer; undefined when there is none. */
  token: string | undefined;
  life: number;
  firstSeq: number;
  lastSeq: number;
  /** Of `firstSeq` and on. */
  records: { readonly offset: number; readonly record: JournalRecord }[];
}

class MemoryJournal implements JournalStore {
  readonly #logs = new Map<string, Log>();
  readonly #tags = new Map<string, { readonly offset: number; readonly log: Log; readonly seq: number }[]>();
  readonly #listeners = new Set<() => void>();
  #offset = 0;
  #closed = false;

  // Everything happens at once, but callers must not be able to tell: a store on a disk answers later.
  async #later<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#closed) throw new PersistError('ERR_PERSIST_STORE', 'the store is closed');
    return work();
  }

  #open(persistId: string): Log {
    let log = this.#logs.get(persistId);
    if (log === undefined) {
      log = { persistId, epoch: 0, token: undefined, life: 0, firstSeq: 1, lastSeq: 0, records: [] };
      this.#logs.set(persistId, log);
    }
    return log;
  }

  #asWriter(persistId: string, epoch: number): Log {
    const log = this.#open(persistId);
    if (log.epoch !== epoch) throw fenced(persistId, epoch, log.epoch);
    return log;
  }

  acquire(persistId: string, claim: WriterClaim): Promise<WriterLease> {
    return this.#later(() => {
      const log = this.#open(persistId);
      // All writers are in this thread, and a thread that lives has no dead ones: they give the log back.
      if (log.token !== undefined && !claim.takeOver) throw held(persistId, 'this thread');
      log.token = claim.token;
      log.epoch++;
      const { epoch, life, firstSeq, lastSeq } = log;
      return { epoch, life, firstSeq, lastSeq };
    });
  }

  release(persistId: string, epoch: number): Promise<void> {
    return this.#later(() => {
      const log = this.#logs.get(persistId);
      if (log?.epoch === epoch) log.token = undefined;
    });
  }

  append({ persistId, epoch, expectedSeq, records }: JournalAppend): Promise<void> {
    return this.#later(() => {
      const log = this.#asWriter(persistId, epoch);
      if (log.lastSeq !== expectedSeq) throw outOfSequence(persistId, expectedSeq, log.lastSeq);
      for (const record of records) {
        const offset = ++this.#offset;
        log.records.push({ offset, record });
        for (const tag of record.tags) {
          const places = this.#tags.get(tag) ?? [];
          this.#tags.set(tag, places);
          places.push({ offset, log, seq: record.seq });
        }
      }
      log.lastSeq += records.length;
      for (const listener of this.#listeners) queueMicrotask(listener);
    });
  }

  read(persistId: string, { from, to, limit }: JournalRange): Promise<JournalRecord[]> {
    return this.#later(() => {
      const log = this.#logs.get(persistId);
      if (log === undefined) return [];
      const start = Math.max(0, from - log.firstSeq);
      const end = Math.min(start + limit, to - log.firstSeq + 1);
      return log.records.slice(start, Math.max(start, end)).map(({ record }) => record);
    });
  }

  bounds(persistId: string): Promise<JournalBounds> {
    return this.#later(() => {
      const { firstSeq, lastSeq, life } = this.#logs.get(persistId) ?? { firstSeq: 1, lastSeq: 0, life: 0 };
      return { firstSeq, lastSeq, life };
    });
  }

  readTag(tag: string, after: number, limit: number): Promise<TaggedRecord[]> {
    return this.#later(() => {
      const found: TaggedRecord[] = [];
      for (const { offset, log, seq } of this.#tags.get(tag) ?? []) {
        if (found.length === limit) break;
        const kept = log.records[seq - log.firstSeq];
        // Of an event that was deleted, the place may be another one's.
        if (offset > after && kept?.offset === offset)
          found.push({ offset, persistId: log.persistId, record: kept.record });
      }
      return found;
    });
  }

  persistIds(after: string | undefined, limit: number): Promise<string[]> {
    return this.#later(() => {
      const ids = [...this.#logs.values()].filter(({ lastSeq }) => lastSeq > 0).map((log) => log.persistId);
      const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
      const behind = ids.filter((id) => after === undefined || compare(id, after) > 0);
      return behind.sort(compare).slice(0, limit);
    });
  }

  truncate(persistId: string, epoch: number, upTo: number): Promise<void> {
    return this.#later(() => {
      const log = this.#asWriter(persistId, epoch);
      const count = Math.min(upTo, log.lastSeq) - log.firstSeq + 1;
      if (count <= 0) return;
      this.#forget(log.records.splice(0, count));
      log.firstSeq += count;
    });
  }

  #forget(removed: Log['records']): void {
    const offsets = new Set(removed.map(({ offset }) => offset));
    for (const tag of new Set(removed.flatMap(({ record }) => record.tags))) {
      const left = (this.#tags.get(tag) ?? []).filter(({ offset }) => !offsets.has(offset));
      if (left.length > 0) this.#tags.set(tag, left);
      else this.#tags.delete(tag);
    }
  }

  delete(persistId: string, epoch: number): Promise<void> {
    return this.#later(() => {
      const log = this.#asWriter(persistId, epoch);
      this.#forget(log.records);
      const reborn = { token: undefined, life: log.life + 1, firstSeq: 1, lastSeq: 0, records: [] };
      // The epoch stays: an older writer must not come back with the name.
      Object.assign(log, reborn, { epoch: log.epoch + 1 });
    });
  }

  watch(listener: () => void): () => void {
    const own = (): void => {
      if (this.#listeners.has(own)) listener();
    };
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.#closed = true;
    // Who waits for more events looks, and is told that there are none to come.
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

class MemorySnapshots implements SnapshotStore {
  readonly #kept = new Map<string, SnapshotRecord[]>();

  async save(persistId: string, snapshot: SnapshotRecord): Promise<void> {
    await Promise.resolve();
    const kept = this.#kept.get(persistId) ?? [];
    if (kept.some(({ seq, life }) => seq === snapshot.seq && life > snapshot.life)) return;
    const others = kept.filter(({ seq }) => seq !== snapshot.seq);
    this.#kept.set(
      persistId,
      [...others, snapshot].sort((a, b) => a.seq - b.seq),
    );
  }

  async latest(persistId: string, life: number, maxSeq: number): Promise<SnapshotRecord | undefined> {
    await Promise.resolve();
    return this.#kept.get(persistId)?.findLast((one) => one.life === life && one.seq <= maxSeq);
  }

  async list(persistId: string): Promise<number[]> {
    await Promise.resolve();
    return (this.#kept.get(persistId) ?? []).map(({ seq }) => seq);
  }

  async prune(persistId: string, life: number, seq: number): Promise<void> {
    await Promise.resolve();
    const left = (this.#kept.get(persistId) ?? []).filter((one) => one.seq >= seq || one.life > life);
    if (left.length === 0) this.#kept.delete(persistId);
    else this.#kept.set(persistId, left);
  }

  delete(persistId: string, life: number): Promise<void> {
    return this.prune(persistId, life, Infinity);
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.#kept.clear();
  }
}

/**
 * A store in the memory of this thread: for tests, and for processes whose state need not outlive the thread. It keeps the promises
 * of a store but durability.
 *
 * Time: O(1) for each event; a truncation also looks at the other events of its tags.
 *
 * @example
 * ```js
 * const { memoryStore } = require('termstore/persist');
 * const store = memoryStore();
 * await store.journal.persistIds(undefined, 10); // []
 * ```
 */
export function memoryStore(): ClosableStore {
  return bothStores(new MemoryJournal(), new MemorySnapshots());
}
