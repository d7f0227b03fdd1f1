import { engineOf, peerOf } from '../peers/index.mjs';

const matches = (entry, texts) => {
  const told = `${entry.id}\n${entry.group}\n${entry.title}`.toLowerCase();
  return texts.some((text) => told.includes(text.toLowerCase()));
};

/** Cases as this run measures them: sizes chosen, sides without those that are not wanted. */
export function chooseCases(all, { quick, only, extended, chosen }) {
  const size = quick ? 'quick' : 'full';
  return all
    .filter((entry) => only === undefined || matches(entry, only))
    .filter((entry) => !entry.extended || extended || only?.includes(entry.id))
    .map((entry) => ({
      ...entry,
      rows: entry.rows[size],
      args: entry.args?.[size],
      sides: Object.fromEntries(
        Object.entries(entry.sides).filter(
          ([side]) => engineOf(side) === 'termstore' || chosen.includes(peerOf(side)),
        ),
      ),
      results: {},
    }));
}

/** Neighbours of one setup, which are measured in turn. */
export function grouped(cases) {
  const groups = [];
  for (const entry of cases) {
    if (groups.at(-1)?.[0].setup === entry.setup) groups.at(-1).push(entry);
    else groups.push([entry]);
  }
  return groups;
}
