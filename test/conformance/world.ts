import type * as fc from 'fast-check';
import { inspect } from 'node:util';
import { ets, persistentTerm, type Row, type Table, TermStoreError, type Tid } from 'termstore';
import type { Member } from '../support/crew.js';
import type { DifferenceName } from './differences.js';
import { atom, type Tuple, tuple } from './etf.js';

/** What a world is made of, before anything happens in it. */
export interface Config {
  readonly type: 'set' | 'ordered_set' | 'bag' | 'duplicate_bag';
  readonly keypos: 0 | 1;
  readonly access: 'public' | 'protected' | 'private';
  /** Who makes the table: the thread that uses it, or another one. */
  readonly role: 'owner' | 'other';
  readonly named: boolean;
  readonly writeConcurrency: boolean | 'auto';
  readonly decentralizedCounters: boolean | undefined;
  readonly compressed: boolean;
  readonly keys: readonly unknown[];
  readonly rows: readonly RowPlan[];
}

/** A row in terms of the world's keys. */
export interface RowPlan {
  readonly key: number;
  readonly rest: readonly unknown[];
}

export const NAME = 'world';
/** A table of this name is there in every world. */
export const TAKEN = 'taken';

/** Whether a persistent term belongs to the world. */
export function isOwnKey(key: unknown): boolean {
  return Array.isArray(key) && key[0] === NAME;
}

export function asOwnKey(key: unknown): unknown[] {
  return [NAME, key];
}

/** What the arguments of a command are made with. */
export class Plan {
  readonly config: Config;

  constructor(config: Config) {
    this.config = config;
  }

  get ordered(): boolean {
    return this.config.type === 'ordered_set';
  }

  get bag(): boolean {
    return this.config.type.endsWith('bag');
  }

  key(index: number): unknown {
    const { keys } = this.config;
    return keys[index % keys.length];
  }

  row({ key, rest }: RowPlan): unknown[] {
    if (this.config.keypos === 0) return [this.key(key), ...rest];
    const [first = 0n, ...others] = rest;
    return [first, this.key(key), ...others];
  }
}

export function optionsOf(config: Config): Record<string, unknown> {
  const { type, access, named, keypos, writeConcurrency, decentralizedCounters, compressed } = config;
  const options: Record<string, unknown> = { type, access, named, keypos, writeConcurrency, compressed };
  // Left out it has a default that depends on the other options.
  return decentralizedCounters === undefined ? options : { ...options, decentralizedCounters };
}

/** The same for termstore_oracle.erl. */
export function configForOtp(config: Config): Record<string, unknown> {
  const { role, type, access, named, keypos, writeConcurrency, decentralizedCounters, compressed } = config;
  const position = BigInt(keypos + 1);
  const concurrency = typeof writeConcurrency === 'string' ? atom(writeConcurrency) : writeConcurrency;
  const options: unknown[] = [atom(type), atom(access), tuple(atom('keypos'), position)];
  options.push(tuple(atom('write_concurrency'), concurrency));
  if (decentralizedCounters !== undefined)
    options.push(tuple(atom('decentralized_counters'), decentralizedCounters));
  if (named) options.push(atom('named_table'));
  if (compressed) options.push(atom('compressed'));
  return { role: atom(role), type: atom(type), keypos: position, name: atom(NAME), options };
}

/** A command with its arguments, ready for both sides. */
export interface Act {
  /** As it is counted. */
  readonly name: string;
  /** As a reproduction shows it. */
  readonly text: string;
  readonly ours: (world: World) => unknown;
  readonly theirs: Tuple;
  /** What `ours` calls, when it is one method of the table with terms as arguments. */
  readonly called?: { readonly method: string; readonly args: readonly unknown[] };
  /** Whether the other thread of the world makes the call. */
  readonly elsewhere?: boolean;
  /** Brings the answer of either side into the form in which they are compared; without it they are compared as they are. */
  readonly normal?: (answer: never) => unknown;
  /** In place of a plain comparison; `undefined` leaves it at that. */
  readonly agree?: (ours: Answer, theirs: Answer) => boolean | undefined;
  /** Named differences that the command meets by what it is; see differences.ts. */
  readonly differences?: readonly DifferenceName[];
}

