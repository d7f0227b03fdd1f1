import { dets } from 'termstore/dets';
import { lmdbStore } from 'termstore/persist';

/* Opens a file and closes it again, so often; `dets` or `journal`. */

const [kind, file, times] = process.argv.slice(2) as [string, string, string];

async function openOnce(): Promise<void> {
  if (kind === 'dets') await (await dets.openFile('rows', { file })).close();
  else await lmdbStore({ path: file, durability: 'committed' }).close();
}

async function openOften(): Promise<void> {
  for (let round = 0; round < Number(times); round++) await openOnce();
}

void openOften();
