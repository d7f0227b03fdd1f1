import { PersistError } from './errors.js';
import type { Holder } from './holder.js';
import type { JournalRecord, JournalVisit, SnapshotRecord } from './store.js';

/*
 * The bytes of the LMDB store, version 3. Numbers are big-endian, so that keys sort by them; u48 holds every safe count that a
 * file can reach.
 *
 *   logs       persistId → flags u8, stream, epoch, life, firstSeq, lastSeq (u48 each), writer (JSON, or nothing);
 *              and a stamp, as the version that the engine keeps with the value; the log ends there, or with its last event;
 *              0 → u48, another one after every append;
 *              0, 0 → u48 and the same as a stamp: the fence, another one when another store writes a head
 *   events     stream u48, seq u48 → time f64, number of tags u8, where there are some: offset u48, tags (u8 length, UTF-8); payload
 *   tags       tag, 0, offset u48 → stream u48, seq u48, persistId
 *   snapshots  persistId, 0, seq u48 → time f64, life u48, payload
 *   meta       'format' → JSON; 'offset', 'streams' → u48
 */

export const FORMAT = 3;
/** The databases of a file. */
export const TREES = ['logs', 'events', 'tags', 'snapshots', 'meta'] as const;
/** The entry of `meta` that says of which format a file is. */
export const FORMAT_KEY = Buffer.from('format');
type Bytes = Buffer<ArrayBuffer>;

const U48 = 6;
const U48_MAX = 2 ** 48 - 1;
/** No event has a larger number. */
export const MAX_SEQ = U48_MAX - 1;
const LOG_BYTES = 1 + 5 * U48;
/** Of an event, up to its offset and tags. */
const EVENT_HEAD = 8 + 1;
const DELETING = 1;

function at(bytes: Uint8Array<ArrayBuffer>): Bytes {
  if (Buffer.isBuffer(bytes)) return bytes as Bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Not zeroed, and out of the pool where it is small: an ArrayBuffer for each key and value costs more than all the rest. */
function room(size: number): Bytes {
  return Buffer.allocUnsafe(size);
}

/** The head of a log. Of one that was just read, `lastSeq` is what it was when the head was written. */
export interface LogHead {
  readonly stream: number;
  readonly epoch: number;
  readonly life: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly holder: Holder | undefined;
  /** Its events are being removed; for everybody else it is empty. */
  readonly deleting: boolean;
}

export function encodeHead(head: LogHead): Bytes {
  const holder = head.holder === undefined ? '' : JSON.stringify(head.holder);
  const bytes = room(LOG_BYTES + Buffer.byteLength(holder));
  bytes[0] = head.deleting ? DELETING : 0;
  let pos = 1;
  for (const n of [head.stream, head.epoch, head.life, head.firstSeq, head.lastSeq])
    pos = bytes.writeUIntBE(n, pos, U48);
  bytes.write(holder, pos);
  return bytes;
}

/** A head without the writer, which is longer than all the rest. */
export type LogEnds = Omit<LogHead, 'holder' | 'life'>;

/** What appends and readers need of a head. */
export function endsOfLog(stored: Uint8Array<ArrayBuffer>): LogEnds {
  const bytes = at(stored);
  if (bytes.length < LOG_BYTES) throw damaged('the head of a log');
  return {
    stream: bytes.readUIntBE(1, U48),
    epoch: bytes.readUIntBE(1 + U48, U48),
    firstSeq: bytes.readUIntBE(1 + 3 * U48, U48),
    lastSeq: bytes.readUIntBE(1 + 4 * U48, U48),
    deleting: bytes[0] === DELETING,
  };
}

/** The bytes of a head with another end of the log. */
export function withLastSeq(head: Uint8Array<ArrayBuffer>, lastSeq: number): Bytes {
  const bytes = room(head.length);
  bytes.set(head);
  bytes.writeUIntBE(lastSeq, LOG_BYTES - U48, U48);
  return bytes;
}

export function decodeHead(stored: Uint8Array<ArrayBuffer>): LogHead {
  const bytes = at(stored);
  if (bytes.length < LOG_BYTES) throw damaged('the head of a log');
  const holder =
    bytes.length === LOG_BYTES ? undefined : (JSON.parse(bytes.toString('utf8', LOG_BYTES)) as Holder);
  const number = (i: number): number => bytes.readUIntBE(1 + i * U48, U48);
  return {
    stream: number(0),
    epoch: number(1),
    life: number(2),
    firstSeq: number(3),
    lastSeq: number(4),
    holder,
    deleting: bytes[0] === DELETING,
  };
}

function writeEventKey(bytes: Bytes, stream: number, seq: number): Bytes {
  bytes.writeUIntBE(stream, 0, U48);
  bytes.writeUIntBE(seq, U48, U48);
  return bytes;
}

const oneKey = room(2 * U48);

/** As eventKey(); the bytes hold until the next call. For the engine, which copies a key at once. */
export function eventKeyForNow(stream: number, seq: number): Bytes {
  return writeEventKey(oneKey, stream, seq);
}

/** Where the last event of a stream is looked for: a reversed range of keys. */
export function endOfStream(stream: number): { readonly start: Bytes; readonly end: Bytes } {
  return { start: eventKey(stream, U48_MAX), end: eventKey(stream, 0) };
}

export function eventKey(stream: number, seq: number): Bytes {
  return writeEventKey(room(2 * U48), stream, seq);
}

/** `offset` is that of an event with tags: any other one has no place in the order of all events. */
export function encodeEvent({ time, tags, payload }: JournalRecord, offset: number): Bytes {
  const named = tags.map((tag) => Buffer.from(tag));
  const tagBytes = named.reduce((sum, tag) => sum + 1 + tag.length, named.length === 0 ? 0 : U48);
  const bytes = room(EVENT_HEAD + tagBytes + payload.length);
  bytes.writeDoubleBE(time, 0);
  bytes[EVENT_HEAD - 1] = named.length;
  let pos = EVENT_HEAD;
  if (named.length > 0) pos = bytes.writeUIntBE(offset, pos, U48);
  for (const tag of named) {
    bytes[pos++] = tag.length;
    bytes.set(tag, pos);
    pos += tag.length;
  }
  bytes.set(payload, pos);
  return bytes;
}

const NO_TAGS: readonly string[] = Object.freeze([]);

export function decodeEvent(
  stored: Uint8Array<ArrayBuffer>,
  seq: number,
): { readonly offset: number; readonly record: JournalRecord } {
  const bytes = at(stored);
  const { tags, pos } = tagsOf(bytes, bytes.length);
  // Not subarray(), which for a Buffer costs as much as decoding a small event.
  const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + pos, bytes.length - pos);
  const offset = tags.length === 0 ? 0 : bytes.readUIntBE(EVENT_HEAD, U48);
  return { offset, record: { seq, time: bytes.readDoubleBE(0), tags, payload } };
}

