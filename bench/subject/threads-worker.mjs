import { workerData } from 'node:worker_threads';
import { ets } from 'termstore';
import { kMask } from './data.mjs';
import { serve } from './worker.mjs';

const { index, operation, name } = workerData;
const table = ets.table(name);
// Threads walk the same keys from different places.
const start = (index + 1) * 517;
/** Keys of one thread: an eighth of the table. */
const kOwnMask = 127;
const own = (index & 7) * (kOwnMask + 1);
const kHotKey = 7;

function lookup(from, count) {
  let sum = 0;
  for (let i = start + from; i < start + from + count; i++) sum += table.lookup(i & kMask)[0][1];
  return sum;
}

function get(from, count) {
  let sum = 0;
  for (let i = start + from; i < start + from + count; i++) sum += table.get(i & kMask)[1];
  return sum;
}

function insert(from, count) {
  for (let i = from; i < from + count; i++) table.insert([own + (i & kOwnMask), i]);
  return from;
}

function counter(from, count) {
  let sum = 0;
  for (let i = start + from; i < start + from + count; i++) sum += table.updateCounter(i & kMask, 1);
  return sum;
}

function ownCounter(from, count) {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += table.updateCounter(own + (i & kOwnMask), 1);
  return sum;
}

function hot(_, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += table.lookup(kHotKey)[0][1];
  return sum;
}

function hotNear(_, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += table.get(kHotKey)[1];
  return sum;
}

function hotCounter(_, count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += table.updateCounter(kHotKey, 1);
  return sum;
}

const works = {
  lookup,
  near: get,
  insert,
  counter,
  own_counter: ownCounter,
  lookup_auto: lookup,
  insert_auto: insert,
  counter_auto: counter,
  own_counter_auto: ownCounter,
  hot,
  hot_near: hotNear,
  hot_counter: hotCounter,
};

serve([works[operation]]);
