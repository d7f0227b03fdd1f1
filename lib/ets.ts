import { loadTable, readFileInfo, type TabfileInfo } from './files/load.js';
import { type File2tabOptions, readTask } from './files/options.js';
import { badArgument, etsFailure, kindOf } from './failures.js';
import { off, on, once } from './events.js';
import { DetsError, EtsError } from './errors.js';
import { isOwnTid, readNote, TABLE_ACCESSES, TABLE_TYPES, tidOf } from './handle.js';
import { native } from './native/binding.js';
import {
  A,
  B,
  C,
  ctl,
  D,
  E,
  F0,
  FLAG_COMPRESSED,
  FLAG_DECENTRALIZED,
  FLAG_HEIR,
  FLAG_NAMED,
  FLAG_NOTE,
  FLAG_READ_CONCURRENCY,
  FLAG_WRITE_AUTO,
  FLAG_WRITE_ON,
  R0,
  R1,
  reals,
  Status,
  STATUS,
} from './native/control.js';
import { takeSpilled } from './chunks.js';
import { openTable } from './open.js';
import { overview } from './overview.js';
import { appendGift, requireHeir, requireOnly, requireOptions, type CheckedHeir } from './ownership.js';
import { fun2ms, isCompiledMs, matchSpecCompile, matchSpecRun, testMs } from './specs.js';
import type { MirrorNote } from './mirror/mirror.js';
import type * as Mirroring from './mirror/open.js';
import { Table } from './table.js';
import { appendPortable, appendTerm, begin } from './term/encode.js';
import type { HydrateOptions, Row, TableOptions, Tid } from './types.js';

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof TableOptions>([
  'type',
  'access',
  'named',
  'keypos',
  'readConcurrency',
  'writeConcurrency',
  'decentralizedCounters',
  'compressed',
  'heir',
  'mirror',
]);
const MAX_KEYPOS = 2 ** 31 - 1;

function requireName(name: unknown, call: string): string {
  if (typeof name !== 'string') throw badArgument(call, `the name must be a string, not ${kindOf(name)}`);
  return name;
}

function writeName(name: string): void {
  begin();
  ctl[A] = appendTerm(name, 'name');
}

type CheckedOptions = Required<Omit<TableOptions, 'heir' | 'mirror'>> & { heir: CheckedHeir };

/** The options with their defaults, checked. */
function readOptions(options: TableOptions): CheckedOptions {
  const call = 'ets.new';
  requireOptions(options, call);
  requireOnly(options, OPTION_NAMES, call);
  const { type = 'set', access = 'protected', named = false, keypos = 0, writeConcurrency = false } = options;
  const { readConcurrency = false, decentralizedCounters, compressed = false, heir = 'none' } = options;
  if (!TABLE_TYPES.includes(type))
    throw badArgument(call, `\`type\` must be one of ${TABLE_TYPES.join(', ')}`);
  if (!TABLE_ACCESSES.includes(access))
    throw badArgument(call, `\`access\` must be one of ${TABLE_ACCESSES.join(', ')}`);
  if (typeof named !== 'boolean')
    throw badArgument(call, `\`named\` must be a boolean, not ${kindOf(named)}`);
  if (!Number.isInteger(keypos) || keypos < 0 || keypos > MAX_KEYPOS) {
    throw badArgument(call, `\`keypos\` must be a whole number up to ${MAX_KEYPOS}, not ${kindOf(keypos)}`);
  }
  if (typeof readConcurrency !== 'boolean')
    throw badArgument(call, `\`readConcurrency\` must be a boolean, not ${kindOf(readConcurrency)}`);
  if (typeof writeConcurrency !== 'boolean' && writeConcurrency !== 'auto') {
    throw badArgument(call, "`writeConcurrency` must be a boolean or 'auto'");
  }
  if (decentralizedCounters !== undefined && typeof decentralizedCounters !== 'boolean')
    throw badArgument(
      call,
      `\`decentralizedCounters\` must be a boolean, not ${kindOf(decentralizedCounters)}`,
    );
  if (typeof compressed !== 'boolean')
    throw badArgument(call, `\`compressed\` must be a boolean, not ${kindOf(compressed)}`);
  // A private table has one user, for whom divided locks are only a cost.
  const divided = access === 'private' ? false : writeConcurrency;
  const byDefault = divided === 'auto' || (divided && type === 'ordered_set');
  return {
    type,
    access,
    named,
    keypos,
    readConcurrency,
    writeConcurrency: divided,
    decentralizedCounters: divided !== false && (decentralizedCounters ?? byDefault),
    compressed,
    heir: requireHeir(heir, call),
  };
}

