import { workerData } from 'node:worker_threads';
import { $1, _, ets } from 'termstore';
import { andalso, gt, le } from 'termstore/ms';
import { nextRandom, pick } from './data.mjs';
import { serve } from './worker.mjs';

const { index, operations, name, range } = workerData;
const table = ets.table(name);
const kPart = 1000;
/** Some operations count all rows: the clock is looked at often, as on OTP's side. */
const kChunk = 64;
/** Here V8 keeps a word of 32 bits as it is; for a variable it would make a number on its heap with every draw. */
const drawn = new Uint32Array([index + 1]);

function draw() {
  return (drawn[0] = nextRandom(drawn[0]));
}

function drawKey() {
  return pick(draw(), range);
}

/** As OTP's does: from a key that is not there it jumps to a random one. */
function steps(count) {
  let key = drawKey();
  for (let i = 0; i < count; i++) {
    try {
      key = table.next(key) ?? table.first() ?? drawKey();
    } catch (error) {
      if (error.code !== 'ERR_ETS_BADARG' && error.code !== 'ERR_ETS_BADKEY') throw error;
      key = drawKey();
    }
  }
  return count;
}

const everything = [[_, [], [true]]];

const works = {
  insert: () => table.insert([drawKey()]) ?? 1,
  delete: () => Number(table.delete(drawKey())),
  lookup: () => table.lookup(drawKey()).length,
  next10: () => steps(10),
  next100: () => steps(100),
  next1000: () => steps(1000),
  count: () => table.selectCount(everything),
  part: () => {
    const from = drawKey();
    return table.selectCount([[[$1], [andalso(gt($1, from), le($1, from + kPart))], [true]]]);
  },
};

const limits = [];
let sum = 0;
for (const [operation, percent] of Object.entries(operations)) {
  sum += percent / 100;
  limits.push({ limit: sum * 2 ** 32, work: works[operation] });
}
limits.at(-1).limit = 2 ** 32;

function mixed(_from, count) {
  let done = 0;
  for (let i = 0; i < count; i++) {
    const chosen = draw();
    let choice = 0;
    while (chosen >= limits[choice].limit) choice++;
    done += limits[choice].work();
  }
  return done;
}

serve([mixed], kChunk);
