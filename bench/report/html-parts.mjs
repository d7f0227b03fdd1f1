import { titleOf } from '../peers/index.mjs';
import { figure, timeText } from './format.mjs';
import { judge, summaries, tally } from './judge.mjs';
import { byGroup, detailsOf, sidesOf, tableOf } from './results.mjs';
import { peerLines } from './terminal.mjs';

// The parts of the page that are text and tables.

const kEntities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escape = (text) => String(text).replace(/[&<>"]/g, (character) => kEntities[character]);

export function runLines(run) {
  const { there, leftOut } = peerLines(run);
  const lines = [
    `${run.package}, commit ${run.commit}, ${run.date.slice(0, 10)}`,
    `${run.cpu}, ${run.cores} cores, ${run.memoryGb} GiB, ${run.os}, load ${run.loadAtStart} at the start`,
    `<code>${escape(run.command)}</code>, ${run.rounds} rounds, ${run.seconds} s; figures are medians of interleaved rounds`,
    `node ${run.versions.node} (V8 ${run.versions.v8}) beside ${escape(there.join(' · '))}`,
  ];
  const absent = leftOut.map((line) => `<p class="absent">${escape(line)}</p>`);
  if (run.quick) absent.push('<p class="absent">--quick: small counts; these figures measure nothing</p>');
  return lines.map((line) => `<p>${line}</p>`).join('\n') + absent.join('\n');
}

/** The ratio of another side's figure to ours, for the page's head. */
function times(cases, id, side) {
  const entry = cases.find((other) => other.id === id);
  const { termstore, [side]: other } = entry === undefined ? {} : summaries(entry);
  return termstore && other ? other.median / termstore.median : undefined;
}

function timesText(ratio) {
  if (ratio >= 1000) return `${figure(ratio / 1000)} k`;
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(ratio < 1 ? 2 : 1);
}

export function tiles(cases) {
  const { all, met, missed } = tally(cases);
  const found = [[`${met} of ${all}`, `targets met${missed > 0 ? `, ${missed} missed` : ''}`, met === all]];
  for (const [id, side, what] of [
    ['get_int', 'otp', 'as fast as OTP, get of an int key'],
    ['get_string', 'lmdb', 'as fast as lmdb, get of a string key'],
    ['get_object', 'redis', 'as fast as Redis, get of an object'],
    ['iterate', 'otp', 'as fast as OTP, iteration of 1 M rows'],
    ['growth_7', 'otp', 'as fast as OTP, look-ups in 10 M rows'],
  ]) {
    const ratio = times(cases, id, side);
    if (ratio !== undefined) found.push([`${timesText(ratio)} ×`, what, undefined]);
  }
  return found
    .map(([value, what, good]) => {
      const kind = good === undefined ? '' : good ? ' good' : ' bad';
      return `<div class="tile${kind}"><b>${escape(value)}</b><span>${escape(what)}</span></div>`;
    })
    .join('\n');
}

const kContenders = { termstore: 'termstore ets', near_cache: 'ets, readConcurrency', otp: 'OTP ets' };

/** GenServer, ETS, FastGlobal, persistent_term: coloured by how long an operation takes, on a logarithmic scale. */
export function comparisonTable(cases) {
  const group = cases.filter((entry) => entry.chart === 'comparison');
  const sides = sidesOf(group);
  if (group.length === 0) return '';
  const heat = (ns) => Math.min(1, Math.max(0, Math.log10(ns / 3) / 6));
  const cell = (entry, side) => {
    const medians = summaries(entry)[side];
    if (medians === undefined)
      return `<td class="absent">${entry.results[side]?.leftOut ? 'left out' : '–'}</td>`;
    return `<td style="--heat:${heat(medians.median).toFixed(3)}">${timeText(medians.median)}</td>`;
  };
  const head = sides.map((side) => `<th>${escape(kContenders[side] ?? titleOf(side))}</th>`).join('');
  const rows = group.map(
    (entry) => `<tr><th>${escape(entry.title)}</th>${sides.map((side) => cell(entry, side)).join('')}</tr>`,
  );
  return `<section id="comparison"><h2>GenServer, ETS, FastGlobal, persistent_term</h2>
<p class="lead">One value that all threads share: what one operation takes in each thread. Many is one per core. The owner thread
is asked by message, as a GenServer; the module constant is compiled anew by a writer, in its own thread only.</p>
<div class="card scroll"><table class="heat"><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div></section>`;
}

function targetCell(entry, cases) {
  return judge(entry, cases)
    .map(({ text, measured, met }) => {
      const kind = met === undefined ? 'unknown' : met ? 'met' : 'missed';
      return `<span class="target ${kind}">${escape(text)}${measured === '' ? '' : ` <b>${escape(measured)}</b>`}</span>`;
    })
    .join(' ');
}

/** Every figure, group by group. */
export function resultTables(cases) {
  return [...byGroup(cases)]
    .map(([title, group]) => {
      const { columns, rows } = tableOf(group, cases);
      const [, ...titles] = columns.slice(0, -1);
      const head = ['', 'targets', ...titles].map((column) => `<th>${escape(column)}</th>`).join('');
      const body = rows.map((row, index) => {
        const [name, ...rest] = row.slice(0, -1);
        const cells = rest.map((text) => `<td>${escape(text)}</td>`).join('');
        return `<tr><th>${escape(name)}</th><td class="targets">${targetCell(group[index], cases)}</td>${cells}</tr>`;
      });
      const details = detailsOf(group).map(
        ([what, side, text]) => `<li><b>${escape(what)}, ${escape(side)}</b>: ${escape(text)}</li>`,
      );
      const list = details.length === 0 ? '' : `<ul>${details.join('\n')}</ul>`;
      return `<details><summary>${escape(title)} <small>${group.length}</small></summary>
<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>${list}</details>`;
    })
    .join('\n');
}
