/// <reference lib="esnext.disposable" preserve="true" />
import { badArgument, kindOf } from '../failures.js';
import { readFixations } from '../fixing.js';
import { requireOk } from '../guards.js';
import { isInfoItem, readInfo } from '../handle.js';
import { knownNearInfo } from '../near-cache.js';
import { native } from '../native/binding.js';
import { A, ctl, STATUS, Status, TABLE } from '../native/control.js';
import { giveAway, setOptions } from '../ownership.js';
import { readStats, readWaits } from '../stats.js';
import { appendTerm, begin } from '../term/encode.js';
import type { ChangeableOptions, Row, TableInfo, TableInfoItems } from '../types.js';
import { TableQueriesAsync } from './queries-async.js';

/** The table itself: what it is, its name, its end. @internal */
export abstract class TableAdmin<R extends Row> extends TableQueriesAsync<R> {
  /**
   * What there is to know about the table, or one item of it; `undefined` when it does not exist any more. Every thread may
   * ask, whatever the access rights. Time: O(1), O(stripes) for `size` and `memory` of a table with `writeConcurrency`.
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when there is no such item.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#info/2
   * @example
   * ```js
   * const users = ets.new('users', { type: 'bag' });
   * users.insertMany([['ada', 1], ['ada', 2]]);
   * users.info('size'); // 2
   * users.info('memory') > 0; // true: bytes
   * users.info().type; // 'bag'
   * users.drop();
   * users.info(); // undefined
   * ```
   */
  info(): TableInfo | undefined;
  info<K extends keyof TableInfoItems>(item: K): TableInfoItems[K] | undefined;
  info(item?: keyof TableInfoItems): unknown {
    if (item === 'fixed' || item === 'safeFixed') {
      const fixations = readFixations(this.tid);
      return item === 'fixed' && fixations !== undefined ? fixations !== false : fixations;
    }
    if (item === 'stats') return readStats(this.tid, this.type);
    if (item === 'waits') return readWaits(this.tid);
    const info = readInfo(this.tid);
    if (item === 'nearCache') return info && knownNearInfo(this.tid);
    if (arguments.length === 0)
      return info && this.shares ? { ...info, nearCache: knownNearInfo(this.tid) } : info;
    if (!isInfoItem(item)) throw badArgument('table.info', 'there is no such item');
    return item === 'mirrored' ? info && info.mirrored === true : info?.[item];
  }

  /**
   * Gives the table another name; lookups by name see one of the two at any time. Needs the right to write.
   * Time: O(1).
   *
   * @throws {EtsError} `ERR_ETS_ALREADY_EXISTS` when the table is `named` and a table has the name, be it this one;
   * `ERR_ETS_BADARG` when the name is no string.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#rename/2
   * @example
   * ```js
   * const next = ets.new('prices.new', { named: true });
   * next.rename('prices');
   * ets.table('prices').tid === next.tid; // true
   * ets.whereis('prices.new'); // undefined
   * ```
   */
  rename(name: string): void {
    const operation = 'table.rename';
    if (typeof name !== 'string')
      throw badArgument(operation, `the name must be a string, not ${kindOf(name)}`);
    begin();
    ctl[A] = appendTerm(name, 'name');
    ctl[TABLE] = this.id;
    native.rename();
    requireOk(operation);
    // Which remembers it, for when the table cannot be asked any more.
    void this.name;
  }

  /**
   * Makes another thread the owner, which gets a `transfer` event with `data` after it is. The heir stays as it is.
   * Time: O(1).
   *
   * @throws {EtsError} `ERR_ETS_NOT_OWNER` when this thread is not the owner; `ERR_ETS_OWNER` when `thread` is this one;
   * `ERR_ETS_BADARG` when `thread` is no `threadId`, has ended, or has not loaded this package.
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when `data` is no term.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#give_away/3
   * @example
   * ```js
   * const { threadId, Worker } = require('node:worker_threads');
   * const users = ets.new('users');
   * users.giveAway(threadId); // throws ERR_ETS_OWNER
   * users.giveAway(4000000); // throws ERR_ETS_BADARG: there is no such thread
   * // users.giveAway(worker.threadId, 'take care') once the worker has loaded the package
   * ```
   */
  giveAway(thread: number, data?: unknown): void {
    giveAway(this.id, thread, data);
  }

  /**
   * Changes the heir or the access rights: all that `options` names, or nothing. Time: O(1).
   *
   * @throws {EtsError} `ERR_ETS_NOT_OWNER` when this thread is not the owner; `ERR_ETS_BADARG` for another option or a wrong
   * value.
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when `heir.data` is no term.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#setopts/2
   * @example
   * ```js
   * const users = ets.new('users', { access: 'public' });
   * users.setopts({ access: 'protected', heir: { thread: 0, data: 'users' } });
   * users.info('protection'); // 'protected'
   * users.info('heir'); // 0
   * users.setopts({ keypos: 1 }); // throws ERR_ETS_BADARG
   * ```
   */
  setopts(options: ChangeableOptions): void {
    setOptions(this.id, options);
  }

  /**
   * Deletes the table with all its rows; its name is free at once. Needs the right to write. Time: O(1) for whoever
   * wants the name, O(n) for this thread.
   *
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#delete/1
   * @example
   * ```js
   * const users = ets.new('users', { named: true });
   * users.drop();
   * ets.whereis('users'); // undefined
   * users.get('ada'); // throws ERR_ETS_ID
   * ```
   */
  drop(): void {
    ctl[TABLE] = this.id;
    native.drop();
    requireOk('table.drop');
  }

  /**
   * Drops the table if it still exists, for `using`. Time: as `drop`.
   *
   * @example
   * ```js
   * const scratch = ets.new('scratch'); // in TypeScript: using scratch = ets.new('scratch');
   * scratch[Symbol.dispose](); // undefined
   * scratch.info(); // undefined
   * ```
   */
  [Symbol.dispose](): void {
    ctl[TABLE] = this.id;
    native.drop();
    if (ctl[STATUS] !== Status.NoTable) requireOk('table[Symbol.dispose]');
  }
}
