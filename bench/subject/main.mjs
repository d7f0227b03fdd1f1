import { measureLoop } from '../lib/measure-loop.mjs';
import { bulk } from './bulk.mjs';
import { loops } from './loops.mjs';
import { slowest } from './slowest.mjs';
import { threads } from './threads.mjs';
import { turns } from './turns.mjs';
import { views } from './views.mjs';

// The process that lib/subject.mjs starts: `open` prepares one case, each `run` is one round.
const singles = { ...bulk, ...slowest, ...turns, ...views };
let run;

async function open({ id, kind, threads: shape, rows, quick }) {
  if (kind === 'loop') {
    const loop = loops[id](rows);
    // Once untimed: the optimizing compiler has seen the loop before the first round.
    measureLoop(loop, quick);
    run = async () => ({ value: measureLoop(loop, quick) });
  } else if (shape !== undefined) {
    run = await threads(shape, rows);
  } else {
    run = await singles[id](rows);
  }
}

async function handle(message) {
  switch (message.command) {
    case 'open':
      return open(message);
    case 'run':
      globalThis.gc();
      return run(message.args);
    case 'close':
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
    reply = { error: String(error?.stack ?? error) };
  }
  if (process.connected) process.send(reply);
});
