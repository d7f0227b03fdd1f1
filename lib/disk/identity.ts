import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A name of `file`, which need not be there yet, that it has by whatever links the path goes; but another hard link is another file. */
export function identityOf(file: string): string {
  return realOf(file) ?? join(realOf(dirname(file)) ?? dirname(file), basename(file));
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
