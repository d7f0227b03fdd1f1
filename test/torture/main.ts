// node build/test/torture/main.js [--minutes n]
// Threads and processes that end at the worst moment, for a while; see docs/testing.md. Exits with 1 when anything did not survive.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChildWell } from '../support/children.js';
import { SCENARIOS } from './scenarios.js';

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(options.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${options.minutes}`);

async function main(): Promise<void> {
  const scale = minutes / 10;
  const measure = {
    hotSeconds: Math.ceil(minutes * 60 * 0.6),
    terminations: Math.ceil(1000 * scale),
    ends: Math.ceil(10 * scale),
    cycles: Math.ceil(500 * Math.max(scale, 0.2)),
  };
  const calls = Math.ceil(1000 * scale);
  const terminate = join(__dirname, '../threads/terminate.child.js');
  await runChildWell(terminate, [String(calls)], (60 + calls) * 1000);
  console.log(`ok   ${calls} workers terminated in the middle of calls of every kind`);
  const large = await runChildWell(join(__dirname, 'large.child.js'), [], 1_000_000);
  console.log(`ok   the largest rows and terms, and what is a byte larger: ${large.trim()}`);
  for (const { title, run } of SCENARIOS) console.log(`ok   ${title}: ${await run(measure)}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
});
