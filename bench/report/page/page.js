'use strict';
/* global echarts */

// Runs in the browser. The data says which charts there are (report/charts.mjs), this file how they look.

const { sections } = JSON.parse(document.getElementById('data').textContent);

const kColours = {
  termstore: ['#5046e5', '#9a92ff'],
  near_cache: ['#8e86f5', '#c3beff'],
  persistent_term: ['#7c3aed', '#c4a1ff'],
  view: ['#2f9ee0', '#7cc8f5'],
  otp: ['#c2255c', '#ff7aa6'],
  map: ['#e8a200', '#ffcf5c'],
  lru_cache: ['#e8590c', '#ff9a5c'],
  lmdb: ['#2b8a3e', '#6fd388'],
  sharedmap: ['#0c9f8c', '#58d6c6'],
  sqlite: ['#1c7ed6', '#74b9f5'],
  owner: ['#7b8494', '#aab3c5'],
  redis: ['#a8322a', '#f08a80'],
  module: ['#ae3ec9', '#e08df2'],
};

/** Units that a chart shows in others: what a figure is multiplied with, and the units from the smallest on. */
const kScales = {
  ns: { factor: 1, steps: ['ns', 'µs', 'ms', 's'] },
  µs: { factor: 1e3, steps: ['ns', 'µs', 'ms', 's'] },
  ms: { factor: 1e6, steps: ['ns', 'µs', 'ms', 's'] },
  'M/s': { factor: 1e6, steps: ['/s', 'k/s', 'M/s', 'G/s'] },
};

function figure(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en-US').replaceAll(',', '\u202f');
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

/** A figure as it is drawn: logarithmic bars begin at 1, so a chart counts in the smallest unit. */
const scaled = (value, unit) =>
  value === null || value === undefined ? null : value * (kScales[unit]?.factor ?? 1);

/** A figure that is drawn, in the unit that suits it; whole numbers on axes. */
function quantity(value, unit, write = figure) {
  const steps = kScales[unit]?.steps;
  if (steps === undefined) return `${write(value)} ${unit}`.trim();
  const step = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3 + 1e-9)));
  return `${write(value / 1000 ** step)} ${steps[step]}`;
}

const onAxis = (unit) => (value) => quantity(value, unit, (number) => String(Number(number.toPrecision(3))));

const kRowNames = { 1000: '1 k', 10000: '10 k', 100000: '100 k', 1000000: '1 M', 10000000: '10 M' };

function look() {
  const style = getComputedStyle(document.documentElement);
  const dark = document.documentElement.dataset.theme === 'dark';
  const get = (name) => style.getPropertyValue(name).trim();
  return {
    text: get('--text'),
    quiet: get('--quiet'),
    line: get('--line'),
    card: get('--card'),
    good: get('--good'),
    bad: get('--bad'),
    colour: (side) => kColours[side]?.[dark ? 1 : 0] ?? get('--accent'),
  };
}

/** Named, because the library measures text outside the page's styles. */
const kFont = getComputedStyle(document.body).fontFamily;

const base = ({ text, quiet, card, line }) => ({
  animation: false,
  textStyle: { fontFamily: kFont, color: text },
  legend: { top: 0, left: 0, itemGap: 16, itemWidth: 14, itemHeight: 9, textStyle: { color: quiet } },
  tooltip: {
    backgroundColor: card,
    borderColor: line,
    textStyle: { color: text },
    confine: true,
  },
});

function axis({ quiet, line }, more) {
  return {
    axisLabel: { color: quiet, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: line } },
    nameTextStyle: { color: quiet },
    ...more,
  };
}

/** Where a logarithmic axis begins so that the smallest bar is still to be seen. */
function floorOf(values) {
  const least = Math.min(...values.filter((value) => value > 0));
  return 10 ** Math.floor(Math.log10(least / 1.5));
}

function spreadText({ median, min, max }, unit) {
  const [middle, least, most] = [median, min, max].map((value) => quantity(scaled(value, unit), unit));
  return min === max ? middle : `${middle} (${least} – ${most})`;
}

