import { type LmdbEnvironment, reasonOf } from '../disk/lmdb.js';
import { PersistError, storeFailure, textOf } from './errors.js';
import { hooks } from './hooks.js';

interface Job {
  readonly operation: string;
  /** Runs inside the transaction. Throws a PersistError before it has written anything, or not at all. */
  readonly work: () => unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  result?: unknown;
  error?: unknown;
}

/**
 * Puts what is to be written into as few transactions as possible: all that has been asked for when the engine is ready to write
 * shares one transaction, and so one wait for the disk. One transaction is under way at a time.
 */
export class LmdbWriter {
  readonly #env: LmdbEnvironment;
  readonly #path: string;
  readonly #around: (jobs: () => void) => void;
  readonly #committed: () => void;
  #queue: Job[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  /** `around` calls its argument inside of every transaction; `committed` is called after one. */
  constructor(env: LmdbEnvironment, path: string, around: (jobs: () => void) => void, committed: () => void) {
    this.#env = env;
    this.#path = path;
    this.#around = around;
    this.#committed = committed;
  }

  /** Runs `work` inside a transaction; resolves when that is durable. */
  write<T>(operation: string, work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(new PersistError('ERR_PERSIST_STORE', `${operation}: ${this.#path}: the store is closed`));
        return;
      }
      this.#queue.push({ operation, work, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) await this.#transact();
    } finally {
      this.#running = undefined;
    }
  }

  async #transact(): Promise<void> {
    let jobs: Job[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#env.transaction(() => {
        // What came while the engine waited for its lock goes along.
        jobs = this.#queue;
        this.#queue = [];
        this.#around(() => jobs.forEach(perform));
        if (hooks.acknowledgeEarly) jobs.forEach(settle);
      });
    } catch (error) {
      failure = { error: await reasonOf(error) };
    }
    if (failure !== undefined) {
      if (jobs.length === 0) jobs = this.#queue.splice(0);
      for (const job of jobs) job.error ??= this.#failed(job, failure.error);
    } else {
      this.#committed();
    }
    jobs.forEach(settle);
  }

  #failed({ operation }: Job, cause: unknown): PersistError {
    const full = (cause as { code?: unknown }).code === EIO ? '; the disk may be full' : '';
    return storeFailure(operation, `${this.#path}: ${textOf(cause)}${full}`, cause, 'unknown');
  }
}

/** The engine reports a short write, as of a full disk, like any other. */
const EIO = 5;

function perform(job: Job): void {
  try {
    job.result = job.work();
  } catch (error) {
    job.error =
      error instanceof PersistError ? error : storeFailure(job.operation, textOf(error), error, 'unknown');
  }
}

function settle(job: Job): void {
  if (job.error === undefined) job.resolve(job.result);
  else job.reject(job.error);
}
