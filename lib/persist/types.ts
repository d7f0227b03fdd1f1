import type { Table } from '../table.js';
import type { Row } from '../types.js';
import type { PersistStore } from './store.js';

/** What is known of an event beside its data. */
export interface EventMeta {
  /** The process that persisted it. */
  readonly persistId: string;
  /** Its number, from 1 and without gaps. */
  readonly seq: number;
  /** When it was persisted, in milliseconds since 1970, by the clock of that process. */
  readonly time: number;
  /** What it can be found by with `eventsByTag`. */
  readonly tags: readonly string[];
}

/** An event that is durable. */
export interface StoredEvent<Event = unknown> extends EventMeta {
  /** What was persisted. */
  readonly data: Event;
}

/** An event as it goes into the journal. */
export interface JournalForm {
  /** What is stored: any term. */
  readonly data: unknown;
  /** What the event can be found by; at most 255. */
  readonly tags?: readonly string[];
}

/** Stands between the events of a program and those of its journal, which may be years older. */
export interface EventAdapter<Event> {
  /** What is stored of an event, and its tags. The event itself without tags when this is left out. */
  readonly toJournal?: (event: Event) => JournalForm;
  /** The events that stored data stands for: one as a rule, none to forget it, several to split it. */
  readonly fromJournal?: (data: unknown, meta: EventMeta) => readonly Event[];
}

/** When snapshots are taken, and what becomes of what they make superfluous. */
export interface SnapshotPolicy {
  /** A snapshot after so many events; none is begun while the one before is being saved and tidied up after. */
  readonly every: number;
  /** So many snapshots are kept; 3 by default. */
  readonly keep?: number;
  /** Whether the events that are part of the oldest snapshot kept are removed; false by default. */
  readonly truncate?: boolean;
}

/** One change of a table, named as the method that makes it. */
export type RowOperation =
  | readonly ['insert', row: Row]
  | readonly ['insertMany', rows: readonly Row[]]
  | readonly ['delete', key: unknown]
  | readonly ['updateCounter', key: unknown, increment: number | bigint, defaultRow?: Row]
  | readonly ['updateElement', key: unknown, position: number, value: unknown, defaultRow?: Row];

/** Makes the effect of events visible to every thread. */
export interface Projection<State, Event> {
  /** Belongs to the process from its start: it is emptied, and filled while the process recovers. */
  readonly table: Table;
  /** What an event changes in the table. Nobody sees a half of one operation; between two of them everybody may look. */
  readonly project: (event: Event, meta: EventMeta) => readonly RowOperation[];
  /**
   * The rows that a state stands for, for a process that recovers from a snapshot. Without it such a process reads the
   * whole journal for its table, and cannot start when that was truncated.
   */
  readonly restore?: (state: State) => Iterable<Row>;
}

/** Options of a persistent process. */
export interface ProcessOptions<State, Event> {
  /** Where events and snapshots are kept. It is not closed with the process. */
  readonly store: PersistStore;
  /** When snapshots are taken; only by hand when it is left out. */
  readonly snapshots?: SnapshotPolicy;
  /** What the journal keeps of an event. */
  readonly adapter?: EventAdapter<Event>;
  /** A table that shows what the process knows. */
  readonly projection?: Projection<State, Event>;
}

/** Options of `start`. */
export interface StartOptions {
  /**
   * Take the `persistId` over although a process that may be alive has it, which then can write no more. For when that cannot be
   * found out, because it ran on a machine that is gone, say.
   */
  readonly takeOver?: boolean;
}

/** Options of `call`. */
export interface CallOptions {
  /** Gives up waiting for the answer. A command that is not being handled yet will not be. */
  readonly signal?: AbortSignal;
}

/** What a process meets while it recovers: the latest snapshot, if there is one, then every later event. */
export type RecoverStep<State, Event> =
  ({ readonly snapshot: State } & Pick<EventMeta, 'seq' | 'time'>) | ({ readonly event: Event } & EventMeta);

/** Who waits for the answer to a command. */
export interface From {
  /** Number of the call, among all of this process. */
  readonly id: number;
}

/** What `handleCommand` returns when the answer comes later, by `reply`. */
export const noReply: unique symbol = Symbol('termstore.persist.noReply');

/** What `handleCommand` returns: an answer, or `noReply`. */
export type Answer<Reply> = Reply | typeof noReply | Promise<Reply | typeof noReply>;

/** What `handleInfo` gets when a snapshot that the policy asked for could not be saved. The process goes on. */
export class SnapshotFailed {
  /** Number of the last event that would have been part of it. */
  readonly seq: number;
  /** What went wrong. */
  readonly error: unknown;

  constructor(seq: number, error: unknown) {
    this.seq = seq;
    this.error = error;
  }
}
