import * as fc from 'fast-check';
import { atom, type Tuple, tuple } from '../etf.js';
import { keyIndex, rest } from '../values.js';
import { type Act, call, type Command, type Operation, type Plan, type RowPlan } from '../world.js';

/* What the lists of operations are written with. */

/** An operation whose commands are made of `arguments_` when their world is known. */
export function operation<T>(
  weight: number,
  values: fc.Arbitrary<T>,
  act: (plan: Plan, values: T) => Act,
): Operation {
  return {
    weight,
    command: values.map(
      (args): Command =>
        (plan) =>
          act(plan, args),
    ),
  };
}

/** A command for the oracle. */
export function otp(name: string, ...args: readonly unknown[]): Tuple {
  return tuple(atom(name), ...args);
}

/** What the oracle does for a call that is refused here for a reason OTP does not know. */
export function refused(right: 'read' | 'write'): Tuple {
  return otp('refused', atom(right));
}

/** The position that is `pos` here. */
export function position(pos: number): bigint | number {
  return Number.isInteger(pos) ? BigInt(pos) + 1n : pos + 1;
}

export const rowPlan: fc.Arbitrary<RowPlan> = fc.record({ key: keyIndex, rest });

/** Mostly a key of the world; sometimes `undefined`, which is none here. */
const maybeKey = fc.oneof({ weight: 40, arbitrary: keyIndex }, fc.constant(undefined));

type More = Pick<Act, 'normal' | 'differences'>;

/** A call with a key as its only argument. */
export function ofKey(
  weight: number,
  method: string,
  right: 'read' | 'write',
  otpName: string,
  more: (plan: Plan) => More = () => ({}),
): Operation {
  return operation(weight, maybeKey, (plan, index) => {
    if (index === undefined)
      return call(method, [undefined], refused(right), { differences: ['undefined is no key'] });
    const key = plan.key(index);
    return call(method, [key], otp(otpName, key), more(plan));
  });
}

/** A call without arguments. */
export function plain(
  weight: number,
  method: string,
  otpName: string,
  more: (plan: Plan) => More = () => ({}),
): Operation {
  return operation(weight, fc.constant(null), (plan) => call(method, [], otp(otpName), more(plan)));
}
