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

/** Throws what the call that was just made refused; otherwise returns what it left. */
function result(operation: string): number {
  const status = ctl[STATUS] as number;
  if (status < 0) throw etsFailure(status, operation);
  return status;
}

/** Some frames of rows. */
export interface ExportedFrames {
  readonly rows: number;
  /** There are no more rows. */
  readonly done: boolean;
}

/** What a dump or a load of one table keeps between its slices. */
abstract class TableTransfer {
  protected readonly transfer: Transfer;
  protected readonly operation: string;
  protected readonly merges: boolean = false;
  readonly #id: number;

  constructor(id: number, operation: string) {
    const transfer = native.openTransfer();
    if (transfer === null) throw etsFailure(Status.NoMemory, operation);
    this.transfer = transfer;
    this.operation = operation;
    this.#id = id;
  }

  protected run(start: (transfer: Transfer, done: TransferDone) => void): Promise<Slice> {
    return new Promise((resolve) => {
      ctl[TABLE] = this.#id;
      ctl[B] = this.merges ? 1 : 0;
      start(this.transfer, (status, value, finished) => resolve({ status, value, finished: finished !== 0 }));
      result(this.operation);
    });
  }
}

/** Takes the rows of a table frame by frame. A row that stays in the table meanwhile is delivered exactly once. */
export class TableExport extends TableTransfer {
  /** Reads and checks access anew each time. Their bytes are delivered by `take`. */
  async next(): Promise<ExportedFrames> {
    const slice = await this.run(native.exportSlice);
    if (slice.status < 0) throw etsFailure(slice.status, this.operation);
    return { rows: slice.value, done: slice.finished };
  }

  /**
   * Copies at most `room` of the next bytes of the frames, heads and contents, to `at` in `bytes`, none beyond the end of a frame.
   * Returns how many: less than `room` only at the end of a frame, 0 when all frames were delivered.
   */
  take(bytes: Uint8Array<ArrayBuffer>, at: number, room: number): number {
    ctl[A] = bytes.byteOffset + at;
    ctl[B] = room;
    native.takeFrames(this.transfer, bytes.buffer);
    return result(this.operation);
  }
}

/** Puts frames of rows into a table. */
export class TableImport extends TableTransfer {
  protected override readonly merges: boolean;

  /** `merges`: rows that a bag has already are welcome; otherwise they are damage. */
  constructor(id: number, operation: string, merges = false) {
    super(id, operation);
    this.merges = merges;
  }

  /** A frame comes whose content has `bytes` bytes; its head and its content are given to `feed`. */
  begin(bytes: number): void {
    reals[F0] = HEAD_BYTES + bytes;
    native.beginFrame(this.transfer);
    result(this.operation);
  }

  /** The first `count` bytes of `piece`, which is copied. */
  feed(piece: Uint8Array<ArrayBuffer>, count: number): void {
    ctl[A] = count;
    native.feedFrame(this.transfer, piece.buffer);
    result(this.operation);
  }

  /** Checks every byte of the rows and stores them; returns the number of a row that is to blame for that they are not. */
  async store(): Promise<number | undefined> {
    const { status, value } = await this.run(native.importSlice);
    if (status === Status.Ok) return undefined;
    if (status !== Status.Damaged) throw etsFailure(status, this.operation);
    return value;
  }
}
