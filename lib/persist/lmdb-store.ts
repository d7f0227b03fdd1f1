import { PersistError } from './errors.js';
import { holdHere, letGo, mayBeAlive } from './holder.js';
import { AppendAttempt, type AppendingJournal, follows, type LedLog } from './lmdb-append.js';
import * as codec from './lmdb-codec.js';
import type { LogEnds, LogHead } from './lmdb-codec.js';
import { type LmdbFile, type LmdbStoreOptions, openFile } from './lmdb-file.js';
import { LmdbSnapshots } from './lmdb-snapshots.js';
import type { Work } from './lmdb-writer.js';
import { fenced, held, outOfSequence } from './refusals.js';
import {
  bothStores,
  type ClosableStore,
  type JournalAppend,
  type JournalBounds,
  type JournalRange,
  type JournalRecord,
  type JournalStore,
  type JournalVisit,
  type TaggedRecord,
  type WriterClaim,
  type WriterLease,
} from './store.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** Events that one transaction removes: others want to write in between. */
const REMOVED_AT_ONCE = 1000;

class LmdbJournal implements JournalStore, AppendingJournal {
  readonly #file: LmdbFile;
  /** The tokens of the leases that this store gave. */
  readonly #tokens = new Map<string, string>();
  readonly #led = new Map<string, LedLog>();

  constructor(file: LmdbFile) {
    this.#file = file;
  }

