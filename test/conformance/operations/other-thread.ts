import { otp } from './build.js';
import { type Act, type Command, type Operation, type Plan } from '../world.js';

/* The same calls, made by the other thread of the world. */

function byOther(act: Act): Act {
  const { called } = act;
  // A table that is gone tells so by `info`; another thread cannot even take it in hand.
  if (called === undefined || called.method === 'info') return act;
  const { method, args } = called;
  return {
    ...act,
    elsewhere: true,
    text: `in another thread: ${act.text}`,
    ours: (world) => world.callInHelper(method, args),
    theirs: otp('by_helper', act.theirs),
  };
}

/** Of those operations that are a call of one method; others stay as they are. */
export function inOtherThread(operations: readonly Operation[]): Operation[] {
  return operations.map(({ weight, command }) => ({
    weight,
    command: command.map(
      (one): Command =>
        (plan: Plan) =>
          byOther(one(plan)),
    ),
  }));
}
