import { ets, persistentTerm, type Table } from 'termstore';
import { parentPort, workerData } from 'node:worker_threads';
import { OPERATIONS } from '../support/operations.js';

/* Makes calls of one kind until it is ended from outside. */

const { kind, shared } = workerData as { kind: string; shared: string };

function fill(table: Table): Table {
  table.insertMany(Array.from({ length: 300 }, (_, i) => [i, i, 'x'.repeat(i)]));
  table.insertMany([
    ['key', 1, 'text'],
    ['other', 2, { a: [1] }],
  ]);
  return table;
}

const many = Array.from({ length: 200 }, (_, i) => [`many ${i}`, i, 'y'.repeat(i * 3)]);
const common = ets.table(shared);
const own = fill(ets.new('own', { type: 'ordered_set', writeConcurrency: true }));
const big = Array.from({ length: 2000 }, (_, i) => ({ i }));

const KINDS: Readonly<Record<string, (n: number) => void>> = {
  'ets.new and drop': (n) =>
    fill(ets.new(`fresh ${n}`, { type: n % 2 === 0 ? 'set' : 'ordered_set', named: n % 3 === 0 })).drop(),
  'ets.new alone': (n) =>
    void ets.new(`kept ${workerData.kind} ${n}`, { type: n % 2 === 0 ? 'set' : 'ordered_set' }),
  'ets.all': () => void ets.all(),
  'ets.whereis': () => void ets.whereis(shared),
  'insertMany in common': () => common.insertMany(many),
  'tab2list of common': () => void common.tab2list(),
  'counter in common': (n) => void common.updateCounter(`c${n % 9}`, 1, ['', 0]),
  'insert and take in common': (n) => {
    common.insert([`t ${n % 50}`, big.slice(0, n % 100)]);
    common.take(`t ${(n * 7) % 50}`);
  },
  'persistentTerm.put': (n) => persistentTerm.put(`term ${n % 20}`, n % 2 === 0 ? big : n),
  'persistentTerm.get': (n) => void persistentTerm.get(`term ${n % 20}`, 0),
  'persistentTerm.getAll': () => void persistentTerm.getAll(),
  'persistentTerm.erase': (n) => void persistentTerm.erase(`term ${n % 20}`),
};

function act(n: number): void {
  const known = KINDS[kind];
  if (known !== undefined) return known(n);
  const operation = OPERATIONS.find(({ name }) => name === kind);
  if (operation === undefined) throw new Error(`no such kind: ${kind}`);
  if (!['table.drop', 'table[Symbol.dispose]', 'table.rename', 'table.deleteAllObjects'].includes(kind)) {
    operation.call(own);
    // Others take and delete what this one steps from.
    if (
      !['table.next', 'table.prev', 'table.nextLookup', 'table.prevLookup'].includes(kind) &&
      operation.right === 'read' &&
      common.member('key') &&
      operation.ordered !== true
    ) {
      try {
        operation.call(common);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'ERR_ETS_BADKEY') throw error;
      }
    }
    if (!own.member('key')) own.insert(['key', 1, 'text']);
    if (own.member('fresh')) own.delete('fresh');
    return undefined;
  }
  const table = fill(ets.new('short lived'));
  operation.call(table);
  table[Symbol.dispose]();
}

parentPort?.postMessage('ready');
for (let n = 0; ; n++) act(n);
