import { figure, mark, spread, targetText } from './format.mjs';
import { judge } from './judge.mjs';

export const kColumns = ['', 'unit', 'termstore', 'min–max', 'OTP', 'min–max', 'ratio', 'target', 'met'];

/** The cells of one case, in the order of `kColumns`. */
export function cells(entry) {
  const { ours, peer, ratio, met } = judge(entry);
  return [
    entry.title,
    entry.unit,
    ours === undefined ? 'failed' : figure(ours.median),
    ours === undefined ? '' : spread(ours),
    peer === undefined ? '–' : figure(peer.median),
    peer === undefined ? '' : spread(peer),
    ratio === undefined ? '' : ratio.toFixed(2),
    targetText(entry.target, entry.unit),
    mark(met),
  ];
}

/** Cases of a run, by their group, in order. */
export function byGroup(cases) {
  const groups = new Map();
  for (const entry of cases) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return groups;
}

/** What two threads do of what one does, for each operation that has both. */
export function scaling(cases) {
  const rows = [];
  for (const one of cases.filter((entry) => entry.threads?.count === 1)) {
    const two = cases.find(
      (entry) => entry.threads?.count === 2 && entry.threads.operation === one.threads.operation,
    );
    if (two === undefined || one.error !== undefined || two.error !== undefined) continue;
    const [first, second] = [judge(one), judge(two)];
    const peer = first.peer && second.peer && second.peer.median / first.peer.median;
    rows.push({ operation: one.threads.operation, ours: second.ours.median / first.ours.median, peer });
  }
  return rows;
}

/** The worst round of a case that watches pauses. */
export const worstRound = (rounds) =>
  rounds.reduce((worst, round) => (round.value > worst.value ? round : worst));

/** One phrase per slow insert: `812 µs (gc minor)`. */
export function describeSlow({ us, gc, preempted }) {
  const blame = [gc && `gc ${gc}`, preempted && 'preempted'].filter(Boolean).join(', ');
  return `${figure(us)}${blame === '' ? '' : ` (${blame})`}`;
}

/** What OTP's side tells of its slowest inserts: the ten, and the percentile where enough were kept for it. */
export function peerPauses({ peer, rows }) {
  if (peer === undefined) return undefined;
  const { slowest } = worstRound(peer);
  return { slowest: slowest.slice(0, 10), p99999Us: slowest[Math.floor(rows * 0.00001)]?.us };
}
