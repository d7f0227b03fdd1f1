import { takeSpilled } from '../chunks.js';
import { etsFailure } from '../failures.js';
import { native, REPLY_BYTES } from '../native/binding.js';
import * as control from '../native/control.js';
import { begin, request } from '../term/encode.js';
import { makeRoom } from '../term/request.js';

const { ctl, reals, A, B, F1, F2, R0, R1, R2, R3, R4, RESULT0, STATUS, TABLE } = control;

/** Some rows as a file holds them. */
export interface ExportedChunk {
  /** Valid until the next native call when it is `small`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  readonly done: boolean;
}

const reply = new Uint8Array(ctl.buffer, native.replyOffset, native.replyBytes);

/** Rows fit into this, unless one alone does not, or the names of its objects make it larger. */
export const EXPORT_BYTES = REPLY_BYTES;

/** Takes the rows of a table chunk by chunk. A row that stays in the table meanwhile is delivered exactly once. */
export class RowExport {
  readonly #id: number;
  readonly #operation: string;
  #stripe = 0;
  #position = 0;
  /** Key bytes of the last row of an ordered table. */
  #last: Uint8Array | undefined;

  constructor(id: number, operation: string) {
    this.#id = id;
    this.#operation = operation;
  }

  next(): ExportedChunk {
    begin();
    if (this.#last !== undefined) {
      makeRoom(0, this.#last.length);
      request.bytes.set(this.#last);
    }
    ctl[TABLE] = this.#id;
    ctl[A] = this.#last?.length ?? 0;
    ctl[B] = this.#stripe;
    reals[F1] = EXPORT_BYTES;
    reals[F2] = this.#position;
    native.exportRows();
    const size = ctl[STATUS] as number;
    if (size < 0) throw etsFailure(size, this.#operation);
    const rows = ctl[R0] as number;
    const done = ctl[R1] !== 0;
    const keyAt = ctl[R3] as number;
    const keyBytes = ctl[R4] as number;
    this.#stripe = ctl[R2] as number;
    this.#position = reals[RESULT0] as number;
    const bytes =
      size <= REPLY_BYTES ? reply.subarray(0, size) : new Uint8Array(takeSpilled(this.#operation));
    this.#last = keyBytes === 0 ? undefined : bytes.slice(keyAt, keyAt + keyBytes);
    return { bytes, rows, done };
  }
}
