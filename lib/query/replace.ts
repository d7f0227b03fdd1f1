import { keyBytes } from './keys.js';
import { inside, refuseSpec, textOf } from './refuse.js';
import type { ClauseNode, ExpressionNode, PatternNode } from './tree.js';

/**
 * Throws unless it can be seen that every row this clause makes has the key of the row it replaces. OTP's rule, with
 * positions from 0: the one body expression is `$_`; or the head has an element at `keypos`, and the expression is an array
 * whose element there is written as that one is, or is `element(keypos, $_)`.
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC`
 */
export function requireKeyKept(clause: ClauseNode, keypos: number): void {
  const reason = faultOf(clause, keypos);
  if (reason !== undefined)
    throw refuseSpec(inside(clause.place, 'body'), `${reason}, so the key might change`);
}

function faultOf({ head, body }: ClauseNode, keypos: number): string | undefined {
  const [result] = body;
  if (body.length !== 1 || result === undefined) return 'has more than one expression';
  if (result.kind === 'row') return undefined;
  const pattern = head.kind === 'row' ? head.items[keypos] : undefined;
  if (pattern === undefined) return `is not $_ although the head has no element at position ${keypos}`;
  const key = elementAt(result, keypos);
  if (key === undefined) return `is neither $_ nor an array with an element at position ${keypos}`;
  if (isOwnKey(key, keypos)) return undefined;
  if (isSame(pattern, key)) return undefined;
  return `has an element at position ${keypos} that is not the key as it stands in the head`;
}

function elementAt(result: ExpressionNode, keypos: number): ExpressionNode | undefined {
  if (result.kind === 'array') return result.items[keypos];
  if (result.kind !== 'constant' || !Array.isArray(result.value) || keypos >= result.value.length)
    return undefined;
  return { kind: 'constant', value: result.value[keypos] as unknown, place: result.place };
}

function isOwnKey(node: ExpressionNode, keypos: number): boolean {
  if (node.kind !== 'call' || node.name !== 'element') return false;
  const [index, row] = node.args;
  if (row?.kind !== 'row' || index?.kind !== 'constant') return false;
  return index.value === keypos || index.value === BigInt(keypos);
}

/** Whether `node` rebuilds what `pattern` matched: the same variables at the same places, equal constants. */
function isSame(pattern: PatternNode, node: ExpressionNode): boolean {
  if (pattern.kind === 'variable') return node.kind === 'variable' && node.number === pattern.number;
  if (pattern.kind === 'constant') {
    if (node.kind !== 'constant') return false;
    const bytes = keyBytes(pattern.value, textOf(pattern.place));
    return Buffer.compare(bytes, keyBytes(node.value, textOf(node.place))) === 0;
  }
  if (pattern.kind !== 'array' || node.kind !== 'array') return false;
  const { items } = node;
  return (
    pattern.items.length === items.length &&
    pattern.items.every((item, i) => isSame(item, items[i] as ExpressionNode))
  );
}
