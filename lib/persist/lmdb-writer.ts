import { type LmdbDatabase, type LmdbEnvironment, reasonOf } from '../disk/lmdb.js';
import type { OpeningLock } from '../disk/opening-lock.js';
import { asStoreFailure, PersistError, storeFailure, textOf } from './errors.js';
import { hooks } from './hooks.js';
import { soon } from './observed.js';

/** Something to be written. */
export interface Work<T> {
  readonly operation: string;
  /** Runs inside the transaction. Throws a PersistError before it has written anything, or not at all. */
  readonly run: () => T;
  /** Finds out more about a failure. */
  readonly explain?: ((error: PersistError) => PersistError) | undefined;
}

interface Job extends Work<unknown> {
  /** Must be over, in whatever way, before this is done. */
  readonly after?: Attempt | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  result?: unknown;
  error?: PersistError;
}

/** Writes that the engine does without running JavaScript, if a record is as it was when they were asked for; otherwise they are a job. */
export abstract class Attempt implements Job {
  abstract readonly operation: string;
  abstract readonly key: Uint8Array;
  /** Of the record that `key` names. */
  abstract readonly stamp: number;
  resolve!: (value: unknown) => void;
  reject!: (error: unknown) => void;
  result: unknown = undefined;
  error?: PersistError;
  /** Resolves when the engine has said what became of it; undefined until the engine has it. */
  settling: Promise<void> | undefined = undefined;
  settled = false;
  /** It was done or refused, in whichever way. */
  answered = false;

  /** Whether the condition may be the file's fence instead. Asked when the engine is given it. */
  abstract goesTogether(): boolean;
  /** Asks for the writes. */
  abstract puts(): void;
  /** What the job does. */
  abstract run(): void;
  abstract explain(error: PersistError): PersistError;
  /** The engine has done it. */
  abstract done(): void;
}

/** What the writer asks of the file. */
export interface WriterFile {
  readonly path: string;
  /** Asked before every commit. */
  readonly lock: OpeningLock;
  /** Has the records that batches depend on. */
  readonly stamped: LmdbDatabase<Uint8Array<ArrayBuffer>>;
  /** The stamp of a record that no other store has changed unless it has another one by now. */
  readonly fence: { readonly key: Uint8Array; readonly stamp: number };
  /** Calls its argument inside of a transaction; returns whether there are new events. */
  around(jobs: () => void): boolean;
  /** Something was committed; `appended`: new events perhaps. */
  committed(appended: boolean): void;
}

/**
 * Puts what is to be written into as few transactions as possible: all that has been asked for when the engine is ready to write
 * shares one transaction, and so one wait for the disk.
 *
 * There are two ways. A job runs inside the transaction, for which the engine's thread and this one wait for each other; one such transaction
 * is under way at a time. A batch was made beforehand, and the engine's thread does it alone, under the condition that a record
 * still has a stamp; any number of them are under way. A batch whose condition fails is done again as a job.
 */
