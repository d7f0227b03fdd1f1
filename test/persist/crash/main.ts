import { parseArgs } from 'node:util';
import { runCrashes } from './rounds.js';

/* npm run crashes -- [--kills 500] [--seed n]: kills processes in the middle of their work and looks what is left. */

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '500' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
console.log(`seed ${seed}`);
void (async () => {
  const { kills, answered, early, violations } = await runCrashes({
    kills: Number(values.kills),
    seed,
    onKill: (report) => {
      if (report.kills % 50 === 0) console.log(`${report.kills} kills, ${report.answered} commands answered`);
    },
  });
  console.log(
    `${kills} kills (${early} before the first answer), ${answered} commands answered: each is there once, in order`,
  );
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length === 0 ? 0 : 1;
})();
