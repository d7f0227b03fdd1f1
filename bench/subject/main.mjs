import { threadId } from 'node:worker_threads';
import { ets } from 'termstore';
import { measureAwaitedLoop, measureLoop } from './measure-loop.mjs';
import { LeftOut } from './left-out.mjs';

// The process that runner/measuring-process.mjs starts. It measures one side of one case, ours or that of a peer that
// lives in Node: `open` prepares it, each `run` is one round.
const kSides = {
  termstore: () => import('./cases.mjs'),
  peer: () => import('../peers/cases.mjs'),
};
let run;

async function open({ side, engine, id, kind, quick, ...context }) {
  const { cases } = await kSides[engine]();
  if (cases[id] === undefined) throw new Error(`there is no case ${id} for ${side}`);
  const opened = await cases[id](context.rows, { ...context, side, quick });
  if (kind !== 'loop') {
    run = opened;
    return;
  }
  // Once untimed: the optimizing compiler has seen the loop before the first round.
  if (opened.awaited === undefined) {
    measureLoop(opened, quick);
    run = async () => ({ value: measureLoop(opened, quick) });
  } else {
    run = async () => ({ value: await measureAwaitedLoop(opened.awaited, quick) });
  }
  run.close = () => opened.close?.();
}

async function handle(message) {
  switch (message.command) {
    case 'open':
      return open(message);
    case 'run':
      globalThis.gc();
      return run(message.args);
    case 'finish':
      await run?.close?.();
      run = undefined;
      for (const table of ets.all()) if (table.info('owner') === threadId) table.drop();
      return undefined;
    case 'close':
      process.off('disconnect', process.exit);
      // Not process.exit(): workers and tables must let the process end by itself.
      await run?.close?.();
      process.disconnect();
      return undefined;
    default:
      throw new Error(`unknown command ${message.command}`);
  }
}

process.on('message', async (message) => {
  let reply;
  try {
    reply = { result: await handle(message) };
  } catch (error) {
    reply = error instanceof LeftOut ? { leftOut: error.message } : { error: String(error?.stack ?? error) };
  }
  if (process.connected) process.send(reply);
});
// An interrupted benchmark: this process ends with the one that started it, and removes what it wrote.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', process.exit);
