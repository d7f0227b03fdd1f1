import { join } from 'node:path';
import { lmdbStore } from 'termstore/persist';
import { Member } from '../support/crew.js';
import { lister } from './support.js';

/* Terminates threads in the middle of their writes, and writes in between. Prints the number of each acknowledged event. */

async function main(path: string): Promise<void> {
  const store = lmdbStore({ path, durability: 'committed' });
  const other = await lister(store, { persistId: 'other' }).start();
  await other.call(({ persist }) => persist('before'));
  process.stdout.write(`${other.seq}\n`);
  for (let round = 0; round < 12; round++) {
    const writer = new Member(join(__dirname, 'writer.worker.js'));
    await writer.call('start', path, false);
    for (let i = 0; i < 20; i++) writer.tell('put', `${round}-${i}`);
    await other.call(({ persist }) => persist(String(round)));
    await writer.terminate();
    await other.call(({ persist }) => persist('after'));
    process.stdout.write(`${other.seq}\n`);
  }
  await other.stop();
  await store.close();
}

void main(process.argv[2]!);
