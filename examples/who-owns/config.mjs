import { persistentTerm } from 'termstore';
import { RequestError } from './errors.mjs';

/**
 * @typedef {object} Config
 * @property {{ requests: number, windowSeconds: number }} limit how many questions a client may ask per window
 * @property {Record<string, string>} blockedNetworks the reason why a network is not answered for, by its number
 */

const KEY = 'who-owns/config';
const MAX_REQUESTS = 1_000_000_000;
const MAX_WINDOW_SECONDS = 86_400;
const MAX_ASN = 4_294_967_295;
const MAX_BLOCKED = 1000;
const MAX_REASON = 200;

/** A person at the page never meets this limit. @type {Config} */
export const DEFAULT_CONFIG = { limit: { requests: 600, windowSeconds: 60 }, blockedNetworks: {} };

/** Replaces the configuration, as a whole, for every thread. @param {Config} config */
export function publishConfig(config) {
  persistentTerm.put(KEY, config);
}

/**
 * A function that returns the configuration of this moment, whichever thread published it. Calling it costs a few
 * nanoseconds, so every request does.
 * @returns {() => Config}
 */
export function configReader() {
  const ref = persistentTerm.ref(KEY);
  return () => /** @type {Config} */ (ref.get());
}

/** @param {string} message @returns {never} */
function refuse(message) {
  throw new RequestError(400, 'invalid_config', `${message}.`);
}

/**
 * @param {unknown} value
 * @param {string} path
 * @param {string[] | undefined} properties exactly these, or any when undefined
 * @returns {Record<string, unknown>}
 */
function checkObject(value, path, properties) {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(`${path} must be an object`);
  const object = /** @type {Record<string, unknown>} */ (value);
  if (properties === undefined) return object;
  for (const name of properties) if (!Object.hasOwn(object, name)) refuse(`${path} needs "${name}"`);
  for (const name of Object.keys(object)) {
    if (!properties.includes(name)) refuse(`${path} has no "${name}"; it has ${properties.join(' and ')}`);
  }
  return object;
}

/** @param {unknown} value @param {string} path @param {number} max */
function checkCount(value, path, max) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  return refuse(`${path} must be a whole number from 1 to ${max}`);
}

/** @param {unknown} value @returns {Record<string, string>} */
function checkBlocked(value) {
  const entries = Object.entries(checkObject(value, 'blockedNetworks', undefined));
  if (entries.length > MAX_BLOCKED) refuse(`blockedNetworks may list ${MAX_BLOCKED} networks at most`);
  /** @type {Record<string, string>} */
  const blocked = {};
  for (const [asn, reason] of entries) {
    if (!/^(0|[1-9]\d{0,9})$/.test(asn) || Number(asn) > MAX_ASN) {
      refuse(`blockedNetworks: "${asn}" is not the number of a network`);
    }
    if (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON) {
      refuse(`blockedNetworks["${asn}"] must be a reason of 1 to ${MAX_REASON} characters`);
    }
    blocked[asn] = /** @type {string} */ (reason);
  }
  return blocked;
}

/** The configuration that a request body describes; a body that is wrong anywhere is refused as a whole. @param {unknown} body @returns {Config} */
export function checkConfig(body) {
  const { limit, blockedNetworks } = checkObject(body, 'The configuration', ['limit', 'blockedNetworks']);
  const { requests, windowSeconds } = checkObject(limit, 'limit', ['requests', 'windowSeconds']);
  return {
    limit: {
      requests: checkCount(requests, 'limit.requests', MAX_REQUESTS),
      windowSeconds: checkCount(windowSeconds, 'limit.windowSeconds', MAX_WINDOW_SECONDS),
    },
    blockedNetworks: checkBlocked(blockedNetworks),
  };
}
