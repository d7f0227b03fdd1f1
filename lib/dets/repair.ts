import { promises as fs } from 'node:fs';
import { DetsError } from '../errors.js';
import { loadLmdb, type LmdbDatabase } from '../disk/lmdb.js';
import { type Node, PageProblem, PageReader, type Tree } from '../disk/pages.js';
import { canonicalRow, groupOf, isWhole, type RowFormat } from '../disk/rows.js';
import { checkPages, ForeignFile } from '../disk/verify.js';
import { fileFailure } from './failures.js';
import { inTurns, Turns } from './turns.js';
import { decodeHeader, encodeHeader, HEADER_KEY, isEmpty, ROWS_KEY, ROWS_NAME } from './header.js';
import { findLeaves, type Leaf, type Leaves, ownKey, rowsOf, type Told } from './leaves.js';

/**
 * What `repair: 'force'` saved of a damaged file, and what it could not.
 *
 * Where nothing leads to the rows any more, as in a file that was cut off, they are taken from whatever pages are left. Old copies of
 * pages are among these when it cannot be known which pages are free: they can bring back rows that had been deleted, and earlier
 * rows of keys whose last row is lost.
 */
export interface RepairReport {
  /** Rows that are in the repaired file. */
  readonly saved: number;
  /** Rows that were found and whose bytes were damaged; where nothing led to the rows such rows are `missing` ones. */
  readonly damagedRows: number;
  /**
   * Pages that could not be read; a page holds rows, or leads to pages that do and that were searched for. Where nothing led to the rows
   * these are the pages that the file should have had and that are not there, at least one.
   */
  readonly damagedPages: number;
  /**
   * Rows that the file should have had according to itself, and that are in no page that is left. Where nothing led to the rows the
   * number that it should have had may be an older one, or unknown; rows that came back count as those that are missing.
   */
  readonly missing: number;
  /** Where the damaged file is now. */
  readonly kept: string;
}

const NO_BYTES = new Uint8Array(0);
/** Leaves whose rows are written together. */
const LEAVES_AT_ONCE = 64;

interface Saved {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly value: Uint8Array<ArrayBuffer>;
}

/**
 * Makes a whole file of what is left of a damaged one; `undefined`, and nothing is touched, when nothing is damaged. Nobody may have
 * the file open. `told` is believed where the file does not say what table it is of, if its rows do not say otherwise.
 *
 * @throws {DetsError} `ERR_DETS_FILE` when it cannot even be said that it is a table's file.
 */
