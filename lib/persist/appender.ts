import type { Encoded } from './adapters.js';
import { PersistError } from './errors.js';
import { type Observed, observedPromise } from './observed.js';
import type { JournalRecord, JournalStore, WriterLease } from './store.js';
import type { AppendMeter } from './telemetry.js';
import type { StoredEvent } from './types.js';

interface Entry<Event> {
  readonly events: readonly Event[];
  readonly encoded: readonly Encoded[];
  readonly promise: Observed<unknown>;
  readonly resolve: (stored: StoredEvent<Event>[]) => void;
  readonly reject: (error: unknown) => void;
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
    const { promise, resolve, reject } = observedPromise<T>();
    this.#waiting.push({ events, encoded, promise, reject, resolve: (stored) => resolve(pick(stored)) });
    this.#pumping ??= this.#pump();
    return promise;
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
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) await this.#appendWaiting();
    } finally {
      this.#pumping = undefined;
    }
  }

  async #appendWaiting(): Promise<void> {
    const entries = this.#waiting;
    this.#waiting = [];
    const time = Date.now();
    let seq = this.lastSeq;
    const records = entries.flatMap(({ encoded }) => encoded.map((one) => ({ seq: ++seq, time, ...one })));
    try {
      if (this.#ended) throw new PersistError('ERR_PERSIST_STOPPED', `'${this.#persistId}' has stopped`);
      await this.#append(records);
    } catch (error) {
      // Who asked for more meanwhile did so in the belief that this would be there.
      this.#rejectAll([...entries, ...this.#waiting.splice(0)], error);
      if (!isHarmless(error)) this.#end(error);
      return;
    }
    await this.#apply(entries, records);
  }

  async #append(records: JournalRecord[]): Promise<void> {
    const expectedSeq = this.lastSeq;
    const { epoch } = this.#lease;
    await this.#meter(records.length, () =>
      this.#journal.append({ persistId: this.#persistId, epoch, expectedSeq, records }),
    );
    this.lastSeq += records.length;
  }

  async #apply(entries: readonly Entry<Event>[], records: readonly JournalRecord[]): Promise<void> {
    let at = 0;
    for (const [index, { events, resolve }] of entries.entries()) {
      const stored: StoredEvent<Event>[] = [];
      for (const data of events) {
        const { seq, time, tags } = records[at++] as JournalRecord;
        const event = { persistId: this.#persistId, seq, time, tags, data };
        try {
          const handled = this.#listener.applied(event);
          if (handled !== undefined) await handled;
        } catch (error) {
          // It is durable, but the state does not know of it: only a new start can mend that.
          this.#rejectAll([...entries.slice(index), ...this.#waiting.splice(0)], error);
          this.#end(error);
          return;
        }
        stored.push(event);
      }
      resolve(stored);
    }
    this.#listener.batchDone();
  }

  #rejectAll(entries: readonly Entry<Event>[], error: unknown): void {
    this.#failed++;
    this.#lastError = error;
    for (const { promise, reject } of entries) {
      reject(error);
      this.#failures.push({ promise, error });
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
