import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { kPeers } from '../peers/index.mjs';
import { Otp } from './otp.mjs';
import { RedisServer } from './redis.mjs';

const kCheck = path.join(import.meta.dirname, '..', 'peers', 'check.mjs');
const execute = promisify(execFile);

function reasonOf(error) {
  if (error.signal) return `loading it ends the process with ${error.signal}`;
  const line = /^(?:\w*Error)(?: \[\w+\])?: (.*)$/m.exec(error.stderr ?? '')?.[1] ?? error.message;
  return line.split('\n')[0].slice(0, 160);
}

/**
 * What is there of the wanted peers, started where it is a server.
 *
 * @returns `versions` and `leftOut` (a reason each) by peer, `services` for the measuring processes, `otp`, `stop`.
 */
export async function startPeers(wanted, quick) {
  const found = { versions: {}, leftOut: {}, services: {}, otp: undefined };
  const running = [];
  await Promise.all(
    Object.keys(kPeers)
      .filter((name) => wanted.has(name))
      .map(async (name) => {
        try {
          found.versions[name] = (await execute(process.execPath, [kCheck, name])).stdout.trim();
        } catch (error) {
          found.leftOut[name] = reasonOf(error);
        }
      }),
  );
  if (found.versions.redis !== undefined) {
    const server = await RedisServer.start();
    if (server === undefined) {
      delete found.versions.redis;
      found.leftOut.redis = 'there is no redis-server on the PATH';
    } else {
      running.push(server);
      found.versions.redis = `${server.version}, ${found.versions.redis}`;
      found.services.redis = { port: server.port };
    }
  }
  if (wanted.has('otp')) {
    found.otp = await Otp.start(quick);
    if (found.otp === undefined) found.leftOut.otp = 'there is no erl on the PATH';
    else {
      running.push(found.otp);
      found.versions.otp = `${found.otp.version} (${found.otp.flavor})`;
    }
  }
  found.stop = async () => {
    for (const server of running) await server.stop();
  };
  return found;
}
