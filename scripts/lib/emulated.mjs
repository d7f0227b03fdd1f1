import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';

const folder = join(root, 'build/emulated');
const EMULATOR = 'qemu-aarch64';
/** Where Debian's libc6-arm64-cross and libstdc++6-arm64-cross lie. */
const LIBRARIES = '/usr/aarch64-linux-gnu';

/** Why the published binary for arm64 cannot be tried here; undefined when it can. */
export function emulatorMissing() {
  if (!existsSync(join(root, 'prebuilds/linux-arm64'))) return 'there is no binary (`npm run prebuilds`)';
  if (spawnSync(EMULATOR, ['--version']).status !== 0) return 'qemu-user is not installed';
  const { status } = spawnSync('test', ['-e', join(LIBRARIES, 'lib/libstdc++.so.6')]);
  return status === 0 ? undefined : 'libc6-arm64-cross and libstdc++6-arm64-cross are not installed';
}

/**
 * A command that runs `node`, a Node for arm64, in the emulator. The system does not know what to do with a program for arm64, so
 * `process.execPath`, with which tests start further processes, has to be this command as well.
 */
export function emulatedNode(node) {
  const command = join(folder, 'node-arm64');
  const preload = join(folder, 'exec-path.cjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(preload, `process.execPath = ${JSON.stringify(command)};\n`);
  writeFileSync(
    command,
    `#!/bin/sh\nexec ${EMULATOR} -L ${LIBRARIES} '${node}' --require '${preload}' "$@"\n`,
  );
  chmodSync(command, 0o755);
  return command;
}

/** A copy of the package and its tests with the published binary and none that was built; returns its folder. */
export function withPublishedBinary(name) {
  const copy = join(folder, name);
  rmSync(copy, { recursive: true, force: true });
  const parts = [
    'package.json',
    'dist',
    'build/test',
    'test',
    'scripts',
    'lib',
    'native',
    'docs',
    'README.md',
    'prebuilds',
  ];
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
  return copy;
}
