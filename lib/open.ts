import { readInfo } from './handle.js';
import { Table } from './table.js';
import type { Row, Tid } from './types.js';

/** A handle of the table, or `undefined` when there is none of this number. */
export function openTable<R extends Row>(tid: Tid): Table<R> | undefined {
  const info = readInfo(tid);
  return info === undefined ? undefined : new Table<R>({ ...info, tid });
}
