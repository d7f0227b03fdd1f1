import { native, REQUEST_BYTES, REQUEST_OFFSET, scratch } from '../native/binding.js';
import { MAX_BYTES } from './format.js';
import { tooLarge } from './refusal.js';

/*
 * The request under construction. Positions count from the start of the request, wherever it lies: in the request
 * region of the scratch buffer as a rule, in a buffer of its own when it outgrows the region or when a getter starts a
 * request in the middle of another one. Native is told of such a buffer with useRequest().
 *
 * No user code may run between begin() and the native call, except inside the encoder, which is prepared for it.
 */

/** The encoder is reading a value: user code (a getter) may run at any moment. */
const ACTIVE = 1;
/** An outer request waits for user code to return. */
const SUSPENDED = 2;
/** The request lies outside the scratch buffer. */
const ELSEWHERE = 4;

/** Room that `makeRoom` keeps free beyond what was asked: writers of up to this many bytes check `soft` only. */
export const SLACK = 128;

export const scratchBytes = new Uint8Array(scratch, REQUEST_OFFSET, REQUEST_BYTES);
export const scratchView = new DataView(scratch, REQUEST_OFFSET, REQUEST_BYTES);
const scratchNode = Buffer.from(scratch, REQUEST_OFFSET, REQUEST_BYTES);

/** A request that was interrupted by a getter which started another one. */
interface Suspended {
  readonly buffer: ArrayBuffer | null;
  readonly pos: number;
  readonly indirect: boolean;
  readonly inlineNames: boolean;
  readonly previous: Suspended | null;
}

export const request = {
  bytes: scratchBytes,
  view: scratchView,
  /** The same memory as a Buffer, for its native string writers. */
  node: scratchNode,
  /** The last position from which SLACK bytes can be written. */
  soft: REQUEST_BYTES - SLACK,
  /** Where the next append goes. */
  pos: 0,
  /** 0 on the hot path: nothing is being encoded and the request lies in the scratch buffer. */
  busy: 0,
  /** A getter started a request of its own: call resume() before going on. */
  interrupted: false,
  /** Something was written whose canonical form differs. */
  indirect: false,
  /** Objects are written with their names, as keys need it. */
  inlineNames: false,
  /** Length of the canonical key behind the last row; 0 when the key element is canonical as it stands. */
  canonicalLength: 0,
};

let buffer: ArrayBuffer | null = null;
let suspended: Suspended | null = null;
let dropScheduled = false;

/** Begins a request; what was appended before is forgotten. */
export function begin(): void {
  if (request.busy !== 0) beginApart();
  request.pos = 0;
}

/** Bytes of the request so far. */
export function position(): number {
  return request.pos;
}

function beginApart(): void {
  if ((request.busy & ACTIVE) !== 0) {
    const { pos, indirect, inlineNames } = request;
    suspended = { buffer, pos, indirect, inlineNames, previous: suspended };
    buffer = null;
    request.interrupted = true;
    request.inlineNames = false;
  }
  if (suspended === null) return useBuffer(null);
  useBuffer(buffer ?? new ArrayBuffer(REQUEST_BYTES));
  dropSoon();
}

/** Makes `next` (null: the scratch buffer) the place of the request, and tells native. */
function useBuffer(next: ArrayBuffer | null): void {
  buffer = next;
  request.bytes = next === null ? scratchBytes : new Uint8Array(next);
  request.view = next === null ? scratchView : new DataView(next);
  request.node = next === null ? scratchNode : Buffer.from(next);
  request.soft = request.bytes.length - SLACK;
  request.busy = (suspended === null ? 0 : SUSPENDED) | (next === null ? 0 : ELSEWHERE);
  native.useRequest(next);
}

/** Marks the start of reading a value; the result goes to leave(). */
export function enter(): Suspended | null {
  request.busy |= ACTIVE;
  request.interrupted = false;
  return suspended;
}

/** Marks the end of reading a value, successful or not. Requests that a throwing getter left behind are forgotten. */
export function leave(outer: Suspended | null): void {
  suspended = outer;
  request.busy = (outer === null ? 0 : SUSPENDED) | (request.bytes === scratchBytes ? 0 : ELSEWHERE);
  request.interrupted = outer !== null;
}

/** Continues the request that a getter interrupted. Positions stay valid. */
export function resume(): void {
  const own = suspended;
  if (own === null) return;
  suspended = own.previous;
  useBuffer(own.buffer);
  request.busy |= ACTIVE;
  request.interrupted = false;
  request.pos = own.pos;
  request.indirect = own.indirect;
  request.inlineNames = own.inlineNames;
}

/**
 * Makes room for `size` bytes at `pos`, and SLACK bytes more; everything before `pos` is kept.
 *
 * Called before anything is written (never noticed afterwards), so nothing is ever cut.
 */
export function makeRoom(pos: number, size: number): void {
  const needed = pos + size;
  if (needed <= request.soft) return;
  if (needed > MAX_BYTES) throw tooLarge();
  const capacity = Math.max(needed + SLACK, Math.min(request.bytes.length * 2, MAX_BYTES + SLACK));
  if (!moveTo(pos, capacity)) throw tooLarge();
}

/** Times that a request may grow at once because more is expected. */
const MOST_AHEAD = 64;

/** As makeRoom(); about `later` more bytes are going to follow, for which memory is taken now where it can be had. */
export function makeRoomAhead(pos: number, size: number, later: number): void {
  const needed = pos + size;
  if (needed <= request.soft) return;
  const most = Math.min(request.bytes.length * MOST_AHEAD, MAX_BYTES + SLACK);
  const capacity = Math.min(needed + later + SLACK, most);
  if (capacity < request.bytes.length * 2 || !moveTo(pos, capacity)) makeRoom(pos, size);
}

/** Continues the request in a buffer of `capacity` bytes; false when memory is short. */
function moveTo(pos: number, capacity: number): boolean {
  let bigger: ArrayBuffer;
  try {
    bigger = new ArrayBuffer(capacity);
  } catch {
    return false;
  }
  new Uint8Array(bigger).set(request.bytes.subarray(0, pos));
  const active = request.busy & ACTIVE;
  useBuffer(bigger);
  request.busy |= active;
  dropSoon();
  return true;
}

/** Lets go of a buffer of its own once the current operation is over: a large row must not keep its memory. */
function dropSoon(): void {
  if (dropScheduled) return;
  dropScheduled = true;
  queueMicrotask(() => {
    dropScheduled = false;
    if (suspended === null && (request.busy & ACTIVE) === 0) useBuffer(null);
  });
}
