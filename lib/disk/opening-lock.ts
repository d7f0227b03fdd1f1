import { Buffer } from 'node:buffer';
import { closeSync, existsSync, openSync, statSync, unlinkSync } from 'node:fs';
import { native, REQUEST_BYTES, REQUEST_OFFSET, scratch } from '../native/binding.js';
import {
  A,
  B,
  ctl,
  LOCK_CLOSE,
  LOCK_EXCLUDE,
  LOCK_HOLD,
  LOCK_IS_OPEN_ELSEWHERE,
  LOCK_OPENED,
  LOCK_RELEASE,
  R0,
  Status,
  STATUS,
} from '../native/control.js';

/*
 * The engine, lmdb 3.5, undoes a commit that falls into the moment in which another process opens the file (see
 * native/core/files/opening_lock.h). So whoever opens a file keeps out those who commit, in all processes that use this package.
 */

/** How long a thread that has committed may go on before it looks whether somebody wants to open the file, in milliseconds. */
const LOOK_AFTER_MS = 2;
/** How often a thread that waits tries again, in milliseconds. */
const TRY_EVERY_MS = 1;
/**
 * For so long somebody who opens a file waits for those who commit, in milliseconds. A thread that does not let go in this time has
 * an event loop that stands still, or is stopped: then it does not begin another commit either.
 */
const PATIENCE_MS = 1000;
/** As the engine makes its files. */
const ENGINE_MODE = 0o664;

const request = Buffer.from(scratch, REQUEST_OFFSET, REQUEST_BYTES);
const clock = new Int32Array(new SharedArrayBuffer(4));

/** Keeps the commits of this thread to one file apart from its opening by others. */
export class OpeningLock {
  /** Whether the file is there only because of this. */
  readonly #made: boolean;
  /** -1: the file cannot be locked, as by who may only read it. */
  readonly #lock: number;
  readonly #inode: bigint | undefined;
  /** Whether nothing has to be asked before the next commit. */
  #holds = false;
  #commits = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Somebody else is let in. */
  #letting: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #closed = false;

  private constructor(path: string) {
    this.#made = make(path);
    this.#lock = lockFor(path);
    this.#inode = this.#lock < 0 ? undefined : inodeOf(path);
  }

  /**
   * Runs `open`, which opens a file of the engine, while nobody commits to it: waits for that, without turns of the event loop, for at most
   * a second. A file that is not there is made, empty, which the engine takes for a new one.
   */
  static around<T>(path: string, open: (lock: OpeningLock) => T): T {
    const lock = OpeningLock.#excluding(path);
    try {
      const opened = open(lock);
      lock.#do(LOCK_OPENED);
      return opened;
    } catch (error) {
      if (lock.#made) removeEmpty(path);
      lock.close();
      throw error;
    }
  }

  static #excluding(path: string): OpeningLock {
    for (;;) {
      const lock = new OpeningLock(path);
      lock.#exclude();
      // Otherwise somebody has put another file in its place meanwhile.
      if (lock.#lock < 0 || inodeOf(path) === lock.#inode) return lock;
      lock.close();
    }
  }

  /**
   * Asked before a commit begins. `undefined`: it may, with `begin()` and `end()` around it. Otherwise somebody opens the file, and
   * this is to be asked again when the promise has resolved.
   */
  ready(): Promise<void> | undefined {
    if (this.#holds || this.#lock < 0) return undefined;
    if (this.#letting !== undefined) return this.#letting;
    if (this.#hold()) return undefined;
    this.#letting = this.#letIn();
    return this.#letting;
  }

  /** A commit is on its way. REQUIRES: ready(). */
  begin(): void {
    this.#commits++;
  }

  /** It is over, in whatever way. */
  end(): void {
    if (--this.#commits === 0) this.#drained?.();
  }

  /** Runs `commit`, which returns when it has committed. While somebody opens the file this waits without turns of the event loop. */
  whileHeld<T>(commit: () => T): T {
    // In the middle of other commits it is held already, and who opens waits for those.
    const isFirst = !this.#holds && this.#commits === 0;
    if (isFirst) this.#untilDone(LOCK_HOLD);
    this.begin();
    try {
      return commit();
    } finally {
      this.end();
      if (isFirst) this.#do(LOCK_RELEASE);
    }
  }

  /** Resolves when nobody waits for the file to be opened by somebody else. */
  async quiet(): Promise<void> {
    while (this.#letting !== undefined) await this.#letting;
  }

  /** To be called when the file was closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#do(LOCK_CLOSE);
  }

  #exclude(): void {
    this.#untilDone(LOCK_EXCLUDE, () => this.#do(LOCK_IS_OPEN_ELSEWHERE));
  }

  #untilDone(step: number, isNeedless?: () => boolean): void {
    if (this.#do(step)) return;
    const until = performance.now() + PATIENCE_MS;
    while (isNeedless?.() !== true && performance.now() < until) {
      Atomics.wait(clock, 0, 0, TRY_EVERY_MS);
      if (this.#do(step)) return;
    }
  }

  #hold(): boolean {
    if (!this.#do(LOCK_HOLD)) return false;
    this.#holds = true;
    this.#timer ??= setTimeout(this.#look, LOOK_AFTER_MS).unref();
    return true;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    // The next commit asks whether somebody waits.
    this.#holds = false;
    if (this.#commits === 0) this.#do(LOCK_RELEASE);
  };

  /** Lets somebody else open the file, once what is on its way is over. */
  async #letIn(): Promise<void> {
    if (this.#commits > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    this.#drained = undefined;
    this.#do(LOCK_RELEASE);
    do await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    while (!this.#closed && !this.#hold());
    this.#letting = undefined;
  }

  /** Whether it was done, or is so. */
  #do(step: number): boolean {
    if (this.#lock < 0) return true;
    ctl[A] = this.#lock;
    ctl[B] = step;
    native.useOpeningLock();
    return ctl[STATUS] === Status.Ok;
  }
}

/** Makes an empty file where there is none; whether it did. What is wrong with a path the engine says better. */
function make(path: string): boolean {
  if (existsSync(path)) return false;
  try {
    // That of the engine comes first: who finds an empty file beside it knows that somebody is making it.
    closeSync(openSync(`${path}-lock`, 'a', ENGINE_MODE));
    closeSync(openSync(path, 'ax', ENGINE_MODE));
    return true;
  } catch {
    return false;
  }
}

function lockFor(path: string): number {
  if (Buffer.byteLength(path) >= REQUEST_BYTES) return -1;
  ctl[A] = request.write(`${path}\0`);
  native.makeOpeningLock();
  return ctl[STATUS] === Status.Ok ? (ctl[R0] as number) : -1;
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function removeEmpty(path: string): void {
  try {
    if (statSync(path).size === 0) unlinkSync(path);
  } catch {
    // Somebody else's by now, or gone.
  }
}
