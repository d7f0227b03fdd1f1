// node scripts/prebuild.mjs
// Puts the addon for this machine where the published package carries it: prebuilds/<platform>-<arch>/.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from './lib/build-native.mjs';
import { root } from './lib/files.mjs';
import { withBuildLock } from './lib/lock.mjs';

/** On Linux a binary fits one C library: `termstore.glibc.node` or `termstore.musl.node`; elsewhere `termstore.node`. */
function fileName() {
  if (process.platform !== 'linux') return 'termstore.node';
  const { glibcVersionRuntime } = process.report.getReport().header;
  return `termstore.${glibcVersionRuntime === undefined ? 'musl' : 'glibc'}.node`;
}

/** The newest glibc a binary asks for; undefined where there is no objdump or no such symbol. */
function neededGlibc(path) {
  const { stdout } = spawnSync('objdump', ['-T', path], { encoding: 'utf8' });
  const versions = Array.from((stdout ?? '').matchAll(/GLIBC_2\.(\d+)/g), ([, minor]) => Number(minor));
  return versions.length === 0 ? undefined : `2.${Math.max(...versions)}`;
}

await withBuildLock(() => buildNative());
const folder = join('prebuilds', `${process.platform}-${process.arch}`);
mkdirSync(join(root, folder), { recursive: true });
const target = join(folder, fileName());
copyFileSync(join(root, 'build/Release/termstore.node'), join(root, target));
if (process.platform === 'linux') spawnSync('strip', ['--strip-unneeded', join(root, target)]);
const glibc = neededGlibc(join(root, target));
console.log(target + (glibc === undefined ? '' : `, needs glibc ${glibc}`));
