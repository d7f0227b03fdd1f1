import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { kCases } from './cases/index.mjs';
import { kSides, peerOf } from './peers/index.mjs';
import { htmlReport } from './report/html.mjs';
import { printHeader, printResults } from './report/terminal.mjs';
import { startPeers } from './runner/installed.mjs';
import { describeRun } from './runner/machine.mjs';
import { measureTogether } from './runner/measure.mjs';
import { MeasuringProcess, ReusedProcesses } from './runner/measuring-process.mjs';
import { createProgress } from './runner/progress.mjs';
import { chooseCases, grouped } from './runner/selection.mjs';

const kFolder = path.join(import.meta.dirname, '..', 'build', 'bench');
const kPeerNames = [...new Set(kSides.map((side) => side.peer))].filter((name) => name !== 'termstore');

function positive(text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a positive integer is expected');
  return value;
}

const list = (text, previous = []) => [...previous, ...text.split(',').filter((part) => part !== '')];

function peers(text, previous) {
  const names = text === 'none' ? [] : list(text, previous);
  const unknown = names.find((name) => !kPeerNames.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`known peers: ${kPeerNames.join(', ')}, or none`);
  return names;
}

const program = new Command('bench')
  .description('Measures termstore beside Erlang/OTP and other stores, in interleaved rounds.')
  .option('--quick', 'small counts: shows that every case works, in seconds', false)
  .option(
    '--only <texts>',
    'only cases whose id, group or title contains one of these (comma-separated)',
    list,
  )
  .option('--peers <names>', `only these of ${kPeerNames.join(', ')}, or none`, peers)
  .option('--rounds <count>', 'rounds per case (7, or 1 with --quick)', positive)
  .option('--extended', "also OTP's throughput_benchmark on every table type", false)
  .option('--list', 'print the cases and stop', false)
  .option('--json <file>', 'where to write all raw rounds', path.join(kFolder, 'results.json'))
  .option('--html <file>', 'where to write the report', path.join(kFolder, 'report.html'))
  .option('--cpu-prof <folder>', 'write a CPU profile of each measuring process there');

async function measure(cases, options) {
  const progress = createProgress(cases, options.rounds);
  progress.start();
  for (const together of grouped(cases)) {
    progress.title(together[0].title);
    await measureTogether(together, options, progress.step);
    progress.finished(together);
  }
  progress.stop();
}

/** A package that cannot be loaded is told once, not by every case. */
async function checkStarts() {
  await new MeasuringProcess({ quick: true }).close();
}

async function write(file, text) {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, text);
}

async function main() {
  const options = program.parse().opts();
  const { quick, rounds = quick ? 1 : 7, peers: chosen = kPeerNames, cpuProf } = options;
  const cases = chooseCases(kCases, { ...options, chosen });
  if (cases.length === 0) program.error('no case matches');
  if (options.list) {
    for (const { id, group, title } of cases) console.log(`${id.padEnd(24)} ${group}: ${title}`);
    return;
  }

  await checkStarts();
  const wanted = new Set(cases.flatMap((entry) => Object.keys(entry.sides).map(peerOf)));
  const found = await startPeers(wanted, quick);
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --$/, '');
  const run = { ...describeRun({ ...found, quick, command }), rounds };
  printHeader(run);
  try {
    for (const entry of cases)
      for (const side of Object.keys(entry.sides))
        if (found.leftOut[peerOf(side)] !== undefined) delete entry.sides[side];
    const reused = quick ? new ReusedProcesses() : undefined;
    await measure(cases, { quick, rounds, cpuProf, otp: found.otp, services: found.services, reused });
    await reused?.close();
  } finally {
    await found.stop();
  }
  run.seconds = Math.round((Date.now() - Date.parse(run.date)) / 1000);
  const results = { run, cases };
  printResults(results);
  await write(options.json, `${JSON.stringify(results, null, 1)}\n`);
  await write(options.html, await htmlReport(results));
  console.log(`\n${run.seconds} s; ${path.relative('.', options.json)}, ${path.relative('.', options.html)}`);
  const failed = cases.some((entry) => Object.values(entry.results).some(({ error }) => error !== undefined));
  if (failed) process.exitCode = 1;
}

// What was started ends, and what was written for the time of the run goes, when the process exits.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
await main();
