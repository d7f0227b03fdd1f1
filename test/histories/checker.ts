import { keyOf, type Operation, type State, step } from './model.js';

/*
 * Whether a history is linearizable: whether each operation could have happened at one moment between its call and its
 * return, such that its answer is that of the model. Operations are put in order only when one returns that has none yet,
 * in every order that the answers allow (Lowe, "Testing for linearizability", 2017, after Wing and Gong 1993); states that
 * were reached twice with the same operations done are followed once.
 */

/** One operation as a thread saw it. Calls and returns of all threads have different times. */
export interface Event {
  /** From 0, below 30. A thread does one thing after the other. */
  readonly thread: number;
  readonly operation: Operation;
  readonly result: unknown;
  readonly called: number;
  readonly returned: number;
}

/** What may be the case between two moments of a history. */
export interface Configuration {
  readonly state: State;
  /** Bit i: the operation that thread i has called is done. */
  readonly done: number;
}

/** A call or a return. */
export interface Moment {
  readonly event: Event;
  readonly returns: boolean;
}

export interface Illegal {
  readonly moments: readonly Moment[];
  /** Number of the moment, a return, that nothing explains. */
  readonly at: number;
  /** Every state that the history may have been in before. */
  readonly states: readonly State[];
}

/** A history that is too much for the checker. Neither legal nor illegal: a failure. */
export class BudgetExceeded extends Error {}

/** Steps of the model per check: a history with a handful of threads needs a few per operation. */
const DEFAULT_BUDGET = 5_000_000;

export function momentsOf(history: readonly Event[]): Moment[] {
  const timeOf = ({ event, returns }: Moment): number => (returns ? event.returned : event.called);
  return history
    .flatMap((event) => [
      { event, returns: false },
      { event, returns: true },
    ])
    .sort((a, b) => timeOf(a) - timeOf(b));
}

const texts = new WeakMap<State, string>();

/** Equal for equal states. Most steps only look at a state, and hand on the same one. */
function textOf(state: State): string {
  let text = texts.get(state);
  if (text === undefined) {
    text = JSON.stringify(state);
    texts.set(state, text);
  }
  return text;
}

/** Of answers: numbers, booleans, `null`, refusals, and arrays of them. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
}

class Configurations {
  readonly #byText = new Map<string, Configuration>();

  /** False when it is there already. */
  add(configuration: Configuration): boolean {
    const text = `${configuration.done} ${textOf(configuration.state)}`;
    if (this.#byText.has(text)) return false;
    this.#byText.set(text, configuration);
    return true;
  }

  all(): Configuration[] {
    return [...this.#byText.values()];
  }
}

/** Goes through the moments of a history, with all that may be the case. */
export class Search {
  #now: readonly Configuration[];
  readonly #open = new Map<number, Event>();
  #budget: number;

  /** `open`: operations that were called before. */
  constructor(start: readonly Configuration[], open: readonly Event[] = [], budget = DEFAULT_BUDGET) {
    this.#now = start;
    this.#budget = budget;
    for (const event of open) this.#open.set(event.thread, event);
  }

  /** What may be the case now; nothing when the history so far is illegal. */
  get now(): readonly Configuration[] {
    return this.#now;
  }

  /** Whether the history is still legal. */
  pass({ event, returns }: Moment): boolean {
    if (returns) {
      this.#now = this.#withDone(event);
      this.#open.delete(event.thread);
    } else {
      this.#open.set(event.thread, event);
    }
    return this.#now.length > 0;
  }

  /** Configurations in which `event` is done, and so no longer open. */
  #withDone(event: Event): Configuration[] {
    const bit = 1 << event.thread;
    const reached = new Configurations();
    const seen = new Configurations();
    const toVisit = [...this.#now];
    for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
      if ((next.done & bit) !== 0) {
        reached.add({ state: next.state, done: next.done & ~bit });
        continue;
      }
      for (const other of this.#open.values()) {
        const after = this.#after(next, other);
        if (after !== undefined && seen.add(after)) toVisit.push(after);
      }
    }
    return reached.all();
  }

  /** With `event` done next; `undefined` when it is done, or when its answer would be another one. */
  #after({ state, done }: Configuration, event: Event): Configuration | undefined {
    const bit = 1 << event.thread;
    if ((done & bit) !== 0) return undefined;
    if (this.#budget-- <= 0)
      throw new BudgetExceeded('the history is too much for the checker: fewer threads or shorter ones');
    const next = step(state, event.operation);
    if (!isSame(next.result, event.result)) return undefined;
    return { state: next.state, done: done | bit };
  }
}

/** What is wrong with a history of a table that began with `start`; `undefined` when it is linearizable. */
export function checkWhole(history: readonly Event[], start: State, budget?: number): Illegal | undefined {
  const moments = momentsOf(history);
  const search = new Search([{ state: start, done: 0 }], [], budget);
  const states = new Map<string, State>();
  for (const [at, moment] of moments.entries()) {
    for (const { state } of search.now) states.set(textOf(state), state);
    if (!search.pass(moment)) return { moments, at, states: [...states.values()] };
  }
  return undefined;
}

/** As checkWhole(), key by key where no operation looks at several: such a history is legal if its parts are. */
export function check(history: readonly Event[], start: State, budget?: number): Illegal | undefined {
  const keys = new Set(history.map(({ operation }) => keyOf(operation)));
  if (keys.has(undefined)) return checkWhole(history, start, budget);
  for (const key of keys) {
    const part = history.filter(({ operation }) => keyOf(operation) === key);
    const illegal = checkWhole(part, start, budget);
    if (illegal !== undefined) return illegal;
  }
  return undefined;
}
