import { TermStoreError } from 'termstore';
import * as assert from 'uvu/assert';

/** As refuses(), for calls of which some refuse by rejecting the promise that they return. */
export async function refusesEither(
  act: () => unknown,
  code: string,
  message?: RegExp | string,
): Promise<TermStoreError> {
  let outcome: () => unknown;
  try {
    const answer: unknown = await act();
    outcome = () => answer;
  } catch (error) {
    outcome = () => {
      throw error;
    };
  }
  return refuses(outcome, code, message);
}

/** Asserts that `act` throws an error of this package with this code and a message that says what `message` says. */
export function refuses(act: () => unknown, code: string, message?: RegExp | string): TermStoreError {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  if (thrown === undefined) throw new Error(`nothing was thrown instead of ${code}`);
  if (!(thrown instanceof TermStoreError)) throw thrown;
  assert.is(thrown.code, code, `${thrown.code} (${thrown.message}) instead of ${code}`);
  if (typeof message === 'string') assert.ok(thrown.message.includes(message), thrown.message);
  else if (message !== undefined) assert.match(thrown.message, message);
  return thrown;
}
