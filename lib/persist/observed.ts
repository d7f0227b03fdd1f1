const NOW = Promise.resolve();

/** Calls `callback`, which must not throw, as the next microtask. What `queueMicrotask` costs in Node is more than all the rest of a message. */
export function soon(callback: () => void): void {
  void NOW.then(callback);
}

/** Makes an error the runtime's: nobody is there to catch it, and who calls a listener does not depend on it. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** A promise that knows whether anybody has asked for its outcome: what nobody looked at must not get lost. */
export class Observed<T> extends Promise<T> {
  observed = false;

  // What is derived from it is an ordinary promise.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.observed = true;
    return super.then(onFulfilled, onRejected);
  }
}

/** An Observed promise and its ends. It being rejected without anybody looking is no error of the runtime's. */
export class Promised<T> {
  readonly promise: Observed<T>;
  resolve!: (value: T) => void;
  #refuse!: (error: unknown) => void;

  constructor() {
    this.promise = new Observed<T>((resolve, reject) => {
      this.resolve = resolve;
      this.#refuse = reject;
    });
  }

  reject(error: unknown): void {
    void Promise.prototype.then.call(this.promise, undefined, () => undefined);
    this.#refuse(error);
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

/** As `then` of what `await` sees: a promise that has a `then` of its own is heard once all the same. */
export function whenSettled(
  value: PromiseLike<unknown>,
  fulfilled: (value: unknown) => void,
  rejected: (error: unknown) => void,
): void {
  void Promise.prototype.then.call(Promise.resolve(value), fulfilled, rejected);
}

/** What `await` gives for `value`, sooner: a promise of a class of its own costs it two turns and a promise more. */
export function ordinary(value: unknown): unknown {
  return value instanceof Observed ? value.then() : value;
}
