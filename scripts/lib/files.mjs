import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Paths of the files under `folder` that `wanted` accepts, relative to the project and with forward slashes; sorted. */
export function filesUnder(folder, wanted = () => true) {
  const found = [];
  const walk = (relative) => {
    let entries;
    try {
      entries = readdirSync(join(root, relative), { withFileTypes: true });
    } catch (error) {
      if (error.code === 'ENOENT') return;
      throw error;
    }
    for (const entry of entries) {
      const path = `${relative}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (wanted(path)) found.push(path);
    }
  };
  walk(folder);
  return found.sort();
}

/** When `path` was last written, in milliseconds; -Infinity when it does not exist. */
export function writtenAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

/** The latest `writtenAt` of `paths`; -Infinity for none. */
export function newest(paths) {
  return paths.reduce((latest, path) => Math.max(latest, writtenAt(path)), -Infinity);
}
