// node build/test/conformance/main.js [--ops n] [--seed n]
// Does the same to termstore and to real OTP and compares every answer; see docs/testing.md.
import * as fc from 'fast-check';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Member } from '../support/crew.js';
import { DIFFERENCES } from './differences.js';
import { type WorldPlan, worlds } from './generate.js';
import { Otp } from './otp.js';
import { reduce } from './reduce.js';
import { compareWorld, describe, type Met, newMet, type Sides } from './run.js';

const WORLDS_PER_ROUND = 100;
const ROUND_LIMIT_MS = 30_000;
/** From so many operations on each named difference should have been met. */
const LONG_RUN = 100_000;

const { values: options } = parseArgs({
  options: { ops: { type: 'string', default: '200000' }, seed: { type: 'string' } },
});

function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} must be a whole number, not ${text}`);
  process.exit(2);
}

function printCounts(title: string, counts: ReadonlyMap<string, number>): void {
  console.log(`\n${title}`);
  const entries = [...counts].sort(([, a], [, b]) => b - a);
  for (const [name, times] of entries) console.log(`${String(times).padStart(9)}  ${name}`);
}

function printMet(met: Met): void {
  printCounts('operations', met.functions);
  printCounts('refusals', met.refusals);
  printCounts('differences by name', met.differences);
}

/** Names that are in the list for nothing. */
function unmet(met: Met): string[] {
  if (met.operations < LONG_RUN) return [];
  return DIFFERENCES.filter((name) => !met.differences.has(name)).map(
    (name) => `a difference that nothing met: ${name}`,
  );
}

/** Far from those of the seeds nearby. */
function roundSeed(seed: number, round: number): number {
  return (Math.imul(seed, 0x9e3779b1) + round) | 0;
}

/** The shortest reproduction that was found, as text. */
async function report(failed: fc.RunDetails<[WorldPlan]>, sides: Sides): Promise<string> {
  const [world] = failed.counterexample ?? [];
  const short = world && (await reduce(world, sides));
  // A difference that comes and goes, or something that is none.
  if (short === undefined) return String(failed.errorInstance);
  return describe(short.config, short.commands, short.found);
}

async function runAll(sides: Sides, ops: number, seed: number): Promise<boolean> {
  const { met } = sides;
  const began = performance.now();
  const property = fc.asyncProperty(worlds, async ({ config, commands }) => {
    const found = await compareWorld(config, commands, sides);
    if (found !== undefined) throw new Error(describe(config, commands, found));
  });
  for (let round = 0; met.operations < ops; round++) {
    const result = await fc.check(property, {
      seed: roundSeed(seed, round),
      numRuns: WORLDS_PER_ROUND,
      // A reproduction that is not the shortest is better than none.
      interruptAfterTimeLimit: ROUND_LIMIT_MS,
    });
    if (result.failed) {
      console.error(`\nthe two differ (seed ${seed}, round ${round}):\n`);
      console.error(await report(result, sides));
      return false;
    }
    if (round % 10 === 9) printProgress(met, began);
  }
  printMet(met);
  printProgress(met, began);
  const problems = unmet(met);
  for (const problem of problems) console.error(problem);
  return problems.length === 0;
}

function printProgress(met: Met, began: number): void {
  const rate = met.operations / ((performance.now() - began) / 1000);
  console.log(`${met.operations} operations compared, ${Math.round(rate)} per second`);
}

async function main(): Promise<number> {
  const ops = wholeNumber(options.ops, 'ops');
  const seed = wholeNumber(options.seed ?? String(Date.now() % 2 ** 31), 'seed');
  const otp = await Otp.start();
  if (otp === undefined) {
    console.log('SKIPPED: there is no Erlang here (erl and erlc of Debian package erlang-base)');
    return process.env['CI'] === undefined ? 0 : 1;
  }
  console.log(`OTP ${otp.version}, ${ops} operations, replay with --seed ${seed}`);
  const helper = new Member(join(__dirname, 'owner.worker.js'));
  try {
    // Known to the store from its first call on: before, nothing can be given to it.
    await helper.call('ready');
    return (await runAll({ otp, helper, met: newMet() }, ops, seed)) ? 0 : 1;
  } finally {
    await helper.terminate();
    await otp.stop();
  }
}

void main().then((code) => (process.exitCode = code));
