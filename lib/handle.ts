import { native } from './native/binding.js';
import {
  ctl,
  FLAG_COMPRESSED,
  FLAG_DECENTRALIZED,
  FLAG_NAMED,
  FLAG_NOTE,
  FLAG_READ_CONCURRENCY,
  FLAG_WRITE_AUTO,
  FLAG_WRITE_ON,
  R0,
  R1,
  R3,
  R4,
  reals,
  RESULT0,
  RESULT1,
  RESULT2,
  RESULT3,
  STATUS,
  TABLE,
} from './native/control.js';
import { takeSpilled } from './chunks.js';
import { decodeReplyTerm, decodeTermAt } from './term/decode.js';
import type { TableAccess, TableInfo, TableType, Tid } from './types.js';

/** What the thread that made table `id` left for those that open it; `undefined` when that is nothing. */
export function readNote(id: number): unknown {
  ctl[TABLE] = id;
  native.note();
  const length = ctl[STATUS] as number;
  if (length < 0) return undefined;
  return length > native.replyBytes
    ? decodeTermAt(takeSpilled('table.info'), 0, length)
    : decodeReplyTerm(length);
}

/** What a `Table` instance needs to know of its table; none of it ever changes but the name. */
export interface TableHandle {
  readonly tid: Tid;
  readonly type: TableType;
  readonly keypos: number;
  readonly name: string;
  readonly readConcurrency: boolean;
}

export const TABLE_TYPES: readonly TableType[] = ['set', 'ordered_set', 'bag', 'duplicate_bag'];
export const TABLE_ACCESSES: readonly TableAccess[] = ['public', 'protected', 'private'];

const { tidTag } = native;

/** The identifier of table number `id` of this process. */
export function tidOf(id: number): Tid {
  return tidTag * 2 ** 32 + (id >>> 0);
}

/** Whether `value` may be an identifier of this process: another run's carry another tag. */
export function isOwnTid(value: unknown): value is Tid {
  return typeof value === 'number' && Number.isSafeInteger(value) && Math.floor(value / 2 ** 32) === tidTag;
}

/** Everything about a table, or `undefined` when there is none of this number. */
export function readInfo(tid: Tid): TableInfo | undefined {
  ctl[TABLE] = tid | 0;
  native.info();
  const length = ctl[STATUS] as number;
  if (length < 0) return undefined;
  const flags = ctl[R4] as number;
  const info = {
    id: tid,
    namedTable: (flags & FLAG_NAMED) !== 0,
    type: TABLE_TYPES[ctl[R0] as number] as TableType,
    protection: TABLE_ACCESSES[ctl[R1] as number] as TableAccess,
    owner: reals[RESULT2] as number,
    heir: (reals[RESULT3] as number) < 0 ? ('none' as const) : (reals[RESULT3] as number),
    keypos: ctl[R3] as number,
    size: reals[RESULT0] as number,
    memory: reals[RESULT1] as number,
    compressed: (flags & FLAG_COMPRESSED) !== 0,
    readConcurrency: (flags & FLAG_READ_CONCURRENCY) !== 0,
    writeConcurrency: (flags & FLAG_WRITE_AUTO) !== 0 ? ('auto' as const) : (flags & FLAG_WRITE_ON) !== 0,
    decentralizedCounters: (flags & FLAG_DECENTRALIZED) !== 0,
  };
  const mirrored = (flags & FLAG_NOTE) !== 0;
  const long = length > native.replyBytes;
  const name = long ? decodeTermAt(takeSpilled('table.info'), 0, length) : decodeReplyTerm(length);
  return { ...info, ...(mirrored && { mirrored }), name: name as string };
}

const INFO_ITEMS: ReadonlySet<unknown> = new Set<keyof TableInfo>([
  'id',
  'name',
  'namedTable',
  'type',
  'protection',
  'owner',
  'heir',
  'keypos',
  'size',
  'memory',
  'compressed',
  'readConcurrency',
  'writeConcurrency',
  'decentralizedCounters',
  'mirrored',
]);

/** Whether `item` is one of what `readInfo` tells. */
export function isInfoItem(item: unknown): item is keyof TableInfo {
  return INFO_ITEMS.has(item);
}
