import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/*
 * What can be known of a file of the engine without giving it to the engine, which writes to every file that it opens and trusts
 * the pages that it maps. Only for looking: nothing here is ever written.
 */

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
export const HEADER_BYTES = 24;
const META_FLAG = 8;
export const LEAF_FLAG = 2;
export const BRANCH_FLAG = 1;
export const NODE_BYTES = 8;
export const BIG_DATA = 1;
export const SUB_DATA = 2;
const NO_PAGE = 0xffffffffffffffffn;
const MAIN_TREE = 1;
const UNFLUSHED_FLAG = 0x1000;
/** MDB_REVERSEKEY, MDB_DUPSORT, MDB_INTEGERKEY, MDB_DUPFIXED, MDB_INTEGERDUP, MDB_REVERSEDUP. */
const KIND_FLAGS = 0x7e;
/** Pages that are looked at in search of one entry. */
const MOST_PAGES = 64;

/** The root of one tree of a file. */
export interface Tree {
  /** Keys are numbers or compared from their end, or have several values: which the engine believes, and no tree of ours is. */
  readonly isOtherKind: boolean;
  readonly depth: number;
  readonly entries: number;
  /** Page number; -1 when the tree is empty. */
  readonly root: number;
}

/** What a file says about itself. */
export interface FileState {
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  /** The pages that are free. */
  readonly free: Tree;
  readonly main: Tree;
}

/** What a page holds: the entries of a leaf, or the pages below a branch. */
export type Page = { readonly transaction: bigint } & (
  { readonly nodes: Node[] } | { readonly below: number[] }
);

/** One entry of a leaf. */
export interface Node {
  readonly key: Uint8Array<ArrayBuffer>;
  /** Of a value that has pages of its own, the number of the first of them. */
  readonly value: Uint8Array<ArrayBuffer> | number;
  readonly valueBytes: number;
  readonly isTree: boolean;
}

/** Why a file is no file of the engine, or not whole. */
export class PageProblem extends Error {}

/** Reads pages of one file. */
export class PageReader {
  readonly #file: number;
  readonly size: number;
  readonly state: FileState;

  private constructor(file: number, size: number, state: FileState) {
    this.#file = file;
    this.size = size;
    this.state = state;
  }

