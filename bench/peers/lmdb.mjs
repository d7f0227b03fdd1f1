import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { open as openDatabase } from 'lmdb';

/** Memory where the system has a file system there: no disk takes part. */
const kFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/**
 * lmdb as it comes: values in MessagePack, keys ordered. Nothing is synced to disk, and writes come a thousand in a
 * transaction: a transaction each would measure commits.
 */
export function open({ folder = mkdtempSync(path.join(kFolder, 'termstore-bench-lmdb-')), owner = true }) {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (owner) process.once('exit', remove);
  const database = openDatabase({ path: folder, noSync: true, overlappingSync: false });
  return {
    folder,
    get: (key) => database.get(key),
    set: (key, value) => database.putSync(key, value),
    has: (key) => database.doesExist(key),
    increment: (key) => {
      const value = database.get(key) + 1;
      database.putSync(key, value);
      return value;
    },
    *range(start, end) {
      for (const { value } of database.getRange({ start, end })) yield value;
    },
    *values() {
      for (const { value } of database.getRange()) yield value;
    },
    transaction: (work) => database.transactionSync(work),
    close: async () => {
      await database.close();
      process.off('exit', remove);
      if (owner) remove();
    },
  };
}
