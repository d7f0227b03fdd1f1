import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = dirname(require.resolve('termstore/package.json'));
const entry = join(root, 'examples/who-owns/server.mjs');

export interface Config {
  limit: { requests: number; windowSeconds: number };
  blockedNetworks: Record<string, string>;
}

/** What the routes answer with; which of it is there depends on the route, and a test that reads what is not there fails. */
export interface Body {
  error: string;
  message: string;
  address: string;
  range: { first: string; last: string; prefix: string | null };
  network: { asn: number; name: string };
  networks: { asn: number; name: string; requests: number }[];
  threads: { thread: number; requests: number }[];
  tables: { name: string; type: string; rows: number; bytes: number }[];
  changes: { number: number; at: string; type: string; network?: string }[];
  memory: { processBytes: number; tableBytes: number };
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Body;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  milliseconds: number;
}

export interface Server {
  url: string;
  token: string;
  /** What it printed until it was ready. */
  lines: string[];
  stop(signal: NodeJS.Signals): Promise<Exit>;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

let folders = 0;
const data = mkdtempSync(join(tmpdir(), 'termstore-who-owns-'));
process.on('exit', () => rmSync(data, { recursive: true, force: true }));

/** Where no other server keeps its state. */
export function dataFolder(): string {
  return join(data, String(folders++));
}

/** Starts the example as its own process, whether or not it gets as far as listening. */
export function spawnServer(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', THREADS: '2', DATA: dataFolder(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  child.on('exit', () => alive.delete(child));
  return child;
}

/** Starts the example and waits until it says where it listens. */
export async function startServer(env: Record<string, string> = {}): Promise<Server> {
  const child = spawnServer(env);
  child.stderr?.pipe(process.stderr);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    const token = /Token for PUT \/config: (\S+)$/.exec(line)?.[1];
    if (token === undefined) continue;
    const url = /open (http:\S+)$/m.exec(lines.join('\n'))?.[1];
    if (url === undefined) throw new Error(`no address among: ${lines.join('\n')}`);
    child.stdout!.resume();
    return { url, token, lines, stop: (signal) => stop(child, signal) };
  }
  throw new Error(`the server ended before it was ready: ${lines.join('\n')}`);
}

export async function stop(child: ChildProcess, name: NodeJS.Signals): Promise<Exit> {
  const startedAt = performance.now();
  const exited = once(child, 'exit');
  child.kill(name);
  const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
  return { code, signal, milliseconds: performance.now() - startedAt };
}

/** One connection to the server, kept open: requests on it are answered by one thread. */
export class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  async send(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const sent = request(new URL(path, this.#server.url), { method, headers, agent: this.#agent });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return { status: response.statusCode!, headers: response.headers, body: JSON.parse(text) as Body };
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  putConfig(config: unknown, token = this.#server.token): Promise<Answer> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    return this.send('PUT', '/config', typeof config === 'string' ? config : JSON.stringify(config), headers);
  }

  /** Number of the thread at the other end. */
  async thread(): Promise<number> {
    return Number((await this.get('/config')).headers['x-thread']);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Two connections that end in different threads, however connections are spread. */
export async function connectToTwoThreads(server: Server): Promise<[Connection, Connection]> {
  const first = new Connection(server);
  const thread = await first.thread();
  for (let attempt = 0; attempt < 100; attempt++) {
    const second = new Connection(server);
    if ((await second.thread()) !== thread) return [first, second];
    second.close();
  }
  throw new Error('one hundred connections went to one thread');
}
