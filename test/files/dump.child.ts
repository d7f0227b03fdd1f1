import { ets } from 'termstore';

/* Writes a table to a file again and again until it is killed; says when it has begun. */

const path = process.argv[2] as string;
const table = ets.new<[number, string]>('dumped');
for (let i = 0; i < 50_000; i++) table.insert([i, 'x'.repeat(100)]);

async function dumpForEver(): Promise<void> {
  await table.tab2file(path);
  process.stdout.write('written\n');
  for (;;) await table.tab2file(path);
}

void dumpForEver();
