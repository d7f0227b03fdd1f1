import { group, loop } from './define.mjs';

// Other keys, rows and options than those that the targets are about, so that nothing is tuned to one case.

const kShapes = [
  ['composite', 'key [string, int]'],
  ['long', 'key of 64 characters'],
  ['unicode', 'key of 9 characters beyond ASCII'],
  ['float', '[float, float]'],
  ['wide', 'row of 12 columns'],
  ['nested', 'document of about 1 kB'],
  ['text', 'text of 4 kB'],
  ['compressed', 'compressed, document of about 1 kB'],
  ['adaptive', "[int, int], writeConcurrency 'auto'"],
  ['bag', 'bag, 4 rows for each key'],
];

const cases = kShapes.flatMap(([shape, title]) => [
  loop(`lookup_${shape}`, `lookup, ${title}`),
  loop(`insert_${shape}`, `overwrite, ${title}`),
]);

export const shapes = group('Other keys, rows and options', cases);
