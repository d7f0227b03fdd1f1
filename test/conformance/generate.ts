import * as fc from 'fast-check';
import { rowPlan } from './operations/build.js';
import { points } from './operations/points.js';
import { queries } from './operations/queries.js';
import { endings, table } from './operations/table.js';
import { inOtherThread } from './operations/other-thread.js';
import { terms } from './operations/terms.js';
import { traversal } from './operations/traversal.js';
import { updates } from './operations/updates.js';
import { anyKeys } from './values.js';
import { type Command, type Config, type Operation } from './world.js';

/* Random worlds: a table of any kind and a hundred commands or so. */

const MAX_COMMANDS = 200;

const config: fc.Arbitrary<Config> = fc.record({
  type: fc.constantFrom('set', 'ordered_set', 'bag', 'duplicate_bag'),
  keypos: fc.constantFrom(0, 1),
  access: fc.constantFrom('public', 'protected', 'private'),
  role: fc.oneof({ weight: 5, arbitrary: fc.constant('owner' as const) }, fc.constant('other' as const)),
  named: fc.boolean(),
  writeConcurrency: fc.constantFrom<boolean | 'auto'>(false, true, 'auto'),
  decentralizedCounters: fc.constantFrom(undefined, false, true),
  compressed: fc.constantFrom(false, false, true),
  keys: anyKeys,
  rows: fc.array(rowPlan, { maxLength: 6 }),
});

function oneOf(operations: readonly Operation[]): fc.Arbitrary<Command> {
  return fc.oneof(...operations.map(({ weight, command }) => ({ weight, arbitrary: command })));
}

const alone = [...points, ...updates, ...traversal, ...table, ...queries, ...terms];
const usual = [
  ...alone.map((one) => ({ ...one, weight: one.weight * 8 })),
  ...inOtherThread([...points, ...updates, ...traversal, ...table]),
];

/** Now and then the table is dropped, and everything after that is refused. */
const commands = fc
  .tuple(
    fc.array(oneOf(usual), { maxLength: MAX_COMMANDS, size: 'max' }),
    fc.option(oneOf(endings), { freq: 3 }),
    fc.array(oneOf(usual), { maxLength: 8 }),
  )
  .map(([before, ending, after]) => (ending === null ? before : [...before, ending, ...after]));

export interface WorldPlan {
  readonly config: Config;
  readonly commands: readonly Command[];
}

export const worlds: fc.Arbitrary<WorldPlan> = fc.record({ config, commands });
