import * as codec from './lmdb-codec.js';
import { Attempt } from './lmdb-writer.js';
import type { PersistError } from './errors.js';
import type { JournalAppend } from './store.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** What an append by the engine asks of the journal that it belongs to. */
export interface AppendingJournal {
  /** How often its store has found that another one had written heads. */
  readonly reign: number;
  /** Asks the engine to write events with numbers from `seq` on. */
  putEvents(stream: number, seq: number, values: readonly Bytes[]): void;
  /** REQUIRES: inside a job of the writer. */
  appendNow(append: JournalAppend): void;
  /** Finds out whether an append that failed has written anything. */
  withOutcome(error: PersistError, append: JournalAppend): PersistError;
}

/** A log whose head this store has written last: while the head has that stamp, nobody else has changed the log. */
export interface LedLog {
  readonly key: Bytes;
  stamp: number;
  /** The reign of the store in which it last found that stamp. */
  reign: number;
  stream: number;
  /** 0 when it is led no more. */
  epoch: number;
  /** With what is on its way; NaN when that is not known. */
  lastSeq: number;
  /** The append that the engine was given to do by itself. */
  attempt: Attempt | undefined;
  /** Jobs on their way, which may change the head. */
  jobs: number;
}

/**
 * Whether the engine can do an append by itself: it comes behind what is known of the log and there. One with tags cannot be done so, as
 * its places are given out inside the transaction.
 */
export function follows({ epoch, expectedSeq, records }: JournalAppend, led: LedLog): boolean {
  if (led.epoch !== epoch || led.lastSeq !== expectedSeq) return false;
  if (led.jobs > 0 || led.attempt?.answered === false) return false;
  return records.every(({ tags }) => tags.length === 0);
}

/**
 * An append that does not run inside of the transaction. The log is as its store knows it when its head still has the stamp that
 * is known; otherwise the append is done, or refused, inside of one.
 */
export class AppendAttempt extends Attempt {
  readonly operation = 'append';
  readonly key: Bytes;
  readonly stamp: number;
  readonly #journal: AppendingJournal;
  readonly #append: JournalAppend;
  readonly #led: LedLog;
  readonly #values: readonly Bytes[];
  #reign = 0;

  constructor(journal: AppendingJournal, append: JournalAppend, led: LedLog) {
    super();
    const { records, expectedSeq } = append;
    this.key = led.key;
    this.stamp = led.stamp;
    this.#journal = journal;
    this.#append = append;
    this.#led = led;
    this.#values = records.map((record) => codec.encodeEvent(record, 0));
    led.lastSeq = expectedSeq + records.length;
  }

  goesTogether(): boolean {
    this.#reign = this.#journal.reign;
    return this.#led.reign === this.#reign;
  }

  puts(): void {
    this.#journal.putEvents(this.#led.stream, this.#append.expectedSeq + 1, this.#values);
  }

  run(): void {
    this.#journal.appendNow(this.#append);
  }

  explain(error: PersistError): PersistError {
    return this.#journal.withOutcome(error, this.#append);
  }

  /** The head had the stamp in this reign of the store: what other stores do after that raises the fence. */
  done(): void {
    this.#led.reign = this.#reign;
    if (this.#led.attempt === this) this.#led.attempt = undefined;
  }
}
