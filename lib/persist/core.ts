import { randomUUID } from 'node:crypto';
import { encodeEvent } from './adapters.js';
import { Appender } from './appender.js';
import { asking, badArgument, PersistError } from './errors.js';
import { Mailbox, type Message } from './mailbox.js';
import { isThenable, ordinary, soon, throwLater, whenSettled } from './observed.js';
import type { CheckedOptions } from './options.js';
import { recover } from './recovery.js';
import { SnapshotKeeper } from './snapshots.js';
import type { WriterLease } from './store.js';
import { type Handled, type ProcessTelemetry, telemetryOf } from './telemetry.js';
import {
  type CallOptions,
  type From,
  noReply,
  type RecoverStep,
  SnapshotFailed,
  type StoredEvent,
} from './types.js';

/** What the core calls: the handlers of a process. */
export interface Behaviour<State, Command, Event> {
  init(): State | Promise<State>;
  command(command: Command, from: From | undefined): unknown;
  event(event: StoredEvent<Event>): unknown;
  recover(step: RecoverStep<State, Event>): void | Promise<void>;
  info(message: unknown): unknown;
  terminate(reason: unknown): unknown;
  getState(): State;
  setState(state: State): void;
}

type Status = 'new' | 'recovering' | 'running' | 'stopped';

