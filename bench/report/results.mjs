import { kSides, titleOf } from '../peers/index.mjs';
import { figure, ratioText, spread } from './format.mjs';
import { judge, mark, summaries } from './judge.mjs';

/** Cases of a run, by their group, in order. */
export function byGroup(cases) {
  const groups = new Map();
  for (const entry of cases) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return groups;
}

/** The sides of a group, in the order of peers/index.mjs. */
export function sidesOf(group) {
  const there = new Set(group.flatMap((entry) => Object.keys(entry.results)));
  return kSides.map(({ name }) => name).filter((name) => there.has(name));
}

export function targetText(entry, cases) {
  return judge(entry, cases)
    .map(({ text, measured, met }) => `${mark(met)} ${text}${measured === '' ? '' : `: ${measured}`}`)
    .join('; ');
}

function cell(entry, side, medians) {
  const result = entry.results[side];
  if (result === undefined) return '';
  if (result.error !== undefined) return 'failed';
  if (result.leftOut !== undefined) return 'left out';
  return figure(medians[side].median);
}

/**
 * A group as a table: the case, its unit, ours with its spread, each other side, what ours is of OTP's, and the targets.
 */
export function tableOf(group, cases) {
  const sides = sidesOf(group);
  const withOtp = sides.includes('otp');
  const columns = sides.flatMap((side) =>
    side === 'termstore' ? [titleOf(side), 'min–max'] : [titleOf(side)],
  );
  const rows = group.map((entry) => {
    const medians = summaries(entry);
    const cells = sides.flatMap((side) => {
      const text = cell(entry, side, medians);
      return side === 'termstore' ? [text, medians.termstore ? spread(medians.termstore) : ''] : [text];
    });
    const ratio =
      medians.otp && medians.termstore ? ratioText(medians.termstore.median / medians.otp.median) : '';
    return [entry.title, entry.unit, ...cells, ...(withOtp ? [ratio] : []), targetText(entry, cases)];
  });
  return { columns: ['', 'unit', ...columns, ...(withOtp ? ['÷ OTP'] : []), 'targets'], rows };
}

/** The worst round of a case that watches pauses. */
export const worstRound = (rounds) =>
  rounds.reduce((worst, round) => (round.value > worst.value ? round : worst));

/** One phrase per slow insert: `812 (gc minor)`. */
export function describeSlow({ us, gc, preempted }) {
  const blame = [gc && `gc ${gc}`, preempted && 'preempted'].filter(Boolean).join(', ');
  return `${figure(us)}${blame === '' ? '' : ` (${blame})`}`;
}

/** What cannot be said in the cell of a table: lines of `[case, side, text]`. */
export function detailsOf(group) {
  return group.flatMap((entry) =>
    Object.entries(entry.results)
      .filter(([, { rounds }]) => rounds?.length > 0)
      .flatMap(([side, { rounds }]) => {
        const text = kDetails[entry.details]?.(worstRound(rounds), entry, rounds);
        return text === undefined ? [] : [[entry.title, titleOf(side), text]];
      }),
  );
}

const kDetails = {
  slowest: (round, { rows }) => {
    const ten = `slowest ten, µs: ${round.slowest.slice(0, 10).map(describeSlow).join(', ')}`;
    const p99999 = round.p99999Us ?? round.slowest[Math.floor(rows * 0.00001)]?.us;
    const parts = [ten];
    if (round.slowestUndisturbedUs !== undefined)
      parts.push(`slowest without a collection or another program: ${figure(round.slowestUndisturbedUs)}`);
    if (p99999 !== undefined) parts.push(`p99.999 ${figure(p99999)}`);
    if (round.longestCollectionMs !== undefined)
      parts.push(`${round.collections} collections, the longest ${figure(round.longestCollectionMs)} ms`);
    if (round.refused !== undefined) parts.push(`refused to grow further: ${round.refused}`);
    return parts.join('; ');
  },
  churn: (round) =>
    `longest turn on the clock ${figure(round.onTheClockMs)} ms; ${figure(round.changes)} changes, ` +
    `the slowest took ${figure(round.slowestUs)} µs`,
  fairness: (_, __, rounds) => {
    if ((rounds[0].perThread?.length ?? 1) === 1) return undefined;
    return `the slowest thread did ${fairness(rounds).toFixed(2)} of what the fastest did`;
  },
};

/** Slowest thread ÷ fastest thread: the median of the rounds. 1 is fair, 0 is a thread that starves. */
export function fairness(rounds) {
  const shares = rounds.map(({ perThread }) => Math.min(...perThread) / Math.max(...perThread));
  return shares.sort((a, b) => a - b)[shares.length >> 1];
}
