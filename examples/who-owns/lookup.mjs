import { formatAddress, prefixOf } from './addresses.mjs';

/**
 * The row whose range holds `address`: the last one that starts at or before it, unless that one ends before it.
 * @param {import('./tables.mjs').Tables} tables
 * @param {import('./addresses.mjs').Address} address
 */
function findRange(tables, address) {
  // prevLookup() finds the last key *before* the one given, so it is given the next address.
  const found =
    address.family === 4
      ? tables.ipv4.prevLookup(address.value + 1)?.rows[0]
      : tables.ipv6.prevLookup(address.value + 1n)?.rows[0];
  return found !== undefined && address.value <= found[1] ? found : undefined;
}

/**
 * Who owns `address`; `undefined` when no network announces it.
 * @param {import('./tables.mjs').Tables} tables
 * @param {import('./addresses.mjs').Address} address
 */
export function whoOwns(tables, address) {
  const row = findRange(tables, address);
  if (row === undefined) return undefined;
  const [first, last, asn] = row;
  const format = (/** @type {number | bigint} */ value) =>
    formatAddress(/** @type {import('./addresses.mjs').Address} */ ({ family: address.family, value }));
  return {
    address: formatAddress(address),
    range: { first: format(first), last: format(last), prefix: prefixOf(address.family, first, last) },
    network: { asn, name: tables.networks.get(asn)?.[1] ?? '' },
  };
}

/**
 * The most asked-for networks, most asked first. Keeps only the best while it goes through the table, so the answer
 * costs one pass and no sorting of networks that are not in it.
 * @param {import('./tables.mjs').Tables} tables
 * @param {number} limit
 */
export function topNetworks(tables, limit) {
  /** @type {import('./tables.mjs').AskedRow[]} */
  const best = [];
  for (const row of tables.asked) {
    const last = best.at(-1);
    if (best.length === limit && last !== undefined && row[1] <= last[1]) continue;
    const place = best.findIndex((other) => other[1] < row[1]);
    best.splice(place === -1 ? best.length : place, 0, row);
    if (best.length > limit) best.pop();
  }
  return best.map(([asn, requests, name]) => ({ asn, name, requests }));
}