/**
 * Makes a table that belongs to this thread. It ends with it, unless it has an heir or is given away.
 *
 * `name` is a label, which several tables may share; with `named` it is registered, and `ets.table(name)` finds the table in
 * every thread. Time: O(1); for what options cost see `TableOptions`.
 *
 * @throws {EtsError} `ERR_ETS_ALREADY_EXISTS` when `named` and the name is taken; `ERR_ETS_BADARG` for a bad name or option,
 * and for `compressed` in a runtime whose zlib addons cannot use.
 * @throws {TermError} `ERR_TERM_UNSUPPORTED` when `heir.data` is no term.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#new/2
 * @example
 * ```js
 * const users = ets.new('users', { named: true, access: 'public', type: 'ordered_set' });
 * users.insert(['ada', { born: 1815 }]);
 * users.get('ada'); // ['ada', { born: 1815 }]
 *
 * const byId = ets.new('people', { keypos: 1 });
 * byId.insert(['Ada', 7]);
 * byId.get(7); // ['Ada', 7]
 * ```
 */
function newTable<R extends Row = Row>(name: string, options: TableOptions = {}): Table<R> {
  requireName(name, 'ets.new');
  requireOptions(options, 'ets.new');
  if (options.mirror === undefined) return makeTable<R>(name, options, undefined);
  requireFree(name, readOptions(options), 'ets.new');
  return mirroring().newMirrored<R>(name, options, makeTable);
}

/** What makeTable() would refuse, before a file is made for it. */
function requireFree(name: string, { named, heir }: CheckedOptions, operation: string): void {
  begin();
  appendGift(heir);
  if (!named) return;
  writeName(name);
  native.whereis();
  if (ctl[STATUS] === Status.Ok) throw etsFailure(Status.Exists, operation);
}

/** Two tables that are kept in one file would each write over what the other one has. */
function requireOwnFile({ file, identity }: MirrorNote): void {
  for (const id of tableIds('ets.new')) {
    if ((readNote(id) as MirrorNote | undefined)?.identity === identity)
      throw new DetsError('ERR_DETS_ACCESS', `ets.new: ${file}: another table is kept in this file`);
  }
}

/** The engine and what belongs to it is loaded when a table first needs it. */
function mirroring(): typeof Mirroring {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- at once, and only then
  return require('./mirror/open.js') as typeof Mirroring;
}

/** Makes a table. `note`: what every thread that opens it is told of its mirror; `undefined` without one. */
function makeTable<R extends Row>(
  name: string,
  options: TableOptions,
  note: MirrorNote | undefined,
): Table<R> {
  const checked = readOptions(options);
  if (note !== undefined) requireOwnFile(note);
  const { type, access, named, keypos, readConcurrency, writeConcurrency, heir } = checked;
  begin();
  const nameBytes = appendTerm(name, 'name');
  const giftBytes = appendGift(heir);
  const noteBytes = note === undefined ? 0 : appendPortable(note, 'mirror');
  ctl[A] = nameBytes;
  ctl[B] = TABLE_TYPES.indexOf(type);
  ctl[C] = TABLE_ACCESSES.indexOf(access);
  ctl[D] = keypos;
  ctl[E] =
    (named ? FLAG_NAMED : 0) |
    (heir.thread >= 0 ? FLAG_HEIR : 0) |
    (readConcurrency ? FLAG_READ_CONCURRENCY : 0) |
    (checked.decentralizedCounters ? FLAG_DECENTRALIZED : 0) |
    (checked.compressed ? FLAG_COMPRESSED : 0) |
    (note === undefined ? 0 : FLAG_NOTE) |
    (writeConcurrency === 'auto' ? FLAG_WRITE_AUTO : writeConcurrency ? FLAG_WRITE_ON : 0);
  ctl[R0] = giftBytes;
  ctl[R1] = noteBytes;
  reals[F0] = heir.thread;
  native.create();
  if (ctl[STATUS] !== Status.Ok) throw etsFailure(ctl[STATUS] as number, 'ets.new');
  const handle = { tid: tidOf(ctl[R0]), type, keypos, name, readConcurrency };
  return note === undefined ? new Table<R>(handle) : mirroring().mirroredTable<R>(handle, note);
}