/** Looks at an event where the engine has it: the key ends at `keyEnd`, the value are the first `size` bytes. */
export function readEvent(
  key: Uint8Array,
  keyEnd: number,
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  visit: JournalVisit,
): void {
  const at = keyEnd - U48;
  const seq =
    (key[at]! * 0x100 + key[at + 1]!) * 0x1_0000_0000 +
    (key[at + 2]! * 0x100_0000 + ((key[at + 3]! << 16) | (key[at + 4]! << 8) | key[at + 5]!));
  const { tags, pos } = tagsOf(bytes, size);
  visit(seq, viewOf(bytes).getFloat64(0), tags, bytes, pos, size);
}

/** Records that are looked at one after the other mostly lie in the same memory, and a view of it costs more than they do. */
let viewed: Uint8Array = new Uint8Array(0);
let view = new DataView(viewed.buffer);

function viewOf(bytes: Uint8Array): DataView {
  if (bytes !== viewed) {
    viewed = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset);
  }
  return view;
}

const WITHOUT_TAGS = { tags: NO_TAGS, pos: EVENT_HEAD };

/** The tags of an event of `size` bytes, and where its payload begins. */
function tagsOf(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
): { readonly tags: readonly string[]; readonly pos: number } {
  if (size < EVENT_HEAD) throw damaged('an event');
  const count = bytes[EVENT_HEAD - 1] as number;
  if (count === 0) return WITHOUT_TAGS;
  const tags: string[] = [];
  let pos = EVENT_HEAD + U48;
  for (let i = 0; i < count; i++) {
    const length = pos < size ? (bytes[pos++] as number) : 0;
    if (pos + length > size) throw damaged('the tags of an event');
    tags.push(Buffer.from(bytes.buffer, bytes.byteOffset + pos, length).toString());
    pos += length;
  }
  return { tags, pos };
}

export function seqOfKey(key: Uint8Array<ArrayBuffer>): number {
  return at(key).readUIntBE(key.length - U48, U48);
}

/** A name, 0, and a number: sorts by the number among the keys of this name. Names have no NUL. */
export function namedKey(name: string, number: number): Bytes {
  const size = Buffer.byteLength(name);
  const bytes = room(size + 1 + U48);
  bytes.write(name);
  bytes[size] = 0;
  bytes.writeUIntBE(Math.min(number, U48_MAX), size + 1, U48);
  return bytes;
}

/** Behind all keys of a name. */
export function endOfName(name: string): Bytes {
  return at(new Uint8Array([...Buffer.from(name), 1]));
}

export function nameKey(name: string): Bytes {
  return Buffer.from(name);
}

export interface TagPlace {
  readonly stream: number;
  readonly seq: number;
  readonly persistId: string;
}

export function encodePlace({ stream, seq, persistId }: TagPlace): Bytes {
  return Buffer.concat([eventKey(stream, seq), Buffer.from(persistId)]);
}

export function decodePlace(stored: Uint8Array<ArrayBuffer>): TagPlace {
  const bytes = at(stored);
  return {
    stream: bytes.readUIntBE(0, U48),
    seq: bytes.readUIntBE(U48, U48),
    persistId: bytes.toString('utf8', 2 * U48),
  };
}

export function encodeSnapshot({ time, life, payload }: SnapshotRecord): Bytes {
  const bytes = room(8 + U48 + payload.length);
  bytes.writeDoubleBE(time, 0);
  bytes.writeUIntBE(life, 8, U48);
  bytes.set(payload, 8 + U48);
  return bytes;
}

export function decodeSnapshot(stored: Uint8Array<ArrayBuffer>, seq: number): SnapshotRecord {
  const bytes = at(stored);
  if (bytes.length < 8 + U48) throw damaged('a snapshot');
  return {
    seq,
    time: bytes.readDoubleBE(0),
    life: bytes.readUIntBE(8, U48),
    payload: bytes.subarray(8 + U48),
  };
}

export function encodeCount(n: number): Bytes {
  const bytes = room(U48);
  bytes.writeUIntBE(n, 0, U48);
  return bytes;
}

export function decodeCount(stored: Uint8Array<ArrayBuffer> | undefined): number {
  return stored === undefined ? 0 : at(stored).readUIntBE(0, U48);
}

function damaged(what: string): PersistError {
  return new PersistError('ERR_PERSIST_STORE', `${what} is damaged`);
}
