import { spawn } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundledHeaders } from './build-native.mjs';
import { root } from './files.mjs';
import { CommandFailed } from './run.mjs';

const require = createRequire(import.meta.url);
const KEPT_OUTPUT = 20_000;

/** What a copy of the package needs for its tests to run on a binary of its own; some of them read the sources of the others. */
const PARTS = ['package.json', 'binding.gyp', 'bindings.gyp', 'scripts/list-sources.mjs', 'native', 'lib', 'dist', 'test', 'build/test']; // prettier-ignore

function runWell(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-KEPT_OUTPUT));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new CommandFailed(`${args.join(' ')} ended with ${signal ?? code}\n${output}`));
    });
  });
}

/**
 * A copy of the package, with its compiled tests, in `build/<name>`, whose addon is compiled with `defines` of bindings.gyp. What is there
 * stays, so that only what has changed is built. Resolves to its folder.
 */
export async function buildAddonCopy(name, defines) {
  const folder = join(root, 'build', name);
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS)
    cpSync(join(root, part), join(folder, part), { recursive: true, preserveTimestamps: true });
  const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
  const common = ['-C', folder, '--release', '--loglevel=warn', ...bundledHeaders()];
  await runWell(process.execPath, [
    nodeGyp,
    'configure',
    ...common,
    '--',
    ...defines.map((define) => `-D${define}`),
  ]);
  await runWell(process.execPath, [nodeGyp, 'build', ...common, '--jobs=max']);
  return folder;
}
