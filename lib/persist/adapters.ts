import { kindOf } from '../failures.js';
import { badArgument } from './errors.js';
import { requireName } from './names.js';
import { decodePayload, encodePayload } from './payload.js';
import type { JournalRecord } from './store.js';
import type { EventAdapter, EventMeta } from './types.js';

const MAX_TAGS = 255;
const NO_TAGS: readonly string[] = Object.freeze([]);

/** What is stored of an event, before it has a number. */
export interface Encoded {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly tags: readonly string[];
}

export function encodeEvent<Event>(
  event: Event,
  adapter: EventAdapter<Event> | undefined,
  what: string,
): Encoded {
  if (adapter?.toJournal === undefined) return { payload: encodePayload(event, what), tags: NO_TAGS };
  const form: unknown = adapter.toJournal(event);
  if (typeof form !== 'object' || form === null || !('data' in form))
    throw badArgument('toJournal', `must return an object with \`data\`, not ${kindOf(form)}`);
  const { tags } = form as { tags?: unknown };
  return { payload: encodePayload(form.data, what), tags: tags === undefined ? NO_TAGS : requireTags(tags) };
}

function requireTags(tags: unknown): readonly string[] {
  if (!Array.isArray(tags) || tags.length > MAX_TAGS)
    throw badArgument('toJournal', `\`tags\` must be an array of at most ${MAX_TAGS}, not ${kindOf(tags)}`);
  const unique = new Set(tags.map((tag, i) => requireName(tag, `tags[${i}]`, 'toJournal')));
  return Object.freeze([...unique]);
}

/** The events that a record stands for. */
export function decodeEvents<Event>(
  record: JournalRecord,
  meta: EventMeta,
  adapter: EventAdapter<Event> | undefined,
): readonly Event[] {
  const data = decodePayload(record.payload, () => `event ${meta.seq} of '${meta.persistId}'`);
  return adapted(data, meta, adapter);
}

/** The events that the data of one record stands for. */
export function adapted<Event>(
  data: unknown,
  meta: EventMeta,
  adapter: EventAdapter<Event> | undefined,
): readonly Event[] {
  if (adapter?.fromJournal === undefined) return [data as Event];
  const events: unknown = adapter.fromJournal(data, meta);
  if (!Array.isArray(events))
    throw badArgument('fromJournal', `must return an array of events, not ${kindOf(events)}`);
  return events as Event[];
}

export function metaOf(persistId: string, { seq, time, tags }: JournalRecord): EventMeta {
  return { persistId, seq, time, tags };
}
