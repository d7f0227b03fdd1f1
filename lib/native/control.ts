import { native, scratch } from './binding.js';

/** The control words; the places are those of `native/binding/env_state.h`. */
export const ctl = new Int32Array(scratch, 0, 64);
/** The same memory as doubles. */
export const reals = new Float64Array(scratch, 0, 32);

export const TABLE = 0;
export const A = 1;
export const B = 2;
export const C = 3;
export const D = 4;
export const E = 5;
export const G = 6;
export const STATUS = 8;
export const R0 = 9;
export const R1 = 10;
export const R2 = 11;
export const R3 = 12;
export const R4 = 13;
export const F0 = 16;
export const F1 = 17;
export const F2 = 18;
export const F3 = 19;
export const RESULT0 = 20;
export const RESULT1 = 21;
export const RESULT2 = 22;
export const RESULT3 = 23;

/** What operations leave in `ctl[STATUS]`; a positive number is a size in bytes. The numbers of `native/core/base/status.h`. */
export const Status = {
  Ok: 0,
  NotFound: -1,
  NoTable: -2,
  Access: -3,
  TableType: -4,
  BadKey: -5,
  Keypos: -6,
  Position: -7,
  Owner: -8,
  NotOwner: -9,
  Exists: -10,
  BadArg: -11,
  CounterRange: -12,
  NotCounter: -13,
  CounterMix: -14,
  NoMemory: -15,
  TooLarge: -16,
  Damaged: -17,
  Limit: -18,
  DefaultRow: -19,
  NoCompressor: -20,
} as const;

/** Flags of `create` and `info`. */
export const FLAG_NAMED = 1;
export const FLAG_READ_CONCURRENCY = 2;
export const FLAG_WRITE_ON = 4;
export const FLAG_WRITE_AUTO = 8;
export const FLAG_DECENTRALIZED = 16;
export const FLAG_COMPRESSED = 32;
export const FLAG_NOTE = 64;
export const FLAG_HEIR = 256;

/** Flags of `range` and `scan`. */
export const FLAG_REVERSE = 1;
export const FLAG_KEYS_ONLY = 2;

/** What `select` does with the rows it finds: the numbers of `SelectMode` in `native/core/table/select.h`. */
export const MODE_RESULTS = 0;
export const MODE_ROWS = 1;
export const MODE_COUNT = 2;
export const MODE_DELETE = 3;
export const MODE_TAKE = 4;
export const MODE_REPLACE = 5;

/** Flags of `select`, beside the mode. */
export const SLICE_REVERSE = 8;
export const SLICE_KEYS = 16;

/** What `useOpeningLock` does. */
export const LOCK_HOLD = 0;
export const LOCK_RELEASE = 1;
export const LOCK_TAKE_TURN = 2;
export const LOCK_EXCLUDE = 3;
export const LOCK_OPENED = 4;
export const LOCK_CLOSING = 5;
export const LOCK_IS_OPEN_ELSEWHERE = 6;
export const LOCK_CLOSE = 7;

/** Kinds of bounds of `range` and `select`. */
export const BOUND_NONE = 0;
export const BOUND_INCLUSIVE = 1;
export const BOUND_EXCLUSIVE = 2;
export const BOUND_PREFIX = 3;
/** `BOUND_PREFIX + n`: the last element of the key, an array, is a prefix as well, `n` levels down; at most this. */
export const DEEPEST_PREFIX = 252;

/** Figures about the whole store, for tests and diagnosis. */
export interface MemoryStats {
  /** Tables that exist. */
  readonly tables: number;
  /** Bytes of all tables. */
  readonly bytes: number;
  /** Pieces of memory that wait for a reader in another thread before they are freed. */
  readonly pending: number;
  /** Object shapes known to the process; they are never forgotten. */
  readonly shapes: number;
  /** Events that wait for threads. */
  readonly events: number;
  readonly persistentTerms: number;
  readonly persistentBytes: number;
}

export function memoryStats(): MemoryStats {
  native.memory();
  const [tables, bytes, pending, shapes] = reals.subarray(RESULT0, RESULT3 + 1) as unknown as [
    number,
    number,
    number,
    number,
  ];
  const events = reals[F0] as number;
  native.persistentInfo();
  return {
    tables,
    bytes,
    pending,
    shapes,
    events,
    persistentTerms: reals[RESULT0] as number,
    persistentBytes: reals[RESULT1] as number,
  };
}

/** Bytes of all persistent terms that are not free yet: also of those that were replaced or erased and are still viewed. */
export function livePersistentBytes(): number {
  native.persistentInfo();
  return reals[RESULT2] as number;
}
