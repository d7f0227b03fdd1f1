import * as pages from './pages.js';
import { PageProblem, PageReader, type Tree } from './pages.js';

/*
 * Whether the pages of a file are what the engine believes of them: it maps them and follows every number in them, so that a single
 * wrong one ends the process or hides rows.
 */

const { BIG_DATA, BRANCH_FLAG, HEADER_BYTES, LEAF_FLAG, NODE_BYTES, SUB_DATA } = pages;
const OVERFLOW_FLAG = 4;
/** What stands in the place of a value that has pages of its own. */
const BIG_BYTES = 24;
/** Pages between two turns of the event loop: less than a millisecond. */
const PAGES_AT_ONCE = 256;

/** 8 TiB of the usual pages. */
const MOST_PAGES = 2 ** 31 - 1;

/** A set of page numbers. */
class PageSet {
  readonly #bits: Uint8Array;

  constructor(lastPage: number) {
    // No file has so many pages; one that is damaged may say so.
    if (lastPage > MOST_PAGES) throw new PageProblem('it has too many pages');
    this.#bits = new Uint8Array((lastPage >>> 3) + 1);
  }

  /** @throws {PageProblem} when it is there. */
  add(page: number): void {
    const at = page >>> 3;
    const bit = 1 << (page & 7);
    const byte = this.#bits[at] as number;
    if ((byte & bit) !== 0) throw new PageProblem(`page ${page} has two uses`);
    this.#bits[at] = byte | bit;
  }

  /** @throws {PageProblem} when both have a page. */
  requireNoneOf(other: PageSet): void {
    this.#bits.forEach((byte, at) => {
      if ((byte & (other.#bits[at] as number)) !== 0)
        throw new PageProblem(`a page from ${8 * at} to ${8 * at + 7} is both free and in use`);
    });
  }
}

class Checker {
  readonly #reader: PageReader;
  readonly #bytes: Buffer<ArrayBuffer>;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  readonly #allowed: number;
  readonly #comesBefore: Order;
  readonly #used: PageSet;
  readonly #free: PageSet | undefined;
  /** The pages of the next level. */
  #below: number[] = [];
  #entries = 0;

  /**
   * `mayHoldTrees`: the values of the main tree are trees themselves. The pages of the tree are put into `used`; with `free`, its values are
   * lists of pages, which are put there.
   */
  constructor(
    reader: PageReader,
    used: PageSet,
    { mayHoldTrees = false, comesBefore = asBytes, free }: TreeKind = {},
  ) {
    this.#reader = reader;
    this.#bytes = Buffer.alloc(reader.state.pageBytes);
    this.#allowed = mayHoldTrees ? BIG_DATA | SUB_DATA : BIG_DATA;
    this.#comesBefore = comesBefore;
    this.#used = used;
    this.#free = free;
  }

  /** Level by level, each in the order of the file, which is how a disk reads best. */
  *check({ root, depth, entries }: Tree): Generator<void, void> {
    let seen = 0;
    this.#below = root < 0 ? [] : [root];
    for (let level = 1; this.#below.length > 0; level++) {
      const pages = this.#below.sort((a, b) => a - b);
      this.#below = [];
      for (const page of pages) {
        if (++seen > this.#reader.state.lastPage)
          throw new PageProblem('its pages refer to each other in a circle');
        this.#checkPage(page, level === depth ? LEAF_FLAG : BRANCH_FLAG);
        if (seen % PAGES_AT_ONCE === 0) yield;
      }
    }
    if (this.#entries !== entries) throw new PageProblem('rows are missing, or there are too many');
  }

  #checkPage(page: number, expected: number): void {
    const bytes = this.#bytes;
    this.#reader.load(page, bytes);
    const kind = bytes.readUInt16LE(18);
    const lower = bytes.readUInt16LE(20) + HEADER_BYTES;
    const upper = bytes.readUInt16LE(22) + HEADER_BYTES;
    if (
      bytes.readBigUInt64LE(0) !== BigInt(page) ||
      this.#isYounger(bytes) ||
      kind !== expected ||
      lower > upper ||
      upper > bytes.length ||
      lower % 2 !== 0
    )
      throw broken(page);
    this.#used.add(page);
    let before = -1;
    for (let at = HEADER_BYTES; at < lower; at += 2) {
      const node = bytes.readUInt16LE(at) + HEADER_BYTES;
      if (node < upper || node + NODE_BYTES > bytes.length) throw broken(page);
      if (kind === LEAF_FLAG) this.#checkEntry(node, page);
      else this.#descend(node, page);
      // The first key of a branch is not compared by anybody.
      if (
        before >= 0 &&
        (kind === LEAF_FLAG || at > HEADER_BYTES + 2) &&
        !this.#comesBefore(bytes, before, node)
      )
        throw broken(page);
      before = node;
    }
  }

  /** Whether a page says that it was written by a transaction that has not been. */
  #isYounger(page: Buffer): boolean {
    return page.readBigUInt64LE(8) > this.#reader.state.transaction;
  }

  #descend(node: number, page: number): void {
    const bytes = this.#bytes;
    if (keyEnd(bytes, node) > bytes.length) throw broken(page);
    this.#below.push(bytes.readUIntLE(node, 6));
  }

