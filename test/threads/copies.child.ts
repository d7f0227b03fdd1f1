import { join } from 'node:path';
import type * as Package from 'termstore';

/* Loads two copies of the package, in the order given, and lets them meet. Prints what came of it. */

const [first, second] = process.argv.slice(2).map((folder) => join(folder, 'dist/index.js')) as [
  string,
  string,
];

function load(path: string): typeof Package | string {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path of this run
    return require(path) as typeof Package;
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}

const one = load(first);
const other = load(second);

if (typeof one === 'string' || typeof other === 'string') {
  // The copy that did load still works.
  const kept = typeof one === 'string' ? other : one;
  if (typeof kept !== 'string') kept.ets.new('t').insert(['a', 1]);
  console.log(
    JSON.stringify({
      one: typeof one === 'string' ? one : 'loaded',
      other: typeof other === 'string' ? other : 'loaded',
    }),
  );
} else {
  if (one.ets === other.ets) throw new Error('this is one copy');
  const table = one.ets.new('shared', { named: true, type: 'ordered_set', access: 'private' });
  table.insert([{ shape: { of: 'one' } }, { value: { x: 1n } }]);
  const seen = other.ets.table('shared');
  seen.insert(['from the other', { another: { shape: [1] } }]);
  other.persistentTerm.put('term', { y: [2] });
  const ref = one.persistentTerm.ref('term');
  ref.get();
  other.persistentTerm.put('term', { y: [3] });
  console.log(
    JSON.stringify({
      rows: [table.get('from the other'), seen.get({ shape: { of: 'one' } })?.[0]],
      sum: String((seen.get({ shape: { of: 'one' } })?.[1] as { value: { x: bigint } }).value.x),
      term: [one.persistentTerm.get('term'), ref.get(), other.persistentTerm.get('term')],
      all: [one.ets.all().length, other.ets.all().length],
      tids: [other.ets.table(table.tid).name],
    }),
  );
}