/**
 * The table with this registered name, or with this identifier. Time: O(1).
 *
 * @throws {EtsError} `ERR_ETS_ID` when there is none; `ERR_ETS_BADARG` when the argument is neither a string nor a number.
 * @example
 * ```js
 * const { tid } = ets.new('users', { named: true }); // a Tid is a number: send it to another thread, or store it
 * ets.table('users').tid === tid; // true
 * ets.table(tid).name; // 'users'
 * ets.table('nobody'); // throws ERR_ETS_ID
 * ```
 */
function table<R extends Row = Row>(nameOrTid: string | Tid): Table<R> {
  if (typeof nameOrTid === 'string') {
    const found = whereis<R>(nameOrTid);
    if (found !== undefined) return found;
    throw new EtsError(
      'ERR_ETS_ID',
      'ets.table: no table is registered under this name; it was dropped, its owner has ended, or it was made without `named: true`',
    );
  }
  if (typeof nameOrTid !== 'number')
    throw badArgument('ets.table', `expected a name or a Tid, not ${kindOf(nameOrTid)}`);
  const found = isOwnTid(nameOrTid) ? openTable<R>(nameOrTid) : undefined;
  if (found === undefined) throw etsFailure(Status.NoTable, 'ets.table');
  return found;
}

/**
 * The table with this registered name, or `undefined`. Time: O(1).
 *
 * The table that it returns stays the same one, also when it is renamed or dropped and the name given to another.
 *
 * @throws {EtsError} `ERR_ETS_BADARG` when `name` is no string.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#whereis/1
 * @example
 * ```js
 * ets.whereis('hits'); // undefined
 * const hits = ets.whereis('hits') ?? ets.new('hits', { named: true, access: 'public' });
 * ets.whereis('hits').tid === hits.tid; // true
 * ```
 */
function whereis<R extends Row = Row>(name: string): Table<R> | undefined {
  writeName(requireName(name, 'ets.whereis'));
  native.whereis();
  return ctl[STATUS] === Status.Ok ? openTable<R>(tidOf(ctl[R0] as number)) : undefined;
}

/**
 * All tables of the process, oldest first; those made or dropped by other threads meanwhile may be in or out.
 * Time: O(number of tables).
 *
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#all/0
 * @example
 * ```js
 * ets.new('a');
 * ets.new('b', { named: true });
 * ets.all().map((table) => table.name); // ['a', 'b']
 * ```
 */
function all(): Table[] {
  const tables: Table[] = [];
  for (const id of tableIds('ets.all')) {
    const found = openTable(tidOf(id));
    if (found !== undefined) tables.push(found);
  }
  return tables;
}

function tableIds(operation: string): Int32Array {
  native.all();
  const length = ctl[STATUS] as number;
  if (length < 0) throw etsFailure(length, operation);
  const bytes =
    length > native.replyBytes
      ? takeSpilled(operation)
      : ctl.buffer.slice(native.replyOffset, native.replyOffset + length);
  return new Int32Array(bytes, 0, length / 4);
}

/**
 * Makes a table from a file that `table.tab2file` wrote: name, type, access, key position and options as they were, except that it
 * belongs to this thread, has no heir, and counts as its `writeConcurrency` says. When anything is wrong with the file, there is no table.
 *
 * A registered name is taken from the start; until the last row is in the table, it is private to this thread.
 *
 * Time: O(n) in the thread pool, one block at a time: the file, its checksums, a check of every byte, the insertion; the event loop
 * copies half a megabyte at a time. Memory beside the table: the largest block or row; while a key of a bag with many rows is
 * loaded, up to 32 bytes for each of them.
 *
 * @throws {EtsError} `ERR_ETS_FILE` when the file cannot be read, is damaged or no such file, with the place in the message;
 * `ERR_ETS_ALREADY_EXISTS` when the table is to be registered and its name is taken.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#file2tab/2
 * @example
 * ```js
 * const path = require('node:path').join(require('node:os').tmpdir(), `users-${process.pid}.ets`);
 * const users = ets.new('users', { type: 'ordered_set' });
 * users.insertMany([['ada'], ['grace']]);
 * await users.tab2file(path);
 * users.drop();
 *
 * const again = await ets.file2tab(path, { verify: true });
 * again.tab2list(); // [['ada'], ['grace']]
 * await ets.file2tab(`${path}.old`); // throws ERR_ETS_FILE
 * require('node:fs').rmSync(path);
 * ```
 */