function bars({ items, unit, log }, style) {
  const bottomUp = [...items].reverse();
  return {
    height: 34 + items.length * 30,
    option: {
      ...base(style),
      legend: undefined,
      grid: { left: 4, right: 74, top: 6, bottom: 4, containLabel: true },
      tooltip: {
        ...base(style).tooltip,
        formatter: ({ dataIndex }) =>
          `${bottomUp[dataIndex].title}<br>${spreadText(bottomUp[dataIndex], unit)}`,
      },
      xAxis: axis(style, {
        type: log ? 'log' : 'value',
        min: log ? floorOf(items.map(({ median }) => scaled(median, unit))) : 0,
        axisLabel: { show: false },
      }),
      yAxis: axis(style, {
        type: 'category',
        data: bottomUp.map(({ title }) => title),
        axisLabel: { color: style.text, fontSize: 13 },
      }),
      series: [
        {
          type: 'bar',
          barWidth: 17,
          data: bottomUp.map(({ side, median }) => ({
            value: scaled(median, unit),
            itemStyle: { color: style.colour(side), borderRadius: [0, 5, 5, 0] },
          })),
          label: {
            show: true,
            position: 'right',
            color: style.text,
            formatter: ({ dataIndex }) => quantity(scaled(bottomUp[dataIndex].median, unit), unit),
          },
        },
      ],
    },
  };
}

const kXAxes = {
  threads: { name: 'threads', type: 'category', label: (x) => String(x) },
  rows: { name: 'rows', type: 'category', label: (x) => kRowNames[x] ?? String(x) },
};

function lines({ lines: all, unit, x }, style) {
  const { name, type, label } = kXAxes[x];
  const categories = [...new Set(all.flatMap(({ points }) => points.map((point) => point.x)))];
  categories.sort((a, b) => a - b);
  const medians = all.flatMap(({ points }) => points.map(({ median }) => scaled(median, unit)));
  return {
    height: 270,
    option: {
      ...base(style),
      grid: { left: 8, right: 18, top: 44, bottom: 26, containLabel: true },
      tooltip: {
        ...base(style).tooltip,
        trigger: 'axis',
        valueFormatter: (value) => quantity(value, unit),
      },
      xAxis: axis(style, {
        type,
        name,
        nameLocation: 'middle',
        nameGap: 28,
        data: categories.map(label),
        splitLine: { show: false },
      }),
      yAxis: axis(style, {
        type: x === 'rows' ? 'log' : 'value',
        min: x === 'rows' ? floorOf(medians) : 0,
        axisLabel: { color: style.quiet, formatter: onAxis(unit) },
      }),
      series: all.map(({ side, title, points }) => ({
        type: 'line',
        name: title,
        symbol: 'circle',
        symbolSize: 9,
        lineStyle: { width: 3 },
        color: style.colour(side),
        data: categories.map((category) =>
          scaled(points.find((point) => point.x === category)?.median, unit),
        ),
      })),
    },
  };
}

function grouped({ categories, bars: all, unit, log, limit }, style) {
  const values = all.flatMap((bar) => bar.values.map((value) => scaled(value, unit)));
  const text = (value) => (value === null || value === undefined ? '' : quantity(value, unit));
  const longest = Math.max(...categories.map((category) => category.length));
  return {
    height: 64 + categories.length * (all.length * 15 + 12),
    option: {
      ...base(style),
      grid: { left: 4, right: 74, top: 34, bottom: 6, containLabel: true },
      tooltip: {
        ...base(style).tooltip,
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (value) => text(value) || '–',
      },
      xAxis: axis(style, {
        type: log ? 'log' : 'value',
        min: log ? floorOf(values) : 0,
        max: limit,
        interval: limit === undefined ? undefined : limit / 4,
        axisLabel: { show: limit !== undefined, color: style.quiet },
      }),
      yAxis: axis(style, {
        type: 'category',
        inverse: true,
        data: categories,
        axisLabel: {
          color: style.text,
          lineHeight: 15,
          ...(longest > 16 && { width: 210, overflow: 'break' }),
        },
      }),
      series: all.map(({ side, title, values: data }) => ({
        type: 'bar',
        name: title,
        barWidth: 12,
        barGap: '20%',
        itemStyle: { color: style.colour(side), borderRadius: [0, 4, 4, 0] },
        data: data.map((value) => scaled(value, unit)),
        label: {
          show: true,
          position: 'right',
          color: style.quiet,
          fontSize: 11,
          formatter: ({ value }) => text(value),
        },
      })),
    },
  };
}

/** Each step to the right is one more nine. */
const ninesOf = (percent) => (percent >= 100 ? 7 : -Math.log10(1 - percent / 100));
const kNines = ['0', '90 %', '99 %', '99.9 %', '99.99 %', '99.999 %', '99.9999 %', 'max'];

