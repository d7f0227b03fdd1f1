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
 * The tables of the data by their names. Only the main thread writes them, so they stay `protected`.
 * @type {Record<'ipv4' | 'ipv6' | 'networks', import('termstore').TableOptions>}
 */
export const DATA_TABLES = {
  ipv4: { type: 'ordered_set' },
  ipv6: { type: 'ordered_set' },
  networks: { type: 'set' },
};

/**
 * The tables of the figures, which every thread writes.
 * @type {Record<string, import('termstore').TableOptions>}
 */
const FIGURE_TABLES = {
  asked: { type: 'set', access: 'public', writeConcurrency: true },
  threads: { type: 'set', access: 'public', writeConcurrency: true },
  clients: { type: 'set', access: 'public', writeConcurrency: true },
};

/**
 * Creates tables; they live as long as the thread that calls this.
 * @param {Record<string, import('termstore').TableOptions>} tables
 */
const createAll = (tables) => {
  for (const [name, options] of Object.entries(tables)) ets.new(name, { ...options, named: true });
};
export const createDataTables = () => createAll(DATA_TABLES);
export const createFigureTables = () => createAll(FIGURE_TABLES);

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
