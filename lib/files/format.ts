import { createHash, webcrypto } from 'node:crypto';
import { decodeTermAt } from '../term/decode.js';
import { FORMAT_VERSION, MAX_BYTES } from '../term/format.js';
import { appendKey, begin, request } from '../term/encode.js';
import { TABLE_ACCESSES, TABLE_TYPES } from '../handle.js';
import type { TableAccess, TableType } from '../types.js';
import { EXTENDED_INFO, type ExtendedInfo } from './options.js';

/* The file format, version 1: docs/file-format.md. Nothing here touches a file or a table. */

/** The first byte is no text, the line ends notice a transfer that changes them. */
export const MAGIC = Buffer.from([0x89, 0x54, 0x53, 0x54, 0x0d, 0x0a, 0x1a, 0x0a]);
export const END_MAGIC = Buffer.from('TST-END\n', 'latin1');
export const FILE_VERSION = 1;
export const PROLOGUE_BYTES = 12;
export const HEAD_BYTES = 12;
export const CHECK_BYTES = 16;
/** Of the content of a frame so much is digested, and moved, at a time. */
export const PIECE_BYTES = 1 << 19;
export const TRAILER_BYTES = 12;

export const KIND_HEADER = 1;
export const KIND_ROWS = 2;
export const KIND_FOOTER = 3;
/** A frame that is not one row alone is not larger; what reads a file needs no more memory than this and its largest row. */
export const MAX_BLOCK_BYTES = 1 << 20;
/** Bytes of the content of a frame with a single row that is larger than a block. */
export const MAX_ROW_BYTES = 4 + MAX_BYTES;

/** What a file says about its table before the rows. */
export interface FileHeader {
  readonly name: string;
  readonly type: TableType;
  readonly protection: TableAccess;
  readonly namedTable: boolean;
  readonly keypos: number;
  /** Rows in the table when the writing began. */
  readonly size: number;
  readonly readConcurrency: boolean;
  readonly writeConcurrency: boolean | 'auto';
  readonly compressed: boolean;
  readonly extendedInfo: readonly ExtendedInfo[];
}

/** What a file says about its rows after them. */
export interface FileFooter {
  readonly blocks: number;
  readonly rows: number;
  /** SHA-256 over the first bytes of the file and the checks of all frames before this one. */
  readonly digest: Uint8Array;
  /** MD5 over the checks of all blocks, with `extendedInfo: ['md5sum']`. */
  readonly md5?: Uint8Array;
}

/** A value as bytes that mean the same in every process: no object in it refers to a shape. */
export function encodePlain(value: unknown): Uint8Array<ArrayBuffer> {
  begin();
  const size = appendKey(value, 'header');
  return request.bytes.slice(0, size);
}

export function prologue(): Buffer {
  const bytes = Buffer.alloc(PROLOGUE_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(FILE_VERSION, MAGIC.length);
  return bytes;
}

export function trailer(footerBytes: number): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES);
  bytes.writeUInt32LE(footerBytes);
  END_MAGIC.copy(bytes, 4);
  return bytes;
}

/** What stands before the content of a frame. */
export function frameHead(kind: number, bytes: number, rows: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(kind);
  head.writeUInt32LE(bytes, 4);
  head.writeUInt32LE(rows, 8);
  return head;
}

/** The bytes of the content that `head` announces. */
export function contentBytes(head: Uint8Array): number {
  return new DataView(head.buffer, head.byteOffset).getUint32(4, true);
}

/** Makes what stands behind a frame. The pieces are digested in the thread pool; the event loop hashes their digests alone. */
export class FrameSum {
  readonly #hash = createHash('sha256');

  constructor(head: Uint8Array) {
    this.#hash.update(head);
  }

  /** The next PIECE_BYTES of the content, or the rest of it. Neither they nor this object may be used before the promise resolves. */
  async add(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#hash.update(new Uint8Array(await webcrypto.subtle.digest('SHA-256', piece)));
  }

  /** The check, once. */
  check(): Buffer {
    return this.#hash.digest().subarray(0, CHECK_BYTES);
  }
}

/** What stands behind the content of a frame. */
export async function frameCheck(head: Uint8Array, content: Uint8Array<ArrayBuffer>): Promise<Buffer> {
  const sum = new FrameSum(head);
  for (let at = 0; at < content.length; at += PIECE_BYTES)
    await sum.add(content.subarray(at, at + PIECE_BYTES));
  return sum.check();
}

/** A whole frame without rows. */
export async function frame(kind: number, content: Uint8Array<ArrayBuffer>): Promise<Buffer> {
  const head = frameHead(kind, content.length, 0);
  return Buffer.concat([head, content, await frameCheck(head, content)]);
}

/** The header in `bytes`; a text says what is wrong with it. */
export function parseHeader(bytes: Uint8Array<ArrayBuffer>): FileHeader | string {
  const value = parsePlain(bytes);
  if (value === undefined) return 'the header is no object';
  if (value['termFormat'] !== FORMAT_VERSION)
    return 'its terms are of a format that this version does not know';
  const { name, type, protection, namedTable, keypos, size, writeConcurrency, extendedInfo } = value;
  // Files that were written before these options existed do not have them.
  const { compressed = false, readConcurrency = false } = value;
  const good =
    typeof name === 'string' &&
    TABLE_TYPES.includes(type as TableType) &&
    TABLE_ACCESSES.includes(protection as TableAccess) &&
    typeof namedTable === 'boolean' &&
    isCount(keypos) &&
    isCount(size) &&
    (typeof writeConcurrency === 'boolean' || writeConcurrency === 'auto') &&
    typeof compressed === 'boolean' &&
    typeof readConcurrency === 'boolean' &&
    Array.isArray(extendedInfo) &&
    extendedInfo.every((item) => EXTENDED_INFO.includes(item as ExtendedInfo));
  if (!good) return 'the header describes no table that this version can make';
  const options = { readConcurrency, writeConcurrency, compressed };
  return { name, type, protection, namedTable, keypos, size, ...options, extendedInfo } as FileHeader;
}

/** The footer in `bytes`, if it is one that goes with `header`. */
export function parseFooter(bytes: Uint8Array<ArrayBuffer>, header: FileHeader): FileFooter | undefined {
  const value = parsePlain(bytes);
  if (value === undefined) return undefined;
  const { blocks, rows, digest, md5 } = value;
  const good =
    isCount(blocks) &&
    isCount(rows) &&
    digest instanceof Uint8Array &&
    digest.length === 32 &&
    (header.extendedInfo.includes('md5sum')
      ? md5 instanceof Uint8Array && md5.length === 16
      : md5 === undefined);
  return good ? (value as unknown as FileFooter) : undefined;
}

function parsePlain(bytes: Uint8Array<ArrayBuffer>): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = decodeTermAt(bytes, 0, bytes.length);
  } catch {
    return undefined;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
