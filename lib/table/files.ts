import type { DetsTable } from '../dets.js';
import { diskTables } from '../disk/opened.js';
import { badArgument, etsFailure, kindOf } from '../failures.js';
import { dumpTable, planDump } from '../files/dump.js';
import { initTable } from '../files/init-table.js';
import type { Tab2fileOptions, TaskOptions } from '../files/options.js';
import { releaseTable } from '../fixing.js';
import { checkTable, READ, WRITE } from '../guards.js';
import { Status } from '../native/control.js';
import type { Row } from '../types.js';
import { TableAdmin } from './admin.js';

/** The table as a whole, from elsewhere and to elsewhere. @internal */
export abstract class TableFiles<R extends Row> extends TableAdmin<R> {
  /**
   * For the compiler, which then compares two kinds of tables method by method. By the type of the row alone it would take no
   * `Table<[string, number]>` for a `Table`: it cannot tell how the patterns of one compare with those of the other.
   */
  declare protected readonly rowShape: { [P in keyof R]: R[P] };

  /**
   * Deletes all rows, then inserts those of `rows`, one by one. Values can be encoded in this thread only, and inserting a row costs no
   * more than that, so it all happens here: others have the event loop every two milliseconds, or after a row that takes longer.
   *
   * Not atomic: other threads see the table empty and then grow, and rows that they insert meanwhile stay. When it fails, the rows
   * so far are in the table and the iterator is closed; the error for a wrong row names its index.
   *
   * Time: as `insert` for each row.
   *
   * @throws {TermError} `ERR_TERM_UNSUPPORTED` when something in a row cannot be stored; the message names the path to it.
   * @throws {EtsError} `ERR_ETS_BADARG` when `rows` cannot be iterated over, or a row is no array or has no key.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#init_table/2
   * @example
   * ```js
   * const squares = ets.new('squares', { type: 'ordered_set' });
   * async function* rows() {
   *   for (let n = 1; n <= 3; n++) yield [n, n * n];
   * }
   * await squares.initTable(rows());
   * squares.tab2list(); // [[1, 1], [2, 4], [3, 9]]
   * ```
   */
  initTable(rows: Iterable<R> | AsyncIterable<R>, options: TaskOptions = {}): Promise<void> {
    return initTable(this.id, this.keypos, rows, options);
  }

  /**
   * Writes the table to a file, which `ets.file2tab` reads. The file appears under its name when it is complete: until then, and
   * when it fails, an older file of that name stays as it is.
   *
   * Other threads may change the table meanwhile: a row that stays is in the file exactly once, one that comes or goes may be in it
   * or not. The table is fixed (`safeFixtable`) until then. Needs the right to read.
   *
   * Time: O(n) in the thread pool, one slice of some 256 KiB at a time: rows, checksums and the file; the event loop copies half a
   * megabyte at a time. Memory: such a slice, or twice the largest row (of a bag: key).
   *
   * @throws {EtsError} `ERR_ETS_FILE` when the file cannot be written; `cause` is the system's error.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#tab2file/3
   * @example
   * ```js
   * const path = require('node:path').join(require('node:os').tmpdir(), `dump-${process.pid}.ets`);
   * const users = ets.new('users');
   * users.insert(['ada', 1]);
   * await users.tab2file(path, { extendedInfo: ['md5sum'] });
   * (await ets.file2tab(path, { verify: true })).get('ada'); // ['ada', 1]
   * require('node:fs').rmSync(path);
   * ```
   */
  async tab2file(path: string | URL, options: Tab2fileOptions = {}): Promise<void> {
    const plan = planDump(this.id, path, options);
    this.safeFixtable(true);
    try {
      await dumpTable(this.tid, plan);
    } finally {
      releaseTable(this.id);
    }
  }

  /**
   * Copies all rows into a table on disk, in place of those that it has. Others may change this table meanwhile: a row that stays is copied.
   * Not atomic. Time: O(n log n).
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `disk` is no table of `termstore/dets`.
   * @throws {DetsError} as `detsTable.fromEts`.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#to_dets/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `to-dets-${process.pid}.dets`);
   * const users = ets.new('users');
   * users.insertMany([['ada', 1], ['bob', 2]]);
   * const saved = await dets.openFile('saved', { file });
   * await users.toDets(saved); // 2: so many rows
   * saved.get('ada'); // ['ada', 1]
   * await saved.close();
   * dets.remove(file);
   * ```
   */
  async toDets(disk: DetsTable<R>, options: TaskOptions = {}): Promise<number> {
    checkTable(this.id, READ, 'table.toDets');
    requireDisk(disk, 'table.toDets');
    return disk.fromEts(this, options);
  }

  /**
   * Copies all rows of a table on disk into this one, where rows that are there stay unless they are replaced. The bytes go as they are,
   * checked and stored in the thread pool. Time: O(n).
   *
   * @throws {EtsError} `ERR_ETS_BADARG` when `disk` is no table of `termstore/dets`.
   * @throws {DetsError} as `detsTable.toEts`.
   * @see https://www.erlang.org/doc/apps/stdlib/ets.html#from_dets/2
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `from-dets-${process.pid}.dets`);
   * const saved = await dets.openFile('saved', { file });
   * await saved.insertMany([['ada', 1], ['bob', 2]]);
   * const users = ets.new('users');
   * await users.fromDets(saved); // 2: so many rows
   * users.get('ada'); // ['ada', 1]
   * await saved.close();
   * dets.remove(file);
   * ```
   */
  async fromDets(disk: DetsTable<R>, options: TaskOptions = {}): Promise<number> {
    checkTable(this.id, WRITE, 'table.fromDets');
    requireDisk(disk, 'table.fromDets');
    return disk.toEts(this, options);
  }

  /**
   * Waits until everything that this thread has written to a table with a `mirror` has reached the disk. Time: that of the disk.
   *
   * @throws {EtsError} `ERR_ETS_TABLE_TYPE` when the table has no mirror.
   * @throws {DetsError} `ERR_DETS_IO` when the disk is full or fails; what has changed is kept, and tried again.
   * @example
   * ```js
   * const file = require('node:path').join(require('node:os').tmpdir(), `mirror-${process.pid}.dets`);
   * const users = ets.new('users', { mirror: { file, mode: 'writeBehind', interval: 200 } });
   * users.insert(['ada', 1]);
   * await users.syncMirror();
   * users.drop();
   * ets.new('users', { mirror: { file } }).get('ada'); // ['ada', 1]
   * require('node:fs').rmSync(file);
   * require('node:fs').rmSync(`${file}-lock`);
   * ```
   */
  // eslint-disable-next-line @typescript-eslint/require-await -- refuses by rejecting, as where there is a mirror
  async syncMirror(): Promise<void> {
    checkTable(this.id, READ, 'table.syncMirror');
    throw etsFailure(Status.TableType, 'table.syncMirror');
  }
}

function requireDisk(disk: unknown, operation: string): void {
  if (typeof disk !== 'object' || disk === null || !diskTables.has(disk))
    throw badArgument(operation, `expected a table of \`dets.openFile\`, not ${kindOf(disk)}`);
}
