import { native } from './native/binding.js';

let words: Int32Array | null | undefined;

/**
 * The version words of all tables, over native memory; `undefined` where the runtime has no external buffers (Electron). Read with
 * `Atomics.load`, never plainly: a plain load could be moved out of a loop, which would then never see another thread's change.
 */
export function versionWords(): Int32Array | undefined {
  if (words === undefined) {
    const memory = native.versionWords();
    words = memory === null ? null : new Int32Array(memory);
  }
  return words ?? undefined;
}