export class LmdbWriter {
  readonly #env: LmdbEnvironment;
  readonly #file: WriterFile;
  #queue: Job[] = [];
  /** Attempts that failed, in order; in front of the queue, where others wait for them. */
  #again: Job[] = [];
  /** Attempts of this turn. */
  #batches: Attempt[] = [];
  #attempting = 0;
  #quiet: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(env: LmdbEnvironment, file: WriterFile) {
    this.#env = env;
    this.#file = file;
  }

  /** Runs `work` inside a transaction, not before `after` is over; resolves when that is durable. */
  write<T>({ operation, run, explain }: Work<T>, after?: Attempt): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(this.#refusal(operation));
        return;
      }
      if (after !== undefined && after.settling === undefined) this.#begin();
      const settle = resolve as (value: unknown) => void;
      this.#queue.push({ operation, run, explain, after, resolve: settle, reject });
      this.#running ??= this.#run();
    });
  }

  /** Does what an attempt stands for, in one of the two ways. */
  attempt(attempt: Attempt): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (this.#closed) {
        reject(this.#refusal(attempt.operation));
        return;
      }
      attempt.resolve = (value) => {
        attempt.answered = true;
        resolve(value as void);
      };
      attempt.reject = (error) => {
        attempt.answered = true;
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what the job was refused with
        reject(error);
      };
      // What is asked for in the same turn goes along.
      if (this.#batches.push(attempt) === 1) soon(() => this.#begin());
    });
  }

  #refusal(operation: string): PersistError {
    return new PersistError('ERR_PERSIST_STORE', `${operation}: ${this.#file.path}: the store is closed`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#attempting > 0 || this.#batches.length > 0)
      await new Promise<void>((resolve) => (this.#quiet = resolve));
    await this.#running;
  }

  // --- batches

  /** Hands over the batches of this turn. They are one for the engine: it begins with them when all are there. */
  #begin(): void {
    const attempts = this.#batches;
    if (attempts.length === 0) return;
    const { lock } = this.#file;
    const other = lock.ready();
    if (other !== undefined) {
      void other.then(() => this.#begin());
      return;
    }
    this.#batches = [];
    this.#attempting += attempts.length;
    lock.begin();
    try {
      const done = this.#env.batch(() => {
        this.#handTogether(attempts.filter((attempt) => attempt.goesTogether()));
        for (const attempt of attempts) if (attempt.settling === undefined) this.#hand(attempt);
      });
      // A failure is told by each of them.
      done.then(
        () => {
          lock.end();
          this.#file.committed(true);
        },
        () => lock.end(),
      );
    } catch (error) {
      lock.end();
      for (const attempt of attempts)
        if (attempt.settling === undefined) attempt.settling = this.#fail(attempt, error);
    }
  }

  #hand(attempt: Attempt): void {
    const done = this.#file.stamped.ifVersion(attempt.key, attempt.stamp, () => attempt.puts());
    attempt.settling = done.then(
      (fits) => this.#settle(attempt, fits),
      (error: unknown) => this.#fail(attempt, error),
    );
    if (hooks.acknowledgeEarly) attempt.resolve(undefined);
  }

  /** One condition for all of them: to the engine, and to the promises of both sides, it is a single write. */
  #handTogether(attempts: readonly Attempt[]): void {
    if (attempts.length === 0) return;
    const { key, stamp } = this.#file.fence;
    const done = this.#file.stamped.ifVersion(key, stamp, () => {
      for (const attempt of attempts) attempt.puts();
    });
    const settling = done.then(
      (fits) => {
        for (const attempt of attempts) this.#settle(attempt, fits);
      },
      async (error: unknown) => {
        await Promise.all(attempts.map((attempt) => this.#fail(attempt, error)));
      },
    );
    for (const attempt of attempts) {
      attempt.settling = settling;
      if (hooks.acknowledgeEarly) attempt.resolve(undefined);
    }
  }

  #settle(attempt: Attempt, fits: boolean): void {
    attempt.settled = true;
    if (fits) {
      attempt.done();
      attempt.resolve(undefined);
    } else {
      this.#again.push(attempt);
      this.#running ??= this.#run();
    }
    this.#over();
  }

  async #fail(attempt: Attempt, error: unknown): Promise<void> {
    attempt.settled = true;
    attempt.error = this.#failed(attempt, await reasonOf(error));
    settle(attempt);
    this.#over();
  }

  #over(): void {
    if (--this.#attempting === 0 && this.#batches.length === 0) this.#quiet?.();
  }

  // --- jobs

  async #run(): Promise<void> {
    try {
      while (this.#again.length + this.#queue.length > 0) {
        if (this.#again.length === 0) await this.#queue[0]?.after?.settling;
        await this.#transact();
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** The jobs that nothing is in the way of. */
  #take(): Job[] {
    const waiting = this.#queue.findIndex(({ after }) => after?.settled === false);
    const ready = this.#queue.splice(0, waiting < 0 ? this.#queue.length : waiting);
    return [...this.#again.splice(0), ...ready];
  }

  async #transact(): Promise<void> {
    let jobs: Job[] = [];
    let appended = false;
    let failure: { readonly error: unknown } | undefined;
    const run = (): void => {
      // What came while the engine waited for its lock goes along.
      jobs = this.#take();
      appended = this.#file.around(() => jobs.forEach(perform));
      if (hooks.acknowledgeEarly) jobs.forEach(settle);
    };
    try {
      await this.#file.lock.commit(() => this.#env.transaction(run));
    } catch (error) {
      failure = { error: await reasonOf(error) };
    }
    if (failure !== undefined) {
      if (jobs.length === 0) jobs = this.#take();
      for (const job of jobs) job.error ??= this.#failed(job, failure.error);
    } else {
      this.#file.committed(appended);
    }
    jobs.forEach(settle);
  }

  #failed({ operation }: Job, cause: unknown): PersistError {
    const full = (cause as { code?: unknown }).code === EIO ? '; the disk may be full' : '';
    return storeFailure(operation, `${this.#file.path}: ${textOf(cause)}${full}`, cause, 'unknown');
  }
}

/** The engine reports a short write, as of a full disk, like any other. */
const EIO = 5;

function perform(job: Job): void {
  try {
    job.result = job.run();
  } catch (error) {
    job.error = asStoreFailure(job.operation, error, 'unknown');
  }
}

function settle(job: Job): void {
  if (job.error === undefined) job.resolve(job.result);
  else job.reject(job.explain === undefined ? job.error : job.explain(job.error));
}
