import { type ClosableStore, lmdbStore, type PersistentProcess } from 'termstore/persist';
import { lister, type ListerCommand } from './support.js';

/** What a thread or a process of its own is asked to do by the tests of fencing. */
let store: ClosableStore | undefined;
let process_: PersistentProcess<string[], ListerCommand, string> | undefined;

async function start(path: string, takeOver: boolean, persistId = 'lister'): Promise<number> {
  store ??= lmdbStore({ path });
  process_ = await lister(store, { persistId }).start({ takeOver });
  return process_.seq;
}

async function put(event: string): Promise<number> {
  await process_?.call(({ persist }) => persist(event));
  return process_?.seq ?? -1;
}

async function putMany(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await put(`${i}`);
}

async function stop(): Promise<void> {
  await process_?.stop();
  await store?.close();
  store = undefined;
}

export const jobs = { start, put, putMany, stop };
