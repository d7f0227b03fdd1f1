import { HEADER_BYTES, type Node, type PageReader } from '../disk/pages.js';
import { isWhole, ROW_HEADER, type RowFormat, SEQUENCE_BYTES, storedPayload } from '../disk/rows.js';
import type { TableType } from '../types.js';
import { decodeHeader, HEADER_KEY, ROWS_KEY } from './header.js';
import { Turns } from './turns.js';

/* The leaves of a file whose trees lead to nothing, wherever they are: the engine never writes where a page of the last commit is. */

const OVERFLOW_FLAG = 4;
/** So many rows are asked what table they are of. */
const WITNESSES = 1000;
const NO_BYTES = new Uint8Array(0);

/** A page with entries, which may be an old copy of another one. */
export interface Leaf {
  readonly page: number;
  /** By which it was written: what is in several pages is as the last one has it. */
  readonly transaction: bigint;
}

export interface Leaves {
  readonly format: RowFormat;
  /** Rows that the file has, as the last leaf says that says it; 0 where none does. */
  readonly entries: number;
  /** Oldest first. */
  readonly leaves: readonly Leaf[];
}

interface Newest<T> {
  readonly value: T;
  readonly transaction: bigint;
}

function newer<T>(value: T | undefined, transaction: bigint, than: Newest<T> | undefined): typeof than {
  if (value === undefined || (than !== undefined && than.transaction > transaction)) return than;
  return { value, transaction };
}

/** What the caller says of the table. */
export interface Told {
  readonly type?: TableType | undefined;
  readonly keypos?: number | undefined;
}

/**
 * All leaves of a file; `undefined` when none of them has the header of a table, and the rows are not of the table that they are told to
 * be of either.
 */
export async function findLeaves(reader: PageReader, told: Told): Promise<Leaves | undefined> {
  const turns = new Turns();
  const leaves: Leaf[] = [];
  let format: Newest<RowFormat> | undefined;
  let entries: Newest<number> | undefined;
  for (let page = 2; page <= reader.lastPageThere; page++) {
    await turns.next();
    const found = readLeaf(reader, page);
    if (found === undefined) continue;
    const { transaction, nodes } = found;
    leaves.push({ page, transaction });
    format = newer(formatIn(nodes), transaction, format);
    entries = newer(entriesIn(reader, nodes), transaction, entries);
  }
  leaves.sort((a, b) => (a.transaction < b.transaction ? -1 : a.transaction > b.transaction ? 1 : 0));
  const known = format?.value ?? formatOf(reader, leaves, told);
  return known && { format: known, entries: entries?.value ?? 0, leaves };
}

/** What the keys of rows show the table to be, of what it may be. Bags and duplicate bags have the same ones. */
function formatOf(reader: PageReader, leaves: readonly Leaf[], told: Told): RowFormat | undefined {
  const types: readonly TableType[] = told.type === undefined ? ['set', 'ordered_set'] : [told.type];
  let rows = 0;
  const formats = types.map((type) => ({ type, keypos: told.keypos ?? 0, fitting: 0 }));
  for (const leaf of leaves) {
    if (rows >= WITNESSES) break;
    for (const { key, value } of rowsOf(reader, leaf)) {
      if (typeof value === 'number' || !isWhole(value, value.length)) continue;
      rows++;
      for (const format of formats)
        if (Buffer.compare(key, ownKey(key, value, format)) === 0) format.fitting++;
    }
  }
  // Some keys may be damaged.
  const found = formats.find(({ fitting }) => fitting > rows / 2);
  return found && { type: found.type, keypos: found.keypos };
}

/** The key under which the row in `value` belongs, according to the row; of a bag with the number that `stored` has. */
export function ownKey(
  stored: Uint8Array<ArrayBuffer>,
  value: Uint8Array<ArrayBuffer>,
  format: RowFormat,
): Uint8Array<ArrayBuffer> {
  const own = storedPayload(value.subarray(ROW_HEADER), format, 'dets.openFile').key;
  const ofBag = format.type === 'bag' || format.type === 'duplicate_bag';
  return Buffer.concat([own, ofBag ? stored.subarray(-SEQUENCE_BYTES) : NO_BYTES]);
}

/** The entries of page `page`; `undefined` when it is no leaf, is damaged, or was never committed. */
function readLeaf(reader: PageReader, page: number): { transaction: bigint; nodes: Node[] } | undefined {
  try {
    const found = reader.read(page);
    if (!('nodes' in found) || found.transaction > reader.state.transaction) return undefined;
    return found;
  } catch {
    return undefined;
  }
}

function formatIn(nodes: readonly Node[]): RowFormat | undefined {
  const node = nodes.find(({ key }) => Buffer.compare(key, HEADER_KEY) === 0);
  if (node === undefined || typeof node.value === 'number') return undefined;
  const header = decodeHeader(new Uint8Array(node.value));
  return typeof header === 'string' ? undefined : header;
}

function entriesIn(reader: PageReader, nodes: readonly Node[]): number | undefined {
  const node = nodes.find(({ key, isTree }) => isTree && Buffer.compare(key, ROWS_KEY) === 0);
  try {
    return node && reader.tree(node).entries;
  } catch {
    return undefined;
  }
}

/** The entries of a leaf that may be rows, without those whose value was written over since. */
export function rowsOf(reader: PageReader, { page, transaction }: Leaf): Node[] {
  const nodes = readLeaf(reader, page)?.nodes ?? [];
  return nodes.filter(
    (node) => !node.isTree && node.key.length > 0 && hasOwnValue(reader, node, transaction),
  );
}

/** Whether the pages of the value of `node`, where it has some, are those that its leaf meant. */
function hasOwnValue(reader: PageReader, { value }: Node, transaction: bigint): boolean {
  if (typeof value !== 'number') return true;
  const head = Buffer.alloc(HEADER_BYTES);
  try {
    reader.load(value, head);
  } catch {
    return false;
  }
  return (
    head.readBigUInt64LE(0) === BigInt(value) &&
    head.readUInt16LE(18) === OVERFLOW_FLAG &&
    head.readBigUInt64LE(8) <= transaction
  );
}
