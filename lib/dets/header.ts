import { accessSync, constants } from 'node:fs';
import { PageProblem, type PageReader, type Tree } from '../disk/pages.js';
import type { RowFormat } from '../disk/rows.js';
import { atOnce, checkPages, ForeignFile, lookSettled } from '../disk/verify.js';
import { encodePlain } from '../files/format.js';
import { TABLE_TYPES } from '../handle.js';
import { decodeTermAt } from '../term/decode.js';
import { FORMAT_VERSION } from '../term/format.js';
import type { TableType } from '../types.js';
import { DetsError } from '../errors.js';
import { fileFailure } from './failures.js';

/* What a file says about its table, and looking at a file before the engine opens it. */

/** Of the whole layout of a file: header, keys, rows. */
export const DETS_VERSION = 1;
/** The entry of the header, in the main tree. */
export const HEADER_KEY = Buffer.from('!termstore.dets');
/** The tree of the rows. */
export const ROWS_NAME = 'rows';
/** Its entry in the main tree, as the engine writes names. */
export const ROWS_KEY = Buffer.from(`${ROWS_NAME}\0`);

/** The header of a table's file, as bytes. */
export function encodeHeader({ type, keypos }: RowFormat): Uint8Array<ArrayBuffer> {
  return encodePlain({ version: DETS_VERSION, termFormat: FORMAT_VERSION, type, keypos });
}

/**
 * The header in `bytes`; a text says what is wrong with it.
 *
 * @throws {ForeignFile} when a later version has written it.
 */
export function decodeHeader(bytes: Uint8Array<ArrayBuffer>): RowFormat | string {
  let value: unknown;
  try {
    value = decodeTermAt(bytes, 0, bytes.length);
  } catch {
    return 'its header is damaged';
  }
  const header = value as { version?: unknown; termFormat?: unknown; type?: TableType; keypos?: unknown };
  if (typeof header !== 'object' || header === null) return 'its header is damaged';
  const { version, termFormat } = header;
  if (typeof version !== 'number' || typeof termFormat !== 'number') return 'its header is damaged';
  if (version > DETS_VERSION || termFormat > FORMAT_VERSION)
    throw new ForeignFile(
      `its format has version ${version}, its terms version ${termFormat}; this version of the package reads ${DETS_VERSION} and ${FORMAT_VERSION}`,
    );
  if (version !== DETS_VERSION || termFormat !== FORMAT_VERSION) return 'its header is damaged';
  const { type, keypos } = header;
  if (
    type === undefined ||
    !TABLE_TYPES.includes(type) ||
    !Number.isInteger(keypos) ||
    (keypos as number) < 0
  )
    return 'its header describes no table';
  return { type, keypos: keypos as number };
}

/** A file that may be opened. */
export interface SeenFile extends RowFormat {
  readonly rows: Tree;
}

/** A file of the engine with nothing in it: somebody has begun to make it, and may have been killed. */
const EMPTY = Symbol('empty');

/**
 * What is in `file`, which stays untouched; `undefined` when there is no such file, or one that was not made to its end.
 *
 * @throws {DetsError} `ERR_DETS_FILE` when it is no file of a table on disk, is damaged or too new.
 */
export function lookAt(file: string, operation: string): SeenFile | undefined {
  try {
    for (;;) {
      const seen = atOnce(lookSettled(file, look));
      if (seen === EMPTY) return undefined;
      if (typeof seen === 'string') throw fileFailure(operation, file, seen);
      if (seen !== undefined) return seen;
    }
  } catch (error) {
    if (error instanceof DetsError) throw error;
    if (error instanceof ForeignFile) throw fileFailure(operation, file, error.message);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const damaged = error instanceof PageProblem ? 'damaged, or no file of a table on disk: ' : '';
    throw fileFailure(operation, file, damaged + (error as Error).message, error);
  }
}

/** Whether the engine has made the file and written nothing into it yet. */
export function isEmpty({ state: { main, lastPage } }: PageReader): boolean {
  return main.root < 0 && main.entries === 0 && lastPage <= 1;
}

/** What a file says of its table, or why it cannot be read. */
// eslint-disable-next-line require-yield -- it is over before anybody waits
function* look(reader: PageReader): Generator<void, SeenFile | string | typeof EMPTY> {
  if (isEmpty(reader)) return EMPTY;
  const node = reader.find(HEADER_KEY);
  if (node === undefined || typeof node.value === 'number')
    throw new ForeignFile('this is no file of a table on disk');
  const header = decodeHeader(new Uint8Array(node.value));
  if (typeof header === 'string') return header;
  const tree = reader.find(ROWS_KEY);
  if (tree === undefined) throw new PageProblem('the tree of the rows is missing');
  const rows = reader.tree(tree);
  if (rows.root >= 0) reader.read(rows.root);
  return { ...header, rows };
}

/**
 * Checks all pages of `file`, pausing now and then; it stays untouched. What is no file, or none of a table, is left to lookAt(). Time:
 * O(pages).
 *
 * @throws {DetsError} `ERR_DETS_FILE` when one is damaged.
 */
export function* checkAll(file: string, operation: string): Generator<void, void> {
  try {
    yield* lookSettled(file, (reader) => {
      const rows = reader.find(ROWS_KEY);
      return checkPages(reader, rows === undefined ? [] : [reader.tree(rows)]);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileFailure(operation, file, `damaged: ${(error as Error).message}`, error);
  }
}

/** Whether this process may write to `file`. */
export function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
