import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { TermStoreError } from '../errors.js';
import type { NativeBinding } from './binding.js';

/** Raised with every incompatible change of the binding; a binary of another number is refused. */
const ABI_VERSION = 1;

/** The package's root: this file is `dist/native/load.js`. */
const ROOT = join(__dirname, '..', '..');

/** Where a binary may lie, best first: built here, then shipped. */
export function candidates(): string[] {
  const target = join(ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
  const shipped = process.platform === 'linux' ? [`termstore.${libc()}.node`] : ['termstore.node'];
  return [join(ROOT, 'build', 'Release', 'termstore.node'), ...shipped.map((file) => join(target, file))];
}

function libc(): 'glibc' | 'musl' {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * Loads the native part and lends it this thread's scratch buffer.
 *
 * @throws {TermStoreError} `ERR_TERMSTORE_LOAD` when there is no binary for this system or it cannot be loaded;
 * `ERR_TERMSTORE_SECOND_COPY` when another, different copy of the package is in use in this process.
 */
export function loadAddon(scratch: ArrayBuffer): NativeBinding {
  const path = candidates().find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new TermStoreError(
      'ERR_TERMSTORE_LOAD',
      `there is no native binary for ${process.platform}-${process.arch}; looked for ${candidates().join(', ')}. ` +
        'Build it from source with "npm run build:native" in the package folder.',
    );
  }
  const addon = requireAddon(path);
  if (addon.abiVersion !== ABI_VERSION) {
    throw new TermStoreError(
      'ERR_TERMSTORE_LOAD',
      `${path} speaks version ${addon.abiVersion} of the native interface, this package version ${ABI_VERSION}`,
    );
  }
  if (!addon.bind(scratch, threadId)) {
    throw new TermStoreError(
      'ERR_TERMSTORE_LOAD',
      'the native part refused the scratch buffer of this thread',
    );
  }
  return addon;
}

function requireAddon(path: string): NativeBinding {
  let addon: NativeBinding & { readonly refused?: string };
  try {
    // A binary is loaded by require() in every runtime, from CommonJS and from ESM alike: one file, one store.
    addon = require(path) as NativeBinding;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TermStoreError('ERR_TERMSTORE_LOAD', `${path} could not be loaded: ${reason}`, {
      cause: error,
    });
  }
  if (addon.refused !== undefined) {
    throw new TermStoreError('ERR_TERMSTORE_SECOND_COPY', `${path} could not be loaded: ${addon.refused}`);
  }
  return addon;
}
