import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const kTries = 200;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A Redis of the benchmark's own: on loopback, in memory only, gone with the benchmark. */
export class RedisServer {
  version;
  port;
  #child;
  #folder;

  /** `undefined` where Redis is not installed. @throws if it is and does not start. */
  static async start() {
    const server = new RedisServer();
    try {
      const { stdout } = await promisify(execFile)('redis-server', ['--version']);
      server.version = /v=([\d.]+)/.exec(stdout)?.[1] ?? 'unknown';
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }
    await server.#start();
    return server;
  }

  async #start() {
    this.port = await freePort();
    this.#folder = await mkdtemp(path.join(tmpdir(), 'termstore-bench-redis-'));
    const options = { port: this.port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: this.#folder };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn('redis-server', args, { stdio: 'ignore' });
    process.once('exit', this.#kill);
    for (let i = 0; i < kTries; i++) {
      if (this.#child.exitCode !== null) break;
      if (await answers(this.port)) return;
      await setTimeout(25);
    }
    await this.stop();
    throw new Error('redis-server does not start');
  }

  /** For a benchmark that is interrupted. */
  #kill = () => {
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  };

  async stop() {
    process.off('exit', this.#kill);
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
