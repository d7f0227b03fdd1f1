/*
 * What this thread keeps of a table's rows, so that reading them again crosses into native code no more.
 *
 * COHERENT  A row is kept under the stamp that native took before it read the row: the place of a version word and what it held. A
 *           writer raises that word before its operation returns, in whatever thread. So as long as an atomic load finds the version
 *           of the stamp, nobody has changed the row since (native/core/table/row_versions.h; the test of histories holds it against
 *           threads that write). Versions do not wrap: a word that is used up gives no stamps any more.
 * BOUNDED   Two generations, each with so many rows and bytes: what is asked for moves into the young one, and when that is full, the old
 *           one is forgotten as a whole. A Map each, because V8 remembers the hash of a string. When all caches of a thread together
 *           have grown too large, all begin anew.
 * SHARED    With `readConcurrency` rows are kept frozen, from the first time on, and given out as they are. Other tables give out copies, as
 *           always; they keep only flat rows, of which a copy costs less than reading again, and only while that pays.
 */
import { native } from './native/binding.js';
import * as control from './native/control.js';
import { copyElement, copyRow, isCheapToCopy } from './copies.js';
import { etsFailure } from './failures.js';
import { readAllRows, readRow } from './reading.js';
import { encodeKey } from './term/encode.js';
import { freezeTerm } from './term/freeze.js';
import { isPrimitive } from './term/kinds.js';
import type { NearCacheInfo, Row, Tid } from './types.js';
import { versionWords } from './version-words.js';

const { ctl, A, R0, R1, STATUS, TABLE, Status } = control;
const { lookupStamped } = native;

/** The keys under which rows are kept: those that a Map compares as a table does. */
export type NearKey = string | number;

/** In the place of a version word. */
const NOT_KEPT = -1;

/** A row, or that there is none, with its stamp. In a bag all rows of the key. */
export class Kept {
  /** NOT_KEPT: this was read for one answer. */
  place = NOT_KEPT;
  version = 0;
  row: Row | undefined = undefined;
  /** Whether every element is a primitive. */
  flat = true;
  /** Of the row's encoding. */
  bytes = 0;

  set(place: number, version: number, row: Row | undefined, flat: boolean, bytes: number): void {
    this.place = place;
    this.version = version;
    this.row = row;
    this.flat = flat;
    this.bytes = bytes;
  }

  /** The row for the caller to keep and to change. */
  copy(): Row | undefined {
    const row = this.row;
    return row === undefined || this.place === NOT_KEPT ? row : copyRow(row, this.flat);
  }

  /** Element `pos` of the row for the caller to keep and to change. */
  copyElement(pos: number): unknown {
    const element = (this.row as Row)[pos];
    return this.flat || this.place === NOT_KEPT ? element : copyElement(element);
  }
}

/** Rows and bytes of one generation. */
const MOST_SHARED = 8192;
const MOST_BYTES = 8 * 2 ** 20;
const MOST_COPIED = 2048;
/** Longer rows are not worth a copy. In bytes of their encoding. */
const LONGEST_COPIED = 512;
/**
 * A string of up to so many characters never is a slice of another one in V8. A longer one of the caller's could keep a text of any size
 * alive, so it is not kept where no row has it.
 */
const LONGEST_OWN_STRING = 12;

/** After so many misses it is decided whether keeping rows pays: at least half as many answers must have come from here. */
const TRIAL = 4096;
/** How many reads pass before the next attempt: doubled each time, up to the last. */
const FIRST_PAUSE = 2 ** 14;
const LONGEST_PAUSE = 2 ** 22;

function freeze(row: Row | undefined, flat: boolean): void {
  if (flat) Object.freeze(row);
  else freezeTerm(row);
}

/** What this thread keeps of one table. */
export class NearCache {
  readonly words: Int32Array;
  /** Whether rows are given out frozen and shared, as `readConcurrency` asks. */
  readonly shares: boolean;
  hits = 0;
  misses = 0;
  /** Reads that pass by until rows are kept again; who reads counts them down, and asks nothing here meanwhile. */
  pause = 0;
  readonly #id: number;
  readonly #keypos: number;
  readonly #bag: boolean;
  #young = new Map<NearKey, Kept>();
  #old = new Map<NearKey, Kept>();
  #youngBytes = 0;
  #oldBytes = 0;
  #nextPause = FIRST_PAUSE;
  #hitsBefore = 0;
  #dice = 1;
  #trialMisses = 0;

  constructor(words: Int32Array, id: number, keypos: number, shares: boolean, bag: boolean) {
    this.words = words;
    this.#id = id;
    this.#keypos = keypos;
    this.shares = shares;
    this.#bag = bag;
  }

