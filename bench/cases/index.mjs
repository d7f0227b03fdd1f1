import { comparison } from './comparison.mjs';
import { growth } from './growth.mjs';
import { operations } from './operations.mjs';
import { pauses } from './pauses.mjs';
import { persistent } from './persistent.mjs';
import { shapes } from './shapes.mjs';
import { mixes, threads } from './threads.mjs';

/** Every case of the benchmark, in the order in which it is measured; define.mjs says what a case is. */
export const kCases = [
  ...operations,
  ...shapes,
  ...persistent,
  ...comparison,
  ...growth,
  ...threads,
  ...mixes,
  ...pauses,
];
