import { loadAddon } from './load.js';

/** Bytes of the control words at the start of the scratch buffer. */
export const CONTROL_BYTES = 256;
/** Where JavaScript writes keys and rows. */
export const REQUEST_OFFSET = CONTROL_BYTES;
export const REQUEST_BYTES = 65_536;
/** Where native leaves what was found. In front of it a gap: native copies a row together with its header. */
export const REPLY_OFFSET = REQUEST_OFFSET + REQUEST_BYTES + 64;
export const REPLY_BYTES = 65_536;

/**
 * An operation. Arguments and results travel in the control words (control.ts), bytes in the request and the reply:
 * a call without JavaScript values costs less than half of one with two integers. The comment beside each
 * function in `native/binding` names its words.
 */
export type Operation = () => void;

/** An external value of the addon: a dump or a load. */
export interface Transfer {
  readonly transfer: never;
}

export type TransferDone = (status: number, value: number, finished: number) => void;

/** What the compiled addon exports to this thread; `test/native/parity.test.ts` fails on a difference. */
export interface NativeBinding {
  readonly abiVersion: number;
  readonly controlBytes: number;
  readonly requestBytes: number;
  readonly replyOffset: number;
  readonly replyBytes: number;
  readonly maxBytes: number;
  readonly maxDepth: number;
  /** Generation words per page of persistent terms. */
  readonly pageSlots: number;
  /** Terms with more bytes than both together are viewed through pieces of this size, each with this much of the next. */
  readonly windowBytes: number;
  readonly windowOverlap: number;
  /** The upper part of every table identifier of this process. */
  readonly tidTag: number;
  readonly statuses: Readonly<Record<string, number>>;

  /** Lends the scratch buffer, once per thread; false when it is refused. `externalBuffers`: native memory may be lent in return. */
  bind(scratch: ArrayBuffer, threadId: number, externalBuffers: boolean): boolean;
  /** The next operation reads its request from `buffer` (offset 0) instead of the scratch buffer; `null` takes that back. */
  useRequest(buffer: ArrayBuffer | null): void;
  /** The last reply that did not fit into the scratch buffer, once; `null` when there is no memory for it. */
  takeReply(): ArrayBuffer | null;
  /** Makes `names` a shape of this process. Returns its number, or -1 when the registry is full. At most 64 names. */
  internShape(names: readonly string[]): number;
  /** The names of shape `id`, in order; `undefined` when there is no such shape. */
  shapeNames(id: number): string[] | undefined;
  /**
   * Calls `callback` at some later time whenever events have come for this thread, without keeping the thread alive. Once
   * per thread; false when it is refused.
   */
  listen(callback: () => void): boolean;
  /**
   * Runs the slice that control words and request describe, as `select` does, in the thread pool; then calls `done` with the
   * control words and, behind them, the reply, or with `null` when there is no memory for them. `done` must not throw.
   */
  sliceAsync(done: (answer: ArrayBuffer | null) => void): void;
  /** What a dump or a load keeps between its slices; `null` when there is no memory for it. */
  openTransfer(): Transfer | null;
  /**
   * Fetches the next rows of a table and makes frames of them, in the thread pool; then calls `done` with the status, the number of
   * rows, and whether they were the last. `done` must not throw.
   */
  exportSlice(this: void, transfer: Transfer, done: TransferDone): void;
  /**
   * Puts the rows of the frame into a table, in the thread pool; then calls `done` with the status and the number of the row
   * that is to blame. `done` must not throw.
   */
  importSlice(this: void, transfer: Transfer, done: TransferDone): void;
  /** Copies the next bytes of the frames of the last slice, which have no checks yet; none beyond the end of a frame. */
  takeFrames(transfer: Transfer, buffer: ArrayBuffer): void;
  beginFrame(transfer: Transfer): void;
  feedFrame(transfer: Transfer, buffer: ArrayBuffer): void;
  /** The generation words of one page of persistent terms, shared by all threads; `null` where that is impossible. */
  generationPage(page: number): ArrayBuffer | null;
  /**
   * The bytes of the term whose key is in the request, over native memory where the runtime has external buffers; they
   * stay as long as the buffer. Of a large term only the first `windowBytes + windowOverlap` bytes. Never to be written
   * to. Control words as of an operation; `null` with a failure.
   */
  persistentView(): ArrayBuffer | null;
  /** Other bytes of a term, given the first ones as persistentView() made them; `null` where that is refused. */
  viewWindow(first: ArrayBuffer, start: number, bytes: number): ArrayBuffer | null;
  /** The entry with the key in the request, of a big container in the term that begins with `first`. Control words as of an operation. */
  viewFind(first: ArrayBuffer): void;

  /** The version words of all stamps, shared by all threads; `null` where that is impossible. */
  versionWords(): ArrayBuffer | null;

  lookup: Operation;
  lookupStamped: Operation;
  member: Operation;
  lookupElement: Operation;
  step: Operation;
  stepRun: Operation;
  insert: Operation;
  insertNew: Operation;
  insertMany: Operation;
  delete: Operation;
  deleteObject: Operation;
  deleteAll: Operation;
  take: Operation;
  addToCounter: Operation;
  updateCounter: Operation;
  updateCounters: Operation;
  updateElements: Operation;
  range: Operation;
  scan: Operation;
  slot: Operation;
  fix: Operation;
  fixations: Operation;
  select: Operation;
  create: Operation;
  whereis: Operation;
  check: Operation;
  drop: Operation;
  rename: Operation;
  giveAway: Operation;
  setopts: Operation;
  nextEvent: Operation;
  info: Operation;
  note: Operation;
  stats: Operation;
  all: Operation;
  memory: Operation;
  matchRun: Operation;
  matchCheck: Operation;
  compareTerms: Operation;
  makeOpeningLock: Operation;
  useOpeningLock: Operation;
  persistentPut: Operation;
  persistentGet: Operation;
  persistentErase: Operation;
  persistentGetAll: Operation;
  persistentInfo: Operation;
  generation: Operation;
  setGenerationForTest: Operation;
}

/** One buffer per thread, known to native by address: control words, request region, reply region. */
/** Behind the reply: native copies a row in whole words. */
export const SCRATCH_BYTES = REPLY_OFFSET + REPLY_BYTES + 64;

export const scratch = new ArrayBuffer(SCRATCH_BYTES);

export const native: NativeBinding = loadAddon(scratch);
