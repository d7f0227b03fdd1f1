import { kSides, titleOf } from '../peers/index.mjs';
import { fairness, worstRound } from './results.mjs';
import { judge, summaries } from './judge.mjs';

// What the report draws, as data: which chart, of what. report/page/page.js says how.

const order = new Map(kSides.map(({ name }, index) => [name, index]));
const inOrder = (sides) => sides.toSorted((a, b) => order.get(a) - order.get(b));
const chartOf = (cases, chart) => cases.filter((entry) => entry.chart === chart);
const sidesIn = (cases) => inOrder([...new Set(cases.flatMap((entry) => Object.keys(summaries(entry))))]);

/** One bar for each side of one case. */
function bars(entry, more) {
  const medians = summaries(entry);
  const items = inOrder(Object.keys(medians)).map((side) => ({
    side,
    title: titleOf(side),
    ...medians[side],
  }));
  return { kind: 'bars', title: entry.title, unit: entry.unit, items, ...more };
}

/** One line for each side over the `x` of the cases. */
function lines(title, cases, more) {
  const drawn = sidesIn(cases).map((side) => ({
    side,
    title: titleOf(side),
    points: cases
      .map((entry) => [entry.x, summaries(entry)[side]])
      .filter(([, medians]) => medians !== undefined)
      .map(([x, { median, min, max }]) => ({ x, median, min, max })),
  }));
  return { kind: 'lines', title, unit: cases[0].unit, lines: drawn, ...more };
}

/** Bars of several sides side by side, for each of several cases. */
function grouped(title, cases, label, more) {
  const sides = sidesIn(cases);
  return {
    kind: 'grouped',
    title,
    unit: cases[0].unit,
    categories: cases.map(label),
    bars: sides.map((side) => ({
      side,
      title: titleOf(side),
      values: cases.map((entry) => summaries(entry)[side]?.median ?? null),
    })),
    ...more,
  };
}

function bySeries(cases) {
  const found = new Map();
  for (const entry of cases) found.set(entry.series, [...(found.get(entry.series) ?? []), entry]);
  return [...found];
}

function threads(cases, chart) {
  return bySeries(chartOf(cases, chart))
    .filter(([, series]) => series.some((entry) => summaries(entry).termstore !== undefined))
    .map(([title, series]) => lines(title, series, { x: 'threads' }));
}

function shares(cases) {
  return bySeries(chartOf(cases, 'hot'))
    .map(([title, series]) => {
      const several = series.filter((entry) => entry.x > 1);
      const sides = sidesIn(several);
      return {
        kind: 'grouped',
        title: `${title}: slowest ÷ fastest thread`,
        unit: '',
        limit: 1,
        categories: several.map((entry) => `${entry.x} threads`),
        bars: sides.map((side) => ({
          side,
          title: titleOf(side),
          values: several.map((entry) => {
            const rounds = entry.results[side]?.rounds;
            return rounds?.length > 0 ? fairness(rounds) : null;
          }),
        })),
      };
    })
    .filter(({ bars: drawn }) => drawn.some(({ side }) => side === 'termstore'));
}

function distribution(entry) {
  const measured = Object.entries(entry.results).filter(([, { rounds }]) => rounds?.length > 0);
  return {
    kind: 'percentiles',
    double: true,
    title: 'Time of one change (remove the oldest row, insert a new one)',
    unit: 'µs',
    lines: measured.map(([side, { rounds }]) => ({
      side,
      title: titleOf(side),
      points: worstRound(rounds).percentiles.map(([percent, us]) => ({ percent, us })),
    })),
  };
}

/** How far each target is passed or missed: more than 1 is met. */
function targets(title, cases, all) {
  const items = cases.flatMap((entry) =>
    judge(entry, all)
      .map((judged, index) => ({ ...judged, target: entry.targets[index] }))
      .filter(({ value }) => value !== undefined)
      .map(({ text, value, measured, target }) => ({
        title: entry.title,
        text,
        measured,
        value,
        reached: target.atMost === undefined ? value / target.atLeast : target.atMost / value,
      })),
  );
  return { kind: 'targets', title, items };
}

/** Sections of charts, each with what to look for; those without data are not there. */
export function sections(cases) {
  const churned = cases.filter(
    (entry) => entry.details === 'churn' && Object.keys(summaries(entry)).length > 0,
  );
  const mixed = chartOf(cases, 'throughput');
  const mostThreads = Math.max(...mixed.map((entry) => entry.x));
  const mixes = bySeries(mixed.filter((entry) => entry.x === mostThreads));
  const pauses = cases.filter((entry) => entry.details === 'slowest');
  const memory = ['memory', 'resident'].flatMap((chart) => chartOf(cases, chart));
  const growth = chartOf(cases, 'growth');
  const isMix = (entry) => entry.chart === 'throughput';
  const found = [
    {
      title: 'One operation, one thread',
      text: 'Time of one call on a table of 1024 rows; logarithmic, shorter is better.',
      charts: chartOf(cases, 'operations').map((entry) => bars(entry, { log: true })),
    },
    {
      title: 'More threads on one table',
      text: 'Millions of operations per second, all threads together; higher is better.',
      charts: threads(cases, 'threads'),
    },
    {
      title: 'One hot key',
      text: 'All threads want the same row, also more threads than there are cores. A share of 1 is fair, near 0 a thread starves.',
      charts: [...threads(cases, 'hot'), ...shares(cases)],
    },
    {
      title: "OTP's throughput_benchmark",
      text: 'Its mixes of operations on random keys, all cores; millions of operations per second, higher is better.',
      charts: mixes.map(([title, series]) => grouped(title, series, (entry) => entry.label, { log: true })),
    },
    {
      title: 'Under churn',
      text: 'A large table from which the oldest row goes for each new one: how long single changes take, and how long the event loop stands still.',
      charts: churned.flatMap((entry) => [
        distribution(entry),
        bars(entry, { title: 'Longest turn of the event loop', log: true }),
      ]),
    },
    {
      title: 'Growing',
      text: 'Random look-ups in ever larger tables, and the slowest single insert on the way there.',
      charts: [
        ...(growth.length > 0 ? [lines('Random look-ups', growth, { x: 'rows' })] : []),
        ...(pauses.length > 0
          ? [grouped('Slowest single insert', pauses, ({ title }) => title, { log: true })]
          : []),
      ],
    },
    {
      title: 'Memory',
      text: 'Bytes per row: as the store itself accounts for them, and as the process grows.',
      charts: memory.map((entry) => bars(entry)),
    },
    {
      title: 'Targets',
      text: 'How far each target is passed (to the right) or missed (to the left).',
      wide: true,
      charts: [
        targets(
          'All but the mixes',
          cases.filter((entry) => !isMix(entry)),
          cases,
        ),
        targets("OTP's throughput_benchmark", cases.filter(isMix), cases),
      ].filter(({ items }) => items.length > 0),
    },
  ];
  return found.filter(({ charts }) => charts.length > 0);
}
