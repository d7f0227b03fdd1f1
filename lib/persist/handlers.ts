import { kindOf } from '../failures.js';
import { ProcessCore } from './core.js';
import { badArgument } from './errors.js';
import { requireCount } from './names.js';
import { readOptions } from './options.js';
import type { Answer, EventMeta, From, ProcessOptions, RecoverStep, StoredEvent } from './types.js';

/** The core of a process, which its subclasses, written by users, do not see. */
export let coreOf: <State, Command, Event>(
  process: ProcessHandlers<State, Command, Event>,
) => ProcessCore<State, Command, Event>;

/** The inside of a process: its handlers, and what they can do. @internal */
export abstract class ProcessHandlers<State, Command, Event = unknown, Reply = unknown> {
  /** Names the process in its store: at most 255 bytes of UTF-8. */
  abstract readonly persistId: string;
  /** What the events have made of what `init` returned. */
  protected state!: State;
  readonly #core: ProcessCore<State, Command, Event>;

  static {
    coreOf = (process) => process.#core;
  }

  /**
   * @throws {PersistError} `ERR_PERSIST_BADARG` for wrong options.
   */
  constructor(options: ProcessOptions<State, Event>) {
    this.#core = new ProcessCore(readOptions(options, 'PersistentProcess'), {
      init: () => this.init(),
      command: (command: Command, from) => this.handleCommand(command, from),
      event: (event: StoredEvent<Event>) => this.#handle(event),
      recover: (step) => this.handleRecover(step),
      info: (message) => this.handleInfo(message),
      terminate: (reason) => this.terminate(reason),
      getState: () => this.state,
      setState: (state) => void (this.state = state),
    });
  }

  /** The state before the first event. Called by `start`, also when there is a snapshot. */
  protected abstract init(): State | Promise<State>;

  /**
   * Handles a command. What it returns, or resolves to, is the answer of `call`, given when everything that was persisted is
   * durable; `noReply` when the answer comes later by `reply`. `from` is undefined for a `cast`.
   */
  protected abstract handleCommand(command: Command, from: From | undefined): Answer<Reply>;

  /**
   * Makes an event part of the state: returns the new state, or changes `this.state` and returns nothing. It is called for every
   * event, after it became durable and again when the process recovers, and must come to the same state each time. `persist` inside it does
   * nothing while the process recovers: what it asked for is in the journal then, unless the process ended just in between.
   */
  protected abstract handleEvent(
    event: Event,
    meta: EventMeta,
  ): State | undefined | void | Promise<State | void>;

  /**
   * Called while the process recovers, for the latest snapshot and for every later event. By default a snapshot becomes the state
   * and an event goes to `handleEvent`; `super.handleRecover(step)` does that.
   */
  protected handleRecover(step: RecoverStep<State, Event>): void | Promise<void> {
    if ('snapshot' in step) {
      this.state = step.snapshot;
      return;
    }
    return this.#use(this.handleEvent(step.event, step));
  }

  /** Handles what `info` sends, and `SnapshotFailed`. Does nothing by default. */
  protected handleInfo(_message: unknown): unknown {
    return undefined;
  }

  /** Called when the process ends, with what ended it: undefined after `stop`. Snapshots may still be saved, events not. */
  protected terminate(_reason: unknown): unknown {
    return undefined;
  }

  #handle({ data, persistId, seq, time, tags }: StoredEvent<Event>): void | Promise<void> {
    return this.#use(this.handleEvent(data, { persistId, seq, time, tags }));
  }

  #use(next: State | undefined | void | Promise<State | void>): void | Promise<void> {
    if (next instanceof Promise) return next.then((later) => this.#use(later));
    if (next !== undefined) this.state = next;
  }

  // --- inside the handlers

  /**
   * Stores an event. Resolves when it is durable and `handleEvent` has made it part of the state. Need not be awaited: the
   * answer to the caller waits for it in any case, and is its error when it fails and nobody looked.
   *
   * Stored is what the event is now; handlers, subscribers and projections then get the object itself. Leave it as it is from here on.
   *
   * Rejects with a `TermError` when the event is no term, with `ERR_PERSIST_STORE` when it could not be stored.
   */
  protected persist(event: Event): Promise<StoredEvent<Event>> {
    return this.#core.persist([event], first, 'persist');
  }

  /** As `persist`, for several events: all of them are stored, or none. */
  protected persistAll(events: readonly Event[]): Promise<StoredEvent<Event>[]> {
    if (!Array.isArray(events))
      return Promise.reject(badArgument('persistAll', `\`events\` must be an array, not ${kindOf(events)}`));
    return this.#core.persist([...(events as readonly Event[])], all, 'persistAll');
  }

  /**
   * Saves a state, this one if none is given, so that the next start needs no older event. The state is read before this
   * returns. Resolves, when the snapshot is durable, to the number of its last event.
   *
   * Time: O(size of the state).
   */
  protected saveSnapshot(...state: [] | [State]): Promise<number> {
    return this.#core.saveSnapshot(state.length === 0 ? undefined : { state: state[0] });
  }

  /** Removes the events that are part of the latest snapshot up to event `upTo`; none without a snapshot. */
  protected async truncate(upTo = Infinity): Promise<void> {
    await this.#core.truncate(requireCount(upTo, 'upTo', 'truncate', 0));
  }

  /** Answers a call, once everything that is on its way to the journal is durable. Does nothing when it has an answer. */
  protected reply(from: From | undefined, answer: Reply): void {
    if (from !== undefined) this.#core.reply(from, answer);
  }

  /** Whether the process is still reading what was stored. */
  protected get recovering(): boolean {
    return this.#core.recovering;
  }
}

function first<T>(stored: readonly T[]): T {
  return stored[0] as T;
}

/** Each answer is the caller's own. */
function all<T>(stored: readonly T[]): T[] {
  return stored as T[];
}
