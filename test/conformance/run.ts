import type { Member } from '../support/crew.js';
import { canonical, readAnswer } from './compare.js';
import { tuple } from './etf.js';
import { type DifferenceName, OTHER_CODES } from './differences.js';
import type { Otp } from './otp.js';
import {
  type Act,
  type Answer,
  asTuple,
  type Command,
  type Config,
  configForOtp,
  Plan,
  show,
  World,
} from './world.js';

/* One world on both sides, and the first answer in which they differ. */

export interface Difference {
  readonly step: number;
  readonly act: Act;
  readonly ours: Answer;
  readonly theirs: Answer;
}

/** What was met in all worlds so far. */
export interface Met {
  operations: number;
  readonly functions: Map<string, number>;
  readonly refusals: Map<string, number>;
  readonly differences: Map<DifferenceName, number>;
}

export function newMet(): Met {
  return { operations: 0, functions: new Map(), refusals: new Map(), differences: new Map() };
}

function count<Name extends string>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** An answer as text, in the form in which `act` wants it compared. */
function comparable(act: Act, answer: Answer): string {
  if ('crash' in answer) return `crash: ${answer.crash}`;
  if ('error' in answer) return `refused: ${answer.error}`;
  return canonical(act.normal === undefined ? answer.ok : act.normal(answer.ok as never));
}

function isSame(act: Act, ours: Answer, theirs: Answer): boolean {
  return act.agree?.(ours, theirs) ?? comparable(act, ours) === comparable(act, theirs);
}

/** Whether the two refuse alike, with codes that differ on purpose. */
function isOtherCode(act: Act, ours: Answer, theirs: Answer, met: Met): boolean {
  if (!('error' in ours) || !('error' in theirs)) return false;
  const found = OTHER_CODES.find(
    (other) => other.method.test(act.name) && other.ours === ours.error && other.theirs.test(theirs.error),
  );
  if (found !== undefined) count(met.differences, found.name);
  return found !== undefined;
}

async function actOurs(config: Config, acts: readonly Act[], helper: Member): Promise<Answer[]> {
  const world = await World.make(config, helper);
  try {
    const answers: Answer[] = [];
    for (const act of acts) answers.push(await world.answer(act));
    return answers;
  } finally {
    await world.end();
  }
}

function actsOf(config: Config, commands: readonly Command[]): Act[] {
  const plan = new Plan(config);
  return commands.map((command) => command(plan));
}

export interface Sides {
  readonly otp: Pick<Otp, 'ask'>;
  readonly helper: Member;
  readonly met: Met;
}

/** Runs the commands on both sides; answers the first difference. */
export async function compareWorld(
  config: Config,
  commands: readonly Command[],
  sides: Sides,
): Promise<Difference | undefined> {
  const { otp, helper, met } = sides;
  const acts = actsOf(config, commands);
  const plan = new Plan(config);
  const rows = config.rows.map((row) => asTuple(plan.row(row)));
  const asked = otp.ask(
    tuple(
      configForOtp(config),
      rows,
      acts.map((act) => act.theirs),
    ),
  );
  // Both in any case: an answer that nobody took would be taken for that of the next world.
  const [here, there] = await Promise.allSettled([actOurs(config, acts, helper), asked]);
  if (here.status === 'rejected') throw here.reason;
  if (there.status === 'rejected') throw there.reason;
  const ours = here.value;
  const theirs = (there.value as readonly unknown[]).map(readAnswer);
  for (const [step, act] of acts.entries()) {
    const [ourAnswer, theirAnswer] = [ours[step]!, theirs[step]!];
    met.operations++;
    count(met.functions, act.name);
    if (act.elsewhere === true) count(met.functions, 'in another thread');
    if ('error' in ourAnswer) count(met.refusals, ourAnswer.error);
    for (const name of act.differences ?? []) count(met.differences, name);
    if (isSame(act, ourAnswer, theirAnswer)) continue;
    if (!isOtherCode(act, ourAnswer, theirAnswer, met))
      return { step, act, ours: ourAnswer, theirs: theirAnswer };
  }
  return undefined;
}

/** A reproduction that can be read. */
export function describe(config: Config, commands: readonly Command[], found: Difference): string {
  const plan = new Plan(config);
  const { keys: _keys, rows, ...options } = config;
  const lines = [
    `table: ${show(options)}`,
    ...rows.map((row) => `       with the row ${show(plan.row(row))}`),
    ...actsOf(config, commands)
      .slice(0, found.step + 1)
      .map((act, i) => `${String(i + 1).padStart(5)}. ${act.text}`),
    `termstore: ${show(found.ours)}`,
    `OTP:       ${show(found.theirs)}`,
  ];
  return lines.join('\n');
}
