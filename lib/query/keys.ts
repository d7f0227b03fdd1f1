import * as control from '../native/control.js';
import { appendKey, begin, request } from '../term/encode.js';
import {
  above,
  below,
  type Edge,
  EVERYTHING,
  hull,
  intersection,
  type Interval,
  only,
  startingWith,
} from './intervals.js';
import { textOf } from './refuse.js';
import type { ClauseNode, ExpressionNode, PatternNode } from './tree.js';
import { encode } from './writer.js';

/*
 * Which keys a row must have to match: what saves a scan. A plan may name too many keys, never too few: the program
 * decides about each row that is visited.
 */

const { BOUND_NONE, DEEPEST_PREFIX } = control;

/** One end of a range: a kind of bound (`BOUND_…` of lib/native/control.ts) and a key's canonical bytes. */
export interface ByteLimit {
  readonly kind: number;
  readonly key: Uint8Array<ArrayBuffer>;
}

/** Where the rows are that may match. */
export type KeyPlan =
  | { readonly kind: 'all' | 'none' }
  /** Hash tables: canonical keys, no two of them equal. */
  | { readonly kind: 'keys'; readonly keys: readonly Uint8Array<ArrayBuffer>[] }
  /** Ordered tables. */
  | { readonly kind: 'range'; readonly lower: ByteLimit; readonly upper: ByteLimit };

/** The plan for a table with keys at `keypos`. */
export function planKeys(clauses: readonly ClauseNode[], keypos: number, ordered: boolean): KeyPlan {
  return ordered ? planRange(clauses, keypos) : planLookups(clauses, keypos);
}

/** What stands at the place of the key; `undefined` when no row can match. */
function keyPattern({ head }: ClauseNode, keypos: number): PatternNode | undefined {
  if (head.kind === 'never') return undefined;
  const pattern = head.kind === 'row' ? head.items[keypos] : ({ kind: 'any' } as const);
  // No row has the key `undefined`.
  return pattern?.kind === 'constant' && pattern.value === undefined ? undefined : pattern;
}

/** Recognises expressions whose value is the key of the row. */
function keyTest(pattern: PatternNode, keypos: number): (node: ExpressionNode) => boolean {
  return (node) => {
    if (node.kind === 'variable') return pattern.kind === 'variable' && node.number === pattern.number;
    if (node.kind !== 'call' || node.name !== 'element') return false;
    const [index, row] = node.args;
    return (
      row?.kind === 'row' &&
      index?.kind === 'constant' &&
      Number(index.value) === keypos &&
      isIndex(index.value)
    );
  };
}

function isIndex(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function planLookups(clauses: readonly ClauseNode[], keypos: number): KeyPlan {
  const keys = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const clause of clauses) {
    const pattern = keyPattern(clause, keypos);
    if (pattern === undefined) continue;
    const key = pattern.kind === 'constant' ? pattern : exactKey(clause.guards, keyTest(pattern, keypos));
    if (key === undefined) return { kind: 'all' };
    const bytes = keyBytes(key.value, textOf(key.place));
    keys.set(Buffer.from(bytes).toString('latin1'), bytes);
  }
  return keys.size === 0 ? { kind: 'none' } : { kind: 'keys', keys: [...keys.values()] };
}

/** The constant that the guards ask the key to be equal to, exactly. */
function exactKey(
  guards: readonly ExpressionNode[],
  isKey: (node: ExpressionNode) => boolean,
): (ExpressionNode & { readonly kind: 'constant' }) | undefined {
  for (const guard of guards) {
    if (guard.kind !== 'call') continue;
    if (guard.name === 'andalso' || guard.name === 'and') {
      const found = exactKey(guard.args, isKey);
      if (found !== undefined) return found;
    }
    if (guard.name !== 'exactEq') continue;
    const [left, right] = guard.args as [ExpressionNode, ExpressionNode];
    if (right.kind === 'constant' && isKey(left)) return right;
    if (left.kind === 'constant' && isKey(right)) return left;
  }
  return undefined;
}

function planRange(clauses: readonly ClauseNode[], keypos: number): KeyPlan {
  let range: Interval | undefined;
  for (const clause of clauses) range = hull(range, intervalOf(clause, keypos));
  if (range === undefined) return { kind: 'none' };
  if (range.lower.kind === BOUND_NONE && range.upper.kind === BOUND_NONE) return { kind: 'all' };
  return { kind: 'range', lower: limitOf(range.lower), upper: limitOf(range.upper) };
}

function intervalOf(clause: ClauseNode, keypos: number): Interval | undefined {
  const pattern = keyPattern(clause, keypos);
  if (pattern === undefined) return undefined;
  const isKey = keyTest(pattern, keypos);
  return clause.guards.reduce<Interval | undefined>(
    (range, guard) => intersection(range, whereTrue(guard, isKey)),
    patternInterval(pattern),
  );
}

function patternInterval(pattern: PatternNode): Interval {
  if (pattern.kind === 'constant') return only(pattern.value);
  if (pattern.kind !== 'array') return EVERYTHING;
  const { prefix, depth } = boundPrefix(pattern.items, 0);
  return startingWith(prefix, depth);
}

/** The elements before the first free one, which is a prefix itself where it is an array; `depth`: how far down that goes. */
function boundPrefix(items: readonly PatternNode[], level: number): { prefix: unknown[]; depth: number } {
  const prefix: unknown[] = [];
  for (const item of items) {
    if (item.kind === 'constant') {
      prefix.push(item.value);
      continue;
    }
    if (item.kind !== 'array' || level === DEEPEST_PREFIX) break;
    const inner = boundPrefix(item.items, level + 1);
    return { prefix: [...prefix, inner.prefix], depth: inner.depth + 1 };
  }
  return { prefix, depth: 0 };
}

/** The keys for which `guard` may be `true`. */
function whereTrue(guard: ExpressionNode, isKey: (node: ExpressionNode) => boolean): Interval | undefined {
  if (guard.kind === 'constant') return guard.value === true ? EVERYTHING : undefined;
  if (guard.kind !== 'call') return EVERYTHING;
  const { name, args } = guard;
  const parts = (): (Interval | undefined)[] => args.map((part) => whereTrue(part, isKey));
  switch (name) {
    case 'and':
    case 'andalso':
      return parts().reduce(intersection);
    case 'or':
    case 'orelse':
      return parts().reduce(hull);
    default: {
      const [left, right] = args;
      if (left === undefined || right === undefined || args.length !== 2) return EVERYTHING;
      if (right.kind === 'constant' && isKey(left)) return compared(name, right.value);
      if (left.kind === 'constant' && isKey(right)) return compared(MIRRORED[name] ?? name, left.value);
      return EVERYTHING;
    }
  }
}

const MIRRORED: Readonly<Record<string, string>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' };

/** The keys for which `name(key, value)` holds. */
function compared(name: string, value: unknown): Interval {
  switch (name) {
    case 'lt':
      return below(value, false);
    case 'le':
      return below(value, true);
    case 'gt':
      return above(value, false);
    case 'ge':
      return above(value, true);
    case 'eq':
    case 'exactEq':
      return only(value);
    default:
      return EVERYTHING;
  }
}

function limitOf({ kind, key }: Edge): ByteLimit {
  return { kind, key: kind === BOUND_NONE ? new Uint8Array(0) : keyBytes(key, 'key') };
}

/** The canonical bytes of a key. */
export function keyBytes(key: unknown, root: string): Uint8Array<ArrayBuffer> {
  begin();
  const size = encode(() => appendKey(key, root));
  return request.bytes.slice(0, size);
}
