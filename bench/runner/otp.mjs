import { execFile, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { median } from './stats.mjs';

const kSources = path.join(import.meta.dirname, '..', 'otp');
const kFull = { sampleNs: 50e6, samples: 5 };
const kQuick = { sampleNs: 2e6, samples: 3 };

/** A running Erlang node that measures the peer's side; otp/termstore_bench.erl describes the lines. */
export class Otp {
  /** Such as `25.2.3`, and the flavor of the emulator (`jit`). */
  version;
  flavor;
  #child;
  #folder;
  #lines;
  #sampling;
  #open = new Set();
  #iterations = new Map();

  /** Compiles and starts the node, or answers `undefined` where there is no Erlang. */
  static async start(quick) {
    const folder = await mkdtemp(path.join(tmpdir(), 'termstore-bench-'));
    try {
      const sources = (await readdir(kSources)).filter((name) => name.endsWith('.erl'));
      await promisify(execFile)('erlc', [
        '-Werror',
        '-o',
        folder,
        ...sources.map((name) => path.join(kSources, name)),
      ]);
      const otp = new Otp(folder, quick);
      await otp.#greet();
      return otp;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  constructor(folder, quick) {
    this.#folder = folder;
    process.once('exit', this.#remove);
    this.#sampling = quick ? kQuick : kFull;
    this.#child = spawn('erl', ['-noshell', '+Bi', '-pa', folder, '-s', 'termstore_bench', 'main'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** For a benchmark that is interrupted; the node ends with its input. */
  #remove = () => rmSync(this.#folder, { recursive: true, force: true });

  async #greet() {
    await new Promise((resolve, reject) => this.#child.once('spawn', resolve).once('error', reject));
    [this.version, , this.flavor] = await this.#answer('ready');
  }

  async #answer(expected) {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error('the Erlang node ended');
    const [word, ...rest] = value.split(' ');
    if (word !== expected) throw new Error(`OTP: ${value}`);
    return rest;
  }

  async #ask(...words) {
    this.#child.stdin.write(`${words.join(' ')}\n`);
    return (await this.#answer('ok')).map(Number);
  }

  /** Prepares a case; `parameters` are numbers beside the number of rows. */
  async open(name, rows, parameters = []) {
    this.#open.add(name);
    await this.#ask('open', name, rows, ...parameters);
  }

  /** The numbers that one round answers with. */
  run(name, args = []) {
    return this.#ask('run', name, ...args);
  }

  /** Nanoseconds per operation: the median of samples, as on our side. */
  async runLoop(name) {
    const { sampleNs, samples } = this.#sampling;
    let iterations = this.#iterations.get(name);
    if (iterations === undefined) {
      const [ns] = await this.#ask('run', name, 10_000);
      iterations = Math.max(1000, Math.ceil(sampleNs / ns / 1000) * 1000);
      this.#iterations.set(name, iterations);
    }
    const values = [];
    for (let i = 0; i < samples; i++) values.push((await this.#ask('run', name, iterations))[0]);
    return median(values);
  }

  /** Does nothing where the case was not opened. */
  async close(name) {
    this.#iterations.delete(name);
    if (!this.#open.delete(name)) return;
    await this.#ask('close', name);
  }

  async stop() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await new Promise((resolve) => this.#child.once('exit', resolve));
    process.off('exit', this.#remove);
    this.#remove();
  }
}
