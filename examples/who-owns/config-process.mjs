import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lmdbStore, openJournal, PersistentProcess } from 'termstore/persist';
import { DEFAULT_CONFIG, publishConfig } from './config.mjs';

/**
 * The configuration as a process whose state is what its changes have made of it. Each change is on the disk before any thread sees
 * it and before the client is answered, so it survives `kill -9`, and the changes are the history.
 *
 * @typedef {import('./config.mjs').Config} Config
 * @typedef {{ type: 'limit', limit: Config['limit'] }
 *   | { type: 'blocked', network: string, reason: string }
 *   | { type: 'allowed', network: string }} Change
 */

const ID = 'who-owns/config';
const MOST = 1000;

/** The store in a folder, for whichever thread. @param {string} folder */
export function openStore(folder) {
  mkdirSync(folder, { recursive: true });
  return lmdbStore({ path: join(folder, 'config.mdb') });
}

/** What makes `next` of `config`. @param {Config} config @param {Config} next @returns {Change[]} */
function changesBetween(config, next) {
  /** @type {Change[]} */
  const changes = [];
  const { requests, windowSeconds } = next.limit;
  if (requests !== config.limit.requests || windowSeconds !== config.limit.windowSeconds)
    changes.push({ type: 'limit', limit: { requests, windowSeconds } });
  for (const [network, reason] of Object.entries(next.blockedNetworks))
    if (config.blockedNetworks[network] !== reason) changes.push({ type: 'blocked', network, reason });
  for (const network of Object.keys(config.blockedNetworks))
    if (!Object.hasOwn(next.blockedNetworks, network)) changes.push({ type: 'allowed', network });
  return changes;
}

/** @extends {PersistentProcess<Config, Config, Change, Config>} */
export class ConfigProcess extends PersistentProcess {
  persistId = ID;

  /** @param {import('termstore/persist').PersistStore} store */
  constructor(store) {
    super({ store, snapshots: { every: 1000 } });
  }

  init() {
    return DEFAULT_CONFIG;
  }

  /** A whole configuration is asked for; what differs is what is stored, all of it or nothing. @param {Config} next */
  async handleCommand(next) {
    const changes = changesBetween(this.state, next);
    if (changes.length > 0) await this.persistAll(changes);
    this.publish();
    return this.state;
  }

  /** @param {Change} change @returns {Config} */
  handleEvent(change) {
    const { limit, blockedNetworks } = this.state;
    switch (change.type) {
      case 'limit':
        return { limit: change.limit, blockedNetworks };
      case 'blocked':
        return { limit, blockedNetworks: { ...blockedNetworks, [change.network]: change.reason } };
      case 'allowed': {
        const { [change.network]: _, ...rest } = blockedNetworks;
        return { limit, blockedNetworks: rest };
      }
    }
  }

  /** Lets every thread see the configuration. */
  publish() {
    publishConfig(this.state);
  }
}

/**
 * The last changes, oldest first. Any thread may read them while the process writes.
 * @param {import('termstore/persist').PersistStore} store
 * @param {number} limit
 */
export async function readHistory(store, limit) {
  const { firstSeq, lastSeq } = await store.journal.bounds(ID);
  const from = Math.max(firstSeq, lastSeq - Math.min(limit, MOST) + 1);
  const changes = [];
  /** @type {import('termstore/persist').Journal<Change>} */
  const journal = openJournal(store);
  for await (const { seq, time, data } of journal.events(ID, { from, to: lastSeq }))
    changes.push({ number: seq, at: new Date(time).toISOString(), ...data });
  return changes;
}
