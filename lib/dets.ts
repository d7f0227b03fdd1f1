/**
 * Erlang's `dets` for Node.js: tables on disk, for more rows than memory has and for rows that outlive the process.
 *
 * Needs the package `lmdb`, an optional peer of this one.
 *
 * @module termstore/dets
 */
import { existsSync, rmSync } from 'node:fs';
import { DetsAdmin } from './dets/admin.js';
import { handles } from './dets/base.js';
import { detsFailure, fileFailure } from './dets/failures.js';
import { checkAll, lookAt } from './dets/header.js';
import { type OpenFileOptions, planOpen, requireFile } from './dets/options.js';
import { isOpenHere, Store } from './dets/store.js';
import { inTurns } from './dets/turns.js';
import { DetsError } from './errors.js';
import type { Row } from './types.js';

export { DetsContinuation } from './dets/queries.js';
export { DetsError, TermStoreError } from './errors.js';
export type { DetsErrorCode } from './errors.js';
export type { DetsInfo, DetsInfoItems } from './dets/admin.js';
export type { Acknowledgement, OpenFileOptions } from './dets/options.js';
export type { DetsChunk, TraverseStep } from './dets/queries.js';
export type { RepairReport } from './dets/repair.js';
export type { DetsCounterOperation } from './dets/writes.js';

/**
 * A table on disk. Made by `dets.openFile`; an instance is a handle of one thread, and several may name the same file, in all threads and
 * in other processes.
 *
 * Reading a key is done at once, from the file as it is mapped into memory; a promise is returned by whatever writes or goes through the
 * file. What a promise of a write waits for is the option `ack`. Writes of one thread take effect in the order of their calls. A thread that is to be
 * terminated should have no write under way: the engine writes beside it. Commits of this package wait while another process opens the file.
 *
 * Every method throws, or rejects with, `DetsError` with code `ERR_DETS_NOT_OPEN` once the handle was closed.
 */
export class DetsTable<R extends Row = Row> extends DetsAdmin<R> {}

/**
 * Opens a file, and makes it when there is none. It may be open any number of times, in this thread and in others: each handle is closed
 * by itself, and the last one closes the file. Time: O(size of the file) for the first handle of a thread, which looks at every page, in
 * slices: the engine trusts what it maps, and one wrong number in a page would end the process; O(1) for further ones.
 *
 * @throws {DetsError} `ERR_DETS_FILE` when the file is no table's, damaged, or of a later version: it is left untouched then;
 * `ERR_DETS_ARGUMENTS_MISMATCH` when it has another `type` or `keypos`, or this thread has it open differently, or has another file open
 * by this name; `ERR_DETS_BADARG` for a bad name or option; `ERR_DETS_IO` when the system refuses.
 * @throws {TermStoreError} `ERR_TERMSTORE_PEER` when the package `lmdb` is not installed.
 * @see https://www.erlang.org/doc/apps/stdlib/dets.html#open_file/2
 * @example
 * ```js
 * const file = require('node:path').join(require('node:os').tmpdir(), `open-${process.pid}.dets`);
 * const users = await dets.openFile('users', { file, type: 'ordered_set', ack: 'flushed' });
 * await users.insert(['ada', 1815]); // 'flushed'
 * await users.close();
 *
 * const again = await dets.openFile('users', { file });
 * again.type; // 'ordered_set'
 * again.get('ada'); // ['ada', 1815]
 * await again.close();
 * await dets.openFile('users', { file, type: 'bag' }); // throws ERR_DETS_ARGUMENTS_MISMATCH
 * dets.remove(file);
 * ```
 */
async function openFile<R extends Row = Row>(
  name: string,
  options: OpenFileOptions = {},
): Promise<DetsTable<R>> {
  const operation = 'dets.openFile';
  const plan = planOpen(name, options, operation);
  for (const handle of handles) {
    if (handle.name === name && handle.file !== plan.file)
      throw detsFailure(
        'ERR_DETS_ARGUMENTS_MISMATCH',
        operation,
        `this thread has another file open by this name: ${handle.file}`,
      );
  }
  return new DetsTable<R>(plan, await Store.open(plan, operation));
}

/**
 * Whether a file is that of a table on disk which this version can open: all its pages are looked at. It is not touched. Time: O(size of
 * the file).
 *
 * @throws {DetsError} `ERR_DETS_FILE` when there is no such file; `ERR_DETS_BADARG` when `file` is no path.
 * @see https://www.erlang.org/doc/apps/stdlib/dets.html#is_dets_file/1
 * @example
 * ```js
 * const file = require('node:path').join(require('node:os').tmpdir(), `is-${process.pid}.dets`);
 * await (await dets.openFile('users', { file })).close();
 * await dets.isDetsFile(file); // true
 * await dets.isDetsFile(require.resolve('termstore')); // false
 * dets.remove(file);
 * ```
 */
async function isDetsFile(file: string | URL): Promise<boolean> {
  const operation = 'dets.isDetsFile';
  const path = requireFile(file, operation);
  try {
    if (lookAt(path, operation) !== undefined) {
      await inTurns(checkAll(path, operation));
      return true;
    }
  } catch (error) {
    if (error instanceof DetsError && existsSync(path)) return false;
    throw error;
  }
  if (existsSync(path)) return false;
  throw fileFailure(operation, path, 'there is no such file');
}

/**
 * The tables that this thread has open. Time: O(number of them).
 *
 * @see https://www.erlang.org/doc/apps/stdlib/dets.html#all/0
 * @example
 * ```js
 * const file = require('node:path').join(require('node:os').tmpdir(), `all-${process.pid}.dets`);
 * const users = await dets.openFile('users', { file });
 * dets.all().map(({ name }) => name); // ['users']
 * await users.close();
 * dets.remove(file);
 * ```
 */
function all(): DetsTable[] {
  return [...handles] as unknown as DetsTable[];
}

/**
 * Deletes the file of a table, and the file of locks beside it. Nobody may have it open. Time: O(1).
 *
 * @throws {DetsError} `ERR_DETS_BADARG` when `file` is no path; `ERR_DETS_ACCESS` when this thread has the file open, also as a table's
 * mirror; `ERR_DETS_IO` when the system refuses.
 * @example
 * ```js
 * const file = require('node:path').join(require('node:os').tmpdir(), `remove-${process.pid}.dets`);
 * const users = await dets.openFile('users', { file });
 * dets.remove(file); // throws ERR_DETS_ACCESS
 * await users.close();
 * dets.remove(file);
 * require('node:fs').existsSync(file); // false
 * ```
 */
function remove(file: string | URL): void {
  const operation = 'dets.remove';
  const path = requireFile(file, operation);
  if (isOpenHere(path)) throw detsFailure('ERR_DETS_ACCESS', operation, `${path} is open`);
  try {
    rmSync(path, { force: true });
    rmSync(`${path}-lock`, { force: true });
  } catch (error) {
    throw detsFailure('ERR_DETS_IO', operation, `${path}: ${(error as Error).message}`, error);
  }
}

/**
 * Tables on disk.
 *
 * @namespace
 */
export const dets = { openFile, isDetsFile, all, remove } as const;
