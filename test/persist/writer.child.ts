import { jobs } from './writer.jobs.js';

/** Answers one message after the other; a job that throws answers with the code of its error. */
process.on('message', ([job, ...args]: [keyof typeof jobs, ...never[]]) => {
  const work = jobs[job] as (...args: unknown[]) => Promise<unknown>;
  work(...args).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ code: (error as { code?: unknown }).code ?? String(error) }),
  );
});
process.send?.({ result: 'ready' });
