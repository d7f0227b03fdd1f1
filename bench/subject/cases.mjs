import { bulk } from './bulk.mjs';
import { churn } from './churn.mjs';
import { comparison } from './comparison.mjs';
import { loops } from './loops.mjs';
import { persistent } from './persistent.mjs';
import { shapes } from './shapes.mjs';
import { slowest } from './slowest.mjs';
import { threads, throughput } from './threads.mjs';
import { turns } from './turns.mjs';
import { views } from './views.mjs';

/** All cases of our side: `(rows, context) => loop` or `=> run`; see main.mjs. */
export const cases = {
  ...loops,
  ...shapes,
  ...bulk,
  ...persistent,
  ...views,
  ...slowest,
  ...turns,
  churn,
  comparison,
  threads,
  throughput,
};
