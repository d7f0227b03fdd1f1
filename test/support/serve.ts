import { parentPort } from 'node:worker_threads';

/** What a test asks of a worker; see crew.ts. */
export interface Request {
  readonly id: number;
  readonly job: string;
  readonly args: readonly unknown[];
}

/** What the worker answers: a result, or what was thrown as plain data. */
export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly thrown?: { readonly message: string; readonly code?: unknown; readonly name?: unknown };
}

export type Jobs = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Makes this worker do what the main thread asks for, one job after the other, until it is ended. */
export function serve(jobs: Jobs): void {
  const port = parentPort;
  if (port === null) throw new Error('not in a worker');
  port.on('message', ({ id, job, args }: Request) => {
    void (async (): Promise<Answer> => {
      try {
        const work = jobs[job];
        if (work === undefined) throw new Error(`there is no job "${job}"`);
        return { id, result: await work(...(args as never[])) };
      } catch (error) {
        const { message, code, name } = error as Error & { code?: unknown };
        return { id, thrown: { message, code, name } };
      }
    })().then((answer) => port.postMessage(answer));
  });
}
