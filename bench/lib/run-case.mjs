import { Subject } from './subject.mjs';

/**
 * Measures one case: ours, peer, ours, peer … so that both meet the same machine.
 *
 * Never rejects: what failed is in `error`, and the other cases go on.
 */
export async function runCase(entry, options) {
  const { quick, rounds, otp } = options;
  const size = quick ? 'quick' : 'full';
  const rows = entry.rows[size];
  const args = entry.args?.[size] ?? [];
  const peer = entry.peer === undefined ? undefined : otp;
  const result = { ...entry, rows, args, ours: [], ...(peer && { peer: [], peerCase: entry.peer }) };
  if (peer === undefined) delete result.peer;

  const subject = new Subject(options);
  try {
    await subject.open(entry, rows, quick);
    await peer?.open(entry, rows);
    for (let round = 0; round < Math.min(entry.rounds ?? rounds, rounds); round++) {
      result.ours.push(await subject.run(args));
      if (peer !== undefined) result.peer.push(await peer.run(entry, args));
    }
    await subject.close();
  } catch (error) {
    subject.kill();
    return { ...result, ours: undefined, error: error.message };
  } finally {
    await peer?.close(entry);
  }
  return result;
}
