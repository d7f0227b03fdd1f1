/** @typedef {import('./tables.mjs').Tables['clients']} Clients */

/** Another thread may have read the clock a moment before it counts, so a window that just ended is left alone. */
const SETTLE_SECONDS = 2;

const nowInSeconds = () => Math.floor(Date.now() / 1000);

/**
 * Counts one request of `client` in its current window. Exact across all threads: counting, comparing and stopping is
 * one atomic operation on one row, so of the requests of a window exactly `limit.requests` are allowed, whoever asks.
 * A counter stops one past the limit instead of growing for as long as a client insists.
 * @param {Clients} clients
 * @param {string} client
 * @param {import('./config.mjs').Config['limit']} limit
 */
export function countRequest(clients, client, limit) {
  const now = nowInSeconds();
  const endsAt = now - (now % limit.windowSeconds) + limit.windowSeconds;
  /** @type {[string, number]} */
  const key = [client, endsAt];
  const over = limit.requests + 1;
  const count = clients.updateCounter(key, { pos: 1, incr: 1, threshold: limit.requests, set: over }, [
    key,
    0,
  ]);
  return {
    isAllowed: count <= limit.requests,
    remaining: Math.max(0, limit.requests - Number(count)),
    secondsLeft: endsAt - now,
  };
}

/** Removes the windows that have ended, so that the table holds live clients only. @param {Clients} clients */
export function removeEndedWindows(clients) {
  const latest = nowInSeconds() - SETTLE_SECONDS;
  for (const key of clients.keys()) {
    const [, endsAt] = /** @type {import('./tables.mjs').ClientRow[0]} */ (key);
    if (endsAt <= latest) clients.delete(key);
  }
}
