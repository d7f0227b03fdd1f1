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
}

interface Caller {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly abort: (() => void) | undefined;
}

/** The messages that wait, and the callers that wait for answers. */
export class Mailbox {
  #waiting: Message[] = [];
  #next = 0;
  readonly #callers = new Map<number, Caller>();
  readonly #changed: (change: number) => void;
  #calls = 0;

  constructor(changed: (change: number) => void) {
    this.#changed = changed;
  }

  get length(): number {
    return this.#waiting.length - this.#next;
  }

  put(kind: Message['kind'], payload: unknown, context: unknown, id = 0): void {
    this.#waiting.push({ kind, payload, context, id });
    this.#changed(1);
  }

  /** The next message, except calls that were given up. */
  take(): Message | undefined {
    while (this.#next < this.#waiting.length) {
      const message = this.#waiting[this.#next++] as Message;
      if (this.#next > 1000 && this.#next * 2 > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#next);
        this.#next = 0;
      }
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
    this.#changed(-this.length);
    this.#waiting = [];
    this.#next = 0;
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
