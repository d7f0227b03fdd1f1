import { workerData } from 'node:worker_threads';
import { ets, persistentTerm } from 'termstore';
import { open as openModule } from '../peers/module.mjs';
import { createClient } from '../peers/owner.mjs';
import { largeValue, smallValue } from './comparison.mjs';
import { serve } from './worker.mjs';

const { index, side, kind, rows, name, port } = workerData;

// A value that differs from that of the other threads, and from write to write.
let version = index + 1;
const value = kind === 'small' ? smallValue(version) : largeValue(rows, version);

function nextValue() {
  version += 8;
  value.version = version;
  return value;
}

function tableAccess() {
  const table = ets.table(name);
  return {
    read: () => table.get(name)[1].version,
    write: () => table.insert([name, nextValue()]) ?? 1,
  };
}

async function moduleAccess() {
  const constant = await openModule({ value });
  const access = { read: () => constant.read().version, write: () => constant.write(nextValue()).version };
  await constant.close();
  return access;
}

function ownerAccess() {
  const ask = createClient(port);
  return {
    awaited: true,
    read: async () => (await ask({ operation: 'get', key: name })).version,
    write: async () => ((await ask({ operation: 'set', key: name, value: nextValue() })) ? 1 : 0),
  };
}

function termAccess() {
  const ref = persistentTerm.ref(name);
  return { read: () => ref.get().version, write: () => persistentTerm.put(name, nextValue()) ?? 1 };
}

const kAccess = {
  termstore: tableAccess,
  near_cache: tableAccess,
  module: moduleAccess,
  owner: ownerAccess,
  persistent_term: termAccess,
};

function times(operation) {
  return (_, count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += operation();
    return sum;
  };
}

function timesAwaited(operation) {
  return async (_, count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await operation();
    return sum;
  };
}

const { read, write, awaited } = await kAccess[side]();
serve([read, write].map(awaited ? timesAwaited : times));
