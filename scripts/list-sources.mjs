// Prints the sources of the addon, one per line with forward slashes, for bindings.gyp on every platform.
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const folder of ['native/core', 'native/binding']) {
  let names;
  try {
    names = readdirSync(join(root, folder), { recursive: true });
  } catch (error) {
    if (error.code === 'ENOENT') continue;
    throw error;
  }
  const sources = names.filter((name) => name.endsWith('.cc')).sort();
  for (const name of sources) {
    console.log(
      relative(root, join(root, folder, name))
        .split(sep)
        .join('/'),
    );
  }
}
