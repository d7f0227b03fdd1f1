import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ets } from 'termstore';

/* Dumps and loads in a process that may open no file any more, and once it may again. */

const folder = process.argv[2] as string;
const file = join(folder, 'table');

async function codeOf(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
    return [code, cause?.code];
  }
}

void (async () => {
  const table = ets.new('t');
  table.insert(['k', 'before']);
  await table.tab2file(file);
  const open: number[] = [];
  try {
    for (;;) open.push(openSync(__filename, 'r'));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EMFILE') throw error;
  }
  table.insert(['k', 'after']);
  const codes = [
    await codeOf(() => table.tab2file(file)),
    await codeOf(() => ets.file2tab(file)),
    await codeOf(() => ets.tabfileInfo(file)),
  ];
  // What needs no file works.
  if (table.get('k')?.[1] !== 'after' || ets.all().length !== 1) throw new Error('the store has changed');
  for (const descriptor of open) closeSync(descriptor);
  const copy = await ets.file2tab(file, { verify: true });
  if (copy.get('k')?.[1] !== 'before') throw new Error('the older file has changed');
  await table.tab2file(file);
  console.log(JSON.stringify(codes));
})();
