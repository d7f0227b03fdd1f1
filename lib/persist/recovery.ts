import { decodeEvents, metaOf } from './adapters.js';
import { PersistError } from './errors.js';
import type { Projector } from './projection.js';
import { latestSnapshot } from './snapshots.js';
import type { JournalRecord, PersistStore, WriterLease } from './store.js';
import type { EventAdapter, EventMeta, RecoverStep, StoredEvent } from './types.js';

/** Events that are read at once; between two pages the event loop turns. */
const PAGE = 1000;

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
      await replay(recovery, 1, snapshotSeq, (event) => projector.apply(event));
    else projector?.restore(state);
  }
  await replay(recovery, snapshotSeq + 1, lease.lastSeq, (event) => {
    const { data, seq, time, tags } = event;
    const handled = recovery.step({ event: data, persistId, seq, time, tags });
    if (handled === undefined) return projector?.apply(event);
    return handled.then(() => projector?.apply(event));
  });
  return { snapshotSeq, replayed: lease.lastSeq - snapshotSeq };
}

async function replay<State, Event>(
  { persistId, store, lease, adapter }: Recovery<State, Event>,
  from: number,
  to: number,
  use: (event: StoredEvent<Event>) => void | Promise<void>,
): Promise<void> {
  if (to >= from && from < lease.firstSeq) throw gone(persistId, from, lease.firstSeq - 1);
  const read = (first: number): Promise<JournalRecord[]> =>
    store.journal.read(persistId, { from: first, to, limit: PAGE });
  let next = from;
  while (next <= to) {
    const page = await read(next);
    if (page.length === 0) throw gone(persistId, next, to);
    for (const record of page) {
      if (record.seq !== next) throw gone(persistId, next, record.seq - 1);
      next++;
      const meta = metaOf(persistId, record);
      for (const data of decodeEvents(record, meta, adapter)) {
        const used = use(withData(meta, data));
        if (used !== undefined) await used;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function withData<Event>({ persistId, seq, time, tags }: EventMeta, data: Event): StoredEvent<Event> {
  return { persistId, seq, time, tags, data };
}

function gone(persistId: string, from: number, to: number): PersistError {
  return new PersistError(
    'ERR_PERSIST_GONE',
    `the events ${from} to ${to} of '${persistId}' are needed, and they are not in the journal any more`,
  );
}
