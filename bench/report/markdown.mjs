import { peerLines } from './terminal.mjs';
import { tally } from './judge.mjs';
import { byGroup, detailsOf, tableOf } from './results.mjs';

// docs/performance.md, from the JSON of a run.

const line = (row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = ({ columns, rows }) => [
  line(columns),
  line(columns.map((_, column) => (column === 0 || column === columns.length - 1 ? '---' : '--:'))),
  ...rows.map(line),
];

const kIntroduction = `# Performance

Generated from a run of the benchmark by \`node bench/report.mjs\`; nothing here is typed by hand. The same run as a page
with pictures: \`npm run bench\` writes it to \`build/bench/report.html\`.`;

const kReading = `Each figure is the median of the rounds; ours comes with the smallest and the largest round, the JSON has all of them. Rounds
alternate: ours, OTP's, the other stores', ours, and so on. Nothing is subtracted: both loops are cases of their own. For
\`ns\`, \`µs\`, \`ms\` and \`bytes\` less is better, for \`M/s\` (million operations per second, all threads together) more.

OTP's side does what its users would write: binaries for strings, maps with atom keys for objects, \`ets:next/2\` with
\`ets:lookup/2\` for a range, and \`read_concurrency\` with \`write_concurrency\` where several processes work. \`get\` has no
counterpart of its own there and stands beside \`ets:lookup/2\`; a put of a persistent term is over there when its scan is.
\`Map\` and \`lru-cache\` belong to one thread and give values by reference. \`lmdb\` and SQLite write a thousand rows in a
transaction and sync nothing to disk. The owner thread and Redis answer one request after the other.`;

function header(run) {
  const { there, leftOut } = peerLines(run);
  return [
    `- command: \`${run.command}\` (${run.rounds} rounds, ${run.seconds} s)`,
    `- date: ${run.date.slice(0, 10)}, ${run.package}, commit ${run.commit}`,
    `- machine: ${run.cpu}, ${run.cores} cores, ${run.memoryGb} GiB, ${run.os}, load average ${run.loadAtStart} at the start`,
    `- node ${run.versions.node} (V8 ${run.versions.v8}) beside ${there.join(', ')}`,
    ...leftOut.map((text) => `- ${text}`),
  ];
}

function details(group) {
  const found = detailsOf(group);
  return found.length === 0
    ? []
    : [...found.map(([title, side, text]) => `- ${title}, ${side}: ${text}`), ''];
}

export function markdownReport({ run, cases }) {
  const { all, met, missed } = tally(cases);
  const targets = `${met} of ${all} targets are met, ${missed} are missed, ${all - met - missed} could not be measured.`;
  const sections = [...byGroup(cases)].flatMap(([title, group]) => [
    `## ${title}`,
    '',
    ...table(tableOf(group, cases)),
    '',
    ...details(group),
  ]);
  return [kIntroduction, '', ...header(run), '', kReading, '', targets, '', ...sections].join('\n');
}
