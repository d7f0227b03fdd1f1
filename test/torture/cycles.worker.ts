import { ets, persistentTerm } from 'termstore';

/* What a short-lived thread does: tables of every kind, a large row, a term; everything ends with it. */

for (const type of ['set', 'ordered_set', 'bag', 'duplicate_bag'] as const) {
  for (const options of [{}, { writeConcurrency: true }, { compressed: true }] as const) {
    const table = ets.new(`${type}`, { type, ...options });
    table.insertMany(Array.from({ length: 200 }, (_, i) => [i, { i, text: 'x'.repeat(i) }]));
    table.insert(['large', 'y'.repeat(300_000)]);
    table.safeFixtable(true);
    table.delete(7);
    table.lookup(8);
    void table.tab2listAsync();
  }
}
persistentTerm.put(
  'of a cycle',
  Array.from({ length: 1000 }, (_, i) => i),
);
persistentTerm.get('of a cycle');
persistentTerm.erase('of a cycle');
