import { resolve } from 'node:path';
import { kindOf } from '../failures.js';
import { readPath, requireNames as requireEtsNames } from '../files/options.js';
import { EtsError } from '../errors.js';
import { TABLE_TYPES } from '../handle.js';
import type { TableType } from '../types.js';
import { badArgument } from './failures.js';

/** What a write waits for: that all threads and processes see it, or also that it has reached the disk. */
export type Acknowledgement = 'committed' | 'flushed';

/** Options of `dets.openFile`. */
export interface OpenFileOptions {
  /** The file. Default: the name. */
  file?: string | URL;
  /** As for `ets.new`; an `ordered_set` too, which OTP does not have on disk. Default `'set'`, or what the file says. */
  type?: TableType;
  /** Position of the key in each row, from 0. Default 0, or what the file says. */
  keypos?: number;
  /** `'read'`: writing is refused, and the file must exist. Default `'read_write'`. */
  access?: 'read' | 'read_write';
  /**
   * What the promise of a write waits for. `'committed'` (the default): every thread and process sees it, and it survives the end of
   * the process, however it ends. `'flushed'`: it also survives a power failure.
   */
  ack?: Acknowledgement;
  /**
   * After so many milliseconds at most what was written to a `ramFile` is flushed; `Infinity`: only by `sync` and `close`. Any other file
   * is flushed right behind each commit. Default 180 000.
   */
  autoSave?: number;
  /**
   * Writes stay in the memory of the system until `sync`, `close` or `autoSave`: fast to fill. They survive the end of the process; after a
   * power failure the file may be damaged. Default `false`.
   */
  ramFile?: boolean;
  /**
   * `true` (the default) and `false`: a damaged file is refused and left as it is; an orderly file never needs to be repaired,
   * however its last process ended. `'force'`: what is left of a damaged file is saved, and `table.repaired` tells what could not
   * be; the damaged file is kept beside it, as `FILE.damaged`. Of a file that was cut off, what is left of old copies of its pages may
   * bring back rows that had been deleted or replaced; where also its header is lost, `type` and `keypos` say what table it was, without
   * which it is taken for a `set` or an `ordered_set` with its keys at 0, if its rows fit.
   */
  repair?: boolean | 'force';
}

/** Options of `dets.openFile`, checked. */
export interface OpenPlan {
  readonly name: string;
  readonly file: string;
  readonly type: TableType | undefined;
  readonly keypos: number | undefined;
  readonly access: 'read' | 'read_write';
  readonly ack: Acknowledgement;
  readonly autoSave: number;
  readonly ramFile: boolean;
  readonly force: boolean;
}

const NAMES: readonly (keyof OpenFileOptions)[] = [
  'file',
  'type',
  'keypos',
  'access',
  'ack',
  'autoSave',
  'ramFile',
  'repair',
];
const MAX_KEYPOS = 2 ** 31 - 1;
const AUTO_SAVE = 180_000;

/** Runs a check of lib/files, whose errors are those of tables in memory. */
export function translated<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof EtsError)) throw error;
    const at = error.message.indexOf(': ');
    throw badArgument(error.message.slice(0, at), error.message.slice(at + 2));
  }
}

export function requireNames(options: object, names: readonly string[], operation: string): void {
  translated(() => requireEtsNames(options, names, operation));
}

/** A path as an absolute one. */
export function requireFile(path: unknown, operation: string, name = 'file'): string {
  return resolve(translated(() => readPath(path, operation, name)));
}

function requireOne<T>(value: T, values: readonly T[], name: string, operation: string): T {
  if (values.includes(value)) return value;
  throw badArgument(
    operation,
    `\`${name}\` must be one of ${values.map(String).join(', ')}, not ${kindOf(value)}`,
  );
}

/** Checks the arguments of `dets.openFile`. */
export function planOpen(name: unknown, options: OpenFileOptions, operation: string): OpenPlan {
  if (typeof name !== 'string' || name === '')
    throw badArgument(operation, `the name must be a string with a character at least, not ${kindOf(name)}`);
  requireNames(options, NAMES, operation);
  const { file = name, type, keypos, access = 'read_write', ack = 'committed' } = options;
  const { autoSave = AUTO_SAVE, ramFile = false, repair = true } = options;
  if (keypos !== undefined && (!Number.isInteger(keypos) || keypos < 0 || keypos > MAX_KEYPOS))
    throw badArgument(
      operation,
      `\`keypos\` must be a whole number up to ${MAX_KEYPOS}, not ${kindOf(keypos)}`,
    );
  if (typeof autoSave !== 'number' || !(autoSave > 0))
    throw badArgument(
      operation,
      `\`autoSave\` must be milliseconds above 0 or Infinity, not ${kindOf(autoSave)}`,
    );
  return {
    name,
    file: requireFile(file, operation),
    type: type === undefined ? undefined : requireOne(type, TABLE_TYPES, 'type', operation),
    keypos,
    access: requireOne(access, ['read', 'read_write'] as const, 'access', operation),
    ack: requireOne(ack, ['committed', 'flushed'] as const, 'ack', operation),
    autoSave,
    ramFile: requireOne(ramFile, [true, false], 'ramFile', operation),
    force: requireOne(repair, [true, false, 'force'] as const, 'repair', operation) === 'force',
  };
}
