import { promises as fs } from 'node:fs';
import { DetsError } from '../errors.js';
import { loadLmdb } from '../disk/lmdb.js';
import { type Node, PageProblem, PageReader, type Tree } from '../disk/pages.js';
import { isWhole, ROW_HEADER, type RowFormat, SEQUENCE_BYTES, storedPayload } from '../disk/rows.js';
import { checkPages } from '../disk/verify.js';
import { fileFailure } from './failures.js';
import { inTurns, Turns } from './turns.js';
import { decodeHeader, encodeHeader, HEADER_KEY, ROWS_KEY, ROWS_NAME } from './header.js';

/** What `repair: 'force'` saved of a damaged file, and what it could not. */
export interface RepairReport {
  /** Rows that are in the repaired file. */
  readonly saved: number;
  /** Rows that were found and whose bytes were damaged. */
  readonly damagedRows: number;
  /** Pages that could not be read; a page holds rows, or leads to pages that do and that were searched for. */
  readonly damagedPages: number;
  /** Rows that the file should have had according to itself, and that are in no page that is left. */
  readonly missing: number;
  /** Where the damaged file is now. */
  readonly kept: string;
}

const NO_BYTES = new Uint8Array(0);

interface Saved {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly value: Uint8Array<ArrayBuffer>;
}

/**
 * Makes a whole file of what is left of a damaged one; `undefined`, and nothing is touched, when nothing is damaged. Nobody may have
 * the file open.
 *
 * @throws {DetsError} `ERR_DETS_FILE` when it cannot even be said that it is a table's file.
 */
export async function salvage(file: string, operation: string): Promise<RepairReport | undefined> {
  const target = `${file}.repairing`;
  const kept = `${file}.damaged`;
  let reader: PageReader | undefined;
  try {
    reader = PageReader.open(file);
    const rescue = new Rescue(reader);
    const format = rescue.begin();
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
    const rows = environment.openDB<Uint8Array>({ name: ROWS_NAME, ...bytes });
    for await (const batch of rescue.batches())
      environment.transactionSync(() => {
        for (const { key, value } of batch) rows?.putSync(key, value);
      }, 3);
  } finally {
    await environment.close();
  }
}

/** Finds the rows of a file whose pages may be damaged. */
class Rescue {
  readonly #reader: PageReader;
  #rows: Tree = { isOtherKind: false, root: -1, depth: 0, entries: 0 };
  #seen = new Set<number>();
  #saved = 0;
  #damagedRows = 0;
  #damagedPages = 0;
  /** Of rows that are whole themselves. */
  #damagedKeys = 0;
  #format: RowFormat = { type: 'set', keypos: 0 };

  constructor(reader: PageReader) {
    this.#reader = reader;
  }

  get counts(): Omit<RepairReport, 'kept'> {
    const missing = Math.max(0, this.#rows.entries - this.#saved - this.#damagedRows);
    return { saved: this.#saved, damagedRows: this.#damagedRows, damagedPages: this.#damagedPages, missing };
  }

  begin(): RowFormat {
    const node = this.#reader.find(HEADER_KEY);
    if (node === undefined) throw new PageProblem('the header of the table is missing');
    const header = decodeHeader(new Uint8Array(this.#reader.value(node)));
    if (typeof header === 'string') throw new PageProblem(header);
    const rows = this.#reader.find(ROWS_KEY);
    if (rows !== undefined) this.#rows = this.#reader.tree(rows);
    this.#format = header;
    return header;
  }

  /** Whether every row that should be there is, and is whole. */
  async isWhole(): Promise<boolean> {
    if (!(await this.#arePagesWhole())) return false;
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

  /** The rows, page by page: first those that the tree leads to, then those in pages that it should have led to. */
  async *batches(): AsyncGenerator<Saved[]> {
    for await (const batch of this.#reachable()) {
      this.#saved += batch.length;
      yield batch;
    }
    if (this.#damagedPages === 0) return;
    const free = this.#freePages();
    if (free === undefined) return;
    for (let page = 2; page <= this.#reader.state.lastPage; page++) {
      if (this.#seen.has(page) || free.has(page)) continue;
      const found = this.#pageOf(page);
      if (found === undefined || !('nodes' in found)) continue;
      const batch = this.#whole(
        found.nodes.filter((node) => !node.isTree && node.key.length > 0),
        false,
      );
      this.#saved += batch.length;
      yield batch;
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
    const own = storedPayload(value.subarray(ROW_HEADER), this.#format, 'dets.openFile').key;
    const ofBag = this.#format.type === 'bag' || this.#format.type === 'duplicate_bag';
    const number = ofBag ? stored.subarray(-SEQUENCE_BYTES) : NO_BYTES;
    const key = Buffer.concat([own, number]);
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
