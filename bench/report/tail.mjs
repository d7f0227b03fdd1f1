import * as echarts from 'echarts';
import { titleOf } from '../peers/index.mjs';

const kColours = { termstore: '#0b7285', map: '#c92a2a' };
const kSize = { width: 760, height: 300 };

/** A time in microseconds as people say it. */
function time(us) {
  if (us >= 1e6) return `${us / 1e6} s`;
  return us >= 1000 ? `${us / 1000} ms` : `${us} µs`;
}

/** How rare a change is that takes at least so long: 1 of `1 / (1 - p)`. The slowest of all stands at their number. */
function points({ percentiles, changes }) {
  return percentiles
    .filter(([percentile]) => percentile >= 50)
    .map(([percentile, us]) => [percentile === 100 ? changes : 1 / (1 - percentile / 100), us]);
}

/** The tail of single changes of a table of millions of rows under churn, as an SVG; undefined where the run has no such case. */
export function tailPicture(results) {
  const churn = results.cases.find(({ id }) => id === 'churn');
  if (churn === undefined) return undefined;
  const series = Object.entries(churn.results)
    .filter(([, { rounds }]) => rounds !== undefined)
    .map(([side, { rounds }]) => ({
      type: 'line',
      name: titleOf(side),
      data: points(rounds[0]),
      symbolSize: 5,
      lineStyle: { width: 2 },
      color: kColours[side],
      endLabel: {
        show: true,
        formatter: ({ value }) => time(Number(value[1].toPrecision(2))),
        color: kColours[side],
      },
    }));
  const { run } = results;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...kSize });
  const name = { nameLocation: 'middle', nameTextStyle: { color: '#495057' } };
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: {
      text: `How long one change holds up the event loop: ${churn.title}`,
      subtext: `${run.cpu}, ${run.cores} cores, node ${run.versions.node}, ${run.date.slice(0, 10)}`,
      textStyle: { fontSize: 14 },
      left: 10,
      top: 6,
    },
    legend: { bottom: 6, right: 10 },
    grid: { left: 70, right: 80, top: 66, bottom: 50 },
    xAxis: { type: 'log', name: 'one change in so many takes at least', nameGap: 30, min: 2, ...name },
    yAxis: { type: 'log', axisLabel: { formatter: time } },
    series,
  });
  const picture = chart.renderToSVGString();
  chart.dispose();
  return picture;
}
