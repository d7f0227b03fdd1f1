import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode, encode } from './etf.js';

const sources = join(require.resolve('termstore/package.json'), '..', 'test/conformance');
const MODULES = [
  'termstore_oracle',
  'termstore_oracle_ets',
  'termstore_oracle_walk',
  'termstore_oracle_terms',
];
const HEADER_BYTES = 4;

/** A running Erlang node that answers packets; termstore_oracle.erl describes them. */
export class Otp {
  /** Such as `25.2.3`. */
  version = '';
  readonly #folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  #received: Buffer = Buffer.alloc(0);
  #awaiting: ((packet: Buffer | undefined) => void) | undefined;
  #ended = false;

  /** Compiles and starts the node, or answers `undefined` where there is no Erlang. */
  static async start(): Promise<Otp | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'termstore-conformance-'));
    try {
      const files = MODULES.map((name) => join(sources, `${name}.erl`));
      await promisify(execFile)('erlc', ['-Werror', '-o', folder, ...files]);
      const otp = new Otp(folder);
      otp.version = (await otp.#receive()) as string;
      return otp;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  constructor(folder: string) {
    this.#folder = folder;
    // Two schedulers wherever this runs: with one, OTP ignores its options for concurrency.
    const flags = ['-noshell', '-noinput', '+S', '2:2', '-pa', folder, '-s', 'termstore_oracle', 'main'];
    this.#child = spawn('erl', flags);
    this.#child.stderr.pipe(process.stderr);
    this.#child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.on('error', () => this.#end());
    this.#child.on('close', () => this.#end());
  }

  #end(): void {
    this.#ended = true;
    this.#awaiting?.(undefined);
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    if (this.#received.length < HEADER_BYTES) return;
    const end = HEADER_BYTES + this.#received.readUInt32BE(0);
    if (this.#received.length < end) return;
    const packet = this.#received.subarray(HEADER_BYTES, end);
    this.#received = this.#received.subarray(end);
    this.#awaiting?.(packet);
  }

  async #receive(): Promise<unknown> {
    if (this.#ended) throw new Error('the Erlang node has ended');
    const packet = await new Promise<Buffer | undefined>((resolve) => (this.#awaiting = resolve));
    this.#awaiting = undefined;
    if (packet === undefined) throw new Error('the Erlang node has ended');
    return decode(packet);
  }

  /** One round trip; not before the one before has been answered. */
  ask(request: unknown): Promise<unknown> {
    const bytes = encode(request);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(bytes.length);
    const answer = this.#receive();
    this.#child.stdin.write(header);
    this.#child.stdin.write(bytes);
    return answer;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    if (!this.#ended) await once(this.#child, 'close');
    await rm(this.#folder, { recursive: true, force: true });
  }
}
