import { badArgument, etsFailure, kindOf } from './failures.js';
import { checkTable, READ, requireOk, tableFirst, writeKey } from './guards.js';
import { native, REPLY_BYTES } from './native/binding.js';
import { A, ctl, F0, reals, RESULT0, STATUS, Status, TABLE } from './native/control.js';
import { takeSpilled } from './chunks.js';
import { BACKWARD, NO_KEY, stepRows } from './reading.js';
import type { Row, SafeFixed, Tid } from './types.js';

function fix(id: number, on: boolean): void {
  ctl[TABLE] = id;
  ctl[A] = on ? 1 : 0;
  reals[F0] = Date.now();
  native.fix();
}

/** `safeFixtable`. */
export function fixTable(id: number, on: boolean, operation: string): void {
  tableFirst(id, READ, operation, () => {
    if (typeof on !== 'boolean') throw badArgument(operation, `on must be a boolean, not ${kindOf(on)}`);
  });
  if (!on) checkTable(id, READ, operation);
  fix(id, on);
  requireOk(operation);
}

/**
 * Takes back one fixation of this thread, also where it may not read the table any more: a fixation that stays would make it
 * remember every deleted key. Does nothing when the table is gone.
 */
export function releaseTable(id: number): void {
  fix(id, false);
}

/** Who keeps the table fixed; `false` when nobody does, `undefined` when there is no such table. */
export function readFixations(tid: Tid): SafeFixed | false | undefined {
  ctl[TABLE] = tid | 0;
  native.fixations();
  const length = ctl[STATUS] as number;
  if (length === Status.NoTable) return undefined;
  if (length < 0) throw etsFailure(length, 'table.info');
  if (length === 0) return false;
  const time = reals[RESULT0] as number;
  const bytes =
    length > REPLY_BYTES
      ? takeSpilled('table.info')
      : ctl.buffer.slice(native.replyOffset, native.replyOffset + length);
  const words = new Uint32Array(bytes, 0, length / 4);
  const threads: { thread: number; count: number }[] = [];
  for (let i = 0; i < words.length; i += 2)
    threads.push({ thread: words[i] as number, count: words[i + 1] as number });
  return { time, threads };
}

/**
 * `foldl` and `foldr`: from key to key, as OTP does it, so that `fn` sees what it has changed itself. The table is fixed
 * meanwhile: the key that was just visited may go.
 */
export function fold<R extends Row, T>(
  id: number,
  keypos: number,
  direction: number,
  fn: (row: R, acc: T) => T,
  acc: T,
  operation: string,
): T {
  tableFirst(id, READ, operation, () => {
    if (typeof fn !== 'function') throw badArgument(operation, `fn must be a function, not ${kindOf(fn)}`);
  });
  fix(id, true);
  requireOk(operation);
  try {
    let result = acc;
    let at = stepRows<R>(id, keypos, NO_KEY, direction, operation);
    while (at !== undefined) {
      const { key, rows } = at;
      if (direction === BACKWARD) rows.reverse();
      for (const row of rows) result = fn(row, result);
      at = stepRows<R>(id, keypos, writeKey(id, key, READ, operation), direction, operation);
    }
    return result;
  } finally {
    // `fn` may have dropped the table, or given it away.
    releaseTable(id);
  }
}
