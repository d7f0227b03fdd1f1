import { ets } from 'termstore';

/**
 * A range of addresses and the number of its network; keyed by its first address.
 * @typedef {[first: number, last: number, asn: number]} Ipv4Row
 * @typedef {[first: bigint, last: bigint, asn: number]} Ipv6Row
 * @typedef {[asn: number, name: string]} NetworkRow
 * @typedef {[asn: number, requests: number, name: string]} AskedRow
 * @typedef {[thread: number, requests: number]} ThreadRow
 * How often a client asked in the window that ends at `endsAt`, in seconds since 1970.
 * @typedef {[key: [client: string, endsAt: number], requests: number]} ClientRow
 */

/**
 * Every table by its name. Only the main thread writes the data, so those tables stay `protected`; the figures are
 * written by every thread.
 * @type {Record<string, import('termstore').TableOptions>}
 */
const TABLES = {
  ipv4: { type: 'ordered_set' },
  ipv6: { type: 'ordered_set' },
  networks: { type: 'set' },
  asked: { type: 'set', access: 'public', writeConcurrency: true },
  threads: { type: 'set', access: 'public', writeConcurrency: true },
  clients: { type: 'set', access: 'public', writeConcurrency: true },
};

/** Creates the tables; they live as long as the thread that calls this. */
export function createTables() {
  for (const [name, options] of Object.entries(TABLES)) ets.new(name, { ...options, named: true });
  return openTables();
}

/** The tables as any thread sees them, by name: nothing is passed between threads, and nothing is copied. */
export function openTables() {
  return {
    /** @type {import('termstore').Table<Ipv4Row>} */
    ipv4: ets.table('ipv4'),
    /** @type {import('termstore').Table<Ipv6Row>} */
    ipv6: ets.table('ipv6'),
    /** @type {import('termstore').Table<NetworkRow>} */
    networks: ets.table('networks'),
    /** @type {import('termstore').Table<AskedRow>} */
    asked: ets.table('asked'),
    /** @type {import('termstore').Table<ThreadRow>} */
    threads: ets.table('threads'),
    /** @type {import('termstore').Table<ClientRow>} */
    clients: ets.table('clients'),
  };
}

/** @typedef {ReturnType<typeof openTables>} Tables */

/** @param {Tables} tables */
export function describeTables(tables) {
  return Object.entries(tables).map(([name, table]) => {
    const info = table.info();
    return { name, type: info?.type ?? 'gone', rows: info?.size ?? 0, bytes: info?.memory ?? 0 };
  });
}
