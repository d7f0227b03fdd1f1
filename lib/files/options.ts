import { fileURLToPath } from 'node:url';
import { badArgument, kindOf } from '../failures.js';
import { faultOfOptions } from '../plain-options.js';

/** What every task takes that runs for longer than one turn of the event loop. */
export interface TaskOptions {
  /** Ends the task early; it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called now and then, and at the end, with the number of rows so far. What it throws ends the task. */
  onProgress?: (rows: number) => void;
}

/** Options of `table.tab2file`. */
export interface Tab2fileOptions extends TaskOptions {
  /** Wait until the file has reached the disk, its name included. Default `false`. */
  sync?: boolean;
  /** What `file2tab` with `verify` compares beyond what it always does. Default none. */
  extendedInfo?: readonly ExtendedInfo[];
}

/** Options of `ets.file2tab`. */
export interface File2tabOptions extends TaskOptions {
  /** Also compare the number of rows in the table, and what `extendedInfo` says. Default `false`. */
  verify?: boolean;
}

/** `objectCount`: the number of rows; `md5sum`: MD5 over the checks of all blocks of rows. */
export type ExtendedInfo = 'objectCount' | 'md5sum';

export const EXTENDED_INFO: readonly ExtendedInfo[] = ['objectCount', 'md5sum'];
export const TASK_OPTIONS: readonly string[] = ['signal', 'onProgress'];

/** Throws unless `options` is a plain object with no other names than these. */
export function requireNames(options: object, names: readonly string[], operation: string): void {
  const fault = faultOfOptions(options);
  if (fault !== undefined) throw badArgument(operation, `options ${fault}`);
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw badArgument(operation, `there is no option \`${name}\``);
  }
}

/** The options of every task, checked. */
export function readTask(options: TaskOptions, operation: string): TaskOptions {
  const { signal, onProgress } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badArgument(operation, `\`signal\` must be an AbortSignal, not ${kindOf(signal)}`);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw badArgument(operation, `\`onProgress\` must be a function, not ${kindOf(onProgress)}`);
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) };
}

export function readFlag(value: unknown, name: string, operation: string): boolean {
  if (value !== undefined && typeof value !== 'boolean')
    throw badArgument(operation, `\`${name}\` must be a boolean, not ${kindOf(value)}`);
  return value === true;
}

/** Each item once, in a fixed order. */
export function readExtendedInfo(value: unknown, operation: string): ExtendedInfo[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((item) => EXTENDED_INFO.includes(item as ExtendedInfo)))
    throw badArgument(operation, `\`extendedInfo\` must be an array of ${EXTENDED_INFO.join(', ')}`);
  return EXTENDED_INFO.filter((item) => value.includes(item));
}

/** The path of a file, from a string or a `file:` URL. */
export function readPath(path: unknown, operation: string, name = 'path'): string {
  if (path instanceof URL) {
    if (path.protocol !== 'file:') throw badArgument(operation, `\`${name}\` must be a \`file:\` URL`);
    try {
      return fileURLToPath(path);
    } catch (error) {
      throw badArgument(operation, `\`${name}\` is no path: ${(error as Error).message}`);
    }
  }
  if (typeof path !== 'string')
    throw badArgument(operation, `\`${name}\` must be a string or a URL, not ${kindOf(path)}`);
  if (path === '' || path.includes('\0'))
    throw badArgument(operation, `\`${name}\` is empty or has a zero character`);
  return path;
}
