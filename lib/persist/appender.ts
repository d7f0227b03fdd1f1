import type { Encoded } from './adapters.js';
import { PersistError } from './errors.js';
import { type Observed, observedPromise, type Promised } from './observed.js';
import type { JournalRecord, JournalStore, WriterLease } from './store.js';
import type { AppendMeter } from './telemetry.js';
import type { StoredEvent } from './types.js';

const NOW = Promise.resolve();

interface Entry<Event> {
  readonly events: readonly Event[];
  readonly encoded: readonly Encoded[];
  readonly promised: Promised<unknown>;
  /** Makes the answer of what is stored. */
  readonly pick: (stored: StoredEvent<Event>[]) => unknown;
}

/** An append that is durable, and how far its events have been handled. */
interface Done<Event> {
  readonly entries: readonly Entry<Event>[];
  readonly records: readonly JournalRecord[];
  /** The next entry. */
  entry: number;
  /** Of that entry. */
  stored: StoredEvent<Event>[];
  /** The next record. */
  at: number;
}

/** A persist that failed. */
interface Failure {
  readonly promise: Observed<unknown>;
  readonly error: unknown;
}

/** What the appender tells its process. */
export interface AppenderListener<Event> {
  /** An event is durable. What it throws ends the process. */
  applied(event: StoredEvent<Event>): void | Promise<void>;
  /** All events of one append were handled. */
  batchDone(): void;
  /** The process cannot go on. */
  fatal(error: unknown): void;
}

/**
 * The queue between `persist` and the journal.
 *
 * What is asked for while an append is under way waits for the next one, and shares it. Events get their numbers, and are handled, in
 * the order in which they were asked for; so what a handler of an event asks for comes behind everything that was
 * asked for before.
 */
export class Appender<Event> {
  readonly #persistId: string;
  readonly #journal: JournalStore;
  readonly #lease: WriterLease;
  readonly #listener: AppenderListener<Event>;
  readonly #meter: AppendMeter;
  #waiting: Entry<Event>[] = [];
  #pumping: Promise<void> | undefined;
  #failures: Failure[] = [];
  #failed = 0;
  #lastError: unknown;
  #ended = false;
  /** Number of the last event that is durable. */
  lastSeq: number;

  constructor(
    persistId: string,
    journal: JournalStore,
    lease: WriterLease,
    meter: AppendMeter,
    listener: AppenderListener<Event>,
  ) {
    this.#persistId = persistId;
    this.#journal = journal;
    this.#lease = lease;
    this.#meter = meter;
    this.#listener = listener;
    this.lastSeq = lease.lastSeq;
  }

  /** Something is on its way to the journal, or is being handled. */
  get busy(): boolean {
    return this.#pumping !== undefined;
  }

  /** Resolves when nothing is under way any more, also nothing that was asked for meanwhile. Never rejects. */
  async idle(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
  }

  /** As idle(); rejects when something that was under way fails. */
  async idleOrFailed(): Promise<void> {
    const before = this.#failed;
    await this.idle();
    if (this.#failed !== before) throw this.#lastError;
  }

  /** The first failure that nobody has looked at; all are forgotten with this. */
  takeFailure(): Failure | undefined {
    if (this.#failures.length === 0) return undefined;
    const [first] = this.#failures.filter(({ promise }) => !promise.observed);
    this.#failures = [];
    return first;
  }

  /** Puts events into the queue; `pick` makes the answer of what is stored. */
  add<T>(
    events: readonly Event[],
    encoded: readonly Encoded[],
    pick: (stored: StoredEvent<Event>[]) => T,
  ): Promise<T> {
    const promised = observedPromise<T>();
    this.#waiting.push({ events, encoded, pick, promised: promised as Promised<unknown> });
    this.#pumping ??= this.#pump();
    return promised.promise;
  }

  /** A persist that did not get as far as the queue. */
  refuse<T>(error: unknown): Promise<T> {
    const { promise, reject } = observedPromise<T>();
    reject(error);
    this.#failures.push({ promise, error });
    return promise;
  }

  async #pump(): Promise<void> {
    // What is asked for in the same turn goes along.
    await NOW;
    try {
      while (this.#waiting.length > 0) {
        const entries = this.#waiting;
        this.#waiting = [];
        const records = this.#recordsOf(entries);
        try {
          await this.#append(records);
        } catch (error) {
          this.#refuseAll(entries, error);
          continue;
        }
        this.lastSeq += records.length;
        const handled = this.#apply({ entries, records, entry: 0, stored: [], at: 0 });
        if (handled !== undefined) await handled;
      }
    } finally {
      this.#pumping = undefined;
    }
  }

  #recordsOf(entries: readonly Entry<Event>[]): JournalRecord[] {
    const time = Date.now();
    const records: JournalRecord[] = [];
    let seq = this.lastSeq;
    for (const { encoded } of entries)
      for (const { payload, tags } of encoded) records.push({ seq: ++seq, time, tags, payload });
    return records;
  }

  #append(records: JournalRecord[]): Promise<void> {
    if (this.#ended) throw new PersistError('ERR_PERSIST_STOPPED', `'${this.#persistId}' has stopped`);
    const expectedSeq = this.lastSeq;
    const { epoch } = this.#lease;
    return this.#meter(records.length, () =>
      this.#journal.append({ persistId: this.#persistId, epoch, expectedSeq, records }),
    );
  }

  #refuseAll(entries: readonly Entry<Event>[], error: unknown): void {
    // Who asked for more meanwhile did so in the belief that this would be there.
    this.#rejectAll([...entries, ...this.#waiting.splice(0)], error);
    if (!isHarmless(error)) this.#end(error);
  }

  /** Hands the events to the process, one after the other; waits only where that waits. */
  #apply(done: Done<Event>): void | Promise<void> {
    try {
      for (; done.entry < done.entries.length; done.entry++) {
        const { events, promised, pick } = done.entries[done.entry] as Entry<Event>;
        while (done.stored.length < events.length) {
          const { seq, time, tags } = done.records[done.at++] as JournalRecord;
          const data = events[done.stored.length] as Event;
          const event = { persistId: this.#persistId, seq, time, tags, data };
          done.stored.push(event);
          const handled = this.#listener.applied(event);
          if (handled !== undefined)
            return handled.then(
              () => this.#apply(done),
              (error: unknown) => this.#notApplied(done, error),
            );
        }
        promised.resolve(pick(done.stored));
        done.stored = [];
      }
    } catch (error) {
      this.#notApplied(done, error);
      return;
    }
    this.#listener.batchDone();
  }

  /** It is durable, but the state does not know of it: only a new start can mend that. */
  #notApplied({ entries, entry }: Done<Event>, error: unknown): void {
    this.#rejectAll([...entries.slice(entry), ...this.#waiting.splice(0)], error);
    this.#end(error);
  }

  #rejectAll(entries: readonly Entry<Event>[], error: unknown): void {
    this.#failed++;
    this.#lastError = error;
    for (const { promised } of entries) {
      promised.reject(error);
      this.#failures.push({ promise: promised.promise, error });
    }
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.fatal(error);
  }
}

/** Nothing was written, and the next append may succeed. */
function isHarmless(error: unknown): boolean {
  return error instanceof PersistError && error.code === 'ERR_PERSIST_STORE' && error.outcome === 'unwritten';
}
