import * as fc from 'fast-check';
import { persistentTerm } from 'termstore';
import { nothing, sorted } from '../compare.js';
import { atom } from '../etf.js';
import { anyTerm, keyIndex } from '../values.js';
import { type Act, asOwnKey, isOwnKey, type Operation, type Plan, show } from '../world.js';
import { operation, otp } from './build.js';

/* persistentTerm, under keys that are the world's own. */

type Name = 'put' | 'putNew' | 'get' | 'erase';

const METHODS = persistentTerm as unknown as Record<Name, (...args: readonly unknown[]) => unknown>;

function term(
  plan: Plan,
  name: Name,
  index: number,
  rest: readonly unknown[],
  more: Pick<Act, 'normal' | 'differences'> = {},
): Act {
  const key = asOwnKey(plan.key(index));
  return {
    name: `persistentTerm.${name}`,
    text: `persistentTerm.${name}(${[key, ...rest].map(show).join(', ')})`,
    ours: () => METHODS[name](key, ...rest),
    theirs: otp('persistent', atom(name), [key, ...rest]),
    ...more,
  };
}

const keyAndTerm = fc.tuple(keyIndex, anyTerm);

const put = operation(2, keyAndTerm, (plan, [index, value]) =>
  term(plan, 'put', index, [value], { normal: nothing }),
);

const putNew = operation(2, keyAndTerm, (plan, [index, value]) =>
  term(plan, 'putNew', index, [value], { normal: nothing, differences: ['functions of OTP 26 to 28'] }),
);

const get = operation(3, keyIndex, (plan, index) => term(plan, 'get', index, []));

const getWithDefault = operation(2, keyAndTerm, (plan, [index, value]) => term(plan, 'get', index, [value]));

const throughRef = operation(1, keyIndex, (plan, index) => {
  const key = asOwnKey(plan.key(index));
  return {
    ...term(plan, 'get', index, []),
    text: `persistentTerm.ref(${show(key)}).get()`,
    ours: () => persistentTerm.ref(key).get(),
  };
});

const erase = operation(2, keyIndex, (plan, index) => term(plan, 'erase', index, []));

const getAll = operation(1, fc.constant(null), () => ({
  name: 'persistentTerm.getAll',
  text: 'persistentTerm.getAll()',
  ours: () => persistentTerm.getAll().filter(([key]) => isOwnKey(key)),
  theirs: otp('persistent', atom('getAll'), []),
  normal: sorted,
}));

const info = operation(1, fc.constant(null), () => ({
  name: 'persistentTerm.info',
  text: 'persistentTerm.info().count, of the own keys',
  ours: () => persistentTerm.info().count - persistentTerm.getAll().filter(([key]) => !isOwnKey(key)).length,
  theirs: otp('persistent', atom('info'), []),
  normal: Number,
  differences: ['sizes and counts are numbers'],
}));

export const terms: readonly Operation[] = [
  put,
  putNew,
  get,
  getWithDefault,
  throughRef,
  erase,
  getAll,
  info,
];
