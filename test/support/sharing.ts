import type { Suite } from './suite.js';

/**
 * Whether this process may have ArrayBuffers over native memory, without which a thread cannot keep rows and views have copies.
 * `npm run test:no-external-buffers` says no.
 */
export const externalBuffers = process.env['TERMSTORE_EXTERNAL_BUFFERS'] !== '0';

/** As `test`, for what is not there without such buffers. */
export function sharingTest({ test, skip }: Pick<Suite, 'test' | 'skip'>): Suite['test'] {
  return externalBuffers ? test : (name) => skip(name, 'no external buffers');
}
