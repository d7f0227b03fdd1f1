import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from './native/candidates.js';

/**
 * Compiles the binary into `build/Release` of the package, where it is found before any other. Returns the exit code.
 *
 * node-gyp wants a `binding.gyp`; a published package that has one is compiled at every installation.
 */
export function buildFromSource(): number {
  const file = join(PACKAGE_ROOT, 'binding.gyp');
  const isOurs = !existsSync(file);
  if (isOurs) writeFileSync(file, "{ 'includes': ['bindings.gyp'] }\n");
  try {
    const { status } = spawnSync('npx --yes node-gyp rebuild', {
      cwd: PACKAGE_ROOT,
      stdio: 'inherit',
      // A command of npm is a shell script, and on Windows one of another kind.
      shell: true,
    });
    return status ?? 1;
  } finally {
    if (isOurs) rmSync(file);
  }
}
