import { kindOf } from '../failures.js';
import { ProcessCore } from './core.js';
import { badArgument } from './errors.js';
import { readCallOptions } from './mailbox.js';
import { requireCount, requireFlag, requireFunction, requireName, requireOptions } from './names.js';
import { readOptions } from './options.js';
import type {
  Answer,
  CallOptions,
  EventMeta,
  From,
  ProcessOptions,
  RecoverStep,
  StartOptions,
  StoredEvent,
} from './types.js';

/**
 * A process whose state is what its events have made of it.
 *
 * It handles one message at a time. A handler asks for events with `persist`; an event is durable before `handleEvent` makes it part
 * of the state, and before the caller gets an answer. When the process starts again, in whatever thread or process, it
 * reads the latest snapshot and every later event before it handles a message.
 *
 * **Order.** Events are stored, and handled, in the order in which they were asked for. What is asked for in one turn, or
 * while the disk is busy, shares one append. `persist` inside `handleEvent` comes behind everything asked for before: of
 * `persist(a); persist(b)` whose handlers persist `c` and `d` the journal has a, b, c, d. The next message is handled when all of
 * that is durable and handled.
 *
 * **Errors.** What a command throws, or an event that the store could not take (a full disk), is the answer of its call, and
 * the process goes on. It stops, and says why in `stopped`, when a cast or `handleInfo` throws, because nobody could be told; when
 * `handleEvent` throws, because the event is durable and the state does not have it; when it has been fenced; and when nobody knows whether
 * an event was stored.
 *
 * Two processes with one `persistId` are refused, wherever they run: the second `start` fails with `ERR_PERSIST_HELD`.
 *
 * @example
 * ```js
 * const { memoryStore, PersistentProcess } = require('termstore/persist');
 * class Account extends PersistentProcess {
 *   persistId = 'account-1';
 *   init() {
 *     return 0;
 *   }
 *   async handleCommand({ deposit }) {
 *     await this.persist({ deposited: deposit });
 *     return this.state;
 *   }
 *   handleEvent({ deposited }) {
 *     return this.state + deposited;
 *   }
 * }
 * const store = memoryStore();
 * const account = new Account({ store });
 * await account.start();
 * await account.call({ deposit: 5 }); // 5
 * await account.stop();
 *
 * const again = new Account({ store });
 * await again.start();
 * again.seq; // 1
 * await again.call({ deposit: 2 }); // 7
 * await again.stop();
 * ```
 */
export abstract class PersistentProcess<State, Command, Event = unknown, Reply = unknown> {
  /** Names the process in its store: at most 255 bytes of UTF-8. */
  abstract readonly persistId: string;
  /** What the events have made of what `init` returned. */
  protected state!: State;
  readonly #core: ProcessCore<State, Command, Event>;

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
   * Rejects with a `TermError` when the event is no term, with `ERR_PERSIST_STORE` when it could not be stored.
   */
  protected persist(event: Event): Promise<StoredEvent<Event>> {
    return this.#core.persist([event], (stored) => stored[0] as StoredEvent<Event>, 'persist');
  }

