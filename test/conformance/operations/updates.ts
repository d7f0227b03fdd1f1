import * as fc from 'fast-check';
import { nothing } from '../compare.js';
import type { Differences } from '../differences.js';
import { tuple } from '../etf.js';
import { anyTerm, keyIndex, step } from '../values.js';
import { asTuple, call, type Operation, type Plan, type RowPlan } from '../world.js';
import { operation, otp, position, rowPlan } from './build.js';

/* updateCounter and updateElement in all their forms. */

// What is no integer is refused here at once, and there when the key has been found.
const wholePosition = fc.oneof({ weight: 12, arbitrary: fc.nat(3) }, fc.constantFrom(-1, 2 ** 31));

interface Step {
  readonly pos: number | undefined;
  readonly incr: number | bigint;
  readonly limit: readonly [threshold: number | bigint, set: number | bigint] | undefined;
  /** As a bare number rather than an object, where that is possible. */
  readonly bare: boolean;
}

const anyStep: fc.Arbitrary<Step> = fc
  .record({
    pos: fc.option(wholePosition, { nil: undefined }),
    incr: step,
    limit: fc.option(fc.tuple(step, step), { nil: undefined, freq: 2 }),
    bare: fc.boolean(),
  })
  .map((one) => likeFirst(one, one.incr));

/** `one` with numbers of the kind that `model` is: the oracle counts a row's numbers or its bigints, not both in one call. */
function likeFirst(one: Step, model: number | bigint): Step {
  const { incr, limit } = one;
  return {
    ...one,
    incr: alike(model, incr),
    limit: limit && [alike(model, limit[0]), alike(model, limit[1])],
  };
}

/** `value` as the kind of number that `model` is. */
function alike(model: number | bigint, value: number | bigint): number | bigint {
  if (typeof model === 'bigint') return BigInt(value);
  return typeof value === 'number' ? value : Number(BigInt.asIntN(32, value));
}

function oursOf({ pos, incr, limit, bare }: Step): unknown {
  if (bare && pos === undefined && limit === undefined) return incr;
  const [threshold, set] = limit ?? [];
  return { ...(pos !== undefined && { pos }), incr, ...(limit !== undefined && { threshold, set }) };
}

function theirsOf(plan: Plan, { pos, incr, limit, bare }: Step): unknown {
  if (bare && pos === undefined && limit === undefined) return incr;
  return tuple(position(pos ?? plan.config.keypos + 1), incr, ...(limit ?? []));
}

const stepOrSteps = fc.oneof(
  { weight: 3, arbitrary: anyStep },
  fc
    .array(anyStep, { maxLength: 4 })
    .map((steps) => steps.map((one) => likeFirst(one, (steps[0] as Step).incr))),
);

/** A whole row, or one without a key, or what is no row. */
const defaultRow = fc.option(fc.oneof({ weight: 12, arbitrary: rowPlan }, fc.nat(1)), { nil: undefined });

/** The default row on both sides, and the name of the difference when it is no good. */
function defaultFor(
  plan: Plan,
  planned: RowPlan | number,
): { ours: unknown; theirs: unknown; differences: Differences } {
  if (typeof planned === 'number') {
    const short = plan.config.keypos === 0 ? [] : ['short'];
    const row = planned === 0 ? short : 'none';
    return {
      ours: row,
      theirs: planned === 0 ? asTuple(short) : row,
      differences: ['a short default row is refused'],
    };
  }
  const row = plan.row(planned);
  return { ours: row, theirs: asTuple(row), differences: [] };
}

const updateCounter = operation(
  12,
  fc.tuple(keyIndex, stepOrSteps, defaultRow),
  (plan, [index, steps, planned]) => {
    const key = plan.key(index);
    // In a list OTP takes no bare increments.
    const list = Array.isArray(steps);
    const ours = list ? steps.map(oursOf) : oursOf(steps);
    const theirs = list ? steps.map((one) => theirsOf(plan, { ...one, bare: false })) : theirsOf(plan, steps);
    const [one] = list ? steps : [steps];
    const differences: Differences = typeof one?.incr === 'number' ? ['counters that are numbers'] : [];
    if (planned === undefined)
      return call('updateCounter', [key, ours], otp('update_counter', key, theirs), { differences });
    const fallback = defaultFor(plan, planned);
    return call(
      'updateCounter',
      [key, ours, fallback.ours],
      otp('update_counter', key, theirs, fallback.theirs),
      {
        differences: [...differences, ...fallback.differences, 'a default row that fails leaves nothing'],
      },
    );
  },
);

const change = fc.tuple(wholePosition, anyTerm);

const updateElement = operation(
  6,
  fc.tuple(keyIndex, change, defaultRow),
  (plan, [index, [pos, value], planned]) => {
    const key = plan.key(index);
    const theirs = tuple(position(pos), value);
    if (planned === undefined)
      return call('updateElement', [key, pos, value], otp('update_element', key, theirs));
    const fallback = defaultFor(plan, planned);
    return call(
      'updateElement',
      [key, pos, value, fallback.ours],
      otp('update_element', key, theirs, fallback.theirs),
      { differences: ['functions of OTP 26 to 28', ...fallback.differences] },
    );
  },
);

const updateElements = operation(
  6,
  fc.tuple(keyIndex, fc.array(change, { maxLength: 4 }), defaultRow),
  (plan, [index, changes, planned]) => {
    const key = plan.key(index);
    const theirs = changes.map(([pos, value]) => tuple(position(pos), value));
    if (planned === undefined)
      return call('updateElements', [key, changes], otp('update_element', key, theirs));
    const fallback = defaultFor(plan, planned);
    return call(
      'updateElements',
      [key, changes, fallback.ours],
      otp('update_element', key, theirs, fallback.theirs),
      { differences: ['functions of OTP 26 to 28', ...fallback.differences] },
    );
  },
);

const initTable = operation(1, fc.array(rowPlan, { maxLength: 5 }), (plan, plans) => {
  const rows = plans.map((each) => plan.row(each));
  return call('initTable', [rows], otp('init_table', rows.map(asTuple)), { normal: nothing });
});

export const updates: readonly Operation[] = [updateCounter, updateElement, updateElements, initTable];
