import { randomUUID } from 'node:crypto';
import { kindOf } from '../failures.js';
import { decodeEvents, metaOf } from './adapters.js';
import { asking, badArgument, PersistError } from './errors.js';
import { requireCount, requireFlag, requireName, requireOptions } from './names.js';
import { readAdapter, requireStore } from './options.js';
import type { JournalBounds, JournalRange, JournalRecord, PersistStore } from './store.js';
import type { EventAdapter, StoredEvent } from './types.js';

/** Options of every query. */
export interface QueryOptions {
  /** Wait for more at the end, instead of ending. */
  readonly live?: boolean;
  /** Ends the query: the iterator throws its reason. */
  readonly signal?: AbortSignal;
}

/** Options of `events`. */
export interface EventsOptions extends QueryOptions {
  /** Number of the first event; the first one that is there when it is left out. */
  readonly from?: number;
  /** Number of the last event; the query ends with it, also a live one. */
  readonly to?: number;
}

/** Options of `eventsByTag`. */
export interface TagOptions extends QueryOptions {
  /** The `offset` of the last event that was seen; 0, the default, is before all. */
  readonly after?: number;
}

/** An event that was found by its tag. */
export interface TaggedEvent<Event = unknown> extends StoredEvent<Event> {
  /** Where to go on: later events have larger ones. Several events of one record have the same. */
  readonly offset: number;
}

/** Options of `openJournal`. */
export interface JournalOptions<Event> {
  /** That of the processes: its `fromJournal` is used. */
  readonly adapter?: EventAdapter<Event>;
}

const PAGE = 500;
const QUERY_NAMES = ['live', 'signal'];

/** Reads what processes have stored. */
export class Journal<Event = unknown> {
  readonly #store: PersistStore;
  readonly #adapter: EventAdapter<Event> | undefined;

  /** @internal */
  constructor(store: PersistStore, adapter: EventAdapter<Event> | undefined) {
    this.#store = store;
    this.#adapter = adapter;
  }

  /**
   * The events of one process, in order. Runs beside the writers; a page is read at a time.
   *
   * Time: O(log n) for each page of 500.
   *
   * @throws {PersistError} `ERR_PERSIST_BADARG` for wrong arguments, at once. The iterator throws `ERR_PERSIST_GONE` when events that
   * it should deliver were truncated or deleted.
   * @example
   * ```js
   * const { memoryStore, openJournal, persistentProcess } = require('termstore/persist');
   * const store = memoryStore();
   * const log = await persistentProcess({
   *   persistId: 'log',
   *   store,
   *   init: () => null,
   *   handleCommand: (state, lines, { persistAll }) => persistAll(lines),
   *   handleEvent: (state) => state,
   * }).start();
   * await log.call(['a', 'b', 'c']);
   * const found = [];
   * for await (const { seq, data } of openJournal(store).events('log', { from: 2 })) found.push([seq, data]);
   * found; // [[2, 'b'], [3, 'c']]
   * await log.stop();
   * ```
   */
  events(
    persistId: string,
    options: EventsOptions = {},
  ): AsyncGenerator<StoredEvent<Event>, void, undefined> {
    const operation = 'journal.events';
    requireName(persistId, 'persistId', operation);
    requireOptions(options, ['from', 'to', ...QUERY_NAMES], operation);
    const from = options.from === undefined ? undefined : requireCount(options.from, 'from', operation, 1);
    const to = requireCount(options.to, 'to', operation, 0, Infinity);
    const { live, signal } = readQuery(options, operation);
    return this.#events(persistId, from, to, live, signal);
  }

