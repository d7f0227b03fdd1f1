import { fork } from 'node:child_process';

// Measuring processes of two builds, whose rounds alternate: noise of the machine only ever adds, so the best round of each counts.

const askOnce = (child) =>
  new Promise((answered, failed) => {
    const onExit = () => failed(new Error('a measuring process ended'));
    child.once('exit', onExit).once('message', (nanoseconds) => {
      child.off('exit', onExit);
      answered(nanoseconds);
    });
    child.send('run');
  });

/** The best of `rounds` rounds of `script` for each list of arguments; a round is the answer to one message. */
export async function bestRounds(script, argumentLists, rounds) {
  const children = argumentLists.map((list) => fork(script, list));
  const best = children.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [i, child] of children.entries()) best[i] = Math.min(best[i], await askOnce(child));
  }
  for (const child of children) child.disconnect();
  return best;
}
