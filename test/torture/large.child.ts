import { ets, persistentTerm, type Table, type TableType } from 'termstore';
import { memoryStats } from '#dist/native/control.js';

/* The largest row and the largest term that there can be, and what is one byte larger. */

type Large = [key: string, bytes: Uint8Array];

/** A row of two elements, a key of one character, and the head of the bytes. */
const AROUND_ROW = 8;
const MOST_BYTES = 2 ** 30 - 1;

const memory = new Uint8Array(2 ** 30);
for (let at = 0; at < memory.length; at += 1000) memory[at] = at / 1000;
const largest = memory.subarray(0, MOST_BYTES - AROUND_ROW);
const tooLarge = memory.subarray(0, MOST_BYTES - AROUND_ROW + 1);

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function refused(what: string, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    must(
      code === 'ERR_TERM_TOO_LARGE' && message.includes('needs more than 1073741823 bytes'),
      `${what}: ${message}`,
    );
    return;
  }
  throw new Error(`${what}: taken`);
}

const same = (actual: unknown, expected: Uint8Array): boolean =>
  actual instanceof Uint8Array && Buffer.compare(actual, expected) === 0;

function requireStored(table: Table<Large>, bytes: number): void {
  const { memory: held, size } = table.info()!;
  must(size === 1 && held > bytes && held < bytes + 2 ** 20, `${size} rows, ${held} bytes`);
}

function rows(type: TableType): void {
  const table = ets.new<Large>('large', { type });
  const empty = table.info('memory')!;
  refused(`${type}: insert above the limit`, () => table.insert(['k', tooLarge]));
  must(
    table.info('memory') === empty && table.info('size') === 0,
    `${type}: a refused row has left something`,
  );
  table.insert(['k', largest]);
  requireStored(table, largest.length);
  must(same(table.lookup('k')[0]?.[1], largest), `${type}: another row came back`);
  refused(`${type}: insert above the limit`, () => table.insert(['k', tooLarge]));
  if (type === 'bag') {
    // Each of them can be stored, and both cannot be answered at once.
    table.insert(['k', memory.subarray(1, largest.length)]);
    refused('bag: lookup of two', () => table.lookup('k'));
    refused('bag: take of two', () => table.take('k'));
    must(table.info('size') === 2, 'bag: a refused take has taken something');
  } else {
    refused(`${type}: updateElement above the limit`, () => table.updateElement('k', 1, tooLarge));
    must(table.updateElement('k', 1, largest.subarray(AROUND_ROW)), `${type}: no row was updated`);
    must(same(table.take('k')[0]?.[1], largest.subarray(AROUND_ROW)), `${type}: another row was taken`);
    table.insert(['k', largest]);
  }
  must(table.delete('k'), `${type}: nothing was deleted`);
  must(
    table.info('size') === 0 && table.info('memory')! < empty + 2 ** 20,
    `${type}: ${table.info('memory')} bytes stay`,
  );
  table.drop();
}

/** A term lies beside its key, as a row does. */
function terms(): void {
  persistentTerm.put('k', largest);
  refused('put above the limit', () => persistentTerm.put('k', tooLarge));
  must(same(persistentTerm.get('k'), largest), 'another term came back');
  persistentTerm.erase('k');
}

const before = memoryStats();
for (const type of ['set', 'ordered_set', 'bag'] as const) rows(type);
terms();
const after = memoryStats();
for (const name of ['tables', 'bytes', 'persistentTerms', 'persistentBytes'] as const)
  must(after[name] === before[name], `${name}: ${before[name]} -> ${after[name]}`);
console.log(`${largest.length} bytes in a row`);
