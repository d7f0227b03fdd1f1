import { createHash, type Hash } from 'node:crypto';
import { resolve } from 'node:path';
import { EtsError } from '../errors.js';
import type { Table } from '../table.js';
import type { Row, TableAccess, TableOptions, TableType } from '../types.js';
import type { FileFooter, FileHeader } from './format.js';
import * as format from './format.js';
import * as options from './options.js';
import { FileReader, type Frame, type FrameHead } from './reader.js';
import { TableImport } from './slices.js';

const OPERATION = 'ets.file2tab';
const NAMES = ['verify', ...options.TASK_OPTIONS];

/** What `ets.tabfileInfo` tells. */
export interface TabfileInfo {
  readonly name: string;
  readonly type: TableType;
  readonly protection: TableAccess;
  readonly namedTable: boolean;
  readonly keypos: number;
  /** Rows in the file. */
  readonly size: number;
  readonly extendedInfo: readonly options.ExtendedInfo[];
  /** Version of the file format. */
  readonly version: number;
}

type Filled = Pick<Table, 'tid' | 'info' | 'setopts'>;
type Create = <R extends Row>(name: string, options: TableOptions) => Table<R>;

/** `ets.file2tab`: see there. `create` is `ets.new`. */
export async function loadTable<R extends Row>(
  path: unknown,
  given: options.File2tabOptions,
  create: Create,
): Promise<Table<R>> {
  const operation = OPERATION;
  const source = resolve(options.readPath(path, operation));
  options.requireNames(given, NAMES, operation);
  const task = options.readTask(given, operation);
  const verify = options.readFlag(given.verify, 'verify', operation);
  task.signal?.throwIfAborted();
  return FileReader.use(operation, source, async (reader) => {
    const first = await reader.prologue();
    const { header, frame } = await reader.header();
    task.signal?.throwIfAborted();
    const table = createFrom<R>(header, frame, reader, create);
    try {
      // The name is taken from now on, so nobody can have it when the rows are there; but until then nobody sees the table.
      table.setopts({ access: 'private' });
      const load = new Load(table, header, reader, task);
      await load.run([first, frame.check], verify);
      table.setopts({ access: header.protection });
      return table;
    } catch (error) {
      table[Symbol.dispose]();
      throw error;
    }
  });
}

/** `ets.tabfileInfo`: see there. */
export async function readFileInfo(path: unknown): Promise<TabfileInfo> {
  const operation = 'ets.tabfileInfo';
  const source = resolve(options.readPath(path, operation));
  return FileReader.use(operation, source, async (reader) => {
    await reader.prologue();
    const { header } = await reader.header();
    const rowsFrom = reader.position;
    reader.seek(Math.max(rowsFrom, reader.size - format.TRAILER_BYTES));
    const footerAt = reader.position - (await reader.trailer());
    if (footerAt < rowsFrom) throw reader.damaged('the footer is longer than the file', footerAt);
    reader.seek(footerAt);
    const footer = reader.footer(await reader.frame(await reader.head('the footer'), 'the footer'), header);
    const { name, type, protection, namedTable, keypos, extendedInfo } = header;
    const version = format.FILE_VERSION;
    return { name, type, protection, namedTable, keypos, size: footer.rows, extendedInfo, version };
  });
}

/** Makes the table that the header describes, without its rows. */
function createFrom<R extends Row>(
  header: FileHeader,
  frame: Frame,
  reader: FileReader,
  create: Create,
): Table<R> {
  const { name, type, protection, namedTable, keypos, readConcurrency, writeConcurrency, compressed } =
    header;
  const kept = { keypos, readConcurrency, writeConcurrency, compressed };
  const options = { type, access: protection, named: namedTable, ...kept };
  try {
    return create<R>(name, options);
  } catch (error) {
    if (!(error instanceof EtsError)) throw error;
    const text = error.message.replace(/^ets\.new: /, '');
    // A compressed table may also be refused by the runtime, which is no fault of the file.
    if (error.code === 'ERR_ETS_BADARG' && !compressed) throw reader.damaged(text, frame.offset);
    throw new EtsError(error.code, `ets.file2tab: ${text}`);
  }
}

/** Fills one table from one file, a block at a time. */
class Load {
  readonly #table: Filled;
  readonly #header: FileHeader;
  readonly #reader: FileReader;
  readonly #task: options.TaskOptions;
  readonly #digest = createHash('sha256');
  #blocks = 0;
  #rows = 0;

  constructor(table: Filled, header: FileHeader, reader: FileReader, task: options.TaskOptions) {
    this.#table = table;
    this.#header = header;
    this.#reader = reader;
    this.#task = task;
  }

  async run(before: readonly Uint8Array[], verify: boolean): Promise<void> {
    for (const bytes of before) this.#digest.update(bytes);
    const md5 = verify && this.#header.extendedInfo.includes('md5sum') ? createHash('md5') : undefined;
    const rows = new TableImport(this.#table.tid | 0, OPERATION);
    for (;;) {
      const name = `block ${this.#blocks}`;
      const head = await this.#reader.head(name);
      this.#task.signal?.throwIfAborted();
      if (head.kind !== format.KIND_ROWS)
        return this.#finish(await this.#reader.frame(head, name), verify, md5);
      const check = await this.#reader.pour(head, name, rows);
      await this.#store(rows, head, name);
      this.#task.signal?.throwIfAborted();
      md5?.update(check);
      this.#digest.update(check);
      this.#blocks++;
      this.#rows += head.rows;
      this.#task.onProgress?.(this.#rows);
    }
  }

  /** Puts the rows of one block into the table, after a check of every byte of them. */
  async #store(rows: TableImport, head: FrameHead, name: string): Promise<void> {
    const row = await rows.store();
    if (row === undefined) return;
    throw this.#reader.damaged(`row ${row} of ${name} is none of this table, or is there twice`, head.offset);
  }

  async #finish(frame: Frame, verify: boolean, md5: Hash | undefined): Promise<void> {
    const reader = this.#reader;
    const footer = reader.footer(frame, this.#header);
    const footerBytes = reader.position - frame.offset;
    const trailerAt = reader.position;
    if ((await reader.trailer()) !== footerBytes)
      throw reader.damaged('the file does not end as it should', trailerAt);
    if (footer.blocks !== this.#blocks || footer.rows !== this.#rows)
      throw reader.damaged('blocks or rows are missing, or there are too many', frame.offset);
    if (!this.#digest.digest().equals(footer.digest))
      throw reader.damaged('the blocks are not those that were written together', frame.offset);
    if (verify) this.#verify(footer, md5);
    this.#task.signal?.throwIfAborted();
    this.#task.onProgress?.(this.#rows);
  }

  #verify(footer: FileFooter, md5: Hash | undefined): void {
    const size = this.#table.info('size');
    if (size !== footer.rows)
      throw this.#reader.refused(
        `invalid object count: ${size} rows in the table, ${footer.rows} in the file`,
      );
    if (md5 !== undefined && !md5.digest().equals(footer.md5 as Uint8Array))
      throw this.#reader.refused('checksum error: the MD5 sum of the rows is another one');
  }
}
