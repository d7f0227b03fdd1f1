import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** The package's root: this file is `dist/native/candidates.js`. */
export const PACKAGE_ROOT = join(__dirname, '..', '..');

/** Enough of an executable to hold the name of its dynamic linker. */
const HEAD_BYTES = 4096;

/** Where a binary may lie, best first: built here, then shipped. */
export function candidates(): string[] {
  const target = join(PACKAGE_ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
  const shipped = process.platform === 'linux' ? `termstore.${libc()}.node` : 'termstore.node';
  return [join(PACKAGE_ROOT, 'build', 'Release', 'termstore.node'), join(target, shipped)];
}

/**
 * The C library that this runtime is linked with, by the dynamic linker that its executable names. Not by `process.report`: not every
 * runtime has it, and making one takes long.
 */
export function libc(executable = process.execPath): 'glibc' | 'musl' {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const file = openSync(executable, 'r');
    try {
      readSync(file, head, 0, HEAD_BYTES, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // Who may not read it is told by the linker what does not fit.
    return 'glibc';
  }
  return head.includes('/ld-musl-') ? 'musl' : 'glibc';
}
