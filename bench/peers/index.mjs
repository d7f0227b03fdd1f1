import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Who is measured. A *side* is one column of the tables; several sides may belong to one *peer*, which is what `--peers`
 * chooses and what is installed or not. `engine` tells who measures it: our process, the same process with a peer's
 * code in it, or the Erlang node.
 *
 * `load` is run in a process of its own before a peer counts as installed, and answers with its version where it has one.
 */

/** From the package's own package.json, which not every package exports. */
function version(name) {
  let folder = path.dirname(fileURLToPath(import.meta.resolve(name)));
  for (;;) {
    const file = path.join(folder, 'package.json');
    const found = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    if (found.name === name) return found.version;
    if (folder === path.dirname(folder)) return 'unknown';
    folder = path.dirname(folder);
  }
}

const ours = (name, title) => ({ name, title, peer: 'termstore', engine: 'termstore' });
const otp = (name, title) => ({ name, title, peer: 'otp', engine: 'otp' });
const peer = (name, title) => ({ name, title, peer: name, engine: 'peer' });

export const kSides = [
  ours('termstore', 'termstore'),
  ours('near_cache', 'termstore, readConcurrency'),
  ours('persistent_term', 'termstore persistentTerm'),
  ours('view', 'termstore view'),
  otp('otp', 'OTP'),
  otp('otp_persistent_term', 'OTP persistent_term'),
  otp('otp_gen_server', 'OTP GenServer'),
  otp('otp_fast_global', 'OTP FastGlobal'),
  peer('map', 'Map'),
  peer('lru_cache', 'lru-cache'),
  peer('module', 'module constant'),
  peer('lmdb', 'lmdb'),
  peer('sharedmap', 'sharedmap'),
  peer('sqlite', 'better-sqlite3'),
  peer('owner', 'owner thread'),
  peer('redis', 'Redis'),
];

/** Peers that are npm packages, part of Node, or programs; the Erlang node answers for itself. */
export const kPeers = {
  map: { title: 'Map', load: () => '' },
  module: { title: 'constant compiled into a module', load: () => '' },
  owner: { title: 'owner thread (postMessage)', load: () => '' },
  lru_cache: {
    title: 'lru-cache',
    load: async () => {
      await import('lru-cache');
      return version('lru-cache');
    },
  },
  lmdb: {
    title: 'lmdb',
    load: async () => {
      await import('lmdb');
      return version('lmdb');
    },
  },
  sharedmap: {
    title: 'sharedmap',
    load: async () => {
      await import('sharedmap');
      return version('sharedmap');
    },
  },
  sqlite: {
    title: 'better-sqlite3 in memory',
    load: async () => {
      const { default: Database } = await import('better-sqlite3');
      const database = new Database(':memory:');
      const { sqlite } = database.prepare('select sqlite_version() as sqlite').get();
      return `${version('better-sqlite3')} (SQLite ${sqlite})`;
    },
  },
  redis: {
    title: 'Redis over loopback',
    load: async () => {
      await import('ioredis');
      return `ioredis ${version('ioredis')}`;
    },
  },
};

const byName = new Map(kSides.map((side) => [side.name, side]));

export const engineOf = (name) => byName.get(name).engine;
export const peerOf = (name) => byName.get(name).peer;
export const titleOf = (name) => byName.get(name).title;
