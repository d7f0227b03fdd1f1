import { badArgument, kindOf } from './failures.js';
import { OWN, requireOk, tableFirst } from './guards.js';
import { TABLE_ACCESSES } from './handle.js';
import { native } from './native/binding.js';
import { A, B, C, ctl, F0, reals, Status, STATUS, TABLE } from './native/control.js';
import { faultOfOptions } from './plain-options.js';
import { appendTerm, begin } from './term/encode.js';
import type { ChangeableOptions, Heir, TableAccess } from './types.js';

/** Thread ids are whole numbers; a worker that has ended has -1. */
const MAX_THREAD = 2 ** 32 - 2;

function requireThread(thread: unknown, what: string, operation: string): number {
  if (typeof thread === 'number' && Number.isInteger(thread) && thread >= -1 && thread <= MAX_THREAD)
    return thread;
  throw badArgument(operation, `${what} must be the id of a thread, not ${kindOf(thread)}`);
}

/** Throws for an own property of `options` that is not in `known`. */
export function requireOnly(options: object, known: ReadonlySet<string>, operation: string): void {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw badArgument(operation, `there is no option \`${name}\``);
  }
}

/** Throws unless `options` is a plain object. */
export function requireOptions(options: unknown, operation: string): void {
  const fault = faultOfOptions(options);
  if (fault !== undefined) throw badArgument(operation, `options ${fault}`);
}

const HEIR_NAMES: ReadonlySet<string> = new Set<keyof Heir>(['thread', 'data']);

/** The heir that an option names, read once. */
export interface CheckedHeir {
  /** -1: none. */
  readonly thread: number;
  /** `undefined`: the heir is not told. */
  readonly data: unknown;
}

/** Throws unless `heir` is a value for the option. */
export function requireHeir(heir: unknown, operation: string): CheckedHeir {
  if (heir === 'none') return { thread: -1, data: undefined };
  if (typeof heir !== 'object' || heir === null || Array.isArray(heir))
    throw badArgument(operation, `\`heir\` must be { thread, data? } or 'none', not ${kindOf(heir)}`);
  for (const name of Object.keys(heir)) {
    if (!HEIR_NAMES.has(name)) throw badArgument(operation, `\`heir\` has no part \`${name}\``);
  }
  const { thread, data } = heir as Partial<Heir>;
  return { thread: requireThread(thread, '`heir.thread`', operation), data };
}

/** Appends what the heir's event will carry to the request; returns its length in bytes, -1 when there will be no event. */
export function appendGift({ thread, data }: CheckedHeir): number {
  return thread < 0 || data === undefined ? -1 : appendTerm(data, 'heir.data');
}

/** Makes `thread` the owner of table `id`; its `transfer` event carries `data`. */
export function giveAway(id: number, thread: unknown, data: unknown): void {
  const operation = 'table.giveAway';
  const [to, size] = tableFirst(id, OWN, operation, () => {
    const checked = requireThread(thread, '`thread`', operation);
    begin();
    return [checked, appendTerm(data, 'data')];
  });
  ctl[TABLE] = id;
  ctl[A] = size;
  reals[F0] = to;
  native.giveAway();
  if (ctl[STATUS] === Status.BadArg)
    throw badArgument(operation, `thread ${to} has ended, or has not loaded this package`);
  requireOk(operation);
}

const CHANGEABLE: ReadonlySet<string> = new Set<keyof ChangeableOptions>(['heir', 'access']);

/** Changes the options of table `id` that `options` names: all of them or none. */
export function setOptions(id: number, options: ChangeableOptions): void {
  const operation = 'table.setopts';
  const { access, heir, size } = tableFirst(id, OWN, operation, () => readChange(options, operation));
  ctl[TABLE] = id;
  ctl[A] = size;
  ctl[B] = heir === undefined ? 0 : 1;
  ctl[C] = access === undefined ? -1 : TABLE_ACCESSES.indexOf(access);
  reals[F0] = heir?.thread ?? -1;
  native.setopts();
  requireOk(operation);
}

interface CheckedChange {
  readonly access: TableAccess | undefined;
  readonly heir: CheckedHeir | undefined;
  /** Bytes of what the heir's event will carry, in the request; -1: there will be none. */
  readonly size: number;
}

function readChange(options: ChangeableOptions, operation: string): CheckedChange {
  requireOptions(options, operation);
  requireOnly(options, CHANGEABLE, operation);
  const { access, heir } = options;
  if (access !== undefined && !TABLE_ACCESSES.includes(access))
    throw badArgument(operation, `\`access\` must be one of ${TABLE_ACCESSES.join(', ')}`);
  const checked = heir === undefined ? undefined : requireHeir(heir, operation);
  begin();
  const size = checked === undefined ? -1 : appendGift(checked);
  return { access, heir: checked, size };
}
