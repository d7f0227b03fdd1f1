import type { Encoded } from './adapters.js';
import { asStoreFailure, PersistError } from './errors.js';
import { type Observed, Promised, soon, whenSettled } from './observed.js';
import type { JournalRecord, JournalStore, WriterLease } from './store.js';
import type { AppendMeter } from './telemetry.js';
import type { StoredEvent } from './types.js';

/*
 * Nearly every append has one entry with one event. Arrays are made with their elements: one that grows from none takes room for
 * seventeen, and what an append allocates is most of what it costs.
 */
const NONE: readonly never[] = Object.freeze([]);

interface Entry<Event> {
  readonly events: readonly Event[];
  readonly encoded: readonly Encoded[];
  readonly promised: Promised<unknown>;
  /** Makes the answer of what is stored. */
  readonly pick: (stored: readonly StoredEvent<Event>[]) => unknown;
}

/** An append that is durable, and how far its events have been handled. */
interface Done<Event> {
  readonly entries: readonly Entry<Event>[];
  readonly records: readonly JournalRecord[];
  /** The next entry. */
  entry: number;
  /** Of that entry, as far as they were handled. */
  stored: readonly StoredEvent<Event>[];
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
  readonly #meter: AppendMeter | undefined;
  #waiting: readonly Entry<Event>[] = NONE;
  /** What is on its way to the journal, or is being handled. */
  #under: Done<Event> | undefined;
  #idle: Promise<void> | undefined;
  #becameIdle: (() => void) | undefined;
  #failures: Failure[] = [];
  #failed = 0;
  #lastError: unknown;
  #ended = false;
  /** Something is on its way to the journal, or is being handled. */
  busy = false;
  /** Number of the last event that is durable. */
  lastSeq: number;

  constructor(
    persistId: string,
    journal: JournalStore,
    lease: WriterLease,
    meter: AppendMeter | undefined,
    listener: AppenderListener<Event>,
  ) {
    this.#persistId = persistId;
    this.#journal = journal;
    this.#lease = lease;
    this.#meter = meter;
    this.#listener = listener;
    this.lastSeq = lease.lastSeq;
  }

  /** Resolves when nothing is under way any more, also nothing that was asked for meanwhile. Never rejects. */
  async idle(): Promise<void> {
    while (this.busy) await (this.#idle ??= new Promise((resolve) => (this.#becameIdle = resolve)));
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
    pick: (stored: readonly StoredEvent<Event>[]) => T,
  ): Promise<T> {
    const promised = new Promised<T>();
    const entry = { events, encoded, pick, promised: promised as Promised<unknown> };
    if (this.#waiting.length === 0) this.#waiting = [entry];
    else (this.#waiting as Entry<Event>[]).push(entry);
    if (!this.busy) {
      this.busy = true;
      // What is asked for in the same turn goes along.
      soon(this.#pump);
    }
    return promised.promise;
  }

  /** A persist that did not get as far as the queue. */
  refuse<T>(error: unknown): Promise<T> {
    const promised = new Promised<T>();
    promised.reject(error);
    this.#failures.push({ promise: promised.promise, error });
    return promised.promise;
  }

  /** Begins with the next append, of all that waits. Written with callbacks that are made once: an async function costs an append a third more. */
  readonly #pump = (): void => {
    if (this.#waiting.length === 0) {
      this.busy = false;
      this.#under = undefined;
      this.#becameIdle?.();
      this.#becameIdle = this.#idle = undefined;
      return;
    }
    const entries = this.#takeWaiting();
    const records = this.#recordsOf(entries);
    this.#under = { entries, records, entry: 0, stored: NONE, at: 0 };
    try {
      whenSettled(this.#append(records), this.#appended, this.#notAppended);
    } catch (error) {
      this.#notAppended(error);
    }
  };

  readonly #appended = (): void => {
    const done = this.#under as Done<Event>;
    this.lastSeq += done.records.length;
    const handled = this.#apply(done);
    if (handled === undefined) this.#pump();
    else void handled.then(this.#pump);
  };

  readonly #notAppended = (error: unknown): void => {
    this.#refuseAll((this.#under as Done<Event>).entries, asStoreFailure('append', error, 'unknown'));
    this.#pump();
  };

  #takeWaiting(): readonly Entry<Event>[] {
    const waiting = this.#waiting;
    this.#waiting = NONE;
    return waiting;
  }

  #recordsOf(entries: readonly Entry<Event>[]): readonly JournalRecord[] {
    const time = Date.now();
    const [{ encoded: first }] = entries as [Entry<Event>];
    if (entries.length === 1 && first.length === 1) {
      const { payload, tags } = first[0] as Encoded;
      return [{ seq: this.lastSeq + 1, time, tags, payload }];
    }
    const records: JournalRecord[] = [];
    let seq = this.lastSeq;
    for (const { encoded } of entries)
      for (const { payload, tags } of encoded) records.push({ seq: ++seq, time, tags, payload });
    return records;
  }

  #append(records: readonly JournalRecord[]): Promise<void> {
    if (this.#ended) throw new PersistError('ERR_PERSIST_STOPPED', `'${this.#persistId}' has stopped`);
    const append = {
      persistId: this.#persistId,
      epoch: this.#lease.epoch,
      expectedSeq: this.lastSeq,
      records,
    };
    if (this.#meter === undefined) return this.#journal.append(append);
    return this.#meter(records.length, () => this.#journal.append(append));
  }

  #refuseAll(entries: readonly Entry<Event>[], error: unknown): void {
    // Who asked for more meanwhile did so in the belief that this would be there.
    this.#rejectAll([...entries, ...this.#takeWaiting()], error);
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
          if (done.stored.length === 0) done.stored = [event];
          else (done.stored as StoredEvent<Event>[]).push(event);
          const handled = this.#listener.applied(event);
          if (handled !== undefined)
            return handled.then(
              () => this.#apply(done),
              (error: unknown) => this.#notApplied(done, error),
            );
        }
        promised.resolve(pick(done.stored));
        done.stored = NONE;
      }
      this.#listener.batchDone();
    } catch (error) {
      this.#notApplied(done, error);
    }
  }

  /** It is durable, but the state does not know of it: only a new start can mend that. */
  #notApplied({ entries, entry }: Done<Event>, error: unknown): void {
    this.#rejectAll([...entries.slice(entry), ...this.#takeWaiting()], error);
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
