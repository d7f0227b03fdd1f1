import { Buffer } from 'node:buffer';
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { native, REQUEST_BYTES, REQUEST_OFFSET, scratch } from '../native/binding.js';
import {
  A,
  B,
  ctl,
  LOCK_CLOSE,
  LOCK_CLOSING,
  LOCK_EXCLUDE,
  LOCK_HOLD,
  LOCK_IS_OPEN_ELSEWHERE,
  LOCK_OPENED,
  LOCK_RELEASE,
  LOCK_TAKE_TURN,
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
 * For so long somebody whose turn it is to open a file waits for those who commit, in milliseconds. A thread that does not let go in
 * this time has an event loop that stands still, or is stopped: then it begins no other commit either, unless it is in the middle of
 * synchronous ones behind one that is on its way.
 */
const PATIENCE_MS = 1000;
/** For so long a thread stands still because somebody else opens the file; then what it wanted fails. In milliseconds. */
const STANDSTILL_MS = 10_000;

/** How a file is opened. */
export interface Opening<E, T> {
  /** Calls the engine. */
  readonly open: () => E;
  /** Makes of the file what it has to be; may commit. */
  readonly finish: (engine: E, lock: OpeningLock) => T;
  /** Called when something was thrown since; must not throw. */
  readonly close: (engine: E) => void;
}

/** A thread has stood still for so long because somebody else opens the file. */
export class OpeningStalled extends Error {}

const request = Buffer.from(scratch, REQUEST_OFFSET, REQUEST_BYTES);
const clock = new Int32Array(new SharedArrayBuffer(4));

/** Keeps the commits of this thread to one file apart from its opening by others. */
export class OpeningLock {
  /** -1: there is nothing to be locked, as for who may only read. */
  readonly #lock: number;
  /** Whether nobody else opens the file while this one does. */
  #excludes = false;
  /** Whether commits may begin without a question; not for long. */
  #fresh = false;
  #commits = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Somebody else is let in. */
  #letting: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #closed = false;

  /** @throws {Error} when the file is there and cannot be locked, for want of descriptors or memory. */
  private constructor(path: string) {
    this.#lock = lockFor(path);
  }

  /**
   * Opens a file. Nobody else opens it, and nobody commits to it meanwhile. Waits for that without turns of the event loop: a second for those
   * who commit, ten for those who open.
   *
   * @throws {OpeningStalled}
   */
  static around<E, T>(path: string, opening: Opening<E, T>): T {
    for (;;) {
      const made = existsSync(path) ? undefined : OpeningLock.#make(path, opening);
      if (made !== undefined) return made.lock.#finish(made.engine, opening);
      const lock = OpeningLock.#excluding(path);
      // Otherwise somebody has taken the file away meanwhile.
      if (lock.#lock >= 0 || existsSync(path)) return lock.#open(opening);
      lock.close();
    }
  }

  /** Whether this process has the file at `path` open. */
  static isOpenElsewhere(path: string): boolean {
    if (!existsSync(path)) return false;
    const lock = new OpeningLock(path);
    try {
      return lock.#lock >= 0 && lock.#do(LOCK_IS_OPEN_ELSEWHERE);
    } finally {
      lock.close();
    }
  }

  #open<E, T>(opening: Opening<E, T>): T {
    const engine = this.#orClosed(opening.open);
    if (this.#excludes) {
      const result = this.#finishNow(engine, opening);
      this.#do(LOCK_OPENED);
      return result;
    }
    this.#do(LOCK_OPENED);
    return this.#finish(engine, opening);
  }

  /** What is left to do with an open file, when others may open it as well. */
  #finish<E, T>(engine: E, opening: Opening<E, T>): T {
    let begun = false;
    try {
      return this.whileHeld(() => {
        begun = true;
        return this.#finishNow(engine, opening);
      });
    } catch (error) {
      if (!begun) this.#abandon(engine, opening);
      throw error;
    }
  }

  #finishNow<E, T>(engine: E, opening: Opening<E, T>): T {
    try {
      return opening.finish(engine, this);
    } catch (error) {
      this.#abandon(engine, opening);
      throw error;
    }
  }

  #abandon<E, T>(engine: E, opening: Opening<E, T>): void {
    this.closing();
    opening.close(engine);
    this.close();
  }

  /**
   * Opens a file that is not there yet, one process after the other. `undefined` when somebody else has made it meanwhile. What they take turns
   * at is a file of its own: that of the table must not be there before the engine has made it whole, and the engine's own lock file must not
   * be opened, because closing it would drop the locks that the engine has there.
   */
  static #make<E, T>(path: string, opening: Opening<E, T>): { engine: E; lock: OpeningLock } | undefined {
    const turns = `${path}-lock-new`;
    const making = OpeningLock.#excluding(turns, () => touch(turns));
    try {
      if (existsSync(path)) return undefined;
      const engine = opening.open();
      try {
        const lock = new OpeningLock(path);
        lock.#do(LOCK_OPENED);
        return { engine, lock };
      } catch (error) {
        opening.close(engine);
        throw error;
      }
    } finally {
      remove(turns);
      making.close();
    }
  }

  static #excluding(path: string, prepare?: () => void): OpeningLock {
    for (;;) {
      prepare?.();
      const inode = inodeOf(path);
      const lock = new OpeningLock(path);
      const isThis = lock.#orClosed(() => {
        lock.#exclude();
        return inodeOf(path) === inode;
      });
      if (isThis) return lock;
      // Somebody has put another file in its place, or taken it away.
      lock.close();
    }
  }

  /**
   * Asked before a commit begins. `undefined`: it may, with `begin()` and `end()` around it. Otherwise somebody opens the file, and
   * this is to be asked again when the promise has resolved.
   */
  ready(): Promise<void> | undefined {
    if (this.#fresh || this.#lock < 0) return undefined;
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
    if (--this.#commits > 0) return;
    if (this.#drained !== undefined) this.#drained();
    else if (!this.#fresh) this.#do(LOCK_RELEASE);
  }

  /** Begins a commit by `start`, at once unless somebody opens the file; resolves as that does. */
  async commit<T>(start: () => Promise<T>): Promise<T> {
    for (let other = this.ready(); other !== undefined; other = this.ready()) await other;
    return this.during(start());
  }

  /** As `work`, a commit that was begun in this turn of the event loop. REQUIRES: ready(). */
  async during<T>(work: Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work;
    } finally {
      this.end();
    }
  }

  /**
   * Runs `commit`, which returns when it has committed. While somebody opens the file this waits without turns of the event loop.
   *
   * @throws {OpeningStalled} when that takes more than ten seconds; `commit` was not run.
   */
  whileHeld<T>(commit: () => T): T {
    // In the middle of other commits it is held already, and who opens waits for those.
    if (this.#commits === 0) {
      this.#fresh = false;
      this.#do(LOCK_RELEASE);
      this.#standUntil(() => this.#do(LOCK_HOLD));
    }
    this.begin();
    try {
      return commit();
    } finally {
      this.end();
    }
  }

  /** Resolves when nobody waits for the file to be opened by somebody else. */
  async quiet(): Promise<void> {
    while (this.#letting !== undefined) await this.#letting;
  }

  /** To be called before the engine closes the file: who opens it now opens it anew. */
  closing(): void {
    this.#do(LOCK_CLOSING);
  }

  /** To be called when the file was closed. */
  close(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#do(LOCK_CLOSE);
    this.#closed = true;
  }

  #orClosed<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #exclude(): void {
    // The engine opens nothing when the process has the file open.
    const isNeedless = (): boolean => this.#do(LOCK_IS_OPEN_ELSEWHERE);
    this.#standUntil(() => (this.#excludes = this.#do(LOCK_TAKE_TURN)) || isNeedless());
    const until = performance.now() + PATIENCE_MS;
    while (!this.#do(LOCK_EXCLUDE) && !isNeedless() && performance.now() < until)
      Atomics.wait(clock, 0, 0, TRY_EVERY_MS);
  }

  #standUntil(done: () => boolean): void {
    const until = performance.now() + STANDSTILL_MS;
    while (!done()) {
      if (performance.now() > until)
        throw new OpeningStalled('somebody else has been opening the file for too long');
      Atomics.wait(clock, 0, 0, TRY_EVERY_MS);
    }
  }

  #hold(): boolean {
    if (!this.#do(LOCK_HOLD)) return false;
    this.#fresh = true;
    this.#timer ??= setTimeout(this.#look, LOOK_AFTER_MS).unref();
    return true;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    // The next commit asks whether somebody waits.
    this.#fresh = false;
    if (this.#commits === 0) this.#do(LOCK_RELEASE);
  };

  /** Lets somebody else open the file, once what is on its way is over. */
  async #letIn(): Promise<void> {
    if (this.#commits > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    this.#drained = undefined;
    if (this.#commits === 0) this.#do(LOCK_RELEASE);
    do await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    while (!this.#closed && !this.#hold());
    this.#letting = undefined;
  }

  /** Whether it was done, or is so. */
  #do(step: number): boolean {
    if (this.#lock < 0 || this.#closed) return true;
    ctl[A] = this.#lock;
    ctl[B] = step;
    native.useOpeningLock();
    return ctl[STATUS] === Status.Ok;
  }
}

function lockFor(path: string): number {
  if (Buffer.byteLength(path) >= REQUEST_BYTES) return -1;
  ctl[A] = request.write(`${path}\0`);
  native.makeOpeningLock();
  if (ctl[STATUS] === Status.Ok) return ctl[R0] as number;
  if (ctl[STATUS] === Status.NotFound) return -1;
  throw new Error('the file cannot be locked: too few file descriptors or too little memory');
}

function inodeOf(path: string): bigint | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
  } catch {
    // Then it cannot be locked either.
    return undefined;
  }
}

/** Makes an empty file, and the folder for it as the engine does. What is wrong with the path the engine says better. */
function touch(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a'));
  } catch {
    // Without it nobody takes turns.
  }
}

function remove(path: string): void {
  try {
    // One with something in it is somebody else's.
    const found = lstatSync(path);
    if (found.isFile() && found.size === 0) unlinkSync(path);
  } catch {
    // Another one who made the file has, or it never was there.
  }
}
