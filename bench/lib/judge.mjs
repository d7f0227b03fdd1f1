import { summarize } from './stats.mjs';

/**
 * What a case's raw rounds amount to: both sides' medians, their ratio, and whether the target is met
 * (`undefined` where there is none or where the side that it needs is missing).
 */
export function judge({ ours, peer, target, error }) {
  if (error !== undefined || ours === undefined) return { met: target === undefined ? undefined : false };
  const result = { ours: summarize(ours) };
  if (peer !== undefined) {
    result.peer = summarize(peer);
    result.ratio = result.ours.median / result.peer.median;
  }
  if (target === undefined) return result;
  const ratioKnown = target.ratio === undefined || result.ratio !== undefined;
  const maxMet = target.max === undefined || result.ours.median <= target.max;
  const ratioMet = target.ratio === undefined || result.ratio <= target.ratio;
  if (ratioKnown || !maxMet) result.met = maxMet && ratioMet;
  return result;
}
