import { LeftOut } from '../subject/left-out.mjs';
import { engineOf } from '../peers/index.mjs';
import { MeasuringProcess } from './measuring-process.mjs';

/** A side that is measured in a Node process of its own. */
class InProcess {
  #process;
  #side;
  #reused;

  async open(side, first, options) {
    this.#side = side;
    this.#reused = options.reused;
    this.#process = this.#reused?.get(side, options) ?? new MeasuringProcess(options);
    await this.#process.open({
      side,
      engine: engineOf(side),
      id: first.sides[side],
      kind: first.kind,
      rows: first.rows,
      parameters: first.parameters,
      quick: options.quick,
      services: options.services,
    });
  }

  run(entry) {
    return this.#process.run(entry.args);
  }

  close() {
    return this.#reused === undefined ? this.#process.close() : this.#process.finish();
  }

  async kill() {
    this.#reused?.forget(this.#side);
    this.#process.kill();
  }
}

/** What the numbers of a round mean that the Erlang node answers with. */
function readAnswer({ details }, [value, ...more]) {
  if (details === 'slowest')
    return { value: value / 1000, slowest: [value, ...more].map((ns) => ({ us: ns / 1000 })) };
  return { value, ...(more.length > 0 && { perThread: more }) };
}

/** A side that the one Erlang node measures. */
class InOtp {
  #otp;
  #case;
  #kind;

  async open(side, first, { otp }) {
    this.#otp = otp;
    this.#case = first.sides[side];
    this.#kind = first.kind;
    await otp.open(this.#case, first.rows, first.otpParameters);
  }

  async run(entry) {
    if (this.#kind === 'loop') return { value: await this.#otp.runLoop(this.#case) };
    return readAnswer(entry, await this.#otp.run(this.#case, entry.args));
  }

  close() {
    return this.#otp.close(this.#case);
  }

  async kill() {
    await this.#otp.close(this.#case);
  }
}

async function settled(result, action) {
  try {
    await action();
    return true;
  } catch (error) {
    delete result.rounds;
    if (error instanceof LeftOut) result.leftOut = error.message;
    else result.error = error.message;
    return false;
  }
}

/**
 * Measures cases that share a setup. Every side is prepared once; then, round by round, every case on every side in
 * turn, so that all meet the same machine.
 *
 * Never rejects: what failed is in the `error` of a side, and the others go on.
 */
export async function measureTogether(entries, options, progress) {
  const [first] = entries;
  const began = performance.now();
  const open = [];
  for (const side of Object.keys(first.sides)) {
    const measured = { side, results: entries.map(() => ({ rounds: [] })) };
    measured.runner = engineOf(side) === 'otp' ? new InOtp() : new InProcess();
    const [result] = measured.results;
    if (await settled(result, () => measured.runner.open(side, first, options))) open.push(measured);
    else await giveUp(measured, result);
    entries.forEach((entry, index) => (entry.results[side] = measured.results[index]));
  }
  const rounds = Math.min(first.rounds ?? options.rounds, options.rounds);
  for (let round = 0; round < rounds; round++)
    for (const [index, entry] of entries.entries()) {
      for (const measured of open) {
        if (measured.ended) continue;
        const result = measured.results[index];
        const done = await settled(result, async () => result.rounds.push(await measured.runner.run(entry)));
        if (!done) await giveUp(measured, result);
      }
      progress?.();
    }
  for (const measured of open) {
    if (measured.ended) continue;
    const [result] = measured.results;
    if (!(await settled(result, () => measured.runner.close()))) await giveUp(measured, result);
  }
  first.seconds = Math.round((performance.now() - began) / 100) / 10;
}

/** The side is not asked again: all its cases here have met the same. */
async function giveUp(measured, { error, leftOut }) {
  measured.ended = true;
  for (const result of measured.results) {
    delete result.rounds;
    Object.assign(result, { error, leftOut });
  }
  await measured.runner.kill();
}