  /** As `persist`, for several events: all of them are stored, or none. */
  protected persistAll(events: readonly Event[]): Promise<StoredEvent<Event>[]> {
    if (!Array.isArray(events))
      return Promise.reject(badArgument('persistAll', `\`events\` must be an array, not ${kindOf(events)}`));
    return this.#core.persist([...(events as readonly Event[])], (stored) => stored, 'persistAll');
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

  // --- outside

  /**
   * Recovers, and resolves to the process when it is ready. Messages that come meanwhile wait.
   *
   * Time: O(events after the latest snapshot).
   *
   * @throws {PersistError} `ERR_PERSIST_HELD` when a process that is alive has this `persistId`; `ERR_PERSIST_GONE` when events that are
   * needed were truncated; `ERR_PERSIST_STORE` when the store cannot be read; `ERR_PERSIST_BADARG` when it was started before.
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const make = () =>
   *   persistentProcess({
   *     persistId: 'greeter',
   *     store,
   *     init: () => 'hello',
   *     handleCommand: (state) => state,
   *     handleEvent: (state) => state,
   *   });
   * const store = memoryStore();
   * const greeter = await make().start();
   * await make().start(); // throws ERR_PERSIST_HELD
   * await greeter.stop();
   * ```
   */
  async start(options: StartOptions = {}): Promise<this> {
    requireOptions(options, ['takeOver'], 'start');
    const takeOver = requireFlag(options.takeOver, 'takeOver', 'start');
    await this.#core.start(requireName(this.persistId, 'persistId', 'start'), takeOver);
    return this;
  }

  /**
   * Asks for the answer to a command. Time: that of the handler, and of the messages before.
   *
   * Rejects with what the handler throws, with `ERR_PERSIST_STOPPED` when the process has stopped or stops before it answers, and
   * with the reason of the signal.
   *
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const echo = await persistentProcess({
   *   persistId: 'echo',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: (state, command) => command,
   *   handleEvent: (state) => state,
   * }).start();
   * await echo.call('hello'); // 'hello'
   * await echo.stop();
   * await echo.call('hello'); // throws ERR_PERSIST_STOPPED
   * ```
   */
  async call(command: Command, options?: CallOptions): Promise<Reply> {
    return (await this.#core.call(command, readCallOptions(options, 'call'))) as Reply;
  }

  /**
   * Sends a command without waiting. What its handler throws stops the process. Time: O(1).
   *
   * @throws {PersistError} `ERR_PERSIST_STOPPED` when the process does not run.
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const counter = await persistentProcess({
   *   persistId: 'counter',
   *   store: memoryStore(),
   *   init: () => 0,
   *   handleCommand: (state, command, { persist }) => (command === 'up' ? persist(1).then(() => undefined) : state),
   *   handleEvent: (state, event) => state + event,
   * }).start();
   * counter.cast('up'); // undefined
   * await counter.call('get'); // 1
   * await counter.stop();
   * ```
   */
  cast(command: Command): void {
    this.#core.send('cast', command);
  }

  /**
   * Sends a message that is no command to `handleInfo`. Time: O(1).
   *
   * @throws {PersistError} `ERR_PERSIST_STOPPED` when the process does not run.
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const heard = [];
   * const listener = await persistentProcess({
   *   persistId: 'listener',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: () => heard.length,
   *   handleEvent: (state) => state,
   *   handleInfo: (state, message) => void heard.push(message),
   * }).start();
   * listener.info('tick'); // undefined
   * await listener.call('how many?'); // 1
   * await listener.stop();
   * ```
   */
  info(message: unknown): void {
    this.#core.send('info', message);
  }

  /**
   * Calls `listener` for every event that becomes durable from now on, when it is part of the state and in order. Returns a function
   * that ends it. What a listener throws is an uncaught exception of the thread. Time: O(1).
   *
   * @throws {PersistError} `ERR_PERSIST_BADARG` when the listener is no function.
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const log = await persistentProcess({
   *   persistId: 'log',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: (state, line, { persist }) => persist(line),
   *   handleEvent: (state) => state,
   * }).start();
   * const seen = [];
   * const end = log.subscribe(({ seq, data }) => seen.push([seq, data]));
   * await log.call('first');
   * end();
   * await log.call('second');
   * seen; // [[1, 'first']]
   * await log.stop();
   * ```
   */
  subscribe(listener: (event: StoredEvent<Event>) => void): () => void {
    requireFunction(listener, 'listener', 'subscribe');
    return this.#core.subscribe(listener);
  }

  /**
   * Ends the process: messages that are there are handled, `terminate` is called, and the `persistId` is free again. Resolves when all of
   * that is done; must not be awaited inside a handler. Time: that of the messages.
   *
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const short = persistentProcess({
   *   persistId: 'short',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: () => 'still here',
   *   handleEvent: (state) => state,
   * });
   * await short.start();
   * const answer = short.call('?');
   * await short.stop();
   * await answer; // 'still here'
   * ```
   */
  async stop(): Promise<void> {
    await this.#core.stop();
  }

  /**
   * Resolves when the process has ended, to what ended it: undefined after `stop`. Never rejects. Time: O(1).
   *
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const idle = persistentProcess({
   *   persistId: 'ended',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: (state, command, { persist }) => persist(command),
   *   handleEvent: (state) => state,
   * });
   * await idle.start();
   * await idle.stop();
   * await idle.stopped; // undefined
   * ```
   */
  get stopped(): Promise<unknown> {
    return this.#core.stopped;
  }

  /**
   * Number of the last event that is part of the state. Time: O(1).
   *
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const idle = persistentProcess({
   *   persistId: 'counted',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: (state, command, { persist }) => persist(command),
   *   handleEvent: (state) => state,
   * });
   * await idle.start();
   * await idle.call('an event');
   * idle.seq; // 1
   * await idle.stop();
   * ```
   */
  get seq(): number {
    return this.#core.seq;
  }

  /**
   * Messages that wait. Time: O(1).
   *
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const idle = persistentProcess({
   *   persistId: 'empty',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: (state, command, { persist }) => persist(command),
   *   handleEvent: (state) => state,
   * });
   * await idle.start();
   * idle.mailboxLength; // 0
   * await idle.stop();
   * ```
   */
  get mailboxLength(): number {
    return this.#core.mailboxLength;
  }

  /**
   * Where the process is in its life. Time: O(1).
   *
   * @example
   * ```js
   * const { memoryStore, persistentProcess } = require('termstore/persist');
   * const idle = persistentProcess({
   *   persistId: 'alive',
   *   store: memoryStore(),
   *   init: () => null,
   *   handleCommand: (state, command, { persist }) => persist(command),
   *   handleEvent: (state) => state,
   * });
   * idle.status; // 'new'
   * await idle.start();
   * idle.status; // 'running'
   * await idle.stop();
   * ```
   */
  get status(): 'new' | 'recovering' | 'running' | 'stopped' {
    return this.#core.status;
  }

  /**
   * As `stop`.
   *
   * @example
   * ```js
   * const { PersistentProcess } = require('termstore/persist');
   * typeof PersistentProcess.prototype[Symbol.asyncDispose]; // 'function'
   * ```
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core.stop();
  }
}
