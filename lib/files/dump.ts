import { createHash, type Hash, randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { etsFailure } from '../failures.js';
import { checkTable, READ } from '../guards.js';
import { readInfo } from '../handle.js';
import { Status } from '../native/control.js';
import { FORMAT_VERSION } from '../term/format.js';
import type { Tid } from '../types.js';
import { ask, fileFailure } from './failure.js';
import * as format from './format.js';
import { CHECK_BYTES, HEAD_BYTES, PIECE_BYTES } from './format.js';
import * as options from './options.js';
import { TableExport } from './slices.js';

const OPERATION = 'table.tab2file';
const NAMES = ['sync', 'extendedInfo', ...options.TASK_OPTIONS];

interface DumpPlan extends options.TaskOptions {
  readonly path: string;
  readonly sync: boolean;
  readonly extendedInfo: readonly options.ExtendedInfo[];
}

/** Checks the arguments of `table.tab2file`; the table first. */
export function planDump(id: number, path: unknown, given: options.Tab2fileOptions): DumpPlan {
  checkTable(id, READ, OPERATION);
  // Resolved at once: the working directory may change meanwhile.
  const target = resolve(options.readPath(path, OPERATION));
  options.requireNames(given, NAMES, OPERATION);
  return {
    ...options.readTask(given, OPERATION),
    path: target,
    sync: options.readFlag(given.sync, 'sync', OPERATION),
    extendedInfo: options.readExtendedInfo(given.extendedInfo, OPERATION),
  };
}

/** `table.tab2file`: see there. */
export async function dumpTable(tid: Tid, plan: DumpPlan): Promise<void> {
  plan.signal?.throwIfAborted();
  const header = headerOf(tid, plan.extendedInfo);
  if (header.length > format.MAX_BLOCK_BYTES)
    throw fileFailure(OPERATION, plan.path, 'the name of the table is too long for a file');
  // In the same directory, because only there a rename is one step. Nobody can guess the name and put a link there.
  const temporary = join(dirname(plan.path), `.termstore-${randomBytes(12).toString('hex')}.tmp`);
  const mode = await modeOf(plan.path);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const handle = await system(plan, fs.open(temporary, flags, mode ?? 0o666));
  try {
    try {
      if (mode !== undefined) await system(plan, handle.chmod(mode));
      await new Dump(tid | 0, plan, handle).write(header);
      if (plan.sync) await system(plan, handle.sync());
    } finally {
      await system(plan, handle.close());
    }
    plan.signal?.throwIfAborted();
    await system(plan, fs.rename(temporary, plan.path));
  } catch (error) {
    // Not there any more or not removable: what went wrong before is what matters.
    await fs.unlink(temporary).catch(() => undefined);
    throw error;
  }
  if (plan.sync) await syncDirectory(plan);
}

function system<T>(plan: DumpPlan, work: Promise<T>): Promise<T> {
  return ask(OPERATION, plan.path, work);
}

function headerOf(tid: Tid, extendedInfo: readonly options.ExtendedInfo[]): Uint8Array<ArrayBuffer> {
  const info = readInfo(tid);
  if (info === undefined) throw etsFailure(Status.NoTable, OPERATION);
  const { name, type, protection, namedTable, keypos, size, readConcurrency, writeConcurrency, compressed } =
    info;
  const created = { readConcurrency, writeConcurrency, compressed };
  const saved = { name, type, protection, namedTable, keypos, size, ...created };
  return format.encodePlain({ termFormat: FORMAT_VERSION, ...saved, extendedInfo: [...extendedInfo] });
}

/** The permissions of the file that will be replaced: a secret must not become readable by being saved again. */
async function modeOf(path: string): Promise<number | undefined> {
  try {
    const found = await fs.stat(path);
    return found.isFile() ? found.mode & 0o777 : undefined;
  } catch {
    return undefined;
  }
}

/** The new name, too, must survive a power failure. Windows does not let a directory be opened. */
async function syncDirectory(plan: DumpPlan): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await system(plan, fs.open(dirname(plan.path), constants.O_RDONLY));
  try {
    await system(plan, directory.sync());
  } finally {
    await directory.close();
  }
}

/** Writes one file. Rows are read, made portable and digested in the thread pool; here their bytes only pass through. */
class Dump {
  readonly #id: number;
  readonly #plan: DumpPlan;
  readonly #file: FileHandle;
  readonly #digest = createHash('sha256');
  readonly #md5: Hash | undefined;
  /** A head and the first piece of its content; or a later piece, in the same place. Behind the last one the check. */
  readonly #bytes = new Uint8Array(new ArrayBuffer(HEAD_BYTES + PIECE_BYTES + CHECK_BYTES));
  #rows = 0;
  #blocks = 0;

  constructor(id: number, plan: DumpPlan, file: FileHandle) {
    this.#id = id;
    this.#plan = plan;
    this.#file = file;
    this.#md5 = plan.extendedInfo.includes('md5sum') ? createHash('md5') : undefined;
  }

  async write(header: Uint8Array<ArrayBuffer>): Promise<void> {
    const prologue = format.prologue();
    const first = await system(this.#plan, format.frame(format.KIND_HEADER, header));
    this.#digest.update(prologue).update(first.subarray(-CHECK_BYTES));
    await this.#put(Buffer.concat([prologue, first]));
    await this.#writeRows();
    const content = format.encodePlain(this.#footer());
    const footer = await system(this.#plan, format.frame(format.KIND_FOOTER, content));
    await this.#put(Buffer.concat([footer, format.trailer(footer.length)]));
    this.#plan.onProgress?.(this.#rows);
  }

  async #writeRows(): Promise<void> {
    const source = new TableExport(this.#id, OPERATION);
    for (;;) {
      const { rows, done } = await source.next();
      while (await this.#writeBlock(source)) this.#blocks++;
      this.#rows += rows;
      if (rows > 0) this.#plan.onProgress?.(this.#rows);
      if (done) return;
    }
  }

  /** Writes the next frame of rows, in one step unless it has several pieces; false when there is none. */
  async #writeBlock(source: TableExport): Promise<boolean> {
    const bytes = this.#bytes;
    let end = source.take(bytes, 0, HEAD_BYTES + PIECE_BYTES);
    if (end === 0) return false;
    const sum = new format.FrameSum(bytes.subarray(0, HEAD_BYTES));
    let left = format.contentBytes(bytes);
    for (let from = 0; ; from = HEAD_BYTES) {
      await system(this.#plan, sum.add(bytes.subarray(HEAD_BYTES, end)));
      left -= end - HEAD_BYTES;
      if (left === 0) {
        const check = sum.check();
        bytes.set(check, end);
        await this.#put(bytes.subarray(from, end + CHECK_BYTES));
        this.#digest.update(check);
        this.#md5?.update(check);
        return true;
      }
      await this.#put(bytes.subarray(from, end));
      end = HEAD_BYTES + source.take(bytes, HEAD_BYTES, PIECE_BYTES);
    }
  }

  #footer(): format.FileFooter {
    const digest = new Uint8Array(this.#digest.digest());
    const counts = { blocks: this.#blocks, rows: this.#rows, digest };
    return this.#md5 === undefined ? counts : { ...counts, md5: new Uint8Array(this.#md5.digest()) };
  }

  async #put(bytes: Uint8Array): Promise<void> {
    this.#plan.signal?.throwIfAborted();
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await system(this.#plan, this.#file.write(bytes, at, bytes.length - at, null));
      at += bytesWritten;
    }
  }
}
