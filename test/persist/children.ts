import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Suite } from '../support/suite.js';

/** A process of its own that does the jobs of writer.jobs.ts. */
export class Child {
  readonly process: ChildProcess = fork(join(__dirname, 'writer.child.js'));
  readonly #ready = this.#answer();

  async #answer(): Promise<unknown> {
    const [{ result, code }] = (await once(this.process, 'message')) as [{ result?: unknown; code?: string }];
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return result;
  }

  async call(job: string, ...args: unknown[]): Promise<unknown> {
    await this.#ready;
    const answer = this.#answer();
    this.process.send([job, ...args]);
    return answer;
  }

  async kill(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}

/** Starts processes, which are killed after the test. */
export function forkWriter({ afterEach }: Pick<Suite, 'afterEach'>): () => Child {
  const children: Child[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.process.kill('SIGKILL');
  });
  return () => {
    const child = new Child();
    children.push(child);
    return child;
  };
}
