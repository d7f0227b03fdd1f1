import { createHash, timingSafeEqual } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import fastify from 'fastify';
import { clientOf, parseAddress } from './addresses.mjs';
import { checkConfig, configReader } from './config.mjs';
import { RequestError } from './errors.mjs';
import { countRequest } from './limits.mjs';
import { topNetworks, whoOwns } from './lookup.mjs';
import { page, pageHeaders } from './page.mjs';
import { describeTables } from './tables.mjs';

const BODY_LIMIT = 256 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_TOP = 100;
const DEFAULT_TOP = 10;
const MAX_HISTORY = 1000;
const DEFAULT_HISTORY = 100;

/** What `error` says for the refusals that do not come from a route. @type {Record<number, string>} */
const ERROR_NAMES = {
  400: 'bad_request',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest();

/**
 * Refuses a request that does not carry the token. Digests have one length, so comparing them takes the same time
 * whatever was sent.
 * @param {string} token
 * @returns {import('fastify').onRequestHookHandler}
 */
function requireToken(token) {
  const expected = digest(`Bearer ${token}`);
  return (request, reply, done) => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return done();
    reply.header('www-authenticate', 'Bearer');
    done(
      new RequestError(
        401,
        'unauthorized',
        'Send "Authorization: Bearer <token>"; the token is printed at start.',
      ),
    );
  };
}

/**
 * @param {import('./tables.mjs').Tables} tables
 * @param {() => import('./config.mjs').Config} config
 * @returns {import('fastify').onRequestHookHandler}
 */
function limitRate(tables, config) {
  return (request, reply, done) => {
    const { limit } = config();
    const { isAllowed, remaining, secondsLeft } = countRequest(tables.clients, clientOf(request.ip), limit);
    reply.headers({
      'ratelimit-limit': limit.requests,
      'ratelimit-remaining': remaining,
      'ratelimit-reset': secondsLeft,
    });
    if (isAllowed) return done();
    reply.header('retry-after', secondsLeft);
    const message = `${limit.requests} questions per ${limit.windowSeconds} s are allowed; ask again in ${secondsLeft} s.`;
    done(new RequestError(429, 'too_many_requests', message));
  };
}

/** @param {import('./tables.mjs').Tables} tables @param {import('./config.mjs').Config} config @param {string} text */
function answer(tables, config, text) {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new RequestError(400, 'invalid_address', `"${text}" is neither an IPv4 nor an IPv6 address.`);
  }
  const found = whoOwns(tables, address);
  if (found === undefined) {
    throw new RequestError(404, 'unknown_address', `No network in the table announces ${text}.`);
  }
  const { asn, name } = found.network;
  const reason = config.blockedNetworks[asn];
  if (reason !== undefined) throw new RequestError(403, 'network_blocked', `AS${asn} is blocked: ${reason}`);
  tables.asked.updateCounter(asn, { pos: 1, incr: 1 }, [asn, 0, name]);
  return found;
}

/** @param {string | undefined} text @param {number} otherwise @param {number} most */
function checkLimit(text, otherwise, most) {
  if (text === undefined) return otherwise;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw new RequestError(400, 'invalid_limit', `limit must be a whole number from 1 to ${most}.`);
}

/** @param {import('./tables.mjs').Tables} tables @param {import('./config.mjs').Config} config */
function stats(tables, config) {
  const described = describeTables(tables);
  return {
    uptimeSeconds: Math.round(process.uptime()),
    answeredBy: threadId,
    threads: tables.threads
      .tab2list()
      .sort(([a], [b]) => a - b)
      .map(([thread, requests]) => ({ thread, requests })),
    tables: described,
    memory: {
      processBytes: process.memoryUsage.rss(),
      tableBytes: described.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    config,
  };
}

/** @param {import('fastify').FastifyInstance} app */
function answerErrorsAsJson(app) {
  app.setNotFoundHandler((request) => {
    throw new RequestError(404, 'not_found', `There is no ${request.method} ${request.url.split('?')[0]}.`);
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof RequestError) {
      return reply.code(error.statusCode).send({ error: error.error, message: error.message });
    }
    const { statusCode = 500, message } = /** @type {import('fastify').FastifyError} */ (error);
    if (statusCode < 500)
      return reply.code(statusCode).send({ error: ERROR_NAMES[statusCode] ?? 'bad_request', message });
    // What went wrong inside is for whoever runs the server, not for whoever asks.
    console.error(error);
    return reply.code(500).send({ error: 'internal_error', message: 'The server failed to answer.' });
  });
}

/**
 * The application of one thread.
 * @param {import('./tables.mjs').Tables} tables
 * @param {object} options
 * @param {string} options.token
 * @param {(next: import('./config.mjs').Config) => Promise<void>} options.changeConfig resolves when every thread has it
 * @param {(limit: number) => Promise<object[]>} options.history
 */
export function createApp(tables, { token, changeConfig, history }) {
  const config = configReader();
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // X-Forwarded-For is written by the client; only a known proxy in front would make it worth more than that.
    trustProxy: false,
    frameworkErrors: (_error, _request, reply) => {
      const answer = /** @type {import('fastify').FastifyReply} */ (/** @type {unknown} */ (reply));
      answer.code(400).send({ error: 'bad_request', message: 'The path is not valid.' });
    },
  });
  answerErrorsAsJson(app);

  app.addHook('onRequest', (_request, reply, done) => {
    tables.threads.updateCounter(threadId, { pos: 1, incr: 1 }, [threadId, 0]);
    reply.headers({ 'x-thread': threadId, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    done();
  });

  app.get('/', (_request, reply) => reply.headers(pageHeaders).send(page));
  app.get('/ip/:address', { onRequest: limitRate(tables, config) }, (request) => {
    const { address } = /** @type {{ address: string }} */ (request.params);
    return answer(tables, config(), address);
  });
  app.get('/top', (request) => {
    const { limit } = /** @type {{ limit?: string }} */ (request.query);
    return { networks: topNetworks(tables, checkLimit(limit, DEFAULT_TOP, MAX_TOP)) };
  });
  app.get('/stats', () => stats(tables, config()));
  app.get('/config', () => config());
  app.get('/config/history', async (request) => {
    const { limit } = /** @type {{ limit?: string }} */ (request.query);
    return { changes: await history(checkLimit(limit, DEFAULT_HISTORY, MAX_HISTORY)) };
  });
  app.put('/config', { onRequest: requireToken(token) }, async (request) => {
    await changeConfig(checkConfig(request.body));
    return config();
  });
  return app;
}
