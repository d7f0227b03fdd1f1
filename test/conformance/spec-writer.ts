import type { MatchSpec } from 'termstore';
import * as ms from 'termstore/ms';
import type { DifferenceName } from './differences.js';
import { atom, tuple } from './etf.js';
import type { Clause, Expression, Head, Pattern, Replacing, Spec } from './specs.js';
import type { Plan } from './world.js';

/* Writes specifications down for termstore and for OTP. */

/** One of the two languages in which a specification is written down. */
interface Language {
  readonly any: unknown;
  readonly variable: (n: number) => unknown;
  readonly row: unknown;
  readonly variables: unknown;
  readonly quote: (term: unknown) => unknown;
  /** A row in a head, or one that is built. */
  readonly headRow: (elements: readonly unknown[]) => unknown;
  readonly newRow: (elements: readonly unknown[]) => unknown;
  readonly column: (pos: number) => unknown;
  readonly rowSize: unknown;
  readonly map: (entries: readonly (readonly [unknown, unknown])[]) => unknown;
  readonly call: (name: string, args: readonly unknown[]) => unknown;
}

function mapOf(entries: readonly (readonly [unknown, unknown])[]): unknown {
  if (entries.every(([key]) => typeof key === 'string')) return Object.fromEntries(entries);
  return new Map(entries);
}

type Functions = Record<string, (...args: readonly unknown[]) => unknown>;

const isAnyMap = (x: unknown): unknown => ms.orelse(ms.isObject(x), ms.isMap(x));

const ours: Language = {
  any: ms._,
  variable: ms.$,
  row: ms.$_,
  variables: ms.$$,
  quote: ms.constant,
  headRow: (elements) => elements,
  newRow: (elements) => elements,
  column: (pos) => ms.element(pos, ms.$_),
  rowSize: ms.size(ms.$_),
  map: mapOf,
  call: (name, args) =>
    name === 'isAnyMap' ? isAnyMap(args[0]) : (ms as unknown as Functions)[name]!(...args),
};

const SIZES = 'sizes and counts are numbers';

const OTP_NAMES: Readonly<Record<string, string>> = {
  ...{ lt: '<', le: '=<', gt: '>', ge: '>=', eq: '==', ne: '/=', exactEq: '=:=', exactNe: '=/=' },
  ...{ add: '+', sub: '-', mul: '*', div: '/', idiv: 'div', byteSize: 'byte_size', mapSize: 'map_size' },
  ...{ mapGet: 'map_get', isMapKey: 'is_map_key', isNumber: 'is_number', isBigint: 'is_integer' },
  ...{ isFloat: 'is_float', isAtom: 'is_atom', isArray: 'is_list', isAnyMap: 'is_map' },
};

const otpCall = (name: string, ...args: readonly unknown[]): unknown => tuple(atom(name), ...args);

/** What is written otherwise there, and the name of the difference. */
const OTP_CALLS: Readonly<Record<string, readonly [DifferenceName, (x: unknown) => unknown]>> = {
  // A result of the kind of the operand: OTP's is an integer.
  round: ['whole numbers in match specs', (x) => otpCall('+', otpCall('round', x), otpCall('-', x, x))],
  trunc: ['whole numbers in match specs', (x) => otpCall('+', otpCall('trunc', x), otpCall('-', x, x))],
  isInteger: [
    'whole numbers in match specs',
    (x) =>
      otpCall(
        'orelse',
        otpCall('is_integer', x),
        otpCall('andalso', otpCall('is_float', x), otpCall('==', otpCall('trunc', x), x)),
      ),
  ],
  length: [SIZES, (x) => otpCall('float', otpCall('length', x))],
  byteSize: [SIZES, (x) => otpCall('float', otpCall('byte_size', x))],
  mapSize: [SIZES, (x) => otpCall('float', otpCall('map_size', x))],
  isBoolean: [
    'functions of its own',
    (x) => otpCall('orelse', otpCall('=:=', x, true), otpCall('=:=', x, false)),
  ],
  // Bytes begin with 0xff, and texts do not.
  isString: [
    'texts and bytes are two types',
    (x) => otpCall('andalso', otpCall('is_binary', x), otpCall('<', x, Uint8Array.of(0xff))),
  ],
  isBinary: [
    'texts and bytes are two types',
    (x) => otpCall('andalso', otpCall('is_binary', x), otpCall('>=', x, Uint8Array.of(0xff))),
  ],
};

const theirs: Language = {
  any: atom('_'),
  variable: (n) => atom(`$${n}`),
  row: atom('$_'),
  variables: atom('$$'),
  quote: (term) => tuple(atom('const'), term),
  headRow: (elements) => tuple(...elements),
  newRow: (elements) => tuple(tuple(...elements)),
  column: (pos) => tuple(atom('element'), BigInt(pos + 1), atom('$_')),
  rowSize: otpCall('float', otpCall('size', atom('$_'))),
  map: mapOf,
  call: (name, args) => OTP_CALLS[name]?.[1](args[0]) ?? otpCall(OTP_NAMES[name] ?? name, ...args),
};

/** Whether there is neither a variable nor a wildcard in it. */
function isGround(one: Pattern): boolean {
  if (one.is === 'array') return one.items.every(isGround);
  if (one.is === 'map') return one.entries.every(([, item]) => isGround(item));
  return one.is === 'key' || one.is === 'term';
}

/** Writes specifications down in one of the languages. */
class Writer {
  readonly #language: Language;
  readonly #plan: Plan;
  /** What the specification meets. */
  readonly met = new Set<DifferenceName>();

  constructor(language: Language, plan: Plan) {
    this.#language = language;
    this.#plan = plan;
  }

