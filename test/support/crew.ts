import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Answer } from './serve.js';
import type { Suite } from './suite.js';

/** A worker that does jobs. */
export class Member {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 0;
  /** Its exit code, once it ended in whatever way. */
  readonly ended: Promise<number>;
  /** What ended it, when it was an uncaught error. */
  error: unknown;

  constructor(file: string, options?: WorkerOptions) {
    this.#worker = new Worker(file, options);
    this.#worker.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#worker.on('error', (error) => (this.error = error));
    // Not events.once(): an uncaught error of the worker would reject it.
    this.ended = new Promise((resolve) => this.#worker.on('exit', resolve));
  }

  /** The worker's `threadId`; -1 once it ended. */
  get threadId(): number {
    return this.#worker.threadId;
  }

  /** Runs a job; rejects with an error that has the `code` of what the job threw, or when the worker ends before it answers. */
  call<T = unknown>(job: string, ...args: readonly unknown[]): Promise<T> {
    const answered = this.#call(job, args) as Promise<T>;
    // A test that failed before it awaited this must not end the process, and with it the other tests.
    answered.catch(() => undefined);
    return answered;
  }

  async #call(job: string, args: readonly unknown[]): Promise<unknown> {
    const answer = await Promise.race([this.#ask(job, args), this.ended]);
    if (typeof answer === 'number') {
      throw new Error(`the worker ended with ${answer} during "${job}": ${String(this.error)}`);
    }
    if (answer.thrown !== undefined) throw Object.assign(new Error(answer.thrown.message), answer.thrown);
    return answer.result;
  }

  #ask(job: string, args: readonly unknown[]): Promise<Answer> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, job, args });
    });
  }

  /** Asks for a job that will not be answered, such as one that ends the worker. */
  tell(job: string, ...args: readonly unknown[]): void {
    this.#worker.postMessage({ id: -1, job, args });
  }

  terminate(): Promise<number> {
    return this.#worker.terminate();
  }
}

/** Hires workers for one test at a time: those still there after it are terminated. Call before `checkBaseline`. */
export function crew(
  file: string,
  { afterEach }: Pick<Suite, 'afterEach'>,
): (options?: WorkerOptions) => Member {
  const members: Member[] = [];
  afterEach(async () => {
    for (const member of members.splice(0)) {
      await member.terminate();
      await member.ended;
    }
  });
  return (options) => {
    const member = new Member(file, options);
    members.push(member);
    return member;
  };
}

/** The code of the error that `promise` is rejected with; fails when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  throw new Error('nothing was thrown');
}
