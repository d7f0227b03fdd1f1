/// <reference lib="esnext.disposable" preserve="true" />
import { badArgument, kindOf } from '../failures.js';
import { requireOk } from '../guards.js';
import { isInfoItem, readInfo } from '../handle.js';
import { native } from '../native/binding.js';
import { A, ctl, STATUS, Status, TABLE } from '../native/control.js';
import { appendTerm, begin } from '../term/encode.js';
import type { Row, TableInfo } from '../types.js';
import { TableTraversal } from './traversal.js';

/** The table itself: what it is, its name, its end. @internal */
export abstract class TableAdmin<R extends Row> extends TableTraversal<R> {
  /** What there is to know about the table, or one item of it; `undefined` when it does not exist any more. */
  info(): TableInfo | undefined;
  info<K extends keyof TableInfo>(item: K): TableInfo[K] | undefined;
  info(item?: keyof TableInfo): unknown {
    const info = readInfo(this.tid);
    if (arguments.length === 0) return info;
    if (!isInfoItem(item)) throw badArgument('table.info', 'there is no such item');
    return info?.[item];
  }

  /** Gives the table another name; lookups by name see one of the two at any time. Needs the right to write. */
  rename(name: string): void {
    const operation = 'table.rename';
    if (typeof name !== 'string')
      throw badArgument(operation, `the name must be a string, not ${kindOf(name)}`);
    begin();
    ctl[A] = appendTerm(name, 'name');
    ctl[TABLE] = this.id;
    native.rename();
    requireOk(operation);
  }

  /** Deletes the table with all its rows; its name is free at once. Needs the right to write. */
  drop(): void {
    ctl[TABLE] = this.id;
    native.drop();
    requireOk('table.drop');
  }

  /** Drops the table if it still exists, for `using`. */
  [Symbol.dispose](): void {
    ctl[TABLE] = this.id;
    native.drop();
    if (ctl[STATUS] !== Status.NoTable) requireOk('table[Symbol.dispose]');
  }
}
