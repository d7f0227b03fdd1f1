import { badArgument, kindOf } from '../failures.js';
import { type OpenPlan, requireFile } from '../dets/options.js';
import { identityOf } from '../disk/identity.js';
import { fillings } from '../disk/opened.js';
import { Store } from '../dets/store.js';
import { fillTable } from '../dets/transfer.js';
import { EtsError, DetsError } from '../errors.js';
import type { TaskOptions } from '../files/options.js';
import type { TableHandle } from '../handle.js';
import type { Table } from '../table.js';
import type { MirrorOptions, Row, TableOptions } from '../types.js';
import { Mirror, type MirrorNote } from './mirror.js';
import { MirroredTable } from './table.js';

type Make = <R extends Row>(name: string, options: TableOptions, note: MirrorNote | undefined) => Table<R>;

const NAMES = ['file', 'mode', 'interval'];
const MODES = ['writeThrough', 'writeBehind'];
const INTERVAL = 1000;
const LONGEST = 2 ** 31 - 1;
/** Rows that are put into the table at a time, where a table is made at once. */
const BATCH_ROWS = 4096;

/** As requireFile(), with the errors of tables in memory. */
function pathOf(file: unknown, operation: string, name: string): string {
  try {
    return requireFile(file, operation, name);
  } catch (error) {
    if (!(error instanceof DetsError)) throw error;
    throw new EtsError('ERR_ETS_BADARG', error.message);
  }
}

function readMirror(options: MirrorOptions, operation: string): MirrorNote {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw badArgument(operation, `\`mirror\` must be an object, not ${kindOf(options)}`);
  for (const name of Object.keys(options))
    if (!NAMES.includes(name)) throw badArgument(operation, `\`mirror\` has no option \`${name}\``);
  const { file, mode = 'writeBehind', interval = INTERVAL } = options;
  if (!MODES.includes(mode))
    throw badArgument(operation, `\`mirror.mode\` must be one of ${MODES.join(', ')}`);
  if (typeof interval !== 'number' || !(interval > 0) || interval > LONGEST)
    throw badArgument(operation, `\`mirror.interval\` must be milliseconds above 0, not ${kindOf(interval)}`);
  const path = pathOf(file, operation, 'mirror.file');
  return { file: path, identity: identityOf(path), mode, interval };
}

function planOf(file: string, options: TableOptions, fromFile: boolean): OpenPlan {
  const { type, keypos } = options;
  return {
    name: file,
    file,
    type: type ?? (fromFile ? undefined : 'set'),
    keypos: keypos ?? (fromFile ? undefined : 0),
    access: 'read_write',
    ack: 'committed',
    autoSave: Infinity,
    ramFile: false,
    force: false,
  };
}

/** `ets.new` with `mirror`: see there. Rows that the file has are in the table when it returns. */
export function newMirrored<R extends Row>(name: string, options: TableOptions, make: Make): Table<R> {
  const operation = 'ets.new';
  const note = readMirror(options.mirror as MirrorOptions, operation);
  const store = Store.openNow(planOf(note.file, options, false), operation);
  try {
    const { mirror: _, ...plain } = options;
    return filledNow<R>(make<R>(name, { ...plain, access: 'private' }, note), store, options);
  } finally {
    // The table has it open by itself.
    store.leave().catch(() => undefined);
  }
}

/** Nobody else sees the table before it is full. */
function filledNow<R extends Row>(table: Table<R>, store: Store, options: TableOptions): Table<R> {
  const operation = 'ets.new';
  const plain = (table as MirroredTable<R>).unmirrored();
  try {
    const rows: R[] = [];
    for (const row of store.all(operation)) {
      rows.push(row as R);
      if (rows.length === BATCH_ROWS) plain.insertMany(rows.splice(0));
    }
    plain.insertMany(rows);
    table.setopts({ access: options.access ?? 'protected' });
    return table;
  } catch (error) {
    table[Symbol.dispose]();
    throw error;
  }
}

/** `ets.hydrate`: see there. */
export async function hydrateTable<R extends Row>(
  name: string,
  from: string | URL | undefined,
  options: TableOptions,
  task: TaskOptions,
  make: Make,
): Promise<Table<R>> {
  const operation = 'ets.hydrate';
  const { mirror, ...plain } = options;
  if (from === undefined && mirror === undefined)
    throw badArgument(operation, '`from` must be the file of a table on disk, not undefined');
  const note = mirror === undefined ? undefined : readMirror(mirror, operation);
  const file = from === undefined ? (note as MirrorNote).file : pathOf(from, operation, 'from');
  const same = note?.identity === identityOf(file);
  task.signal?.throwIfAborted();
  const store = await Store.open(
    { ...planOf(file, options, true), access: same ? 'read_write' : 'read' },
    operation,
  );
  try {
    const kept = { ...plain, type: store.type, keypos: store.keypos, access: 'private' as const };
    const table = make<R>(name, kept, note);
    try {
      await fillTable(store, { id: table.tid | 0, keypos: store.keypos }, task, operation);
      if (note !== undefined && !same) await fillings.get(table)?.filled();
      table.setopts({ access: options.access ?? 'protected' });
      return table;
    } catch (error) {
      table[Symbol.dispose]();
      throw error;
    }
  } finally {
    await store.leave();
  }
}

/** Opens the mirror of a table for this thread. `note` is what the thread that made it left. */
export function mirroredTable<R extends Row>(handle: TableHandle, note: unknown): Table<R> {
  const told = note as MirrorNote;
  const open = opened.get(handle.tid);
  if (open !== undefined) return new MirroredTable<R>(handle, () => open);
  return new MirroredTable<R>(handle, (rows) => {
    const plan = { ...planOf(told.file, handle, false), access: 'read_write' as const };
    // The owner has it open.
    const store = Store.openNow(plan, 'ets.table', { checked: true });
    const mirror = new Mirror(store, told, rows, () => opened.delete(handle.tid));
    opened.set(handle.tid, mirror);
    return mirror;
  });
}

/** The mirrors that this thread has open: all handles of a table share one. */
const opened = new Map<number, Mirror>();
