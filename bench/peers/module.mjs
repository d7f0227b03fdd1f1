import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import { pathToFileURL } from 'node:url';

/** A value compiled into a module (what FastGlobal does in Elixir): as fast as a variable, and changed by compiling. */
export async function open({ value }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'termstore-bench-module-'));
  const file = path.join(folder, 'constant.mjs');
  await writeFile(file, `export const value = ${JSON.stringify(value)};\n`);
  const constant = await import(pathToFileURL(file));
  return {
    read: () => constant.value,
    // What each thread that wants the new value has to do.
    write: (next) => runInThisContext(`(${JSON.stringify(next)})`),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
