import { _, $1, $2, $_, ets } from 'termstore';
import { type BadCall, each, NO_TERMS } from './bad-values.js';

/* Match specs and functions that must be refused. */

export function badSpecs(): BadCall[] {
  const specs: readonly unknown[] = [
    undefined,
    null,
    5,
    'x',
    {},
    [],
    [[]],
    [[_, []]],
    [[_, [], []]],
    [[[$1], [], [$2]]],
  ];
  const loose = ets as unknown as Record<string, (...args: unknown[]) => unknown>;
  const spec = (operation: string, call: (value: unknown) => () => unknown): BadCall[] =>
    each(`ets.${operation}`, 'the match spec', specs, /clause|match spec/, call).map((bad) => ({
      ...bad,
      code: 'ERR_ETS_MATCH_SPEC',
    }));
  const compiled = ets.matchSpecCompile([[_, [], [$_]]]);
  return [
    ...spec('testMs', (value) => () => loose['testMs']?.([1], value)),
    ...each(
      'ets.testMs',
      'the row',
      [undefined, null, 5, 'x', {}],
      /row/,
      (value) => () => loose['testMs']?.(value, [[_, [], [1]]]),
    ),
    ...spec('matchSpecCompile', (value) => () => loose['matchSpecCompile']?.(value)),
    ...each(
      'ets.matchSpecRun',
      'the compiled match spec',
      [undefined, null, 5, {}, [[_, [], [1]]]],
      /matchSpecCompile/,
      (value) => () => loose['matchSpecRun']?.([], value),
    ),
    ...each(
      'ets.matchSpecRun',
      'rows',
      [undefined, null, 5, {}, [5], [null]],
      /rows/,
      (value) => () => loose['matchSpecRun']?.(value, compiled),
    ),
    ...NO_TERMS.map(([what, value, code]) => ({
      operation: 'ets.matchSpecRun',
      what: `an element is ${what}`,
      code: code ?? 'ERR_TERM_UNSUPPORTED',
      message: /^rows\[1\]\[0\]/,
      call: () => ets.matchSpecRun([[1], [value]], compiled),
    })),
    ...[undefined, null, 5, '([k]) => k', {}, [], [5], Math.abs].map((value) => ({
      operation: 'ets.fun2ms',
      what: 'the function is wrong',
      code: 'ERR_ETS_MATCH_SPEC',
      message: /function|source/,
      call: () => loose['fun2ms']?.(value),
    })),
    ...[null, 5, 'x', []].map((value) => ({
      operation: 'ets.fun2ms',
      what: 'bindings are wrong',
      code: 'ERR_ETS_MATCH_SPEC',
      message: /bindings/,
      call: () => loose['fun2ms']?.(([k]: unknown[]) => k, value),
    })),
  ];
}
