import { dets, type DetsTable } from 'termstore/dets';
import { serve } from '../support/serve.js';

/* A thread that has files open. */

let table: DetsTable | undefined;

function opened(): DetsTable {
  if (table === undefined) throw new Error('nothing is open');
  return table;
}

serve({
  async open(file: string, ack: 'committed' | 'flushed') {
    table = await dets.openFile('shared', { file, ack });
  },
  count: async (times: number) => {
    for (let i = 0; i < times; i++) await opened().updateCounter('counter', 1);
  },
  fill: (from: number, to: number) =>
    Promise.all(Array.from({ length: to - from }, (_, i) => opened().insert([`key ${from + i}`, from + i]))),
  claim: async (keys: number) => {
    let won = 0;
    for (let i = 0; i < keys; i++) if ((await opened().insertNew([`claim ${i}`, 1])) !== false) won++;
    return won;
  },
  get: (key: unknown) => opened().get(key),
  close: () => opened().close(),
});
