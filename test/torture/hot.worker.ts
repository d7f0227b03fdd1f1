import { $1, $2, $3, ets, persistentTerm, type MatchSpec } from 'termstore';
import { add } from 'termstore/ms';
import { workerData } from 'node:worker_threads';

/* Works on a few rows that all threads want, until it is ended from outside. */

const { names, seed } = workerData as { names: readonly string[]; seed: number };
const tables = names.map((name) => ets.table<[string, number, string]>(name));

/** Every text says which it is, so that a row of two moments is seen. */
const textOf = (n: number): string => `${n} `.repeat(1 + (n % 40));

const increments: MatchSpec<[string, number, string]> = [[[$1, $2, $3], [], [[$1, add($2, 1), $3]]]];

function check(row: readonly unknown[] | undefined): void {
  const text = row?.[2];
  if (typeof text !== 'string') return;
  const first = text.split(' ')[0] as string;
  if (text !== `${first} `.repeat(text.length / (first.length + 1))) throw new Error(`a torn row: ${text}`);
}

for (let n = seed; ; n++) {
  const table = tables[n % tables.length] as (typeof tables)[number];
  const key = `hot ${(n * 7) % 5}`;
  switch (n % 12) {
    case 0:
      table.insert([key, n, textOf(n)]);
      break;
    case 1:
      table.updateCounter(key, { pos: 1, incr: 1 }, [key, 0, textOf(0)]);
      break;
    case 2:
      for (const row of table.take(key)) check(row);
      break;
    case 3:
      table.insertMany([0, 1, 2, 3, 4].map((i) => [`hot ${i}`, n, textOf(n + i)]));
      break;
    case 4:
      table.selectReplace(increments);
      break;
    case 5:
      for (const row of table.tab2list()) check(row);
      break;
    case 6:
      table.delete(key);
      break;
    case 7:
      persistentTerm.put('hot', { n, text: textOf(n) });
      break;
    case 8:
      check([0, 0, persistentTerm.get<{ text: string }>('hot', { text: '0 ' }).text]);
      break;
    default:
      check(table.get(key));
  }
}
