import { etsFailure } from '../failures.js';
import { native, type Transfer, type TransferDone } from '../native/binding.js';
import { A, ctl, F0, reals, Status, STATUS, TABLE } from '../native/control.js';
import { CHECK_BYTES, HEAD_BYTES } from './format.js';

/* Slices of a dump or a load in the thread pool: in the event loop bytes are only copied, a piece at a time. */

/** Bytes that are copied at a time: a block and what stands around it, or a part of a large row. */
export const PIECE_BYTES = 1 << 19;

interface Slice {
  readonly status: number;
  readonly value: number;
  readonly finished: boolean;
  readonly checks: ArrayBuffer | null;
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
    start(transfer, (status, value, finished, checks) =>
      resolve({ status, value, finished: finished !== 0, checks }),
    );
    result(operation);
  });
}

/** Some frames of rows. */
export interface ExportedFrames {
  readonly rows: number;
  /** What stands behind each frame. */
  readonly checks: readonly Uint8Array[];
  /** There are no more rows. */
  readonly done: boolean;
}

/** Takes the rows of a table frame by frame. A row that stays in the table meanwhile is delivered exactly once. */
export class TableExport {
  readonly #transfer: Transfer;
  readonly #id: number;
  readonly #operation: string;
  readonly #piece = new Uint8Array(new ArrayBuffer(PIECE_BYTES));

  constructor(id: number, operation: string) {
    this.#transfer = open(operation);
    this.#id = id;
    this.#operation = operation;
  }

  /** Reads and checks access anew each time. Their bytes are delivered by `take`. */
  async next(): Promise<ExportedFrames> {
    const { status, value, finished, checks } = await runSlice(
      native.exportSlice,
      this.#transfer,
      this.#id,
      this.#operation,
    );
    if (status < 0) throw etsFailure(status, this.#operation);
    if (checks === null) throw etsFailure(Status.NoMemory, this.#operation);
    const count = checks.byteLength / CHECK_BYTES;
    const list = Array.from(
      { length: count },
      (_, i) => new Uint8Array(checks, i * CHECK_BYTES, CHECK_BYTES),
    );
    return { rows: value, checks: list, done: finished };
  }

  /** The next bytes of the frames, valid until the next call; none when all were delivered. */
  take(): Uint8Array {
    native.takeFrames(this.#transfer, this.#piece.buffer);
    return this.#piece.subarray(0, result(this.#operation));
  }
}

/** Why a frame was refused: its check (`undefined`), or one of its rows. */
export interface DamagedFrame {
  readonly row: number | undefined;
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

  /** A frame comes whose content has `bytes` bytes; what it is made of is given to `feed`. */
  begin(bytes: number): void {
    reals[F0] = HEAD_BYTES + bytes + CHECK_BYTES;
    native.beginFrame(this.#transfer);
    result(this.#operation);
  }

  /** The first `count` bytes of `piece`, which is copied. */
  feed(piece: Uint8Array<ArrayBuffer>, count: number): void {
    ctl[A] = count;
    native.feedFrame(this.#transfer, piece.buffer);
    result(this.#operation);
  }

  /** Compares the frame with its check, checks every byte of its rows and stores them. */
  async store(): Promise<DamagedFrame | undefined> {
    const { status, value } = await runSlice(native.importSlice, this.#transfer, this.#id, this.#operation);
    if (status === Status.Ok) return undefined;
    if (status !== Status.Damaged) throw etsFailure(status, this.#operation);
    return { row: value < 0 ? undefined : value };
  }
}