  /** Keys that are kept, true or not any more. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Bytes of the rows that are kept, as they are encoded. */
  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
    this.#oldBytes = 0;
  }

  /** What is kept under `key`, true or not any more. */
  find(key: NearKey): Kept | undefined {
    return this.#young.get(key) ?? this.#fromOld(key);
  }

  /**
   * What the table holds now, for a `key` that find() knows as `known`; kept, if that may be and is worth it. `undefined`: the caller
   * asks the table itself.
   */
  read(key: NearKey, known: Kept | undefined, operation: string): Kept | undefined {
    this.misses++;
    if (!this.shares && ++this.#trialMisses >= TRIAL) this.#judge();
    if (known === undefined && this.#isFull() && !this.#draw()) return undefined;
    ctl[A] = encodeKey(key);
    ctl[TABLE] = this.#id;
    lookupStamped();
    const length = ctl[STATUS] as number;
    // Before the reply is read: what it is made of may call native code again.
    const place = ctl[R0] as number;
    const version = ctl[R1] as number;
    const row = length === Status.NotFound ? undefined : this.#take(length, operation);
    const flat = row === undefined || row.every(isPrimitive);
    if (this.shares) freeze(row, flat);
    const bytes = Math.max(length, 0);
    const may =
      place >= 0 && (this.shares || (bytes <= LONGEST_COPIED && (flat || row.every(isCheapToCopy))));
    if (known !== undefined) this.#youngBytes += bytes - known.bytes;
    const kept = known ?? new Kept();
    kept.set(may ? place : NOT_KEPT, version, row, flat, bytes);
    if (known === undefined && may) this.#add(this.#ownKey(key, row), kept);
    if (known !== undefined && !may) this.#forget(key, known);
    return kept;
  }

  /** The key as a string that is nobody else's; `undefined` when there is none. */
  #ownKey(key: NearKey, row: Row | undefined): NearKey | undefined {
    if (typeof key !== 'string' || key.length <= LONGEST_OWN_STRING) return key;
    const first = this.#bag ? (row?.[0] as Row | undefined) : row;
    return first?.[this.#keypos] as string | undefined;
  }

  /** Whether enough of what was asked for was there. */
  #judge(): void {
    const hits = this.hits - this.#hitsBefore;
    this.#hitsBefore = this.hits;
    this.#trialMisses = 0;
    if (hits >= TRIAL) {
      this.#nextPause = FIRST_PAUSE;
      return;
    }
    this.pause = this.#nextPause;
    this.#nextPause = Math.min(2 * this.#nextPause, LONGEST_PAUSE);
    this.clear();
  }

  #isFull(): boolean {
    return this.#old.size > 0;
  }

  /**
   * Whether a key takes the place of another one. One time in eight, in no rhythm that keys could come in: what is asked for often
   * soon has a place, and what is asked for once costs little.
   */
  #draw(): boolean {
    this.#dice = (Math.imul(this.#dice, 1103515245) + 12345) | 0;
    return this.#dice >>> 29 === 0;
  }

  #take(length: number, operation: string): Row {
    if (length < 0) throw etsFailure(length, operation);
    return this.#bag ? readAllRows(length, operation) : readRow(length, operation);
  }

  #fromOld(key: NearKey): Kept | undefined {
    const kept = this.#old.get(key);
    if (kept === undefined) return undefined;
    this.#old.delete(key);
    this.#oldBytes -= kept.bytes;
    this.#add(key, kept);
    return kept;
  }

  /** Drops what find() has just found, and put into the young generation where it was not. */
  #forget(key: NearKey, kept: Kept): void {
    if (this.#young.delete(key)) this.#youngBytes -= kept.bytes;
  }

  #add(key: NearKey | undefined, kept: Kept): void {
    if (key === undefined || kept.bytes > MOST_BYTES) {
      kept.place = NOT_KEPT;
      return;
    }
    const most = this.shares ? MOST_SHARED : MOST_COPIED;
    if (this.#young.size >= most || this.#youngBytes + kept.bytes > MOST_BYTES) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#oldBytes = this.#youngBytes;
      this.#youngBytes = 0;
    }
    if (--addsUntilCheck === 0) checkAll();
    this.#young.set(key, kept);
    this.#youngBytes += kept.bytes;
  }
}

/** Keys and bytes of all caches of a thread. */
const MOST_OF_ALL = 2 ** 17;
const MOST_BYTES_OF_ALL = 64 * 2 ** 20;
/** Looked at after so many keys. */
const CHECK_EVERY = 4096;
let addsUntilCheck = CHECK_EVERY;

function checkAll(): void {
  addsUntilCheck = CHECK_EVERY;
  const all = [...caches.values()].flatMap((ref) => ref.deref() ?? []);
  const size = all.reduce((sum, cache) => sum + cache.size, 0);
  const bytes = all.reduce((sum, cache) => sum + cache.bytes, 0);
  if (size > MOST_OF_ALL || bytes > MOST_BYTES_OF_ALL) for (const cache of all) cache.clear();
}

/** The caches of this thread, so that all handles of a table have one. */
const caches = new Map<number, WeakRef<NearCache>>();
const forgetful = new FinalizationRegistry<number>((id) => {
  if (caches.get(id)?.deref() === undefined) caches.delete(id);
});

/** What `table.info('nearCache')` says, through whatever handle: this thread has one cache of a table. */
export function knownNearInfo(tid: Tid): NearCacheInfo {
  const { hits = 0, misses = 0, size = 0 } = caches.get(tid | 0)?.deref() ?? {};
  return { hits, misses, size };
}

/** What this thread keeps of table `id`; `undefined` where the runtime has no external buffers. */
export function nearCacheOf(
  id: number,
  keypos: number,
  shares: boolean,
  bag: boolean,
): NearCache | undefined {
  const known = caches.get(id)?.deref();
  if (known !== undefined) return known;
  const words = versionWords();
  if (words === undefined) return undefined;
  const cache = new NearCache(words, id, keypos, shares, bag);
  caches.set(id, new WeakRef(cache));
  forgetful.register(cache, id);
  return cache;
}