function percentiles({ lines: all, unit }, style) {
  return {
    height: 340,
    option: {
      ...base(style),
      grid: { left: 8, right: 34, top: 44, bottom: 26, containLabel: true },
      tooltip: {
        ...base(style).tooltip,
        formatter({ seriesName, data: [, value, percent] }) {
          const share = percent >= 100 ? 'slowest' : `${percent} % within`;
          return `${seriesName}<br>${share} ${quantity(value, unit)}`;
        },
      },
      xAxis: axis(style, {
        type: 'value',
        min: 0,
        max: 7,
        interval: 1,
        name: 'share of the changes that took at most so long',
        nameLocation: 'middle',
        nameGap: 30,
        axisLabel: { color: style.quiet, formatter: (value) => kNines[value] ?? '' },
      }),
      yAxis: axis(style, {
        type: 'log',
        min: floorOf(all.flatMap(({ points }) => points.map(({ us }) => scaled(us, unit)))),
        axisLabel: { color: style.quiet, formatter: onAxis(unit) },
      }),
      series: all.map(({ side, title, points }) => ({
        type: 'line',
        name: title,
        smooth: 0.2,
        symbolSize: 6,
        lineStyle: { width: 3 },
        color: style.colour(side),
        data: points.map(({ percent, us }) => [ninesOf(percent), scaled(us, unit), percent]),
      })),
    },
  };
}

function targets({ items }, style) {
  const names = items.map(({ title, text }) => `{name|${title}}  {bound|${text}}`);
  return {
    height: 50 + items.length * 23,
    option: {
      ...base(style),
      legend: undefined,
      grid: { left: 4, right: 90, top: 6, bottom: 26, containLabel: true },
      tooltip: {
        ...base(style).tooltip,
        formatter: ({ dataIndex }) => {
          const { title, text, measured, value } = items[dataIndex];
          return `${title}<br>${text}<br>measured: ${measured || figure(value)}`;
        },
      },
      xAxis: axis(style, {
        type: 'log',
        logBase: 2,
        name: 'times better than asked for',
        nameLocation: 'middle',
        nameGap: 24,
        axisLabel: { color: style.quiet, formatter: (value) => `${figure(value)} ×` },
      }),
      yAxis: axis(style, {
        type: 'category',
        inverse: true,
        data: names,
        axisLine: { show: false },
        axisLabel: {
          interval: 0,
          rich: { name: { color: style.text, fontSize: 12.5 }, bound: { color: style.quiet, fontSize: 12 } },
        },
      }),
      series: [
        {
          type: 'bar',
          barWidth: 11,
          data: items.map(({ reached }) => ({
            value: reached,
            itemStyle: { color: reached >= 1 ? style.good : style.bad, borderRadius: 4 },
            label: { position: reached >= 1 ? 'right' : 'left' },
          })),
          label: {
            show: true,
            color: style.quiet,
            fontSize: 11,
            formatter: ({ dataIndex }) => items[dataIndex].measured || figure(items[dataIndex].value),
          },
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: style.text, type: 'solid', width: 1 },
            data: [{ xAxis: 1 }],
          },
        },
      ],
    },
  };
}

const kKinds = { bars, lines, grouped, percentiles, targets };

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function addCard(grid, chart, style) {
  const { height, option } = kKinds[chart.kind](chart, style);
  const card = grid.appendChild(element('div', chart.double ? 'card double' : 'card'));
  card.append(element('h3', '', chart.title));
  const box = card.appendChild(element('div'));
  box.style.height = `${height}px`;
  const picture = echarts.init(box, undefined, { renderer: 'svg' });
  picture.setOption(option);
  return picture;
}

/** As many columns as leave no hole, where that is possible. */
const columnsOf = (charts) =>
  charts.length % 3 !== 0 && charts.length % 2 === 0 && !charts[0].double ? 'two' : '';

let shown = [];

function draw() {
  const root = document.getElementById('charts');
  for (const chart of shown) chart.dispose();
  root.replaceChildren();
  const style = look();
  shown = sections.flatMap(({ title, text, charts, wide }, index) => {
    const section = root.appendChild(element('section'));
    section.id = `section-${index}`;
    section.append(element('h2', '', title), element('p', 'lead', text));
    const grid = section.appendChild(element('div', `grid ${wide ? 'wide' : columnsOf(charts)}`));
    return charts.map((chart) => addCard(grid, chart, style));
  });
}

const preferred = matchMedia('(prefers-color-scheme: dark)');

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  draw();
}

document.getElementById('theme').addEventListener('click', () => {
  setTheme(document.documentElement.dataset.theme !== 'dark');
});
preferred.addEventListener('change', ({ matches }) => setTheme(matches));
addEventListener('resize', () => shown.forEach((chart) => chart.resize()));
setTheme(preferred.matches || location.hash === '#dark');
