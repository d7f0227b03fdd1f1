import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Node, PageProblem, type PageReader } from '../disk/pages.js';
import { atOnce, checkPages, ForeignFile, lookSettled, requireKind } from '../disk/verify.js';
import { FORMAT_KEY, TREES } from './lmdb-codec.js';

/*
 * The engine trusts what it opens: a file of something else, or one that was cut, ends the process with a signal. What can be
 * seen beforehand is looked for here.
 */

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** Of a page; behind it magic, version, an address, the size of the map, and two trees, whose first field is the size of a page. */
const PAGE_HEADER = 24;
const PAGE_SIZE = PAGE_HEADER + 24;
const META_BYTES = PAGE_SIZE + 112;

/** What is wrong with the file at `path`; undefined when nothing is, or there is none. `wholly`: all of its pages are looked at. */
export function problemOf(path: string, wholly: boolean): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    // What else is wrong with the path the engine will say.
    if ((error as { code?: unknown }).code === 'EISDIR') return 'is a folder';
    return undefined;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return 'is no regular file';
    return stat.size === 0 ? undefined : (problemWith(file) ?? problemInside(path, wholly));
  } finally {
    closeSync(file);
  }
}

function problemWith(file: number): string | undefined {
  const first = metaAt(file, 0);
  if (first === undefined) return 'is no file of lmdbStore';
  const pageBytes = first.readUInt32LE(PAGE_SIZE);
  const isPower = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  const second = isPower ? metaAt(file, pageBytes) : undefined;
  return second === undefined ? 'is damaged: its first pages are not whole' : undefined;
}

function metaAt(file: number, position: number): Buffer | undefined {
  const bytes = Buffer.alloc(META_BYTES);
  if (readSync(file, bytes, 0, META_BYTES, position) !== META_BYTES) return undefined;
  const good =
    bytes.readUInt32LE(PAGE_HEADER) === MAGIC &&
    (bytes.readUInt32LE(PAGE_HEADER + 4) & 0xffff) === DATA_VERSION;
  return good ? bytes : undefined;
}

/**
 * What shows that the file is not one of ours, but somebody else's of the same engine, into which nothing may be written, or was cut. One
 * that is being made has no format yet, and nothing else.
 */
function problemInside(path: string, wholly: boolean): string | undefined {
  try {
    return atOnce(lookSettled(path, (reader) => inside(reader, wholly)));
  } catch (error) {
    if (error instanceof ForeignFile) return error.message;
    if (error instanceof PageProblem) return `is damaged: ${error.message}`;
    throw error;
  }
}

function* inside(reader: PageReader, wholly: boolean): Generator<void, undefined> {
  if (hasForeignTrees(reader)) throw new ForeignFile('is no file of lmdbStore');
  const { main } = reader.state;
  const trees = reader.entriesOf(main).map((entry) => reader.tree(entry));
  requireKind(main, ...trees);
  if (wholly || isCut(reader)) yield* checkPages(reader, trees);
  return undefined;
}

/**
 * The last pages may be missing when nothing leads to them: the engine counts pages that a transaction took and gave back, and never
 * writes those. A process that was killed may leave a file like that.
 */
function isCut({ size, state: { lastPage, pageBytes } }: PageReader): boolean {
  return size < (lastPage + 1) * pageBytes;
}

function hasForeignTrees(reader: PageReader): boolean {
  const entries = reader.entriesOf(reader.state.main);
  if (entries.some((entry) => !entry.isTree || nameOf(entry) === undefined)) return true;
  const meta = entries.find((entry) => nameOf(entry) === 'meta');
  if (meta !== undefined && reader.find(FORMAT_KEY, reader.tree(meta)) !== undefined) return false;
  return entries.some((entry) => reader.tree(entry).entries > 0);
}

/** Which of our trees an entry of the main tree is; the engine ends names with a zero. */
function nameOf({ key }: Node): string | undefined {
  return TREES.find((name) => Buffer.compare(key, Buffer.from(`${name}\0`)) === 0);
}
