import { type BadCall, type Method, each, invoke, NO_TERMS, NO_ROWS, NO_ITERABLES } from './bad-values.js';

/** Every method whose first argument is a key, with arguments that are good behind it. */
const KEY_METHODS: readonly (readonly [Method, ...unknown[]])[] = [
  ['lookup'],
  ['get'],
  ['member'],
  ['lookupElement', 0],
  ['lookupElements', [0]],
  ['delete'],
  ['take'],
  ['updateCounter', 1],
  ['updateElement', 1, 0],
  ['updateElements', [[1, 0]]],
  ['next'],
  ['prev'],
  ['nextLookup'],
  ['prevLookup'],
];

export function badKeys(): BadCall[] {
  return KEY_METHODS.flatMap(([method, ...rest]) => [
    {
      operation: `table.${method}`,
      what: 'no argument',
      code: 'ERR_ETS_BADARG',
      message: /undefined/,
      call: invoke(method),
    },
    {
      operation: `table.${method}`,
      what: 'the key is undefined',
      code: 'ERR_ETS_BADARG',
      message: /undefined cannot be a key/,
      call: invoke(method, undefined, ...rest),
    },
    ...NO_TERMS.map(([what, value, code]) => ({
      operation: `table.${method}`,
      what: `the key is ${what}`,
      code: code ?? 'ERR_TERM_UNSUPPORTED',
      message: /^key/,
      call: invoke(method, value, ...rest),
    })),
  ]);
}

export function badRows(): BadCall[] {
  const single = (['insert', 'insertNew', 'deleteObject'] as const).flatMap((method) => [
    ...each(`table.${method}`, 'the row', NO_ROWS, /the row/, (value) => invoke(method, value)),
    ...NO_TERMS.map(([what, value, code]) => ({
      operation: `table.${method}`,
      what: `an element is ${what}`,
      code: code ?? 'ERR_TERM_UNSUPPORTED',
      message: /^row\[1\]/,
      call: invoke(method, ['key', value]),
    })),
    {
      operation: `table.${method}`,
      what: 'the row is a Proxy',
      code: 'ERR_TERM_UNSUPPORTED',
      message: /^row/,
      call: invoke(method, new Proxy(['key'], {})),
    },

    {
      operation: `table.${method}`,
      what: 'the row has a hole',
      code: 'ERR_TERM_UNSUPPORTED',
      message: /^row\[1\]/,
      call: invoke(method, ['key', , 1]),
    },
  ]);
  const many = (['insertMany', 'insertNewMany'] as const).flatMap((method) => [
    ...each(`table.${method}`, 'rows', NO_ITERABLES, /rows/, (value) => invoke(method, value)),
    ...each(`table.${method}`, 'rows[1]', NO_ROWS, /rows\[1\]/, (value) =>
      invoke(method, [['new key', 1], value]),
    ),
    ...NO_TERMS.map(([what, value, code]) => ({
      operation: `table.${method}`,
      what: `an element of rows[1] is ${what}`,
      code: code ?? 'ERR_TERM_UNSUPPORTED',
      message: /^rows\[1\]\[0\]/,
      call: invoke(method, [['new key', 1], [value]]),
    })),
  ]);
  return [...single, ...many];
}