async function file2tab<R extends Row = Row>(
  path: string | URL,
  options: File2tabOptions = {},
): Promise<Table<R>> {
  return loadTable<R>(path, options, newTable);
}

/**
 * Makes a table and fills it from a file of `termstore/dets`, before anything else starts. Type and key position are those of the file; nobody
 * else sees rows until all are there. With `mirror` the table is also kept in the file from then on; `from` is then
 * that file unless it is given. Needs the package `lmdb`.
 *
 * Time: O(n); this thread reads the file, the thread pool checks and stores the rows, and others have the event loop in between.
 *
 * @throws {DetsError} `ERR_DETS_FILE` when the file is not there, damaged, or no file of a table; `ERR_DETS_ARGUMENTS_MISMATCH` when `type` or
 * `keypos` are given and are others.
 * @throws {EtsError} as `ets.new`, and `ERR_ETS_BADARG` when there is neither `from` nor `mirror`.
 * @throws {TermStoreError} `ERR_TERMSTORE_PEER` when the package `lmdb` is not installed.
 * @example
 * ```js
 * const file = require('node:path').join(require('node:os').tmpdir(), `hydrate-${process.pid}.dets`);
 * const saved = await dets.openFile('facts', { file, type: 'ordered_set' });
 * await saved.insertMany([['ada', 1815], ['grace', 1906]]);
 * await saved.close();
 *
 * const facts = await ets.hydrate('facts', { from: file, named: true, onProgress: (rows) => rows });
 * facts.tab2list(); // [['ada', 1815], ['grace', 1906]]
 * await ets.hydrate('facts', { from: `${file}.old` }); // throws ERR_DETS_FILE
 * dets.remove(file);
 * ```
 */
async function hydrate<R extends Row = Row>(name: string, options: HydrateOptions): Promise<Table<R>> {
  requireName(name, 'ets.hydrate');
  requireOptions(options, 'ets.hydrate');
  const { from, signal, onProgress, ...rest } = options;
  requireFree(name, readOptions(rest), 'ets.hydrate');
  const task = readTask(
    { ...(signal !== undefined && { signal }), ...(onProgress !== undefined && { onProgress }) },
    'ets.hydrate',
  );
  return mirroring().hydrateTable<R>(name, from, rest, task, makeTable);
}

/**
 * What a file that `table.tab2file` wrote says about its table. Reads its start and its end, not the rows.
 * Time: O(1), off the event loop.
 *
 * @throws {EtsError} `ERR_ETS_FILE`, as `ets.file2tab`.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#tabfile_info/1
 * @example
 * ```js
 * const path = require('node:path').join(require('node:os').tmpdir(), `info-${process.pid}.ets`);
 * const users = ets.new('users', { type: 'bag' });
 * users.insertMany([['ada', 1], ['ada', 2]]);
 * await users.tab2file(path);
 * const { name, type, size } = await ets.tabfileInfo(path);
 * [name, type, size]; // ['users', 'bag', 2]
 * require('node:fs').rmSync(path);
 * ```
 */
async function tabfileInfo(path: string | URL): Promise<TabfileInfo> {
  return readFileInfo(path);
}

/**
 * Prints every table on the console: id, name, type, rows, bytes and the owner's `threadId`.
 * Time: O(number of tables).
 *
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#i/0
 * @example
 * ```js
 * ets.new('users').insert(['ada']);
 * ets.i(); // undefined: one line for each table has gone to the console
 * ```
 */
function i(): void {
  console.log(overview(all()));
}

/**
 * Tables that every thread of the process shares.
 *
 * @namespace
 */
export const ets = {
  new: newTable,
  table,
  whereis,
  all,
  file2tab,
  hydrate,
  tabfileInfo,
  fun2ms,
  testMs,
  matchSpecCompile,
  matchSpecRun,
  isCompiledMs,
  i,
  on,
  once,
  off,
} as const;
