import { existsSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { TermStoreError } from '../errors.js';
import type { NativeBinding } from './binding.js';
import { candidates } from './candidates.js';

/** Raised with every incompatible change of the binding; a binary of another number is refused. */
const ABI_VERSION = 1;

/**
 * `TERMSTORE_EXTERNAL_BUFFERS=0` makes everything go without ArrayBuffers over native memory, as it has to where the runtime
 * refuses them (Electron). Native tries, and is refused, where this does not say so.
 */
const USE_EXTERNAL_BUFFERS = process.env['TERMSTORE_EXTERNAL_BUFFERS'] !== '0';

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
        '"npx termstore doctor" says what to do.',
    );
  }
  const addon = requireAddon(path);
  requireAbi(addon, path);
  if (addon.bind(scratch, threadId, USE_EXTERNAL_BUFFERS)) return addon;
  // This module was loaded before in this thread, and Node keeps what require() gave it then: test runners load all modules anew for each
  // file (Jest), and leave binaries as they are. An instance of its own shares the store, as a second copy of the package does.
  const own = anotherInstance(path);
  if (own.bind(scratch, threadId, USE_EXTERNAL_BUFFERS)) return own;
  throw new TermStoreError('ERR_TERMSTORE_LOAD', 'the native part refused the scratch buffer of this thread');
}

function requireAbi(addon: NativeBinding, path: string): void {
  if (addon.abiVersion !== ABI_VERSION) {
    throw new TermStoreError(
      'ERR_TERMSTORE_LOAD',
      `${path} speaks version ${addon.abiVersion} of the native interface, this package version ${ABI_VERSION}`,
    );
  }
}

function anotherInstance(path: string): NativeBinding {
  return loaded(path, () => {
    const own = { exports: {} as NativeBinding };
    process.dlopen(own, path);
    return own.exports;
  });
}

function requireAddon(path: string): NativeBinding {
  // A binary is loaded by require() in every runtime, from CommonJS and from ESM alike: one file, one store.
  return loaded(path, () => require(path) as NativeBinding);
}

function loaded(path: string, load: () => NativeBinding & { readonly refused?: string }): NativeBinding {
  let addon: NativeBinding & { readonly refused?: string };
  try {
    addon = load();
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
