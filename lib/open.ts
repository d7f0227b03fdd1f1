import { readInfo, readNote } from './handle.js';
import type * as Mirroring from './mirror/open.js';
import { Table } from './table.js';
import type { Row, Tid } from './types.js';

/** A handle of the table, or `undefined` when there is none of this number. */
export function openTable<R extends Row>(tid: Tid): Table<R> | undefined {
  const info = readInfo(tid);
  if (info === undefined) return undefined;
  if (info.mirrored !== true) return new Table<R>({ ...info, tid });
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the engine is loaded where a table needs it, at once
  const { mirroredTable } = require('./mirror/open.js') as typeof Mirroring;
  return mirroredTable<R>({ ...info, tid }, readNote(tid | 0));
}