/** A persistent process without its handlers: one message at a time, and what it persists before anything that follows from it. */
export class ProcessCore<State, Command, Event> {
  readonly #options: CheckedOptions<State, Event>;
  readonly #behaviour: Behaviour<State, Command, Event>;
  readonly #subscribers = new Set<(event: StoredEvent<Event>) => void>();
  readonly #mailbox = new Mailbox((change) => this.#telemetry?.mailbox(change));
  #persistId = '';
  #telemetry: ProcessTelemetry | undefined;
  #status: Status = 'new';
  #closing = false;
  #lease: WriterLease | undefined;
  #appender: Appender<Event> | undefined;
  #keeper: SnapshotKeeper | undefined;
  #working = false;
  /** The message that is being handled. */
  #current: Message | undefined;
  /** Told when it has been handled. */
  #done: Handled | undefined;
  /** Its caller gets an answer that waits for the journal. */
  #replied = false;
  /** Events that are part of the state. */
  #applied = 0;
  #applying = false;
  #afterEvent: { readonly then: () => void; readonly refuse: (error: unknown) => void }[] = [];
  /** Why there is no state any more. */
  #stateFailure: PersistError | undefined;
  #reason: unknown;
  #left = false;
  #resolveStopped: (reason: unknown) => void = () => undefined;
  readonly stopped = new Promise<unknown>((resolve) => (this.#resolveStopped = resolve));

  constructor(options: CheckedOptions<State, Event>, behaviour: Behaviour<State, Command, Event>) {
    this.#options = options;
    this.#behaviour = behaviour;
  }

  get seq(): number {
    return this.#applied;
  }

  get mailboxLength(): number {
    return this.#mailbox.length;
  }

  get status(): Status {
    return this.#status;
  }

  get recovering(): boolean {
    return this.#status === 'recovering';
  }

  async start(persistId: string, takeOver: boolean): Promise<void> {
    if (this.#status !== 'new') throw badArgument('start', 'a process is started once; make a new one');
    this.#status = 'recovering';
    this.#persistId = persistId;
    this.#telemetry = telemetryOf(persistId);
    try {
      await this.#telemetry.recover(
        () => this.#recover(takeOver),
        (replayed) => replayed,
      );
    } catch (error) {
      this.#status = 'stopped';
      this.#reason = error;
      await this.#leave();
      throw error;
    }
    this.#status = 'running';
    this.#work();
  }

  async #recover(takeOver: boolean): Promise<number> {
    const { store, adapter, projector, policy } = this.#options;
    const persistId = this.#persistId;
    const claim = { token: randomUUID(), takeOver };
    const lease = await asking('start', () => store.journal.acquire(persistId, claim));
    this.#lease = lease;
    this.#behaviour.setState(await this.#behaviour.init());
    const step = (one: RecoverStep<State, Event>): void | Promise<void> => {
      this.#applied = one.seq;
      return this.#behaviour.recover(one);
    };
    const { snapshotSeq, replayed } = await recover({ persistId, store, lease, adapter, projector, step });
    this.#applied = lease.lastSeq;
    this.#keeper = new SnapshotKeeper(persistId, store, lease, policy, snapshotSeq);
    this.#appender = new Appender<Event>(persistId, store.journal, lease, this.#telemetry?.append, {
      applied: (event) => this.#apply(event),
      batchDone: () => this.#snapshotIfDue(),
      fatal: (error) => this.#crash(error),
    });
    return replayed;
  }

  // --- messages

  call(command: unknown, options: CallOptions | undefined): Promise<unknown> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    const answer = this.#mailbox.call(command, this.#telemetry?.here(), options);
    this.#work();
    return answer;
  }

  send(kind: 'cast' | 'info', payload: unknown): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    this.#mailbox.put(kind, payload, this.#telemetry?.here());
    this.#work();
  }

  #refusal(): PersistError | undefined {
    if (this.#status === 'new')
      return new PersistError('ERR_PERSIST_STOPPED', 'the process has not been started');
    return this.#status === 'stopped' || this.#closing ? this.#stoppedError() : undefined;
  }

  #stoppedError(): PersistError {
    const options = this.#reason === undefined ? {} : { cause: this.#reason };
    return new PersistError('ERR_PERSIST_STOPPED', `'${this.#persistId}' has stopped`, options);
  }

  #work(): void {
    if (this.#working || this.#status !== 'running') return;
    this.#working = true;
    // Not in the middle of whoever sends.
    soon(this.#next);
  }

  readonly #next = (): void => {
    this.#current = undefined;
    const message = this.#status === 'running' ? this.#mailbox.take() : undefined;
    if (message === undefined) {
      this.#working = false;
      return;
    }
    if (message.kind === 'stop') {
      void this.#end(undefined).then(this.#next);
      return;
    }
    this.#current = message;
    this.#replied = false;
    (this.#telemetry as ProcessTelemetry).handle(message, this.#handle);
  };

  /*
   * Handling a message: its handler, what that persisted, the answer, the next message. Written with callbacks that are made once,
   * as one message is handled at a time: an async function would allocate more than all the rest of it.
   */
  readonly #handle = (message: Message, done: Handled | undefined): void => {
    this.#done = done;
    let answer: unknown;
    try {
      answer = ordinary(this.#dispatch(message));
      if (isThenable(answer)) {
        whenSettled(answer, this.#answered, this.#failed);
        return;
      }
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#answered(answer);
  };

  readonly #answered = (answer: unknown): void => {
    const appender = this.#appender as Appender<Event>;
    if (appender.busy) {
      void appender.idle().then(() => this.#answered(answer));
      return;
    }
    const failure = appender.takeFailure();
    if (failure !== undefined) {
      this.#failed(failure.error);
      return;
    }
    const { kind, id } = this.#current as Message;
    if (kind === 'call' && answer !== noReply && !this.#replied) this.#mailbox.answer(id, answer);
    this.#goOn();
  };

  readonly #failed = (error: unknown): void => {
    const appender = this.#appender as Appender<Event>;
    if (appender.busy) {
      void appender.idle().then(() => this.#failed(error));
      return;
    }
    appender.takeFailure();
    const { kind, id } = this.#current as Message;
    if (kind === 'call') this.#mailbox.refuse(id, error);
    // Nobody is there who could be told.
    else this.#crash(error);
    this.#goOn({ error });
  };

  #goOn(failure?: { readonly error: unknown }): void {
    this.#done?.(failure);
    soon(this.#next);
  }

  #dispatch({ kind, payload, id }: Message): unknown {
    if (kind === 'info') return this.#behaviour.info(payload);
    return this.#behaviour.command(payload as Command, kind === 'call' ? { id } : undefined);
  }

  /** Answers a call, after everything that is on its way to the journal. */
  reply(from: From, answer: unknown): void {
    if (!this.#mailbox.isWaiting(from.id)) return;
    const appender = this.#appender;
    if (appender?.busy !== true) return this.#mailbox.answer(from.id, answer);
    if (from.id === this.#current?.id) this.#replied = true;
    void appender.idleOrFailed().then(
      () => this.#mailbox.answer(from.id, answer),
      (error: unknown) => this.#mailbox.refuse(from.id, error),
    );
  }

  // --- events

  persist<T>(
    events: readonly Event[],
    pick: (stored: readonly StoredEvent<Event>[]) => T,
    operation: string,
  ): Promise<T> {
    // What a handler of an event asked for then is in the journal, behind that event.
    if (this.#status === 'recovering') return Promise.resolve(pick([]));
    const appender = this.#appender;
    if (appender === undefined || (this.#current === undefined && !this.#applying))
      return Promise.reject(
        badArgument(operation, 'may be called only while a message or an event is handled'),
      );
    try {
      const { adapter } = this.#options;
      const encoded =
        events.length === 1
          ? [encodeEvent(events[0] as Event, adapter, 'event')]
          : events.map((event, i) => encodeEvent(event, adapter, `events[${i}]`));
      if (encoded.length === 0) throw badArgument(operation, '`events` must not be empty');
      return appender.add(events, encoded, pick);
    } catch (error) {
      return appender.refuse(error);
    }
  }

  #apply(event: StoredEvent<Event>): void | Promise<void> {
    this.#applying = true;
    try {
      const handled = this.#behaviour.event(event);
      if (handled instanceof Promise)
        return handled.then(
          () => this.#applyDone(event),
          (error: unknown) => this.#notApplied(event, error),
        );
    } catch (error) {
      this.#notApplied(event, error);
    }
    this.#applyDone(event);
  }

  #notApplied({ seq }: StoredEvent<Event>, error: unknown): never {
    this.#applying = false;
    const text = `the state is not known: event ${seq} of '${this.#persistId}' is stored, and its handler failed`;
    this.#stateFailure = new PersistError('ERR_PERSIST_STOPPED', text, { cause: error });
    for (const { refuse } of this.#afterEvent.splice(0)) refuse(this.#stateFailure);
    throw error;
  }

  #applyDone(event: StoredEvent<Event>): void {
    this.#applying = false;
    this.#applied = event.seq;
    this.#options.projector?.apply(event);
    if (this.#afterEvent.length > 0) for (const { then } of this.#afterEvent.splice(0)) then();
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        throwLater(error);
      }
    }
  }

  subscribe(listener: (event: StoredEvent<Event>) => void): () => void {
    const own = (event: StoredEvent<Event>): void => listener(event);
    this.#subscribers.add(own);
    return () => void this.#subscribers.delete(own);
  }

  // --- snapshots

  async saveSnapshot(given: { readonly state: State } | undefined): Promise<number> {
    const keeper = this.#requireKeeper('saveSnapshot');
    if (this.#stateFailure !== undefined) throw this.#stateFailure;
    if (given !== undefined) return keeper.save(given.state, this.#applied + (this.#applying ? 1 : 0));
    if (!this.#applying) return keeper.save(this.#behaviour.getState(), this.#applied);
    // The event that is being handled is a part of the state when its handler has returned.
    return new Promise((resolve, refuse) => {
      const then = (): void => void this.saveSnapshot(undefined).then(resolve, refuse);
      this.#afterEvent.push({ then, refuse });
    });
  }

  async truncate(upTo: number): Promise<void> {
    await this.#requireKeeper('truncate').truncate(upTo);
  }

  #requireKeeper(operation: string): SnapshotKeeper {
    if (this.#keeper === undefined || this.#left)
      throw badArgument(operation, 'may be called only while the process runs');
    return this.#keeper;
  }

  #snapshotIfDue(): void {
    const seq = this.#applied;
    if (this.#keeper?.isDue(seq) !== true) return;
    this.#keeper.saveByPolicy(this.#behaviour.getState(), seq, (error) => {
      if (this.#refusal() === undefined) this.send('info', new SnapshotFailed(seq, error));
    });
  }

  // --- the end

  async stop(): Promise<void> {
    if (this.#status === 'new') {
      this.#status = 'stopped';
      this.#resolveStopped(undefined);
    }
    if (this.#status !== 'stopped' && !this.#closing) {
      this.#closing = true;
      this.#mailbox.put('stop', undefined, undefined);
      this.#work();
    }
    await this.stopped;
  }

  #crash(error: unknown): void {
    if (this.#status === 'stopped') return;
    void this.#end(error);
  }

  async #end(reason: unknown): Promise<void> {
    this.#status = 'stopped';
    this.#reason = reason;
    let failure = reason;
    try {
      await this.#behaviour.terminate(reason);
    } catch (error) {
      failure ??= error;
      this.#reason = failure;
    }
    await this.#leave();
  }

  /** Gives back what the process holds, and tells whoever waits. */
  async #leave(): Promise<void> {
    await this.#appender?.idle();
    await this.#keeper?.idle();
    this.#left = true;
    if (this.#current?.kind === 'call' && this.#reason !== undefined)
      this.#mailbox.refuse(this.#current.id, this.#reason);
    this.#mailbox.clear(() => this.#stoppedError());
    this.#subscribers.clear();
    const lease = this.#lease;
    // A store that cannot write this down knows at the latest when the thread has ended.
    if (lease !== undefined)
      await this.#options.store.journal.release(this.#persistId, lease.epoch).catch(() => undefined);
    this.#resolveStopped(this.#reason);
  }
}
