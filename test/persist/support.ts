import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClosableStore,
  lmdbStore,
  type LmdbStoreOptions,
  memoryStore,
  persistentProcess,
  type PersistentProcess,
  type ProcessContext,
  type ProcessSpec,
} from 'termstore/persist';
import type { Suite } from '../support/suite.js';

const folder = join(tmpdir(), `termstore-persist-${process.pid}`);
let made = 0;

/** A path of its own for each call; everything there is removed after the suite. */
export function pathsOf({ before, after }: Pick<Suite, 'before' | 'after'>): () => string {
  before(() => void mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return () => join(folder, `${made++}.mdb`);
}

/** Opens stores that are closed after the test. */
export function storesOf(suite: Pick<Suite, 'before' | 'after' | 'afterEach'>): {
  readonly memory: () => ClosableStore;
  readonly lmdb: (options?: Partial<LmdbStoreOptions>) => ClosableStore;
  readonly path: () => string;
} {
  const path = pathsOf(suite);
  const open: ClosableStore[] = [];
  suite.afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  const keep = (store: ClosableStore): ClosableStore => {
    open.push(store);
    return store;
  };
  return {
    path,
    memory: () => keep(memoryStore()),
    lmdb: (options = {}) =>
      keep(lmdbStore({ path: path(), durability: 'committed', pollInterval: 5, ...options })),
  };
}

/** A process whose state is the list of its events; a command is a function that is given its context. */
export type Lister = PersistentProcess<string[], ListerCommand, string>;
export type ListerCommand = (context: ProcessContext<string[], string, unknown>) => unknown;

export function lister(
  store: ClosableStore,
  more: Partial<ProcessSpec<string[], ListerCommand, string, unknown>> = {},
): Lister {
  return persistentProcess<string[], ListerCommand, string>({
    persistId: 'lister',
    store,
    init: () => [],
    handleCommand: (_state, command, context) => command(context),
    handleEvent: (state, event) => [...state, event],
    ...more,
  });
}

export const stateOf = (process: Lister): Promise<unknown> => process.call(({ state }) => [...state()]);

/** The code of the error that `work` rejects with. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return (error as { code?: unknown }).code ?? (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** Every turn of the event loop that is due. */
export const turns = async (n = 5): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** A journal whose appends wait until they are let go, or fail. */
export function slowed(store: ClosableStore): {
  readonly store: ClosableStore;
  readonly appends: number[];
  go(): void;
  fail(error: unknown): void;
} {
  const appends: number[] = [];
  let next = (_error?: unknown): void => undefined;
  const journal = new Proxy(store.journal, {
    get(target, name) {
      if (name === 'append') {
        return async (append: Parameters<typeof target.append>[0]) => {
          appends.push(append.records.length);
          const error = await new Promise((resolve) => (next = resolve));
          if (error !== undefined) throw error;
          await target.append(append);
        };
      }
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  return {
    store: { ...store, journal },
    appends,
    go: () => next(),
    fail: (error) => next(error),
  };
}
