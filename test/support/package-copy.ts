import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { candidates } from '#dist/native/candidates.js';

export const packageRoot = dirname(require.resolve('termstore/package.json'));

/** The binary that this process uses. */
export const binaryPath = candidates().find((path) => existsSync(path)) as string;

const copies: string[] = [];
process.on('exit', () => {
  for (const folder of copies) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the package as it is installed, in a folder of its own; `change` may alter its binary, `undefined` leaves it out. */
export function copyPackage(change: (binary: Buffer) => Buffer | undefined = (binary) => binary): string {
  const folder = mkdtempSync(join(tmpdir(), 'termstore-copy-'));
  copies.push(folder);
  cpSync(join(packageRoot, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(packageRoot, 'package.json'), join(folder, 'package.json'));
  const binary = change(readFileSync(binaryPath));
  if (binary !== undefined) {
    mkdirSync(join(folder, 'build/Release'), { recursive: true });
    writeFileSync(join(folder, 'build/Release/termstore.node'), binary);
  }
  return folder;
}

/** Puts `replacement` in the place of the only occurrence of `text`; both are of one length. */
export function patch(binary: Buffer, text: string, replacement: string): Buffer {
  const at = binary.indexOf(text, 0, 'latin1');
  if (at < 0 || binary.indexOf(text, at + 1, 'latin1') >= 0)
    throw new Error(`"${text}" is not in the binary exactly once`);
  const patched = Buffer.from(binary);
  patched.write(replacement, at, 'latin1');
  return patched;
}
