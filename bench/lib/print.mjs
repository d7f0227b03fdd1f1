import { align, figure } from './format.mjs';
import { byGroup, cells, describeSlow, kColumns, peerPauses, scaling, worstRound } from './results.mjs';

export function printHeader(run) {
  console.log(`${run.package}, commit ${run.commit}, node ${run.node}, OTP ${run.otp}`);
  console.log(`${run.cpu}, ${run.cores} cores, ${run.os}, load ${run.loadAtStart}, ${run.date}`);
  if (run.quick) console.log('--quick: small counts; shows that the cases work, measures nothing');
  if (run.otp === 'not installed') console.log('OTP is left out: there is no erl on the PATH');
  console.log('');
}

function printPauses(cases) {
  for (const entry of cases) {
    if (!entry.slowest || entry.ours === undefined) continue;
    const worst = worstRound(entry.ours);
    console.log(`\n${entry.title}: the worst round`);
    console.log(`  slowest, µs: ${worst.slowest.map(describeSlow).join(', ')}`);
    console.log(
      `  p99.999 ${figure(worst.p99999Us)} µs, slowest undisturbed ${figure(worst.slowestUndisturbedUs)} µs, ` +
        `${worst.collections} collections, the longest ${worst.longestCollectionMs.toFixed(2)} ms`,
    );
    const peer = peerPauses(entry);
    if (peer === undefined) continue;
    console.log(
      `  OTP, µs: ${peer.slowest.map(describeSlow).join(', ')}; p99.999 ${figure(peer.p99999Us)} µs`,
    );
  }
}

/** All cases in one aligned table, then what does not fit a table. */
export function printResults(cases) {
  const rows = [kColumns];
  const headings = new Map();
  for (const [title, group] of byGroup(cases)) {
    headings.set(rows.length, title);
    for (const entry of group) rows.push(cells(entry));
  }
  align(rows).forEach((line, index) => {
    if (headings.has(index)) console.log(`\n${headings.get(index)}`);
    console.log(line);
  });
  for (const { operation, ours, peer } of scaling(cases))
    console.log(
      `${operation}: 2 threads do ${ours.toFixed(2)} × the work of 1` +
        (peer === undefined ? '' : ` (OTP ${peer.toFixed(2)} ×)`),
    );
  printPauses(cases);
  for (const entry of cases)
    if (entry.error !== undefined) console.error(`\n${entry.title} (${entry.id}) failed:\n${entry.error}`);
}
