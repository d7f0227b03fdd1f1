import { types } from 'node:util';
import { badArgument, kindOf } from './failures.js';
import { requireRow, tableFirst, WRITE } from './guards.js';
import { native } from './native/binding.js';
import { A, B, C, ctl, STATUS, TABLE } from './native/control.js';
import { appendFlatRows, appendRow, appendU32, begin, request } from './term/encode.js';
import { beganAt, tellIfSlow } from './slow.js';
import type { Row } from './types.js';

const { isProxy } = types;

/** `insertMany` and `insertNewMany`; returns the status. */
export function insertAll<R extends Row>(
  id: number,
  keypos: number,
  rows: Iterable<R>,
  onlyNew: boolean,
  operation: string,
): number {
  const began = beganAt();
  const count = tableFirst(id, WRITE, operation, () => writeRows(keypos, rows, operation));
  ctl[TABLE] = id;
  ctl[A] = count === 0 ? 0 : request.pos;
  ctl[B] = count;
  ctl[C] = onlyNew ? 1 : 0;
  native.insertMany();
  const status = ctl[STATUS] as number;
  tellIfSlow(began, operation, id);
  return status;
}

/** Each row as `u32 payload bytes, u32 key bytes, payload, key`; returns how many there are. */
function writeRows<R extends Row>(keypos: number, rows: Iterable<R>, operation: string): number {
  if (typeof rows !== 'object' || rows === null || typeof rows[Symbol.iterator] !== 'function') {
    throw badArgument(operation, `rows must be an iterable of rows, not ${kindOf(rows)}`);
  }
  // Gathered and looked at first: an iterator is user code, and so is the getter of an element. Both may use tables
  // themselves, which must not happen between two appends.
  const list = [...rows];
  const plain = requireRows(list, keypos, operation);
  begin();
  for (let i = 0; i < list.length; i++) {
    if (plain) i = appendFlatRows(list, i, keypos);
    if (i < list.length) appendOne(list[i] as R, keypos, i);
  }
  return list.length;
}

/** Throws unless all rows are arrays with a key; false when one is a Proxy, which the encoder refuses by name. */
function requireRows<R extends Row>(rows: readonly R[], keypos: number, operation: string): boolean {
  let plain = true;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as R;
    if (isProxy(row)) plain = false;
    // Names are made only for a row that is refused.
    else if (!Array.isArray(row) || row.length <= keypos || row[keypos] === undefined)
      requireRow(row, keypos, operation, `rows[${i}]`);
  }
  return plain;
}

function appendOne<R extends Row>(row: R, keypos: number, index: number): void {
  const header = request.pos;
  appendU32(0);
  appendU32(0);
  const size = appendRow(row, keypos, index);
  request.view.setUint32(header, size, true);
  request.view.setUint32(header + 4, request.canonicalLength, true);
}
