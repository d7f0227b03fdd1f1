import { kPeers, kSides, titleOf } from '../peers/index.mjs';
import { align } from './format.mjs';
import { tally } from './judge.mjs';
import { byGroup, detailsOf, tableOf } from './results.mjs';

const nameOf = (peer) => kPeers[peer]?.title ?? titleOf(peer);
const kOrder = [...new Set(kSides.map(({ peer }) => peer))];
const inOrder = (byPeer) => Object.entries(byPeer).sort(([a], [b]) => kOrder.indexOf(a) - kOrder.indexOf(b));

/** A phrase for each peer that is there, such as `lmdb 3.5.6`, and a line for each that is left out. */
export function peerLines({ versions, leftOut }) {
  const there = inOrder(versions).filter(([name]) => kOrder.includes(name));
  return {
    there: there.map(([name, version]) => `${nameOf(name)}${version === '' ? '' : ` ${version}`}`),
    leftOut: inOrder(leftOut).map(([name, reason]) => `${nameOf(name)} is left out: ${reason}`),
  };
}

export function printHeader(run) {
  console.log(`${run.package}, commit ${run.commit}, node ${run.versions.node}`);
  console.log(
    `${run.cpu}, ${run.cores} cores, ${run.memoryGb} GiB, ${run.os}, load ${run.loadAtStart}, ${run.date}`,
  );
  const { there, leftOut } = peerLines(run);
  if (there.length > 0) console.log(`beside ${there.join(', ')}`);
  for (const line of leftOut) console.log(line);
  if (run.quick) console.log('--quick: small counts; shows that the cases work, measures nothing');
  console.log('');
}

function printDetails(group) {
  const details = detailsOf(group);
  for (const [title, side, text] of details) console.log(`  ${title} | ${side}: ${text}`);
}

const kNamed = 8;

/** What was left out or failed on one side only, once for each reason. */
function printAbsent(cases) {
  const reasons = new Map();
  for (const entry of cases)
    for (const [side, { leftOut, error }] of Object.entries(entry.results)) {
      const reason = leftOut === undefined ? error && `failed: ${error}` : `left out: ${leftOut}`;
      if (reason === undefined) continue;
      const key = `${titleOf(side)} ${reason}`;
      reasons.set(key, [...(reasons.get(key) ?? []), entry.id]);
    }
  for (const [reason, ids] of reasons) {
    const more = ids.length > kNamed ? ` and ${ids.length - kNamed} more` : '';
    console.log(`\n${ids.slice(0, kNamed).join(', ')}${more}: ${reason}`);
  }
}

/** A table for each group, then what does not fit a table. */
export function printResults({ cases }) {
  for (const [title, group] of byGroup(cases)) {
    const { columns, rows } = tableOf(group, cases);
    console.log(`\n${title}`);
    for (const line of align([columns, ...rows])) console.log(line);
    printDetails(group);
  }
  printAbsent(cases);
  const { all, met, missed } = tally(cases);
  console.log(`\n${met} of ${all} targets met, ${missed} missed, ${all - met - missed} not measured`);
}
