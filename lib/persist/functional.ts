import { requireFunction, requireOptions } from './names.js';
import { OPTION_NAMES } from './options.js';
import { PersistentProcess } from './process.js';
import type { Answer, EventMeta, From, ProcessOptions, RecoverStep, StoredEvent } from './types.js';

/** What handlers of the functional form can do; what the methods of the same names of `PersistentProcess` do. */
export interface ProcessContext<State, Event, Reply> {
  /** Who waits for an answer; undefined in a cast. */
  readonly from: From | undefined;
  /** The state of this moment: after an awaited `persist` it is not the one that the handler was given. */
  readonly state: () => State;
  /** Stores an event. */
  readonly persist: (event: Event) => Promise<StoredEvent<Event>>;
  /** Stores all events or none. */
  readonly persistAll: (events: readonly Event[]) => Promise<StoredEvent<Event>[]>;
  /** Saves the state. */
  readonly saveSnapshot: () => Promise<number>;
  /** Removes the events that are part of the latest snapshot. */
  readonly truncate: (upTo?: number) => Promise<void>;
  /** Answers a call. */
  readonly reply: (from: From | undefined, answer: Reply) => void;
}

/** A persistent process as functions, which get the state as their first argument. */
export interface ProcessSpec<State, Command, Event, Reply> extends ProcessOptions<State, Event> {
  /** Names the process in its store. */
  readonly persistId: string;
  /** The state before the first event. */
  readonly init: () => State | Promise<State>;
  /** Handles a command; see `PersistentProcess`. */
  readonly handleCommand: (
    state: State,
    command: Command,
    context: ProcessContext<State, Event, Reply>,
  ) => Answer<Reply>;
  /** Returns the state with an event; undefined leaves it, changed in place or not. */
  readonly handleEvent: (state: State, event: Event, meta: EventMeta) => State | undefined | void;
  /** Called for the snapshot and the events of a recovery, before they become part of the state. */
  readonly handleRecover?: (state: State, step: RecoverStep<State, Event>) => void;
  /** Handles what `info` sends. */
  readonly handleInfo?: (
    state: State,
    message: unknown,
    context: ProcessContext<State, Event, Reply>,
  ) => unknown;
  /** Called when the process ends. */
  readonly terminate?: (state: State, reason: unknown) => unknown;
}

const NAMES = [
  ...OPTION_NAMES,
  'persistId',
  'init',
  'handleCommand',
  'handleEvent',
  'handleRecover',
  'handleInfo',
  'terminate',
];
const OPERATION = 'persistentProcess';

class FunctionalProcess<State, Command, Event, Reply> extends PersistentProcess<
  State,
  Command,
  Event,
  Reply
> {
  readonly persistId: string;
  readonly #spec: ProcessSpec<State, Command, Event, Reply>;
  readonly #shared: Omit<ProcessContext<State, Event, Reply>, 'from'>;

  constructor(spec: ProcessSpec<State, Command, Event, Reply>, options: ProcessOptions<State, Event>) {
    super(options);
    this.persistId = spec.persistId;
    this.#spec = spec;
    this.#shared = {
      state: () => this.state,
      persist: (event) => this.persist(event),
      persistAll: (events) => this.persistAll(events),
      saveSnapshot: () => this.saveSnapshot(),
      truncate: (upTo) => this.truncate(upTo),
      reply: (from, answer) => this.reply(from, answer),
    };
  }

  protected override init(): State | Promise<State> {
    return this.#spec.init();
  }

  /** Member by member: a spread costs as much as all the rest of a message. */
  #context(from: From | undefined): ProcessContext<State, Event, Reply> {
    const { state, persist, persistAll, saveSnapshot, truncate, reply } = this.#shared;
    return { from, state, persist, persistAll, saveSnapshot, truncate, reply };
  }

  protected override handleCommand(command: Command, from: From | undefined): Answer<Reply> {
    return this.#spec.handleCommand(this.state, command, this.#context(from));
  }

  protected override handleEvent(event: Event, meta: EventMeta): State | undefined | void {
    return this.#spec.handleEvent(this.state, event, meta);
  }

  protected override handleRecover(step: RecoverStep<State, Event>): void | Promise<void> {
    this.#spec.handleRecover?.(this.state, step);
    return super.handleRecover(step);
  }

  protected override handleInfo(message: unknown): unknown {
    return this.#spec.handleInfo?.(this.state, message, this.#context(undefined));
  }

  protected override terminate(reason: unknown): unknown {
    return this.#spec.terminate?.(this.state, reason);
  }
}

/**
 * A `PersistentProcess` made of functions. It must be started.
 *
 * @throws {PersistError} `ERR_PERSIST_BADARG` for wrong options.
 * @example
 * ```js
 * const { memoryStore, persistentProcess } = require('termstore/persist');
 * const account = persistentProcess({
 *   persistId: 'account-2',
 *   store: memoryStore(),
 *   init: () => 0,
 *   async handleCommand(balance, { withdraw }, { persist, state }) {
 *     if (withdraw > balance + 100) throw new Error('not that much');
 *     await persist({ withdrawn: withdraw });
 *     return state();
 *   },
 *   handleEvent: (balance, { withdrawn }) => balance - withdrawn,
 * });
 * await account.start();
 * await account.call({ withdraw: 30 }); // -30
 * await account.stop();
 * ```
 */
export function persistentProcess<State, Command, Event = unknown, Reply = unknown>(
  spec: ProcessSpec<State, Command, Event, Reply>,
): PersistentProcess<State, Command, Event, Reply> {
  requireOptions(spec, NAMES, OPERATION);
  for (const name of ['init', 'handleCommand', 'handleEvent'] as const)
    requireFunction(spec[name], name, OPERATION);
  for (const name of ['handleRecover', 'handleInfo', 'terminate'] as const)
    if (spec[name] !== undefined) requireFunction(spec[name], name, OPERATION);
  const { store, snapshots, adapter, projection } = spec;
  return new FunctionalProcess(spec, {
    store,
    ...(snapshots === undefined ? {} : { snapshots }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(projection === undefined ? {} : { projection }),
  });
}