  #head(persistId: string): LogHead | undefined {
    const bytes = this.#file.logs.get(codec.nameKey(persistId));
    return bytes === undefined ? undefined : this.#withEnd(codec.decodeHead(bytes));
  }

  /** Appends that the engine does by itself leave the head as it is. */
  #withEnd<T extends LogEnds>(head: T): T {
    for (const key of this.#file.events.getKeys({
      ...codec.endOfStream(head.stream),
      reverse: true,
      limit: 1,
    }))
      return { ...head, lastSeq: Math.max(head.lastSeq, codec.seqOfKey(key)) };
    return head;
  }

  #put(persistId: string, head: LogHead): void {
    this.#putBytes(persistId, codec.nameKey(persistId), codec.encodeHead(head), head);
  }

  #putBytes(persistId: string, key: Bytes, head: Bytes, { stream, epoch, lastSeq, deleting }: LogEnds): void {
    const file = this.#file;
    file.raiseFence();
    const stamp = file.nextStamp();
    file.logs.putSync(key, head, stamp);
    const known = { stamp, reign: file.reign, stream, epoch, lastSeq: deleting ? NaN : lastSeq };
    const led = this.#led.get(persistId);
    if (led === undefined) this.#led.set(persistId, { key, ...known, attempt: undefined, jobs: 0 });
    else Object.assign(led, known);
  }

  /** Runs `work` inside a transaction, behind the appends of this log that are on their way. */
  async #write<T>(operation: string, persistId: string, run: () => T): Promise<T> {
    return this.#job(persistId, { operation, run });
  }

  async #job<T>(persistId: string, work: Work<T>): Promise<T> {
    const led = this.#led.get(persistId);
    if (led === undefined) return this.#file.writer.write(work);
    led.jobs++;
    try {
      return await this.#file.writer.write(work, led.attempt);
    } finally {
      // Not before: it knows of the jobs that are to come.
      if (--led.jobs === 0 && led.epoch === 0) this.#led.delete(persistId);
    }
  }

  /** What is asked for from here on is done inside of transactions, until a head is written again. */
  #forget(persistId: string, known: Partial<Pick<LedLog, 'epoch' | 'lastSeq'>>): void {
    const led = this.#led.get(persistId);
    if (led !== undefined) Object.assign(led, known);
  }

  /** REQUIRES: inside a job of the writer. */
  #asWriter(persistId: string, epoch: number): LogHead {
    const head = this.#head(persistId);
    if (head?.epoch !== epoch) throw fenced(persistId, epoch, head?.epoch ?? 0);
    return head;
  }

  async acquire(persistId: string, claim: WriterClaim): Promise<WriterLease> {
    const holder = holdHere(claim.token);
    try {
      const head = await this.#write('acquire', persistId, () => {
        const old = this.#head(persistId);
        if (old?.holder !== undefined && !claim.takeOver && mayBeAlive(old.holder))
          throw held(persistId, `process ${old.holder.pid}, thread ${old.holder.threadId}`);
        const head: LogHead =
          old === undefined
            ? { ...EMPTY, stream: this.#file.nextStream(), epoch: 1, holder }
            : { ...old, epoch: old.epoch + 1, holder };
        this.#put(persistId, head);
        return head;
      });
      this.#tokens.set(tokenKey(persistId, head.epoch), claim.token);
      // Somebody did not live to finish it.
      if (head.deleting) await this.#finishDelete(persistId, head.epoch, holder);
      const { epoch } = head;
      const { life, firstSeq, lastSeq } = this.#reread(persistId) ?? head;
      return { epoch, life, firstSeq, lastSeq };
    } catch (error) {
      letGo(claim.token);
      throw error;
    }
  }

  #reread(persistId: string): LogHead | undefined {
    this.#file.refresh();
    return this.#head(persistId);
  }

  async release(persistId: string, epoch: number): Promise<void> {
    const key = tokenKey(persistId, epoch);
    // At once: should the disk refuse, then the next one of this thread still sees that nobody is there.
    letGo(this.#tokens.get(key) ?? '');
    this.#tokens.delete(key);
    await this.#write('release', persistId, () => {
      const head = this.#head(persistId);
      if (head?.epoch !== epoch) return;
      this.#put(persistId, { ...head, holder: undefined });
      this.#forget(persistId, { epoch: 0 });
    });
  }

  append(append: JournalAppend): Promise<void> {
    const led = this.#led.get(append.persistId);
    if (led !== undefined && follows(append, led)) {
      led.attempt = new AppendAttempt(this, append, led);
      return this.#file.writer.attempt(led.attempt);
    }
    const work = {
      operation: 'append',
      run: (): void => this.appendNow(append),
      explain: (error: PersistError): PersistError => this.withOutcome(error, append),
    };
    return this.#job(append.persistId, work);
  }

  get reign(): number {
    return this.#file.reign;
  }

  /** Events with numbers from `seq` on. */
  putEvents(stream: number, seq: number, values: readonly Bytes[]): void {
    for (const value of values) void this.#file.events.put(codec.eventKeyForNow(stream, seq++), value);
  }

  /** REQUIRES: inside a job of the writer. */
  appendNow({ persistId, epoch, expectedSeq, records }: JournalAppend): void {
    const key = codec.nameKey(persistId);
    const bytes = this.#file.logs.get(key);
    const end = bytes === undefined ? undefined : this.#withEnd(codec.endsOfLog(bytes));
    if (bytes === undefined || end?.epoch !== epoch || end.deleting) {
      if (this.#led.get(persistId)?.epoch === epoch) this.#forget(persistId, { epoch: 0 });
      throw fenced(persistId, epoch, end === undefined ? 0 : end.epoch + (end.deleting ? 1 : 0));
    }
    if (end.lastSeq !== expectedSeq) throw outOfSequence(persistId, expectedSeq, end.lastSeq);
    try {
      for (const record of records) this.#putEvent(persistId, end.stream, record);
    } catch (error) {
      // Others' jobs may be committed still: the log would have these events.
      for (const { seq } of records) this.#file.events.removeSync(codec.eventKey(end.stream, seq));
      throw error;
    }
    const lastSeq = expectedSeq + records.length;
    this.#putBytes(persistId, key, codec.withLastSeq(bytes, lastSeq), { ...end, lastSeq });
    this.#file.hasAppended();
  }

  #putEvent(persistId: string, stream: number, record: JournalRecord): void {
    const offset = record.tags.length === 0 ? 0 : this.#file.nextOffset();
    this.#file.events.putSync(codec.eventKey(stream, record.seq), codec.encodeEvent(record, offset));
    for (const tag of record.tags) {
      const place = codec.encodePlace({ stream, seq: record.seq, persistId });
      this.#file.tags.putSync(codec.namedKey(tag, offset), place);
    }
  }

  /** A transaction that failed leaves the log as it was, unless the very last step was what failed. */
  withOutcome(error: PersistError, { persistId, epoch, expectedSeq }: JournalAppend): PersistError {
    if (error.outcome !== 'unknown') return error;
    // Where the log ends is not known any more.
    if (this.#led.get(persistId)?.epoch === epoch) this.#forget(persistId, { lastSeq: NaN });
    let head: LogHead | undefined;
    try {
      head = this.#reread(persistId);
    } catch {
      return error;
    }
    const asBefore = head?.epoch === epoch && head.lastSeq === expectedSeq;
    return asBefore
      ? new PersistError(error.code, error.message, { cause: error.cause, outcome: 'unwritten' })
      : error;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async read(persistId: string, range: JournalRange): Promise<JournalRecord[]> {
    const keys = this.#keys(persistId, range);
    const records: JournalRecord[] = [];
    if (keys === undefined) return records;
    for (const { key, value } of this.#file.events.getRange(keys))
      records.push(codec.decodeEvent(value, codec.seqOfKey(key)).record);
    return records;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async scan(persistId: string, range: JournalRange, visit: JournalVisit): Promise<void> {
    const keys = this.#keys(persistId, range);
    if (keys !== undefined) this.#file.eventStream.each(keys.start, keys.end, visit);
  }

  /** Where the events of a range begin and end; undefined when there are none. */
  #keys(
    persistId: string,
    { from, to, limit }: JournalRange,
  ): { readonly start: Uint8Array; readonly end: Uint8Array } | undefined {
    this.#file.refresh();
    const head = this.#file.logs.get(codec.nameKey(persistId));
    if (head === undefined) return undefined;
    const { stream, firstSeq, deleting } = codec.endsOfLog(head);
    const first = Math.max(from, firstSeq);
    const last = Math.min(to, first + limit - 1, codec.MAX_SEQ);
    if (deleting || last < first) return undefined;
    return { start: codec.eventKey(stream, first), end: codec.eventKey(stream, last + 1) };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async bounds(persistId: string): Promise<JournalBounds> {
    const head = this.#reread(persistId);
    if (head === undefined) return { firstSeq: 1, lastSeq: 0, life: 0 };
    const { firstSeq, lastSeq, life, deleting } = head;
    return deleting ? { firstSeq: 1, lastSeq: 0, life: life + 1 } : { firstSeq, lastSeq, life };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async readTag(tag: string, after: number, limit: number): Promise<TaggedRecord[]> {
    this.#file.refresh();
    const found: TaggedRecord[] = [];
    const range = { start: codec.namedKey(tag, after + 1), end: codec.endOfName(tag) };
    for (const { key, value } of this.#file.tags.getRange(range)) {
      if (found.length === limit) break;
      const { stream, seq, persistId } = codec.decodePlace(value);
      const stored = this.#file.events.get(codec.eventKey(stream, seq));
      if (stored === undefined) continue;
      const { offset, record } = codec.decodeEvent(stored, seq);
      // Of an event that was deleted, or never came to be, the place may be another one's.
      if (offset === codec.seqOfKey(key)) found.push({ offset, persistId, record });
    }
    return found;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async persistIds(after: string | undefined, limit: number): Promise<string[]> {
    this.#file.refresh();
    const ids: string[] = [];
    const start = after === undefined ? Buffer.of(1) : codec.namedKey(after, 0);
    for (const { key, value } of this.#file.logs.getRange({ start })) {
      if (ids.length === limit) break;
      const { lastSeq, deleting } = this.#withEnd(codec.decodeHead(value));
      if (lastSeq > 0 && !deleting) ids.push(Buffer.from(key).toString());
    }
    return ids;
  }

  async truncate(persistId: string, epoch: number, upTo: number): Promise<void> {
    while (await this.#write('truncate', persistId, () => this.#removeSome(persistId, epoch, upTo)));
  }

  /** Removes events up to `upTo`; false when none is left. REQUIRES: inside a job of the writer. */
  #removeSome(persistId: string, epoch: number, upTo: number): boolean {
    const { events, tags } = this.#file;
    const head = this.#asWriter(persistId, epoch);
    const last = Math.min(upTo, head.lastSeq);
    const end = Math.min(last, head.firstSeq + REMOVED_AT_ONCE - 1);
    for (let seq = head.firstSeq; seq <= end; seq++) {
      const key = codec.eventKey(head.stream, seq);
      const stored = events.get(key);
      if (stored === undefined) continue;
      const { offset, record } = codec.decodeEvent(stored, seq);
      for (const tag of record.tags) tags.removeSync(codec.namedKey(tag, offset));
      events.removeSync(key);
    }
    if (end >= head.firstSeq) this.#put(persistId, { ...head, firstSeq: end + 1 });
    return end < last;
  }

  async delete(persistId: string, epoch: number): Promise<void> {
    // From here on the log is empty for everybody, whatever becomes of the process that removes its events.
    const holder = await this.#write('delete', persistId, () => {
      const head = this.#asWriter(persistId, epoch);
      this.#put(persistId, { ...head, deleting: true });
      return head.holder;
    });
    await this.#finishDelete(persistId, epoch, undefined);
    if (holder !== undefined) letGo(holder.token);
    this.#tokens.delete(tokenKey(persistId, epoch));
  }

  async #finishDelete(persistId: string, epoch: number, holder: LogHead['holder']): Promise<void> {
    await this.truncate(persistId, epoch, Infinity);
    await this.#write('delete', persistId, () => {
      const head = this.#asWriter(persistId, epoch);
      const { stream, life } = head;
      // The epoch stays, and grows where nobody goes on: an older writer must not come back with the name.
      const next = holder === undefined ? epoch + 1 : epoch;
      this.#put(persistId, { ...EMPTY, stream, life: life + 1, epoch: next, holder });
      if (holder === undefined) this.#forget(persistId, { epoch: 0 });
    });
  }

  watch(listener: () => void): () => void {
    return this.#file.watch(listener);
  }

  async close(): Promise<void> {
    await this.#file.release(this);
  }
}