  #pattern(one: Pattern, inKey = false): unknown {
    const { any, variable, map } = this.#language;
    switch (one.is) {
      case 'any':
        return any;
      case 'variable':
        return variable(one.n);
      case 'key':
        return this.#inHead(this.#plan.key(one.index), inKey);
      case 'term':
        return this.#inHead(one.term, inKey);
      case 'array':
        return one.items.map((item) => this.#pattern(item, inKey));
      case 'map':
        if (one.entries.length === 0) return this.#anyFor('objects and Maps are two types');
        if (inKey && isGround(one)) return this.#anyFor('a map in the key of a pattern');
        return map(one.entries.map(([key, item]) => [key, this.#pattern(item, inKey)]));
    }
  }

  /** Matches anything, in place of a pattern that does not mean the same on both sides. */
  #anyFor(name: DifferenceName): unknown {
    this.met.add(name);
    return this.#language.any;
  }

  /** A pattern `{}` is of objects here and of every map there; one of 0 is of -0, too, here. */
  #inHead(term: unknown, inKey: boolean): unknown {
    if (term === 0) return this.#anyFor('a pattern 0 matches -0');
    if (typeof term !== 'object' || term === null || term instanceof Uint8Array) return term;
    if (Array.isArray(term)) return term.map((item) => this.#inHead(item, inKey));
    const entries = term instanceof Map ? [...(term as Map<unknown, unknown>)] : Object.entries(term);
    if (entries.length === 0) return this.#anyFor('objects and Maps are two types');
    if (inKey) return this.#anyFor('a map in the key of a pattern');
    return mapOf(entries.map(([key, item]) => [key, this.#inHead(item, inKey)]));
  }

  #expression(one: Expression): unknown {
    const language = this.#language;
    switch (one.is) {
      case 'term':
        // Tuples are no terms here, so that a term means itself in a body there, too.
        return one.quoted ? language.quote(one.term) : one.term;
      case 'key':
        return language.quote(this.#plan.key(one.index));
      case 'variable':
        return language.variable(one.n);
      case 'row':
      case 'variables':
      case 'rowSize':
        return language[one.is];
      case 'column':
        return language.column(one.pos);
      case 'array':
        return one.items.map((item) => this.#expression(item));
      case 'map':
        return language.map(one.entries.map(([key, item]) => [key, this.#expression(item)]));
      case 'call':
        if (one.name in OTP_CALLS) this.met.add(OTP_CALLS[one.name]![0]);
        return language.call(
          one.name,
          one.args.map((arg) => this.#expression(arg)),
        );
    }
  }

  head({ key, rest, whole }: Head): unknown {
    const language = this.#language;
    if (key === undefined) {
      if (whole === 'any') return language.any;
      return whole === 'variable' ? language.variable(1) : 'never';
    }
    const [first = { is: 'any' } as const, ...others] = rest;
    const elements = this.#plan.config.keypos === 0 ? [key, ...rest] : [first, key, ...others];
    return language.headRow(elements.map((each) => this.#pattern(each, each === key)));
  }

  spec(clauses: Spec): unknown {
    return this.#scanning(
      clauses.map((clause) =>
        this.#clause(
          clause,
          clause.body.map((each) => this.#expression(each)),
        ),
      ),
    );
  }

  replacing(clauses: readonly Replacing[]): unknown {
    return this.#scanning(clauses.map((clause) => this.#clause(clause, [this.#newRow(clause)])));
  }

  /** With a clause that never holds, of all rows: OTP's range between several keys may be too small. */
  #scanning(clauses: readonly unknown[]): unknown {
    if (this.#language !== theirs || !this.#plan.ordered || clauses.length < 2) return clauses;
    this.met.add('several keys in a match spec');
    return [...clauses, tuple(atom('_'), [false], [atom('$_')])];
  }

  #clause({ head: heading, guards: conditions }: Clause, results: readonly unknown[]): unknown {
    const parts = [this.head(heading), conditions.map((each) => this.#expression(each)), results];
    return this.#language === theirs ? tuple(...parts) : parts;
  }

  /** A row whose key is the one that was matched, in one of the ways in which that can be seen. */
  #newRow({ head: heading, values, keep }: Replacing): unknown {
    const { row, newRow, column } = this.#language;
    const { keypos } = this.#plan.config;
    // Without a key in the head the row itself is all that is accepted.
    if (keep === 7 || (heading.key === undefined && keep > 1)) return row;
    const written = values.map((each) => this.#expression(each));
    const key =
      keep === 0
        ? 'another'
        : keep < 3 || heading.key === undefined
          ? column(keypos)
          : this.#sameAs(heading.key);
    const [first = 0n, ...others] = written;
    return newRow(keypos === 0 ? [key, ...written] : [first, key, ...others]);
  }

  #sameAs(key: Pattern): unknown {
    return this.#pattern(key, true);
  }
}

/** The same for termstore and for OTP. */
export interface Written<Ours> {
  readonly here: Ours;
  readonly there: unknown;
  readonly differences: readonly DifferenceName[];
}

function write<Ours>(plan: Plan, what: (writer: Writer) => unknown): Written<Ours> {
  const [here, there] = [new Writer(ours, plan), new Writer(theirs, plan)];
  return { here: what(here) as Ours, there: what(there), differences: [...there.met] };
}

export function writeSpec(plan: Plan, spec: Spec): Written<MatchSpec> {
  return write(plan, (writer) => writer.spec(spec));
}

/** A pattern alone, for match and its relatives. */
export function writePattern(plan: Plan, head: Head): Written<unknown> {
  return write(plan, (writer) => writer.head(head));
}

export function writeReplacing(plan: Plan, clauses: readonly Replacing[]): Written<MatchSpec> {
  return write(plan, (writer) => writer.replacing(clauses));
}