/** A command before its world is known. */
export type Command = (plan: Plan) => Act;

export interface Operation {
  readonly weight: number;
  readonly command: fc.Arbitrary<Command>;
}

type Method = (...args: readonly unknown[]) => unknown;

/** Under this key the threads of a world pass terms to each other. */
export const PASSED = 'passed';

/** A refusal in another thread. */
export interface Failed {
  readonly code: string;
  readonly message: string;
}

class RefusedElsewhere extends Error {
  readonly code: string;

  constructor({ code, message }: Failed) {
    super(message);
    this.code = code;
  }
}

/** termstore's side of a world. */
export class World {
  table: Table;
  readonly plan: Plan;
  readonly helper: Member;
  readonly continuations = new Map<number, unknown>();
  readonly #taken: Table;

  static async make(config: Config, helper: Member): Promise<World> {
    const plan = new Plan(config);
    const options = optionsOf(config);
    const rows = config.rows.map((row) => plan.row(row));
    if (config.role === 'other') {
      // Not by postMessage, which knows no symbols.
      persistentTerm.put(PASSED, rows);
      return new World(plan, ets.table(await helper.call<Tid>('make', NAME, options)), helper);
    }
    const table = ets.new(NAME, options);
    for (const row of rows) table.insert(row);
    return new World(plan, table, helper);
  }

  constructor(plan: Plan, table: Table, helper: Member) {
    this.plan = plan;
    this.table = table;
    this.helper = helper;
    this.#taken = ets.new(TAKEN, { named: true });
  }

  /** Calls a method of the table by its name. */
  call(method: string, ...args: readonly unknown[]): unknown {
    return (this.table as unknown as Record<string, Method>)[method]!(...args);
  }

  /**
   * The same in another thread. Arguments and answers go through the store, since messages know no symbols.
   */
  async callInHelper(method: string, args: readonly unknown[]): Promise<unknown> {
    persistentTerm.put(PASSED, args);
    const { tid } = this.table;
    const failed = await this.helper.call<Failed | undefined>('call', tid, method);
    if (failed !== undefined) throw new RefusedElsewhere(failed);
    return persistentTerm.get(PASSED);
  }

  async answer(act: Act): Promise<Answer> {
    try {
      return { ok: await act.ours(this) };
    } catch (error) {
      if (error instanceof TermStoreError || error instanceof RefusedElsewhere)
        return { error: error.code, message: error.message };
      return { crash: error instanceof Error ? String(error.stack) : String(error) };
    }
  }

  async end(): Promise<void> {
    this.#taken.drop();
    for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
    const owner = this.table.info('owner');
    if (owner === undefined) return;
    if (owner === this.helper.threadId) await this.helper.call('drop', this.table.tid);
    else this.table.drop();
  }
}

export type Answer =
  | { readonly ok: unknown }
  | { readonly error: string; readonly message?: string }
  | { readonly crash: string };

/** A call of the method `name` with these arguments; OTP's is `theirs`. */
export function call(
  method: string,
  args: readonly unknown[],
  theirs: Tuple,
  more: Pick<Act, 'normal' | 'differences'> = {},
): Act {
  const text = `table.${method}(${args.map(show).join(', ')})`;
  const ours = (world: World): unknown => world.call(method, ...args);
  return { name: method, text, ours, theirs, called: { method, args }, ...more };
}

export function show(value: unknown): string {
  return inspect(value, {
    depth: 20,
    compact: true,
    breakLength: Infinity,
    maxArrayLength: 100,
    maxStringLength: 400,
  });
}

export function asTuple(row: Row): Tuple {
  return tuple(...row);
}
