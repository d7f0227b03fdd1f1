// Question: what does a persistent process cost beside the store used directly (lmdb), and beside SQLite with the same durability?
// The peers do what a careful program does that uses them directly: an event with its time and tags, and a check, in the transaction that
// writes, of who may write and where the log ends (sides.mjs). What they have not: an order of the events of all streams.
// Not answered here: several threads or processes that write at once.
// Medians of the rounds; of a ratio, the middle half of them too.
//
//   npm run bench:persist [-- --quick] [-- --rounds 15] [-- --folder DIR]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shownRatio, SideBySide } from '../runner/side-by-side.mjs';
import * as sides from './sides.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const quick = values.quick;
const rounds = quick ? 1 : Number(values.rounds);
const events = quick ? 20_000 : 1_000_000;
/** How often the work is done in one round. */
const scale = (n) => (quick ? Math.ceil(n / 20) : n);

mkdirSync(values.folder, { recursive: true });
const folder = mkdtempSync(join(values.folder, 'termstore-bench-persist-'));

async function measure(title, names, opened, times, count, work) {
  const beside = new SideBySide();
  for (let round = 0; round < rounds; round++) {
    await beside.round(
      names.map((name) => [
        name,
        async () => {
          for (let i = 0; i < times; i++) await work(opened[name]);
        },
      ]),
    );
  }
  const shown = names.map((name) => {
    const ms = beside.ms(name) / times;
    return `${name} ${count === undefined ? ms.toFixed(1) : Math.round((count * 1000) / ms)}`;
  });
  const ratio = names.includes('lmdb')
    ? ` (ours takes ${shownRatio(beside.ratio('ours', 'lmdb'))} lmdb's time)`
    : '';
  console.log(`${title}: ${shown.join(', ')} ${count === undefined ? 'ms' : 'events/s'}${ratio}`);
}

async function open(durability) {
  const opened = {};
  for (const [name, side] of Object.entries(sides)) opened[name] = await side(folder, durability);
  return opened;
}

const names = Object.keys(sides);
console.log(
  `node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model}; files in ${values.folder}`,
);
try {
  for (const durability of /** @type {const} */ (['flushed', 'committed'])) {
    const opened = await open(durability);
    const label = (text) => `${durability}, ${text}`;
    await measure(label('1 caller'), names, opened, scale(200), 1, (side) => side.write(1));
    await measure(label('256 callers'), names, opened, scale(60), 256, (side) => side.write(256));
    await measure(label('persistAll of 100'), names, opened, scale(100), 100, (side) => side.writeAll(100));
    for (const side of Object.values(opened)) await side.close();
  }
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  const opened = await open('committed');
  for (const side of Object.values(opened)) for (let n = 0; n < events; n += 1000) await side.writeAll(1000);
  // The snapshot comes with the second part: until then there is none.
  const recovered = async (side) => {
    const found = await side.recover();
    if (found !== events) throw new Error(`${found} events instead of ${events}`);
  };
  await opened.ours.prepareRecovery();
  await measure(`recovery of ${events} events`, names, opened, 1, undefined, recovered);
  await opened.ours.snapshot();
  await measure(`recovery of ${events} events from a snapshot`, ['ours'], opened, 1, undefined, recovered);
  for (const side of Object.values(opened)) await side.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
