import { constants, promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { EtsError } from '../errors.js';
import { ask, fileFailure } from './failure.js';
import * as format from './format.js';
import type { TableImport } from './slices.js';

/** What stands before the content of a frame. */
export interface FrameHead {
  readonly kind: number;
  /** Bytes of the content; the file has them. */
  readonly size: number;
  readonly rows: number;
  /** Where the frame begins in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A frame without rows whose check was right. */
export interface Frame {
  readonly kind: number;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly check: Uint8Array;
  readonly offset: number;
}

/** Reads a file front to back and believes none of it: every length is compared with what is there before it is used. */
export class FileReader {
  readonly #operation: string;
  readonly #path: string;
  readonly #file: FileHandle;
  /** Bytes of the file when it was opened. */
  readonly size: number;
  #at = 0;
  /** For what goes on to somewhere else. */
  #piece: Uint8Array<ArrayBuffer> | undefined;

  private constructor(operation: string, path: string, file: FileHandle, size: number) {
    this.#operation = operation;
    this.#path = path;
    this.#file = file;
    this.size = size;
  }

  /** Opens `path`, lets `use` read it, and closes it again. */
  static async use<T>(operation: string, path: string, use: (reader: FileReader) => Promise<T>): Promise<T> {
    // A pipe would wait for somebody to write into it. Not known on Windows, and not needed there.
    const flags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);
    const file = await ask(operation, path, fs.open(path, flags));
    try {
      const found = await ask(operation, path, file.stat());
      if (!found.isFile()) throw fileFailure(operation, path, 'this is no regular file');
      return await use(new FileReader(operation, path, file, found.size));
    } finally {
      await file.close();
    }
  }

  /** Where the next read begins. */
  get position(): number {
    return this.#at;
  }

  seek(position: number): void {
    this.#at = position;
  }

  damaged(text: string, offset = this.#at): EtsError {
    return fileFailure(this.#operation, this.#path, `damaged at byte ${offset}: ${text}`);
  }

  refused(text: string): EtsError {
    return fileFailure(this.#operation, this.#path, text);
  }

  #ask<T>(work: Promise<T>): Promise<T> {
    return ask(this.#operation, this.#path, work);
  }

  /** The next `count` bytes, in a buffer of their own. */
  async bytes(count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (count > this.size - this.#at) throw this.damaged('the file ends too early', this.size);
    const bytes = new Uint8Array(new ArrayBuffer(count));
    await this.#fill(bytes, count);
    return bytes;
  }

  async #fill(bytes: Uint8Array, count: number): Promise<void> {
    for (let done = 0; done < count;) {
      const read = this.#file.read(bytes, done, count - done, this.#at + done);
      const { bytesRead } = await this.#ask(read);
      if (bytesRead === 0) throw this.damaged('the file ends too early', this.#at + done);
      done += bytesRead;
    }
    this.#at += count;
  }

  /** Reads the first bytes of the file; throws unless they are those of a file of a version that is known here. */
  async prologue(): Promise<Uint8Array> {
    if (this.size < format.PROLOGUE_BYTES) throw this.refused('this is no file of a table: it is too short');
    const bytes = Buffer.from((await this.bytes(format.PROLOGUE_BYTES)).buffer);
    if (!bytes.subarray(0, format.MAGIC.length).equals(format.MAGIC))
      throw this.refused('this is no file of a table: it begins otherwise');
    const version = bytes.readUInt32LE(format.MAGIC.length);
    if (version !== format.FILE_VERSION) {
      throw this.refused(
        `its format has version ${version}; this version of the package reads version ${format.FILE_VERSION}`,
      );
    }
    return bytes;
  }

  /** Reads the beginning of a frame; `what` names it in messages. */
  async head(what: string): Promise<FrameHead> {
    const offset = this.#at;
    const bytes = await this.bytes(format.HEAD_BYTES);
    const view = new DataView(bytes.buffer);
    const kind = view.getUint32(0, true);
    const size = format.contentBytes(bytes);
    const rows = view.getUint32(8, true);
    if (size + format.CHECK_BYTES > this.size - this.#at)
      throw this.damaged(`${what} is longer than the file`, offset);
    const most = kind === format.KIND_ROWS && rows <= 1 ? format.MAX_ROW_BYTES : format.MAX_BLOCK_BYTES;
    if (size > most) throw this.damaged(`${what} is larger than a block may be`, offset);
    return { kind, size, rows, offset, bytes };
  }

  /** Reads the rest of a frame without rows. */
  async frame(head: FrameHead, what: string): Promise<Frame> {
    const { kind, offset } = head;
    const content = await this.bytes(head.size);
    const check = await this.bytes(format.CHECK_BYTES);
    const made = await this.#ask(format.frameCheck(head.bytes, content));
    this.#compare(made, check, what, offset);
    return { kind, content, check, offset };
  }

  /** Moves the rest of a frame of rows into `target`, which stores nothing yet. Returns its check, which was right. */
  async pour(head: FrameHead, what: string, target: TableImport): Promise<Uint8Array> {
    this.#piece ??= new Uint8Array(new ArrayBuffer(format.PIECE_BYTES));
    const sum = new format.FrameSum(head.bytes);
    target.begin(head.size);
    target.feed(head.bytes, head.bytes.length);
    for (let left = head.size; left > 0;) {
      const count = Math.min(left, format.PIECE_BYTES);
      await this.#fill(this.#piece, count);
      target.feed(this.#piece, count);
      await this.#ask(sum.add(this.#piece.subarray(0, count)));
      left -= count;
    }
    const check = await this.bytes(format.CHECK_BYTES);
    this.#compare(sum.check(), check, what, head.offset);
    return check;
  }

  #compare(made: Buffer, read: Uint8Array, what: string, offset: number): void {
    if (!made.equals(read)) throw this.damaged(`the checksum of ${what} is wrong`, offset);
  }

  async header(): Promise<{ header: format.FileHeader; frame: Frame }> {
    const frame = await this.frame(await this.head('the header'), 'the header');
    if (frame.kind !== format.KIND_HEADER) throw this.damaged('the header is missing', frame.offset);
    const header = format.parseHeader(frame.content);
    if (typeof header === 'string') throw this.damaged(header, frame.offset);
    return { header, frame };
  }

  footer(frame: Frame, header: format.FileHeader): format.FileFooter {
    const footer = frame.kind === format.KIND_FOOTER ? format.parseFooter(frame.content, header) : undefined;
    if (footer === undefined) throw this.damaged('this is no footer of this file', frame.offset);
    return footer;
  }

  /** Reads the last bytes of the file; returns how many the footer's frame has. */
  async trailer(): Promise<number> {
    const offset = this.#at;
    const bytes = Buffer.from((await this.bytes(format.TRAILER_BYTES)).buffer);
    if (!bytes.subarray(4).equals(format.END_MAGIC) || this.#at !== this.size)
      throw this.damaged('the file does not end as it should', offset);
    return bytes.readUInt32LE(0);
  }
}
