import { etsFailure } from '../failures.js';
import { native, type Transfer, type TransferDone } from '../native/binding.js';
import { A, B, ctl, F0, reals, Status, STATUS, TABLE } from '../native/control.js';
import { HEAD_BYTES } from './format.js';

/* Slices of a dump or a load in the thread pool: in the event loop bytes are only copied, a piece at a time. */

interface Slice {
  readonly status: number;
  readonly value: number;
  readonly finished: boolean;
}

function open(operation: string): Transfer {
  const transfer = native.openTransfer();
  if (transfer === null) throw etsFailure(Status.NoMemory, operation);
  return transfer;
}

/** Throws what the call that was just made refused; otherwise returns what it left. */
function result(operation: string): number {
  const status = ctl[STATUS] as number;
  if (status < 0) throw etsFailure(status, operation);
  return status;
}

function runSlice(
  start: (transfer: Transfer, done: TransferDone) => void,
  transfer: Transfer,
  id: number,
  operation: string,
): Promise<Slice> {
  return new Promise((resolve) => {
    ctl[TABLE] = id;
    start(transfer, (status, value, finished) => resolve({ status, value, finished: finished !== 0 }));
    result(operation);
  });
}

/** Some frames of rows. */
export interface ExportedFrames {
  readonly rows: number;
  /** There are no more rows. */
  readonly done: boolean;
}

/** Takes the rows of a table frame by frame. A row that stays in the table meanwhile is delivered exactly once. */
export class TableExport {
  readonly #transfer: Transfer;
  readonly #id: number;
  readonly #operation: string;

  constructor(id: number, operation: string) {
    this.#transfer = open(operation);
    this.#id = id;
    this.#operation = operation;
  }

  /** Reads and checks access anew each time. Their bytes are delivered by `take`. */
  async next(): Promise<ExportedFrames> {
    const slice = await runSlice(native.exportSlice, this.#transfer, this.#id, this.#operation);
    if (slice.status < 0) throw etsFailure(slice.status, this.#operation);
    return { rows: slice.value, done: slice.finished };
  }

  /**
   * Copies at most `room` of the next bytes of the frames, heads and contents, to `at` in `bytes`, none beyond the end of a frame.
   * Returns how many: less than `room` only at the end of a frame, 0 when all frames were delivered.
   */
  take(bytes: Uint8Array<ArrayBuffer>, at: number, room: number): number {
    ctl[A] = bytes.byteOffset + at;
    ctl[B] = room;
    native.takeFrames(this.#transfer, bytes.buffer);
    return result(this.#operation);
  }
}

/** Puts frames of rows into a table. */
export class TableImport {
  readonly #transfer: Transfer;
  readonly #id: number;
  readonly #operation: string;

  constructor(id: number, operation: string) {
    this.#transfer = open(operation);
    this.#id = id;
    this.#operation = operation;
  }

  /** A frame comes whose content has `bytes` bytes; its head and its content are given to `feed`. */
  begin(bytes: number): void {
    reals[F0] = HEAD_BYTES + bytes;
    native.beginFrame(this.#transfer);
    result(this.#operation);
  }

  /** The first `count` bytes of `piece`, which is copied. */
  feed(piece: Uint8Array<ArrayBuffer>, count: number): void {
    ctl[A] = count;
    native.feedFrame(this.#transfer, piece.buffer);
    result(this.#operation);
  }

  /** Checks every byte of the rows and stores them; returns the number of a row that is to blame for that they are not. */
  async store(): Promise<number | undefined> {
    const { status, value } = await runSlice(native.importSlice, this.#transfer, this.#id, this.#operation);
    if (status === Status.Ok) return undefined;
    if (status !== Status.Damaged) throw etsFailure(status, this.#operation);
    return value;
  }
}
