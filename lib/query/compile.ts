import { types } from 'node:util';
import { withBudget } from './budget.js';
import { emitProgram } from './emit.js';
import { readExpression } from './expressions.js';
import { formKind } from './forms.js';
import { type KeyPlan, planKeys } from './keys.js';
import { readHead } from './patterns.js';
import { elementOf, inside, kindOf, type Place, refuseSpec, startAt } from './refuse.js';
import { requireKeyKept } from './replace.js';
import { isStackOverflow, NO_STACK_LEFT } from '../term/refusal.js';
import type { ClauseNode, ExpressionNode } from './tree.js';

export type { ByteLimit, KeyPlan } from './keys.js';

/** Counts in a program are 16 bits wide. */
const MAX_COUNT = 0xffff;

/** What a match spec is compiled for. */
export interface QueryTarget {
  /** What the user called, for messages. */
  readonly operation: string;
  readonly keypos: number;
  readonly ordered: boolean;
  /** The results replace the rows they were made from: they must keep the key. */
  readonly forReplace?: boolean;
}

/** A match spec, ready to be run over the rows of a table. */
export interface CompiledQuery {
  /** The match program: docs/match-programs.md. */
  readonly program: Uint8Array<ArrayBuffer>;
  /** Where the rows are that may match. */
  readonly keys: KeyPlan;
  /** Every result is the row itself (`$_`). */
  readonly resultIsRow: boolean;
  /** Every row matches, and every result is `true`: `[[_, [], [true]]]`. */
  readonly isTrueForAll: boolean;
}

/**
 * Checks a match spec and compiles it for one table. O(size of the spec).
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC`: the message says which clause, which part of it, and what is wrong; also when no row
 * could ever match.
 */
export function compileMatchSpec(spec: unknown, target: QueryTarget): CompiledQuery {
  return withStack(target.operation, () => compileFor(readSpec(spec, target.operation), target));
}

/** As compileMatchSpec(), for the one clause `[pattern, [], [result]]`. */
export function compilePattern(pattern: unknown, result: unknown, target: QueryTarget): CompiledQuery {
  const place = startAt(`${target.operation}: pattern`);
  return withStack(target.operation, () => {
    const clause = withBudget(() => readParts(place, [pattern, place], [[], place], [[result], place]));
    return compileFor([clause], target);
  });
}

/** The program alone, for rows that are in no table. */
export function compileProgram(spec: unknown, operation: string): Uint8Array<ArrayBuffer> {
  return withStack(operation, () => emitProgram(readSpec(spec, operation)));
}

/** What `compile` gives. The caller's own frames may leave less room than MAX_NESTING levels need. */
function withStack<T>(operation: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (isStackOverflow(error)) throw refuseSpec(operation, NO_STACK_LEFT, error);
    throw error;
  }
}

function compileFor(clauses: readonly ClauseNode[], target: QueryTarget): CompiledQuery {
  const { keypos, ordered } = target;
  if (target.forReplace === true) for (const clause of clauses) requireKeyKept(clause, keypos);
  // First: it finds the terms that cannot be stored.
  const program = emitProgram(clauses);
  return {
    program,
    keys: planKeys(clauses, keypos, ordered),
    resultIsRow: clauses.every(({ body }) => body.at(-1)?.kind === 'row'),
    isTrueForAll: clauses.length === 1 && isTrueForAll(clauses[0] as ClauseNode),
  };
}

function isTrueForAll({ head, guards, body }: ClauseNode): boolean {
  const result = body.at(-1);
  return (
    (head.kind === 'any' || head.kind === 'variable') &&
    guards.length === 0 &&
    result?.kind === 'constant' &&
    result.value === true
  );
}

function readSpec(spec: unknown, operation: string): ClauseNode[] {
  const wanted = 'a match spec must be an array of clauses [head, guards, body]';
  const clauses = requireList(spec, startAt(operation), wanted, 'the match spec has', 'clauses');
  return withBudget(() =>
    clauses.map((clause, index) => readClause(clause, startAt(`${operation}: clause ${index}`))),
  );
}

function readClause(clause: unknown, place: Place): ClauseNode {
  const parts = requireList(clause, place, 'must be an array [head, guards, body]', 'it has', 'parts');
  if (parts.length !== 3) {
    throw refuseSpec(place, `must be an array [head, guards, body], not an array of ${parts.length}`);
  }
  const [head, guards, body] = parts;
  const part = (name: string): Place => inside(place, `, ${name}`);
  return readParts(place, [head, part('head')], [guards, part('guards')], [body, part('body')]);
}

type Part = readonly [value: unknown, place: Place];

function readParts(place: Place, head: Part, guards: Part, body: Part): ClauseNode {
  const bound = new Set<number>();
  const headNode = readHead(...withSet(head, bound));
  const variables = [...bound].sort((a, b) => a - b);
  if (variables.length > MAX_COUNT) throw refuseSpec(head[1], `has more than ${MAX_COUNT} variables`);
  const guardNodes = readList(guards, bound, 'guards');
  const bodyNodes = readList(body, bound, 'expressions');
  if (bodyNodes.length === 0) throw refuseSpec(body[1], 'is empty; its last expression is the result');
  return { head: headNode, variables, guards: guardNodes, body: bodyNodes, place: inside(place, ', ') };
}

function withSet([value, place]: Part, bound: Set<number>): [unknown, Set<number>, Place] {
  return [value, bound, place];
}

function readList([value, place]: Part, bound: ReadonlySet<number>, things: string): ExpressionNode[] {
  const items = requireList(value, place, `must be an array of ${things}`, 'there are', things);
  return items.map((item, i) => readExpression(item, bound, elementOf(place, i)));
}

/** A copy of the array `value`, which holds `things`; a Proxy's traps do not run. */
function requireList(
  value: unknown,
  place: Place,
  wanted: string,
  subject: string,
  things: string,
): unknown[] {
  if (formKind(value) !== undefined || !Array.isArray(value) || types.isProxy(value)) {
    throw refuseSpec(place, `${wanted}, not ${kindOf(value)}`);
  }
  if (value.length > MAX_COUNT) throw refuseSpec(place, `${subject} more than ${MAX_COUNT} ${things}`);
  return Array.from(value as readonly unknown[]);
}
