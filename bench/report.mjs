import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { figure } from './lib/format.mjs';
import { byGroup, cells, describeSlow, kColumns, peerPauses, scaling, worstRound } from './lib/results.mjs';

const kPage = path.join(import.meta.dirname, '..', 'docs', 'performance.md');

const line = (row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (columns, rows) => [
  line(columns),
  line(columns.map((_, column) => (column === 0 ? '---' : '--:'))),
  ...rows.map(line),
];

const kIntroduction = `# Performance

Generated from a run of the benchmark by \`node bench/report.mjs\`; nothing here is typed by hand.`;

const kReading = `Each figure is the median of the rounds, with the smallest and the largest. Rounds alternate: ours, OTP's, ours,
OTP's. Nothing is subtracted: both loops are cases of their own. For \`ns\`, \`µs\` and \`bytes\` less is better, for \`M/s\` (million
operations per second, all threads together) more. The ratio is ours ÷ OTP's.

OTP's side does what its users would write: binaries for strings, maps with atom keys for objects, \`ets:next/2\` with
\`ets:lookup/2\` for a range, and \`read_concurrency\` with \`write_concurrency\` where several processes work. \`get\` has no
counterpart of its own there and stands beside \`ets:lookup/2\`.`;

function header(run) {
  return [
    `- command: \`${run.command}\` (${run.rounds} rounds)`,
    `- date: ${run.date.slice(0, 10)}, ${run.package}, commit ${run.commit}`,
    `- machine: ${run.cpu}, ${run.cores} cores, ${run.os}, load average ${run.loadAtStart} at the start`,
    `- node ${run.node}, OTP ${run.otp}`,
  ];
}

function scalingSection(cases) {
  const rows = scaling(cases).map(({ operation, ours, peer }) => [
    operation,
    `${ours.toFixed(2)} ×`,
    peer === undefined ? '–' : `${peer.toFixed(2)} ×`,
  ]);
  if (rows.length === 0) return [];
  return ['What two threads do of what one does:', '', ...table(['', 'termstore', 'OTP'], rows), ''];
}

function pausesSection(cases) {
  const rows = cases
    .filter((entry) => entry.slowest && entry.ours !== undefined)
    .flatMap((entry) => {
      const worst = worstRound(entry.ours);
      const peer = peerPauses(entry);
      const ours = [
        entry.title,
        worst.slowest.map(describeSlow).join(', '),
        figure(worst.slowestUndisturbedUs),
        figure(worst.p99999Us),
        `${worst.collections}, ${worst.longestCollectionMs.toFixed(2)} ms`,
      ];
      if (peer === undefined) return [ours];
      return [ours, ['OTP', peer.slowest.map(describeSlow).join(', '), '', figure(peer.p99999Us), '']];
    });
  if (rows.length === 0) return [];
  const columns = [
    'worst round',
    'slowest ten, µs',
    'slowest undisturbed, µs',
    'p99.999, µs',
    'collections, longest',
  ];
  return [
    'An insert that met a garbage collection of V8 says `gc`, and one during which the system took the core away says',
    '`preempted`; *undisturbed* is the slowest one that met neither.',
    '',
    ...table(columns, rows),
    '',
  ];
}

function page({ run, cases }) {
  const sections = [...byGroup(cases)].flatMap(([title, group]) => [
    `## ${title}`,
    '',
    ...table(kColumns, group.map(cells)),
    '',
    ...scalingSection(group),
    ...pausesSection(group),
  ]);
  return [kIntroduction, '', ...header(run), '', kReading, '', ...sections].join('\n');
}

const program = new Command('report')
  .description('Writes docs/performance.md from what bench/run.mjs --json wrote.')
  .argument('<json>')
  .option('--output <file>', 'where to write', kPage)
  .parse();

const results = JSON.parse(await readFile(program.args[0], 'utf8'));
if (results.run.quick) program.error('a --quick run measures nothing: make the report from a full one');
if (results.cases.some((entry) => entry.error !== undefined)) program.error('some cases of this run failed');
await writeFile(program.opts().output, page(results));
