import { coreOf, ProcessHandlers } from './handlers.js';
import { requireFlag, requireFunction, requireName, requireOptions } from './names.js';
import type { CallOptions, StartOptions, StoredEvent } from './types.js';

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
export abstract class PersistentProcess<
  State,
  Command,
  Event = unknown,
  Reply = unknown,
> extends ProcessHandlers<State, Command, Event, Reply> {
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
    await coreOf(this).start(requireName(this.persistId, 'persistId', 'start'), takeOver);
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
  call(command: Command, options?: CallOptions): Promise<Reply> {
    return coreOf(this).call(command, options) as Promise<Reply>;
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
    coreOf(this).send('cast', command);
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
    coreOf(this).send('info', message);
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
    return coreOf(this).subscribe(listener);
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
    await coreOf(this).stop();
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
    return coreOf(this).stopped;
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
    return coreOf(this).seq;
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
    return coreOf(this).mailboxLength;
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
    return coreOf(this).status;
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
    await coreOf(this).stop();
  }
}
