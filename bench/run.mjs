import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { kCases } from './cases.mjs';
import { describeRun } from './lib/machine.mjs';
import { Otp } from './lib/otp.mjs';
import { printHeader, printResults } from './lib/print.mjs';
import { createProgress } from './lib/progress.mjs';
import { runCase } from './lib/run-case.mjs';
import { Subject } from './lib/subject.mjs';

function positive(text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a positive integer is expected');
  return value;
}

const program = new Command('bench')
  .description('Measures termstore beside Erlang/OTP, in interleaved rounds.')
  .option('--quick', 'small counts: shows that every case works, in seconds', false)
  .option('--json <file>', 'write all raw rounds there; bench/report.mjs makes docs/performance.md of it')
  .option('--filter <text>', 'only cases whose id, group or title contains this')
  .option('--rounds <count>', 'rounds per case (7, or 2 with --quick)', positive)
  .option('--cpu-prof <folder>', 'write a CPU profile of each measuring process there');

async function measure(cases, options) {
  const results = [];
  const progress = createProgress(cases.length);
  progress.start();
  for (const entry of cases) {
    progress.step(entry.title);
    results.push(await runCase(entry, options));
  }
  progress.stop();
  return results;
}

/** A package that cannot be loaded is told once, not by every case. */
async function checkStarts() {
  await new Subject({ quick: true }).close();
}

async function main() {
  const { quick, json, filter = '', rounds = quick ? 2 : 7, cpuProf } = program.parse().opts();
  const wanted = ({ id, group, title }) =>
    `${id}\n${group}\n${title}`.toLowerCase().includes(filter.toLowerCase());
  const cases = kCases.filter(wanted);
  if (cases.length === 0) program.error(`no case matches ${filter}`);

  const otp = await Otp.start(quick);
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --$/, '');
  const run = { ...describeRun({ otp, quick, command }), rounds };
  printHeader(run);
  await checkStarts();
  const results = await measure(cases, { quick, rounds, otp, cpuProf });
  await otp?.stop();
  printResults(results);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ run, cases: results }, null, 1)}\n`);
  if (results.some((entry) => entry.error !== undefined)) process.exitCode = 1;
}

await main();
