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
export interface Promised<T> {
  readonly promise: Observed<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function observedPromise<T>(): Promised<T> {
  let resolve!: (value: T) => void;
  let refuse!: (error: unknown) => void;
  const promise = new Observed<T>((yes, no) => {
    resolve = yes;
    refuse = no;
  });
  const reject = (error: unknown): void => {
    void Promise.prototype.then.call(promise, undefined, () => undefined);
    refuse(error);
  };
  return { promise, resolve, reject };
}
