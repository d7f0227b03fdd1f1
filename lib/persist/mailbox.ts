import type { CallOptions } from './types.js';
import { kindOf } from '../failures.js';
import { badArgument } from './errors.js';
import { requireOptions } from './names.js';

/** Something that a process is asked to do. */
export interface Message {
  readonly kind: 'call' | 'cast' | 'info' | 'stop';
  readonly payload: unknown;
  /** What its sender was in the middle of. */
  readonly context: unknown;
  /** Number of the call; 0 for anything else. */
  readonly id: number;
  /** The message behind it, while it waits. */
  next: Message | undefined;
}

interface Caller {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly abort: (() => void) | undefined;
}

/** The messages that wait, and the callers that wait for answers. */
export class Mailbox {
  #first: Message | undefined;
  #last: Message | undefined;
  #length = 0;
  readonly #callers = new Map<number, Caller>();
  readonly #changed: (change: number) => void;
  #calls = 0;

  constructor(changed: (change: number) => void) {
    this.#changed = changed;
  }

  get length(): number {
    return this.#length;
  }

  put(kind: Message['kind'], payload: unknown, context: unknown, id = 0): void {
    const message = { kind, payload, context, id, next: undefined };
    if (this.#last === undefined) this.#first = message;
    else this.#last.next = message;
    this.#last = message;
    this.#length++;
    this.#changed(1);
  }

  /** The next message, except calls that were given up. */
  take(): Message | undefined {
    for (let message = this.#first; message !== undefined; message = this.#first) {
      this.#first = message.next;
      if (this.#first === undefined) this.#last = undefined;
      // An old message must not keep the later ones alive.
      message.next = undefined;
      this.#length--;
      this.#changed(-1);
      if (message.kind !== 'call' || this.#callers.has(message.id)) return message;
    }
    return undefined;
  }

  /** Puts a call into the mailbox; the promise is that of its answer, and rejects when the options are wrong. */
  call(payload: unknown, context: unknown, options: CallOptions | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const signal = options === undefined ? undefined : signalOf(options);
      const id = ++this.#calls;
      let abort: (() => void) | undefined;
      if (signal !== undefined) {
        abort = (): void => {
          this.#callers.delete(id);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
          reject(signal.reason);
        };
        if (signal.aborted) return abort();
        signal.addEventListener('abort', abort, { once: true });
      }
      this.#callers.set(id, { resolve, reject, signal, abort });
      this.put('call', payload, context, id);
    });
  }

  /** Whether somebody waits for the answer. */
  isWaiting(id: number): boolean {
    return this.#callers.has(id);
  }

  answer(id: number, answer: unknown): void {
    this.#takeCaller(id)?.resolve(answer);
  }

  refuse(id: number, error: unknown): void {
    this.#takeCaller(id)?.reject(error);
  }

  #takeCaller(id: number): Caller | undefined {
    const caller = this.#callers.get(id);
    this.#callers.delete(id);
    if (caller?.abort !== undefined) caller.signal?.removeEventListener('abort', caller.abort);
    return caller;
  }

  /** Forgets everything; whoever waits gets an error. */
  clear(error: () => unknown): void {
    this.#changed(-this.#length);
    this.#first = this.#last = undefined;
    this.#length = 0;
    for (const id of [...this.#callers.keys()]) this.refuse(id, error());
  }
}

function signalOf(options: CallOptions): AbortSignal | undefined {
  requireOptions(options, ['signal'], 'call');
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badArgument('call', `\`signal\` must be an AbortSignal, not ${kindOf(signal)}`);
  return signal;
}
