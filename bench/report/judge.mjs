import { titleOf } from '../peers/index.mjs';
import { summarize } from '../runner/stats.mjs';
import { figure, ratioText } from './format.mjs';

/** Medians and spreads of a case, by side; sides that failed or were left out are not there. */
export function summaries(entry) {
  const measured = Object.entries(entry.results).filter(([, { rounds }]) => rounds?.length > 0);
  return Object.fromEntries(measured.map(([side, { rounds }]) => [side, summarize(rounds)]));
}

/** Our side of a case: the one that targets are about. */
export const oursOf = (entry) => summaries(entry).termstore;

/** For these more is better. */
export const moreIsBetter = (entry) => entry.unit === 'M/s';

function judgeOne(entry, target, byId) {
  const sides = summaries(entry);
  const ours = sides.termstore;
  if (ours === undefined) return { met: undefined };
  if (target.side === undefined && target.case === undefined)
    return { value: ours.median, met: ours.median <= target.atMost };
  const other = target.side === undefined ? byId(target.case) : sides[target.side];
  if (other === undefined) return { met: undefined };
  const value = ours.median / other.median;
  return { value, met: target.atMost === undefined ? value >= target.atLeast : value <= target.atMost };
}

function textOf(entry, target) {
  const sign = target.atMost === undefined ? '≥' : '≤';
  const bound = target.atMost ?? target.atLeast;
  if (target.side !== undefined) return `${sign} ${bound} × ${titleOf(target.side)}`;
  if (target.case !== undefined) return `${sign} ${bound} × one thread`;
  return `${sign} ${figure(bound)} ${entry.unit}`;
}

/** Every target of a case: what it says, what came out, and whether it is met (`undefined` where that is not known). */
export function judge(entry, cases) {
  const byId = (id) => {
    const found = cases.find((other) => other.id === id);
    return found === undefined ? undefined : oursOf(found);
  };
  return entry.targets.map((target) => {
    const { value, met } = judgeOne(entry, target, byId);
    const measured =
      value === undefined ? 'not measured' : target.side || target.case ? `${ratioText(value)} ×` : '';
    return { text: textOf(entry, target), measured, value, met };
  });
}

/** How many targets there are, and are met. */
export function tally(cases) {
  const all = cases.flatMap((entry) => judge(entry, cases));
  return {
    all: all.length,
    met: all.filter(({ met }) => met === true).length,
    missed: all.filter(({ met }) => met === false).length,
  };
}

export const mark = (met) => (met === undefined ? '?' : met ? '✓' : '✗');