export async function salvage(
  file: string,
  told: Told,
  operation: string,
): Promise<RepairReport | undefined> {
  const target = `${file}.repairing`;
  const kept = `${file}.damaged`;
  let reader: PageReader | undefined;
  try {
    reader = PageReader.open(file);
    if (isEmpty(reader)) return undefined;
    const rescue = new Rescue(reader, told);
    const format = await rescue.begin();
    if (await rescue.isWhole()) return undefined;
    await writeFile(target, format, rescue, operation);
    await fs.rename(file, kept);
    await fs.rename(target, file);
    return { ...rescue.counts, kept };
  } catch (error) {
    await fs.rm(target, { force: true });
    if (error instanceof DetsError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileFailure(operation, file, `nothing can be saved: ${(error as Error).message}`, error);
  } finally {
    reader?.close();
    await fs.rm(`${target}-lock`, { force: true });
  }
}

async function writeFile(
  target: string,
  format: RowFormat,
  rescue: Rescue,
  operation: string,
): Promise<void> {
  await fs.rm(target, { force: true });
  const bytes = { encoding: 'binary', keyEncoding: 'binary' };
  const environment = loadLmdb(operation).open({ path: target, noSubdir: true, maxDbs: 2, ...bytes });
  try {
    environment.transactionSync(() => environment.putSync(HEADER_KEY, encodeHeader(format)), 3);
    const rows = environment.openDB<Uint8Array<ArrayBuffer>>({ name: ROWS_NAME, ...bytes });
    if (rows === undefined) throw new PageProblem('the repaired file takes no rows');
    for await (const batch of rescue.batches())
      environment.transactionSync(() => {
        for (const { key, value } of batch) rows.putSync(key, value);
      }, 3);
    environment.transactionSync(() => {
      if (format.type === 'bag' && rescue.hasOldPages) dropCopies(rows);
      rescue.saved = rows.getStats().entryCount;
    }, 3);
  } finally {
    await environment.close();
  }
}

/** Of rows of a bag that are equal the last one stays: the others had been deleted before it was inserted. */
function dropCopies(rows: LmdbDatabase<Uint8Array<ArrayBuffer>>): void {
  let group: Uint8Array<ArrayBuffer> = NO_BYTES;
  const last = new Map<string, Uint8Array<ArrayBuffer>>();
  const copies: Uint8Array<ArrayBuffer>[] = [];
  for (const { key, value } of rows.getRange({})) {
    if (Buffer.compare(groupOf(key), group) !== 0) last.clear();
    group = groupOf(key);
    const row = Buffer.from(canonicalRow(value)).toString('latin1');
    const earlier = last.get(row);
    if (earlier !== undefined) copies.push(earlier);
    last.set(row, key);
  }
  for (const key of copies) rows.removeSync(key);
}

/** Finds the rows of a file whose pages may be damaged. */
class Rescue {
  readonly #reader: PageReader;
  readonly #told: Told;
  #rows: Tree = { isOtherKind: false, root: -1, depth: 0, entries: 0 };
  #seen = new Set<number>();
  /** What is left where the trees lead to nothing. */
  #found: Leaves | undefined;
  /** Rows in the file that was made. */
  saved = 0;
  #damagedRows = 0;
  #damagedPages = 0;
  /** Of rows that are whole themselves. */
  #damagedKeys = 0;
  #format: RowFormat = { type: 'set', keypos: 0 };

  constructor(reader: PageReader, told: Told) {
    this.#told = told;
    this.#reader = reader;
  }

  get counts(): Omit<RepairReport, 'kept'> {
    const { saved } = this;
    const missing = Math.max(0, this.#rows.entries - saved - this.#damagedRows);
    return { saved, damagedRows: this.#damagedRows, damagedPages: this.#damagedPages, missing };
  }

  /** Whether old copies of pages may be among those that rows were taken from. */
  get hasOldPages(): boolean {
    return this.#found !== undefined;
  }

  async begin(): Promise<RowFormat> {
    try {
      return this.#walkMain();
    } catch (error) {
      if (!(error instanceof PageProblem) || error instanceof ForeignFile) throw error;
      this.#found = await findLeaves(this.#reader, this.#told);
      if (this.#found === undefined)
        throw new PageProblem(
          `${error.message}, and no page says what table this was, nor do rows fit what \`type\` and \`keypos\` say`,
        );
      const { format, entries } = this.#found;
      this.#rows = { ...this.#rows, root: -1, entries };
      this.#format = format;
      return format;
    }
  }

  #walkMain(): RowFormat {
    const node = this.#reader.find(HEADER_KEY);
    // What is whole and has none is no table's file, whatever lies in it.
    if (node === undefined) throw new ForeignFile('the header of the table is missing');
    const header = decodeHeader(new Uint8Array(this.#reader.value(node)));
    if (typeof header === 'string') throw new PageProblem(header);
    const rows = this.#reader.find(ROWS_KEY);
    if (rows !== undefined) this.#rows = this.#reader.tree(rows);
    this.#format = header;
    return header;
  }

  /** Whether every row that should be there is, and is whole. */
  async isWhole(): Promise<boolean> {
    if (this.#found !== undefined || !(await this.#arePagesWhole())) return false;
    let found = 0;
    for await (const batch of this.#reachable()) found += batch.length;
    const whole =
      this.#damagedRows + this.#damagedPages + this.#damagedKeys === 0 && found === this.#rows.entries;
    this.#seen = new Set();
    this.#damagedRows = 0;
    this.#damagedPages = 0;
    this.#damagedKeys = 0;
    return whole;
  }

  async #arePagesWhole(): Promise<boolean> {
    try {
      await inTurns(checkPages(this.#reader, [this.#rows]));
      return true;
    } catch (error) {
      if (error instanceof PageProblem) return false;
      throw error;
    }
  }

  /**
   * The rows, page by page: first those that the tree leads to, then those in pages that it should have led to. What comes later
   * replaces what came under the same key.
   */
  async *batches(): AsyncGenerator<Saved[]> {
    const free = this.#freePages();
    if (this.#found === undefined) {
      let any = false;
      for await (const batch of this.#reachable()) {
        any ||= batch.length > 0;
        yield batch;
      }
      if (this.#damagedPages === 0) return;
      if (free !== undefined) {
        yield* this.#unreached(free);
        return;
      }
      // Old rows are better than none; those that the tree leads to are better than old ones.
      if (!any) this.#found = await findLeaves(this.#reader, this.#told);
    }
    if (this.#found !== undefined) yield* this.#scattered(this.#found.leaves, free ?? new Set());
  }

  /** The rows of pages that belong to the tree, and to which nothing leads. */
  *#unreached(free: ReadonlySet<number>): Generator<Saved[]> {
    for (let page = 2; page <= this.#reader.state.lastPage; page++) {
      if (this.#seen.has(page) || free.has(page)) continue;
      const found = this.#pageOf(page);
      if (found === undefined || !('nodes' in found)) continue;
      const batch = this.#whole(
        found.nodes.filter((node) => !node.isTree && node.key.length > 0),
        false,
      );
      yield batch;
    }
  }

  /** The rows of all leaves that are left and not known to be free, the oldest first. */
  async *#scattered(leaves: readonly Leaf[], free: ReadonlySet<number>): AsyncGenerator<Saved[]> {
    const { lastPage } = this.#reader.state;
    this.#damagedPages = Math.max(1, this.#damagedPages, lastPage - this.#reader.lastPageThere);
    const turns = new Turns();
    const used = leaves.filter(({ page }) => !free.has(page));
    for (let i = 0; i < used.length; i += LEAVES_AT_ONCE) {
      await turns.next();
      const nodes = used.slice(i, i + LEAVES_AT_ONCE).flatMap((leaf) => rowsOf(this.#reader, leaf));
      yield this.#whole(nodes, false);
    }
  }

  async *#reachable(): AsyncGenerator<Saved[]> {
    const waiting = this.#rows.root < 0 ? [] : [this.#rows.root];
    const turns = new Turns();
    while (waiting.length > 0) {
      await turns.next();
      const page = waiting.pop() as number;
      if (this.#seen.has(page)) continue;
      this.#seen.add(page);
      try {
        const found = this.#reader.read(page);
        if ('below' in found) waiting.push(...found.below);
        else yield this.#whole(found.nodes, true);
      } catch (error) {
        if (!(error instanceof PageProblem)) throw error;
        this.#damagedPages++;
      }
    }
  }

  /** What page `page` holds; `undefined` when it is damaged. */
  #pageOf(page: number): ReturnType<PageReader['read']> | undefined {
    try {
      return this.#reader.read(page);
    } catch {
      return undefined;
    }
  }

  #valueOf(node: Node): Uint8Array<ArrayBuffer> | undefined {
    try {
      return this.#reader.value(node);
    } catch {
      return undefined;
    }
  }

  #whole(nodes: readonly Node[], count: boolean): Saved[] {
    const saved: Saved[] = [];
    for (const node of nodes) {
      const value = this.#valueOf(node);
      if (value !== undefined && isWhole(value, value.length))
        saved.push({ key: this.#keyOf(node.key, value), value });
      else if (count) this.#damagedRows++;
    }
    return saved;
  }

  /** The key under which the row in `value` belongs: what the row says, where `stored` says something else. */
  #keyOf(stored: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const key = ownKey(stored, value, this.#format);
    if (Buffer.compare(key, stored) !== 0) this.#damagedKeys++;
    return key;
  }

  /** The pages that belong to no tree; `undefined` when that cannot be known: an old page would bring back what was deleted. */
  #freePages(): Set<number> | undefined {
    const { root } = this.#reader.state.free;
    const waiting = root < 0 ? [] : [root];
    const free = new Set<number>();
    try {
      while (waiting.length > 0) {
        const found = this.#reader.read(waiting.pop() as number);
        if ('below' in found) waiting.push(...found.below);
        else for (const node of found.nodes) addPages(free, Buffer.from(this.#reader.value(node)));
      }
      return free;
    } catch (error) {
      if (error instanceof PageProblem) return undefined;
      throw error;
    }
  }
}

/** A record of free pages: how many, then their numbers. */
function addPages(free: Set<number>, record: Buffer): void {
  for (let at = 8; at + 8 <= record.length; at += 8) free.add(Number(record.readBigUInt64LE(at)));
}
