import { isIPv4, isIPv6 } from 'node:net';

/**
 * An address as its table keys it: a number for IPv4, a bigint for IPv6.
 * @typedef {{ family: 4, value: number } | { family: 6, value: bigint }} Address
 */

const MAPPED_IPV4 = 0xffffn;
const IPV4_MASK = 0xffff_ffffn;

/** @param {string} text */
function parseIPv4(text) {
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

/** @param {string} text a valid IPv6 address */
function parseIPv6(text) {
  // An embedded IPv4 address, as in ::ffff:192.0.2.1, is the last two groups.
  const groups = text.replace(/[\d.]+$/, (tail) => {
    if (!tail.includes('.')) return tail;
    const value = parseIPv4(tail);
    return `${Math.floor(value / 65536).toString(16)}:${(value % 65536).toString(16)}`;
  });
  const [head = '', tail] = groups.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/**
 * Reads an address as people write it; `undefined` when it is none. An IPv4 address in IPv6 clothes (::ffff:a.b.c.d)
 * is the IPv4 address: that is how a dual-stack socket shows its IPv4 clients, and no table lists it otherwise.
 * @param {string} text
 * @returns {Address | undefined}
 */
export function parseAddress(text) {
  if (isIPv4(text)) return { family: 4, value: parseIPv4(text) };
  // A zone (fe80::1%eth0) names an interface of one machine, so it has no place in a question to another.
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const value = parseIPv6(text);
  if (value >> 32n === MAPPED_IPV4) return { family: 4, value: Number(value & IPV4_MASK) };
  return { family: 6, value };
}

/** @param {number} value */
function formatIPv4(value) {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** The form of RFC 5952: lower case, the first longest run of two or more zero groups as `::`. @param {bigint} value */
function formatIPv6(value) {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  let [start, length] = [0, 1];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (groups[end] === '0') end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (length === 1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** @param {Address} address */
export function formatAddress(address) {
  return address.family === 4 ? formatIPv4(address.value) : formatIPv6(address.value);
}

/**
 * The range `first` to `last` as one prefix, such as 192.0.2.0/24; `null` when it takes more than one.
 * @param {4 | 6} family
 * @param {number | bigint} first
 * @param {number | bigint} last
 */
export function prefixOf(family, first, last) {
  const start = BigInt(first);
  const size = BigInt(last) - start + 1n;
  const isOneBlock = (size & (size - 1n)) === 0n && start % size === 0n;
  if (!isOneBlock) return null;
  const bits = (family === 4 ? 32 : 128) - (size.toString(2).length - 1);
  return `${family === 4 ? formatIPv4(Number(first)) : formatIPv6(start)}/${bits}`;
}

/**
 * Whom a rate limit counts: an IPv4 address, or the /64 of an IPv6 address, because a host there may use any address of
 * its /64 and would otherwise get a fresh allowance with each.
 * @param {string | undefined} remoteAddress
 */
export function clientOf(remoteAddress) {
  const address = remoteAddress === undefined ? undefined : parseAddress(remoteAddress.replace(/%.*$/, ''));
  if (address === undefined) return 'unknown';
  if (address.family === 4) return formatIPv4(address.value);
  return `${formatIPv6((address.value >> 64n) << 64n)}/64`;
}
