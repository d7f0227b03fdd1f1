import { adapted } from './adapters.js';
import { asking, PersistError } from './errors.js';
import { PayloadReader } from './payload.js';
import type { Projector } from './projection.js';
import { latestSnapshot } from './snapshots.js';
import type { JournalVisit, PersistStore, WriterLease } from './store.js';
import type { EventAdapter, EventMeta, RecoverStep } from './types.js';

/** Events that are read at once: so few that they are still in the processor's cache when they are handled. */
const PAGE = 250;
/** Pages between two turns of the event loop. */
const PAGES_A_TURN = 4;

/** One event, as a process gets it. */
type EventStep<Event> = { readonly event: Event } & EventMeta;

/** What is recovered, and with what. */
export interface Recovery<State, Event> {
  readonly persistId: string;
  readonly store: PersistStore;
  readonly lease: WriterLease;
  readonly adapter: EventAdapter<Event> | undefined;
  readonly projector: Projector<State, Event> | undefined;
  /** Hands one step to the process. */
  readonly step: (step: RecoverStep<State, Event>) => void | Promise<void>;
}

/** Brings a process to the state that the store has of it. */
export async function recover<State, Event>(
  recovery: Recovery<State, Event>,
): Promise<{ readonly snapshotSeq: number; readonly replayed: number }> {
  const { persistId, store, lease, projector } = recovery;
  projector?.clear();
  const snapshot = await latestSnapshot(store, persistId, lease);
  const snapshotSeq = snapshot?.seq ?? 0;
  if (snapshot !== undefined) {
    const { seq, time } = snapshot;
    const state = snapshot.state as State;
    const handled = recovery.step({ snapshot: state, seq, time });
    if (handled !== undefined) await handled;
    if (projector?.needsWholeJournal === true)
      await replay(recovery, 1, snapshotSeq, (step) => project(projector, step));
    else projector?.restore(state);
  }
  await replay(recovery, snapshotSeq + 1, lease.lastSeq, (step) => {
    const handled = recovery.step(step);
    if (projector === undefined) return handled;
    if (handled === undefined) return project(projector, step);
    return handled.then(() => project(projector, step));
  });
  return { snapshotSeq, replayed: lease.lastSeq - snapshotSeq };
}

function project<State, Event>(
  projector: Projector<State, Event>,
  { event: data, persistId, seq, time, tags }: EventStep<Event>,
): void {
  projector.apply({ data, persistId, seq, time, tags });
}

async function replay<State, Event>(
  recovery: Recovery<State, Event>,
  from: number,
  to: number,
  use: (step: EventStep<Event>) => void | Promise<void>,
): Promise<void> {
  const { persistId, lease, adapter } = recovery;
  if (to >= from && from < lease.firstSeq) throw gone(persistId, from, lease.firstSeq - 1);
  const reader = new PayloadReader();
  let next = from;
  for (let pages = 1; next <= to; pages++) {
    const page = await pageOf(recovery, next, to, reader);
    if (page.length === 0) throw gone(persistId, next, to);
    next += page.length;
    for (const stored of page) {
      if (adapter?.fromJournal === undefined) {
        const used = use(stored as EventStep<Event>);
        if (used !== undefined) await used;
        continue;
      }
      const { seq, time, tags, event: data } = stored;
      for (const event of adapted(data, { persistId, seq, time, tags }, adapter)) {
        const used = use({ event, persistId, seq, time, tags });
        if (used !== undefined) await used;
      }
    }
    if (pages % PAGES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The events from `from` on without a gap, a page of them. They are all decoded before a handler, which may do anything, sees the first one. */
async function pageOf<State, Event>(
  { persistId, store: { journal } }: Recovery<State, Event>,
  from: number,
  to: number,
  reader: PayloadReader,
): Promise<EventStep<unknown>[]> {
  const page: EventStep<unknown>[] = [];
  const range = { from, to, limit: PAGE };
  let now = 0;
  const what = (): string => `event ${now} of '${persistId}'`;
  const visit: JournalVisit = (seq, time, tags, bytes, start, end) => {
    if (seq !== from + page.length) throw gone(persistId, from + page.length, seq - 1);
    now = seq;
    page.push({ event: reader.read(bytes, start, end, what), persistId, seq, time, tags });
  };
  if (journal.scan !== undefined) await asking('start', () => journal.scan?.(persistId, range, visit));
  else
    for (const { seq, time, tags, payload } of await asking('start', () => journal.read(persistId, range)))
      visit(seq, time, tags, payload, 0, payload.length);
  return page;
}

function gone(persistId: string, from: number, to: number): PersistError {
  return new PersistError(
    'ERR_PERSIST_GONE',
    `the events ${from} to ${to} of '${persistId}' are needed, and they are not in the journal any more`,
  );
}