  /** Opens `path`. To be closed. */
  static open(path: string): PageReader {
    // A pipe would wait for somebody to write into it. Not known on Windows, and not needed there.
    const file = openSync(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0));
    try {
      const found = fstatSync(file);
      if (!found.isFile()) throw new PageProblem('this is no regular file');
      return new PageReader(file, found.size, newestMeta(file, found.size));
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** The last page of which the file has all bytes. */
  get lastPageThere(): number {
    return Math.min(this.state.lastPage, Math.floor(this.size / this.state.pageBytes) - 1);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Page number `page`, with `count - 1` pages behind it. */
  page(page: number, count = 1): Buffer<ArrayBuffer> {
    const bytes = Buffer.alloc(this.state.pageBytes * count);
    this.load(page, bytes);
    return bytes;
  }

  /** Fills `bytes` from the beginning of page `page` on. */
  load(page: number, bytes: Buffer): void {
    const { pageBytes, lastPage } = this.state;
    if (page < 2 || page + Math.ceil(bytes.length / pageBytes) - 1 > lastPage)
      throw new PageProblem(`there is no page ${page}`);
    if (readSync(this.#file, bytes, 0, bytes.length, page * pageBytes) !== bytes.length)
      throw new PageProblem(`page ${page} ends too early`);
  }

  /** Checks the form of page `page` and returns its entries: those of a leaf, or the pages below a branch. */
  read(page: number): Page {
    const bytes = this.page(page);
    const flags = bytes.readUInt16LE(18);
    const lower = bytes.readUInt16LE(20);
    const upper = bytes.readUInt16LE(22);
    const leaf = (flags & LEAF_FLAG) !== 0;
    if (bytes.readBigUInt64LE(0) !== BigInt(page) || leaf === ((flags & BRANCH_FLAG) !== 0))
      throw new PageProblem(`page ${page} is none of this tree`);
    const offsets = offsetsOf(bytes, lower, upper, page);
    const transaction = bytes.readBigUInt64LE(8);
    if (leaf) return { transaction, nodes: offsets.map((offset) => nodeAt(bytes, offset, page)) };
    return { transaction, below: offsets.map((offset) => childAt(bytes, offset)) };
  }

  /** The entry of `key` in a tree, the main one unless told otherwise: searched leaf by leaf, for trees of few entries. */
  find(key: Uint8Array, tree: Tree = this.state.main): Node | undefined {
    return this.entriesOf(tree).find((one) => Buffer.compare(one.key, key) === 0);
  }

  /** All entries of a tree of few entries. */
  entriesOf({ root }: Tree): Node[] {
    const entries: Node[] = [];
    const waiting = root < 0 ? [] : [root];
    for (let seen = 0; waiting.length > 0 && seen < MOST_PAGES; seen++) {
      const found = this.read(waiting.shift() as number);
      if ('below' in found) waiting.push(...found.below);
      else entries.push(...found.nodes);
    }
    return entries;
  }

  /** The bytes of the value of `node`, wherever they are. */
  value(node: Node): Uint8Array<ArrayBuffer> {
    if (typeof node.value !== 'number') return node.value;
    const { pageBytes } = this.state;
    if (node.valueBytes > this.size) throw new PageProblem('a value is larger than the file');
    const bytes = this.page(node.value, Math.ceil((node.valueBytes + HEADER_BYTES) / pageBytes));
    return bytes.subarray(HEADER_BYTES, HEADER_BYTES + node.valueBytes);
  }

  /** The tree that `node` describes. */
  tree(node: Node): Tree {
    if (!node.isTree || typeof node.value === 'number' || node.value.length < 48)
      throw new PageProblem('a tree is missing');
    return treeAt(Buffer.from(node.value), 0);
  }
}

function newestMeta(file: number, size: number): FileState {
  const first = Buffer.alloc(HEADER_BYTES + 16);
  if (size < first.length) throw new PageProblem('it is too short');
  readSync(file, first, 0, first.length, 0);
  if (first.readUInt32LE(HEADER_BYTES) !== MAGIC) throw new PageProblem('it begins otherwise');
  const version = first.readUInt32LE(HEADER_BYTES + 4);
  if ((version & 0xffff) !== DATA_VERSION)
    throw new PageProblem(`its engine's format has version ${version & 0xffff}, not ${DATA_VERSION}`);
  const whole = Buffer.alloc(HEADER_BYTES + 160);
  readSync(file, whole, 0, whole.length, 0);
  const pageBytes = whole.readUInt32LE(HEADER_BYTES + 24);
  if (pageBytes < 512 || pageBytes > 65536 || (pageBytes & (pageBytes - 1)) !== 0)
    throw new PageProblem('its pages have no size');
  const metaAt = (at: number): Meta | undefined =>
    readSync(file, whole, 0, whole.length, at) === whole.length ? metaIn(whole, pageBytes) : undefined;
  const [one, other] = [metaAt(0), metaAt(pageBytes)];
  if (one?.isWhole !== true || other?.isWhole !== true) throw new PageProblem('its first pages are damaged');
  // A third one, in the middle of the first page, is what was flushed last; the engine gives it no head.
  const flushed = metaAt(pageBytes / 2);
  const chosen = pick(pick(one, other), flushed?.transaction === 0n ? undefined : flushed);
  if ((chosen.lastPage + 1) * pageBytes > chosen.mapBytes) throw new PageProblem('it has too many pages');
  return chosen;
}

interface Meta extends FileState {
  readonly isWhole: boolean;
  readonly mapBytes: number;
  /** Its transaction had not reached the disk when it was written. */
  readonly isUnflushed: boolean;
  /** When the system began under which it was written; 0 where that is not known. */
  readonly boot: bigint;
}

/**
 * Which of two the engine goes by when nobody else has the file open: the younger one, unless that had not reached the disk when the
 * system was started anew, which may have cost its pages.
 */
function pick(one: Meta, other: Meta | undefined): Meta {
  if (other === undefined || other.transaction === 0n) return one;
  const [older, younger] = one.transaction >= other.transaction ? [other, one] : [one, other];
  const isSafe = !younger.isUnflushed || thisBoot() === 0n || younger.boot === thisBoot();
  return isSafe ? younger : older;
}

let boot: bigint | undefined;

/** The first number of the system's own name for this start of it, as the engine reads it; 0 where it cannot be read here. */
function thisBoot(): bigint {
  if (boot !== undefined) return boot;
  try {
    const [, digits = '0'] =
      /^([0-9a-f]+)/.exec(readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) ?? [];
    boot = BigInt(`0x${digits}`);
  } catch {
    boot = 0n;
  }
  return boot;
}

/** Behind magic and version: an address, the size of the map, two trees, the last page, the transaction, the start of the system. */
function metaIn(bytes: Buffer, pageBytes: number): Meta {
  const trees = HEADER_BYTES + 24;
  return {
    pageBytes,
    lastPage: Number(bytes.readBigUInt64LE(trees + 96)),
    transaction: bytes.readBigUInt64LE(trees + 104),
    free: treeAt(bytes, trees),
    main: treeAt(bytes, trees + 48 * MAIN_TREE),
    isWhole:
      bytes.readUInt32LE(HEADER_BYTES) === MAGIC &&
      (bytes.readUInt16LE(18) & META_FLAG) !== 0 &&
      bytes.readUInt32LE(trees) === pageBytes,
    mapBytes: Number(bytes.readBigUInt64LE(HEADER_BYTES + 16)),
    isUnflushed: (bytes.readUInt16LE(trees + 4) & UNFLUSHED_FLAG) !== 0,
    boot: bytes.readBigUInt64LE(trees + 112),
  };
}

function treeAt(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    isOtherKind: (bytes.readUInt16LE(at + 4) & KIND_FLAGS) !== 0,
    depth: bytes.readUInt16LE(at + 6),
    entries: Number(bytes.readBigUInt64LE(at + 32)),
    root: root === NO_PAGE ? -1 : Number(root),
  };
}

function offsetsOf(bytes: Buffer, lower: number, upper: number, page: number): number[] {
  const broken = new PageProblem(`page ${page} is damaged`);
  // Positions count from behind the header.
  if (
    lower + HEADER_BYTES > bytes.length ||
    upper + HEADER_BYTES > bytes.length ||
    lower > upper ||
    lower % 2 !== 0
  )
    throw broken;
  const offsets: number[] = [];
  for (let i = 0; i < lower; i += 2) {
    const offset = bytes.readUInt16LE(HEADER_BYTES + i) + HEADER_BYTES;
    if (offset < upper + HEADER_BYTES || offset + NODE_BYTES > bytes.length) throw broken;
    offsets.push(offset);
  }
  return offsets;
}

function nodeAt(bytes: Buffer<ArrayBuffer>, at: number, page: number): Node {
  const valueBytes = bytes.readUInt16LE(at) + bytes.readUInt16LE(at + 2) * 0x10000;
  const flags = bytes.readUInt16LE(at + 4);
  const keyEnd = at + NODE_BYTES + bytes.readUInt16LE(at + 6);
  const big = (flags & BIG_DATA) !== 0;
  const end = keyEnd + (big ? 24 : valueBytes);
  if (end > bytes.length) throw new PageProblem(`page ${page} is damaged`);
  return {
    key: bytes.subarray(at + NODE_BYTES, keyEnd),
    value: big ? Number(bytes.readBigUInt64LE(keyEnd)) : bytes.subarray(keyEnd, end),
    valueBytes,
    isTree: (flags & SUB_DATA) !== 0,
  };
}

function childAt(bytes: Buffer, at: number): number {
  return (
    bytes.readUInt16LE(at) + bytes.readUInt16LE(at + 2) * 0x10000 + bytes.readUInt16LE(at + 4) * 0x100000000
  );
}
