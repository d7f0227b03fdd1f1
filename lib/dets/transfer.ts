import { crc32 } from '../disk/checksum.js';
import { checkOf, ROW_HEADER, storedPayload, type StoredRow } from '../disk/rows.js';
import { HEAD_BYTES, frameHead, KIND_ROWS, PIECE_BYTES } from '../files/format.js';
import type { TaskOptions } from '../files/options.js';
import { TableExport, TableImport } from '../files/slices.js';
import { badArgument } from './failures.js';
import type { Store } from './store.js';

/** Rows that are put into a file in one transaction, in bytes. */
const BATCH_BYTES = 1 << 20;
/** Below so many bytes a loop copies faster than a call. */
const SHORT_ROW = 64;

/** A table in memory: what is needed of it here. */
export interface MemoryTable {
  readonly id: number;
  readonly keypos: number;
}

/**
 * Puts all rows of a file into a table in memory. Their bytes go as they are: this thread copies them, the thread pool checks and
 * stores them meanwhile.
 */
export async function fillTable(
  store: Store,
  table: MemoryTable,
  task: TaskOptions,
  operation: string,
): Promise<number> {
  // Two, so that one can be filled while the other is stored.
  const imports = [
    new TableImport(table.id, operation, true),
    new TableImport(table.id, operation, true),
  ] as const;
  const pack = new Packer(store, operation);
  let storing: Promise<number | undefined> = Promise.resolve(undefined);
  let rows = 0;
  try {
    for (let turn = 0; ; turn++) {
      task.signal?.throwIfAborted();
      const count = pack.next();
      const bad = await storing;
      if (bad !== undefined) throw badArgument(operation, `row ${bad} of a chunk is no row for this table`);
      task.onProgress?.(rows);
      if (count === 0) return rows;
      const into = imports[turn & 1]!;
      pack.feed(into, count);
      storing = into.store();
      // It is waited for in the next round; until then nobody may think that it was forgotten.
      storing.catch(() => undefined);
      rows += count;
    }
  } finally {
    // However it ends, nothing is stored afterwards.
    await storing.catch(() => undefined);
  }
}

/** Gathers rows of a file, each with its size in front, as a table takes them. */
class Packer {
  readonly #store: Store;
  readonly #operation: string;
  #bytes = new Uint8Array(new ArrayBuffer(PIECE_BYTES));
  #view = new DataView(this.#bytes.buffer);
  #pos = 0;
  #count = 0;
  #from: Uint8Array | undefined;
  #done = false;

  constructor(store: Store, operation: string) {
    this.#store = store;
    this.#operation = operation;
  }

  /** How many rows there are for `feed`; 0 at the end. */
  next(): number {
    this.#pos = 0;
    this.#count = 0;
    if (this.#done) return 0;
    this.#from = this.#store.stream.each(this.#from, (bytes, size) => this.#add(bytes, size));
    this.#done = this.#from === undefined;
    return this.#count;
  }

  #add(value: Uint8Array, valueBytes: number): boolean {
    const size = valueBytes - ROW_HEADER;
    const start = this.#pos + 4;
    const end = start + size;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    if (size < SHORT_ROW) for (let i = 0; i < size; i++) bytes[start + i] = value[ROW_HEADER + i]!;
    else bytes.set(new Uint8Array(value.buffer, value.byteOffset + ROW_HEADER, size), start);
    if (size < 2 || checkOf(value) !== crc32(bytes, start, end))
      throw this.#store.damagedRow(this.#operation);
    this.#view.setUint32(this.#pos, size, true);
    this.#pos = end;
    this.#count++;
    return end < PIECE_BYTES / 2;
  }

  #grow(needed: number): void {
    const bigger = new Uint8Array(new ArrayBuffer(Math.max(needed, this.#bytes.length * 2)));
    bigger.set(this.#bytes.subarray(0, this.#pos));
    this.#bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }

  feed(into: TableImport, count: number): void {
    into.begin(this.#pos);
    into.feed(new Uint8Array(frameHead(KIND_ROWS, this.#pos, count)), HEAD_BYTES);
    into.feed(this.#bytes, this.#pos);
  }
}

/** The rows of a table in memory as a file stores them, batch by batch. A row that stays meanwhile is delivered exactly once. */
export async function* storedBatches(
  store: Store,
  table: MemoryTable,
  operation: string,
): AsyncGenerator<StoredRow[]> {
  const source = new TableExport(table.id, operation);
  const piece = new Uint8Array(new ArrayBuffer(PIECE_BYTES));
  for (;;) {
    const { done } = await source.next();
    for (let frame = takeFrame(source, piece); frame !== undefined; frame = takeFrame(source, piece)) {
      const batch: StoredRow[] = [];
      let bytes = 0;
      for (const payload of rowsIn(frame)) {
        batch.push(storedPayload(payload, store, operation));
        bytes += payload.length;
        if (bytes < BATCH_BYTES) continue;
        yield batch.splice(0);
        bytes = 0;
      }
      yield batch;
    }
    if (done) return;
  }
}

/** The content of the next frame, which may be larger than a piece. */
function takeFrame(source: TableExport, piece: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  let size = source.take(piece, 0, piece.length);
  if (size === 0) return undefined;
  const content = new DataView(piece.buffer).getUint32(4, true);
  const frame = new Uint8Array(new ArrayBuffer(content));
  frame.set(piece.subarray(HEAD_BYTES, size));
  for (let at = size - HEAD_BYTES; at < content; at += size) {
    size = source.take(piece, 0, piece.length);
    frame.set(piece.subarray(0, size), at);
  }
  return frame;
}

function* rowsIn(frame: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  const view = new DataView(frame.buffer);
  for (let at = 0; at < frame.length;) {
    const size = view.getUint32(at, true);
    yield frame.subarray(at + 4, at + 4 + size);
    at += 4 + size;
  }
}
