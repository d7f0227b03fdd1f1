import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ets, persistentTerm, type Table } from 'termstore';

/*
 * Stores large rows until there is no room for one, in a process whose address space is limited; then looks whether the store is whole.
 * Large ones, so that enough stays for JavaScript, which would end the process.
 */

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const LARGE = 200 * 2 ** 20;
const bytes = Buffer.alloc(LARGE, 'x');

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function fillUp(table: Table): number {
  for (let i = 0; i < 1000; i++) {
    const code = codeOf(() => table.insert([i, bytes]));
    if (code === undefined) continue;
    if (code !== 'ERR_ETS_NO_MEMORY') throw new Error(`insert: ${code}`);
    return i;
  }
  throw new Error('memory has no end');
}

const found: unknown[] = [];
for (const type of ['set', 'ordered_set', 'duplicate_bag'] as const) {
  const table = ets.new('t', { type, writeConcurrency: true });
  table.insert(['first', 1]);
  // Buffers that JavaScript gives back while calls are tried would make room for one.
  collect();
  const rows = fillUp(table);
  if (rows < 2) throw new Error(`room for ${rows} rows says nothing`);
  // What did not fit has left nothing, and what is there works.
  if (table.info('size') !== rows + 1) throw new Error(`${table.info('size')} rows instead of ${rows + 1}`);
  // Should a call find room after all, then all of it must be there.
  const many = codeOf(() => table.insertMany([['a', 1], ['b', bytes]])); // prettier-ignore
  if ((many === undefined) !== table.member('a') || table.member('a') !== table.member('b'))
    throw new Error(`half of an insertMany: ${many}`);
  const put = codeOf(() => persistentTerm.put('k', bytes));
  if ((put === undefined) !== (persistentTerm.info().count === 1)) throw new Error(`half of a put: ${put}`);
  if (put === undefined) persistentTerm.erase('k');
  const list = codeOf(() => table.tab2list());
  if (table.lookup('first').length !== 1 || !table.member(rows - 1)) throw new Error('a row is lost');
  // Memory that is given back can be used again.
  table.deleteAllObjects();
  collect();
  if (fillUp(table) < rows - 2) throw new Error('memory did not come back');
  table.drop();
  found.push([type, many ?? put ?? list]);
}
console.log(JSON.stringify(found));
