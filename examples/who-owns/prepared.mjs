import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { dets } from 'termstore/dets';
import { ets } from 'termstore';
import { DATA_TABLES } from './tables.mjs';

const require = createRequire(import.meta.url);

/**
 * The data as the first start leaves it for the next one: a table on disk for each table in memory, and a note that says of which
 * version they are. The note comes last, so what a start did not finish is never taken for the data.
 *
 * @typedef {{ version: string, ranges: number, networks: number }} Note
 */

/** @param {string} folder */
const noteIn = (folder) => join(folder, 'data.json');
/** @param {string} folder @param {string} name */
const tableIn = (folder, name) => join(folder, `${name}.dets`);

/** @returns {string} */
const versionOfData = () => require('@ip-location-db/asn/package.json').version;

/** What an earlier start left, unless it is of another version. @param {string} folder @returns {Promise<Note | undefined>} */
export async function readNote(folder) {
  try {
    const note = /** @type {Note} */ (JSON.parse(await readFile(noteIn(folder), 'utf8')));
    return note.version === versionOfData() ? note : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes the tables from the disk. False when a file is missing or damaged: then there are none of them, and the data is parsed again.
 * @param {string} folder @param {{ signal: AbortSignal, onProgress: (rows: number) => void }} options
 */
export async function hydrateData(folder, { signal, onProgress }) {
  const made = [];
  let before = 0;
  try {
    for (const [name, options] of Object.entries(DATA_TABLES)) {
      const table = await ets.hydrate(name, {
        from: tableIn(folder, name),
        ...options,
        named: true,
        signal,
        onProgress: (rows) => onProgress(before + rows),
      });
      made.push(table);
      before += table.info('size') ?? 0;
    }
    return true;
  } catch (error) {
    for (const table of made) table.drop();
    if (signal.aborted) throw error;
    return false;
  }
}

/**
 * Puts the tables on disk, beside everything else that this thread does.
 * @param {string} folder @param {import('./tables.mjs').Tables} tables
 * @param {{ ranges: number, networks: number }} loaded @param {AbortSignal} signal
 */
export async function keepData(folder, tables, { ranges, networks }, signal) {
  for (const name of /** @type {('ipv4' | 'ipv6' | 'networks')[]} */ (Object.keys(DATA_TABLES))) {
    const file = tableIn(folder, name);
    // What is there is of another version, or was not finished.
    dets.remove(file);
    const { type } = DATA_TABLES[name];
    const disk = await dets.openFile(name, { file, ...(type && { type }) });
    try {
      await /** @type {import('termstore').Table<any>} */ (tables[name]).toDets(disk, { signal });
      await disk.sync();
    } finally {
      await disk.close();
    }
  }
  const text = JSON.stringify({ version: versionOfData(), ranges, networks });
  await writeFile(`${noteIn(folder)}.new`, text, { flush: true });
  await rename(`${noteIn(folder)}.new`, noteIn(folder));
}