const EMPTY = { life: 0, firstSeq: 1, lastSeq: 0, deleting: false } as const;

function tokenKey(persistId: string, epoch: number): string {
  return `${epoch} ${persistId}`;
}

/**
 * A store in one file, kept by LMDB: the npm package `lmdb` must be installed. Any number of threads and processes of one machine
 * may open the file at once. Opening waits for the disk when the file is made, and for at most a second for those who are in the middle of a commit to it.
 *
 * Who may write is decided inside the transaction that writes. Appends without tags cost less than appends with tags. A writer counts as alive while its thread is, which on Linux is known
 * exactly, by the system's number of the thread and the time when it began; elsewhere a writer in another process counts as alive
 * as long as that process is.
 *
 * Time: O(log n) for each event; appends that are asked for while the disk is busy share the next transaction.
 *
 * @throws {PersistError} `ERR_PERSIST_BADARG` for wrong options; `ERR_PERSIST_STORE` when the file cannot be opened, is not such a file
 * or was made with another durability, and then it is left as it was.
 * @throws {TermStoreError} `ERR_TERMSTORE_PEER` when the package `lmdb` is not installed.
 * @example
 * ```js
 * const { lmdbStore } = require('termstore/persist');
 * const { mkdtempSync, rmSync } = require('node:fs');
 * const folder = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'termstore-'));
 * const store = lmdbStore({ path: `${folder}/events.mdb` });
 * await store.journal.persistIds(undefined, 10); // []
 * await store.close();
 * rmSync(folder, { recursive: true });
 * ```
 */
export function lmdbStore(options: LmdbStoreOptions): ClosableStore {
  const file = openFile(options);
  return bothStores(new LmdbJournal(file), new LmdbSnapshots(file));
}