  async *#events(
    persistId: string,
    from: number | undefined,
    to: number,
    live: boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StoredEvent<Event>, void, undefined> {
    const { journal } = this.#store;
    const gate = new Gate(this.#store, live, signal);
    const look = (): Promise<JournalBounds> => asking('events', () => journal.bounds(persistId));
    let next = from;
    let life: number | undefined;
    let isMine = false;
    try {
      for (;;) {
        gate.look();
        const bounds = await look();
        next ??= bounds.firstSeq;
        if (!isMine) life = bounds.life;
        if (next < bounds.firstSeq && next <= to) throw goneUnderway(persistId, next);
        const range = { from: next, to, limit: PAGE };
        const page = await asking('events', () => journal.read(persistId, range));
        const after = await look();
        // Of what it has seen before, or saw just now, the end is missing: the log was deleted, and perhaps began anew.
        if ((isMine || page.length > 0) && (after.life !== life || after.lastSeq + 1 < next))
          throw goneUnderway(persistId, next);
        requireAll(persistId, page, range, bounds, after);
        for (const record of page) {
          if (record.seq !== next) throw goneUnderway(persistId, next);
          for (const event of this.#decode(persistId, record)) yield event;
          next++;
          isMine = true;
        }
        if (next > to) return;
        if (page.length < PAGE && !(await gate.opens())) return;
      }
    } finally {
      gate.close();
    }
  }

  #decode(persistId: string, record: JournalRecord): StoredEvent<Event>[] {
    const meta = metaOf(persistId, record);
    return decodeEvents(record, meta, this.#adapter).map((data) => ({ ...meta, data }));
  }

  /**
   * The events with a tag, of all processes, in the order in which they became durable. To go on later, pass the `offset` of the last
   * event as `after`. Events that were deleted are left out.
   *
   * Time: O(log n) for each page of 500, and for each event.
   *
   * @throws {PersistError} `ERR_PERSIST_BADARG` for wrong arguments, at once.
   * @example
   * ```js
   * const { memoryStore, openJournal, persistentProcess } = require('termstore/persist');
   * const store = memoryStore();
   * const log = await persistentProcess({
   *   persistId: 'log',
   *   store,
   *   adapter: { toJournal: (event) => ({ data: event, tags: event > 10 ? ['large'] : [] }) },
   *   init: () => null,
   *   handleCommand: (state, numbers, { persistAll }) => persistAll(numbers),
   *   handleEvent: (state) => state,
   * }).start();
   * await log.call([5, 50, 6, 60]);
   * const found = [];
   * for await (const { data } of openJournal(store).eventsByTag('large')) found.push(data);
   * found; // [50, 60]
   * await log.stop();
   * ```
   */
  eventsByTag(tag: string, options: TagOptions = {}): AsyncGenerator<TaggedEvent<Event>, void, undefined> {
    const operation = 'journal.eventsByTag';
    requireName(tag, 'tag', operation);
    requireOptions(options, ['after', ...QUERY_NAMES], operation);
    const after = requireCount(options.after, 'after', operation, 0, 0);
    const { live, signal } = readQuery(options, operation);
    return this.#eventsByTag(tag, after, live, signal);
  }

  async *#eventsByTag(
    tag: string,
    after: number,
    live: boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TaggedEvent<Event>, void, undefined> {
    const gate = new Gate(this.#store, live, signal);
    let last = after;
    try {
      for (;;) {
        gate.look();
        const page = await asking('eventsByTag', () => this.#store.journal.readTag(tag, last, PAGE));
        for (const { offset, persistId, record } of page) {
          last = offset;
          for (const event of this.#decode(persistId, record)) yield { ...event, offset };
        }
        if (page.length < PAGE && !(await gate.opens())) return;
      }
    } finally {
      gate.close();
    }
  }

  /**
   * The names of all processes that have stored an event, in the order of their UTF-8 bytes; a live query then delivers new
   * names as they come.
   *
   * Time: O(log n) for each page of 500. A live query looks at all names each time that something is stored, and remembers them.
   *
   * @throws {PersistError} `ERR_PERSIST_BADARG` for wrong arguments, at once.
   * @example
   * ```js
   * const { memoryStore, openJournal } = require('termstore/persist');
   * const names = [];
   * for await (const name of openJournal(memoryStore()).persistIds()) names.push(name);
   * names; // []
   * ```
   */
  persistIds(options: QueryOptions = {}): AsyncGenerator<string, void, undefined> {
    requireOptions(options, QUERY_NAMES, 'journal.persistIds');
    const { live, signal } = readQuery(options, 'journal.persistIds');
    return this.#persistIds(live, signal);
  }

  async *#persistIds(
    live: boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<string, void, undefined> {
    const gate = new Gate(this.#store, live, signal);
    const seen = new Set<string>();
    try {
      do {
        gate.look();
        let last: string | undefined;
        for (;;) {
          const after = last;
          const page: string[] = await asking('persistIds', () =>
            this.#store.journal.persistIds(after, PAGE),
          );
          for (const name of page) if (!seen.has(name)) yield name;
          if (live) for (const name of page) seen.add(name);
          if (page.length < PAGE) break;
          last = page.at(-1);
        }
      } while (await gate.opens());
    } finally {
      gate.close();
    }
  }

  /**
   * Removes a process from its store: its events, its snapshots. Its name may be used again, from event 1.
   *
   * Time: O(events).
   *
   * @throws {PersistError} `ERR_PERSIST_HELD` while the process runs; `ERR_PERSIST_STORE` when the store cannot be written.
   * @example
   * ```js
   * const { memoryStore, openJournal } = require('termstore/persist');
   * await openJournal(memoryStore()).delete('nobody'); // undefined
   * ```
   */
  async delete(persistId: string): Promise<void> {
    requireName(persistId, 'persistId', 'journal.delete');
    const { journal, snapshots } = this.#store;
    await asking('delete', async () => {
      const { epoch, life } = await journal.acquire(persistId, { token: randomUUID(), takeOver: false });
      // In this order: snapshots of an earlier life do no harm to a later one, which events without their snapshot would.
      await journal.delete(persistId, epoch);
      await snapshots.delete(persistId, life);
    });
  }
}

/**
 * What a store keeps, for reading and deleting. Time: O(1).
 *
 * @throws {PersistError} `ERR_PERSIST_BADARG` for wrong arguments.
 * @example
 * ```js
 * const { memoryStore, openJournal } = require('termstore/persist');
 * const journal = openJournal(memoryStore());
 * (await journal.events('nobody').next()).done; // true
 * ```
 */
export function openJournal<Event = unknown>(
  store: PersistStore,
  options: JournalOptions<Event> = {},
): Journal<Event> {
  requireOptions(options, ['adapter'], 'openJournal');
  return new Journal(requireStore(store, 'openJournal'), readAdapter(options.adapter, 'openJournal'));
}

function readQuery(
  { live, signal }: QueryOptions,
  operation: string,
): { readonly live: boolean; readonly signal: AbortSignal | undefined } {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badArgument(operation, `\`signal\` must be an AbortSignal, not ${kindOf(signal)}`);
  return { live: requireFlag(live, 'live', operation), signal };
}

/** Of a log whose bounds, before and after it was read, have an event that was not read, the store has lost it. */
function requireAll(
  persistId: string,
  page: readonly JournalRecord[],
  { from, to, limit }: JournalRange,
  before: JournalBounds,
  after: JournalBounds,
): void {
  const missing = from + page.length;
  const last = Math.min(to, from + limit - 1, before.lastSeq, after.lastSeq);
  if (missing <= last && missing >= after.firstSeq && before.life === after.life)
    throw new PersistError(
      'ERR_PERSIST_STORE',
      `event ${missing} of '${persistId}' is not in the store, which should have it`,
    );
}

function goneUnderway(persistId: string, seq: number): PersistError {
  return new PersistError('ERR_PERSIST_GONE', `event ${seq} of '${persistId}' was truncated or deleted`);
}

/** Where a query waits for more: not at all, or until the store says that something has come since it looked last. */
class Gate {
  readonly #signal: AbortSignal | undefined;
  readonly #live: boolean;
  readonly #unwatch: () => void;
  #news = false;
  #wake = (): void => undefined;

  constructor({ journal }: PersistStore, live: boolean, signal: AbortSignal | undefined) {
    this.#live = live;
    this.#signal = signal;
    const wake = (): void => {
      this.#news = true;
      this.#wake();
    };
    const stop = live ? journal.watch(wake) : (): void => undefined;
    signal?.addEventListener('abort', wake);
    this.#unwatch = () => {
      stop();
      signal?.removeEventListener('abort', wake);
    };
  }

  /** The query looks at the store now: what comes later is news. */
  look(): void {
    this.#signal?.throwIfAborted();
    this.#news = false;
  }

  /** Resolves when there is news; to false when the query has come to its end. */
  async opens(): Promise<boolean> {
    if (!this.#live) return false;
    if (!this.#news) await new Promise<void>((resolve) => (this.#wake = resolve));
    return true;
  }

  close(): void {
    this.#unwatch();
  }
}
