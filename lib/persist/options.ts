import { kindOf } from '../failures.js';
import { badArgument } from './errors.js';
import { requireCount, requireFlag, requireFunction, requireOptions } from './names.js';
import { type Projector, readProjection } from './projection.js';
import type { PersistStore } from './store.js';
import type { EventAdapter, ProcessOptions, SnapshotPolicy } from './types.js';

/** The options of a process, known to be sound. */
export interface CheckedOptions<State, Event> {
  readonly store: PersistStore;
  readonly policy: SnapshotPolicy | undefined;
  readonly adapter: EventAdapter<Event> | undefined;
  readonly projector: Projector<State, Event> | undefined;
}

export const OPTION_NAMES = ['store', 'snapshots', 'adapter', 'projection'];

export function readOptions<State, Event>(
  options: ProcessOptions<State, Event>,
  operation: string,
): CheckedOptions<State, Event> {
  requireOptions(options, OPTION_NAMES, operation);
  return {
    store: requireStore(options.store, operation),
    policy: readPolicy(options.snapshots, operation),
    adapter: readAdapter(options.adapter, operation),
    projector: readProjection(options.projection, operation),
  };
}

export function requireStore(store: unknown, operation: string): PersistStore {
  const { journal, snapshots } = (store ?? {}) as Partial<PersistStore>;
  if (typeof journal?.append !== 'function' || typeof snapshots?.save !== 'function')
    throw badArgument(
      operation,
      `\`store\` must have a \`journal\` and \`snapshots\`, as lmdbStore() makes it`,
    );
  return store as PersistStore;
}

function readPolicy(policy: SnapshotPolicy | undefined, operation: string): SnapshotPolicy | undefined {
  if (policy === undefined) return undefined;
  requireOptions(policy, ['every', 'keep', 'truncate'], `${operation}: snapshots`);
  return {
    every: requireCount(policy.every, 'snapshots.every', operation, 1),
    keep: requireCount(policy.keep, 'snapshots.keep', operation, 1, 3),
    truncate: requireFlag(policy.truncate, 'snapshots.truncate', operation),
  };
}

export function readAdapter<Event>(
  adapter: EventAdapter<Event> | undefined,
  operation: string,
): EventAdapter<Event> | undefined {
  if (adapter === undefined) return undefined;
  if (typeof adapter !== 'object' || adapter === null)
    throw badArgument(operation, `\`adapter\` must be an object, not ${kindOf(adapter)}`);
  for (const name of ['toJournal', 'fromJournal'] as const)
    if (adapter[name] !== undefined) requireFunction(adapter[name], `adapter.${name}`, operation);
  return adapter;
}