  #checkEntry(node: number, page: number): void {
    const bytes = this.#bytes;
    const size = bytes.readUInt32LE(node);
    const flags = bytes.readUInt16LE(node + 4);
    const end = keyEnd(bytes, node);
    const big = (flags & BIG_DATA) !== 0;
    if ((flags & ~this.#allowed) !== 0 || end + (big ? BIG_BYTES : size) > bytes.length) throw broken(page);
    if (big) this.#checkBig(Number(bytes.readBigUInt64LE(end)), size, bytes.readBigUInt64LE(end + 16));
    else if (this.#free !== undefined) this.#readFreed(this.#free, bytes.subarray(end, end + size), page);
    this.#entries++;
  }

  /** The first of the pages that a value of `size` bytes has for itself. */
  #checkBig(first: number, size: number, noted: bigint): void {
    const { pageBytes, lastPage } = this.#reader.state;
    const header = this.#header;
    this.#reader.load(first, header);
    const pages = header.readUInt32LE(20);
    if (
      header.readBigUInt64LE(0) !== BigInt(first) ||
      this.#isYounger(header) ||
      header.readUInt16LE(18) !== OVERFLOW_FLAG ||
      noted !== BigInt(pages) ||
      pages * pageBytes < size + HEADER_BYTES ||
      first + pages - 1 > lastPage
    )
      throw broken(first);
    for (let page = first; page < first + pages; page++) this.#used.add(page);
    if (this.#free === undefined) return;
    const value = this.#reader.page(first, pages).subarray(HEADER_BYTES, HEADER_BYTES + size);
    this.#readFreed(this.#free, value, first);
  }

  /** How many numbers follow; each is a page, nothing (0), or how many pages from the next number on, negated. */
  #readFreed(free: PageSet, value: Buffer, page: number): void {
    const { lastPage } = this.#reader.state;
    const count = value.length < 8 ? Infinity : Number(value.readBigUInt64LE(0));
    if ((count + 1) * 8 > value.length) throw broken(page);
    for (let i = 1; i <= count; i++) {
      let first = Number(value.readBigInt64LE(8 * i));
      if (first === 0) continue;
      const pages = first < 0 ? -first : 1;
      if (first < 0) first = ++i > count ? 0 : Number(value.readBigInt64LE(8 * i));
      if (first < 2 || first + pages - 1 > lastPage) throw broken(page);
      for (let freed = first; freed < first + pages; freed++) free.add(freed);
    }
  }
}

function broken(page: number): PageProblem {
  return new PageProblem(`page ${page} is damaged`);
}

function keyEnd(bytes: Buffer, node: number): number {
  return node + NODE_BYTES + bytes.readUInt16LE(node + 6);
}

/** What sets a tree apart from one of rows. */
interface TreeKind {
  readonly mayHoldTrees?: boolean;
  readonly comesBefore?: Order;
  readonly free?: PageSet;
}

/** Whether the key of the node at `first` comes before that of the node at `second`. */
type Order = (bytes: Buffer, first: number, second: number) => boolean;

function asBytes(bytes: Buffer, first: number, second: number): boolean {
  return (
    bytes.compare(
      bytes,
      second + NODE_BYTES,
      keyEnd(bytes, second),
      first + NODE_BYTES,
      keyEnd(bytes, first),
    ) < 0
  );
}

/** The pages that are free are kept by transaction, a number in the order of this machine's bytes. */
function asNumbers(bytes: Buffer, first: number, second: number): boolean {
  const isNumber = (node: number): boolean => keyEnd(bytes, node) === node + NODE_BYTES + 8;
  return isNumber(first) && isNumber(second) && transaction(bytes, first) < transaction(bytes, second);
}

function transaction(bytes: Buffer, node: number): bigint {
  return bytes.readBigUInt64LE(node + NODE_BYTES);
}

/**
 * Checks every page that the engine's own trees of a file lead to, and `trees`; pauses now and then. Time: O(pages).
 *
 * @throws {PageProblem} at the first that is not as it should be.
 */
export function* checkPages(reader: PageReader, trees: readonly Tree[]): Generator<void, void> {
  const { free, main } = reader.state;
  requireKind(main, ...trees);
  const used = new PageSet(reader.state.lastPage);
  const freed = new PageSet(reader.state.lastPage);
  yield* new Checker(reader, used, { comesBefore: asNumbers, free: freed }).check(free);
  yield* new Checker(reader, used, { mayHoldTrees: true }).check(main);
  for (const tree of trees) yield* new Checker(reader, used).check(tree);
  freed.requireNoneOf(used);
}

/** @throws {PageProblem} when one is of a kind that none of ours is. */
export function requireKind(...trees: readonly Tree[]): void {
  if (trees.some((tree) => tree.isOtherKind)) throw new PageProblem('a tree is of another kind');
}

/** A whole file, but somebody else's. Looked at anew, as damage is, when others wrote meanwhile: their pages may have replaced those that were looked for. */
export class ForeignFile extends PageProblem {}

/** So often a file is looked at anew because others wrote to it meanwhile. */
const TRIES = 4;

/**
 * What `look` finds in `file`, pausing now and then. Pages that a commit has freed are used again at the earliest by the transaction after
 * the next commit: what is wrong while nobody commits is damage. Undefined for a file that is written to all the time, which is
 * taken as it is.
 *
 * @throws {PageProblem}
 */
export function* lookSettled<T>(
  file: string,
  look: (reader: PageReader) => Generator<void, T>,
): Generator<void, T | undefined> {
  for (let turn = 0; turn < TRIES; turn++) {
    const reader = PageReader.open(file);
    try {
      return yield* look(reader);
    } catch (error) {
      if (!(error instanceof PageProblem)) throw error;
      const now = PageReader.open(file);
      const changed = now.state.transaction !== reader.state.transaction;
      now.close();
      if (!changed) throw error;
    } finally {
      reader.close();
    }
  }
  return undefined;
}

/** Does work that pauses now and then at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
