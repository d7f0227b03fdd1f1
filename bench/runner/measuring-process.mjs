import { fork } from 'node:child_process';
import path from 'node:path';
import { LeftOut } from '../subject/left-out.mjs';

const kMain = path.join(import.meta.dirname, '..', 'subject', 'main.mjs');

/**
 * A Node process that measures one side of one case. Each has a process of its own, so that none is slowed down by the
 * garbage or the type feedback that another one left.
 */
export class MeasuringProcess {
  #child;
  #timeLimitMs;

  constructor({ quick, cpuProf }) {
    const profiling = cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`];
    this.#timeLimitMs = quick ? 60_000 : 600_000;
    this.#child = fork(kMain, [], { execArgv: [...process.execArgv, '--expose-gc', ...profiling] });
    this.#child.setMaxListeners(0);
  }

  #ask(message) {
    return new Promise((resolve, reject) => {
      const settle = (outcome, value) => {
        clearTimeout(timer);
        this.#child.off('message', onMessage).off('exit', onExit);
        outcome(value);
      };
      const onMessage = ({ result, error, leftOut }) => {
        if (leftOut !== undefined) settle(reject, new LeftOut(leftOut));
        else if (error !== undefined) settle(reject, new Error(error));
        else settle(resolve, result);
      };
      const onExit = (code, signal) =>
        settle(reject, new Error(`the measuring process ended (${signal ?? `exit code ${code}`})`));
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        settle(reject, new Error(`no answer within ${this.#timeLimitMs / 1000} s`));
      }, this.#timeLimitMs);
      this.#child.on('message', onMessage).on('exit', onExit);
      this.#child.send(message);
    });
  }

  /** `context`: which side and case, and what it needs to prepare it; see subject/main.mjs. */
  open(context) {
    return this.#ask({ command: 'open', ...context });
  }

  run(args) {
    return this.#ask({ command: 'run', args });
  }

  /** Ends the case; the process may open another one. */
  finish() {
    return this.#ask({ command: 'finish' });
  }

  /** Ends the process. @throws if it does not end by itself with exit code 0. */
  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) =>
      this.#child.once('exit', (code, signal) => resolve({ code, signal })),
    );
    this.#child.send({ command: 'close' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#timeLimitMs);
    const { code, signal } = await ended;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`the measuring process ended with ${signal ?? `exit code ${code}`}`);
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}

/**
 * Processes that go from case to case, one for each side: what is measured in them is not to be trusted, but a quick run
 * need not start hundreds of them.
 */
export class ReusedProcesses {
  #bySide = new Map();

  get(side, options) {
    if (!this.#bySide.has(side)) this.#bySide.set(side, new MeasuringProcess(options));
    return this.#bySide.get(side);
  }

  forget(side) {
    this.#bySide.delete(side);
  }

  async close() {
    for (const measuring of this.#bySide.values()) await measuring.close();
  }
}
