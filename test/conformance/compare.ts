import type { Answer, Plan } from './world.js';

/** A text that is the same for equal terms (`=:=`) and for no others. */
export function canonical(term: unknown): string {
  switch (typeof term) {
    case 'bigint':
      return `${term}n`;
    case 'number':
      return String(term === 0 ? 0 : term);
    case 'string':
      return JSON.stringify(term);
    case 'symbol':
      return `'${String(term.description)}'`;
    case 'object':
      return term === null ? 'null' : canonicalObject(term);
    default:
      return String(term);
  }
}

function canonicalObject(term: object): string {
  if (Array.isArray(term)) return `[${term.map(canonical).join()}]`;
  if (term instanceof Uint8Array) return `<${term.join()}>`;
  const entries: readonly (readonly [unknown, unknown])[] =
    term instanceof Map ? [...(term as Map<unknown, unknown>)] : Object.entries(term);
  if (!(term instanceof Map) && Object.getPrototypeOf(term) !== Object.prototype)
    return `?${Object.prototype.toString.call(term)}`;
  const texts = entries.map(([key, item]) => `${canonical(key)}:${canonical(item)}`);
  // A Map without entries, or with texts as keys only, is what Erlang cannot tell from an object.
  return `{${texts.sort().join()}}`;
}

/** Items of a hash table, whose order is its own. */
export function sorted(items: readonly unknown[]): unknown[] {
  const keyed = items.map((item) => [canonical(item), item] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
}

/**
 * For an answer that is a list of rows, or of what was made of each. The rows of one key of a bag have the order of their
 * insertion in `lookup` and `take` only: in what goes through the table OTP gives none.
 */
export function itemsOf(plan: Plan): (items: readonly unknown[]) => unknown {
  return (items) => (plan.ordered ? items : sorted(items));
}

/** For a call that answers nothing here and `true` there. */
export function nothing(): null {
  return null;
}

const CODES: ReadonlyMap<unknown, string> = new Map([
  ...[
    'id',
    'access',
    'table_type',
    'badkey',
    'keypos',
    'position',
    'owner',
    'not_owner',
    'already_exists',
  ].map((cause) => [Symbol.for(cause), `ERR_ETS_${cause.toUpperCase()}`] as const),
  [Symbol.for('badarg'), 'ERR_ETS_BADARG'],
  [Symbol.for('no_term'), 'ERR_PERSISTENT_TERM_BADKEY'],
  [Symbol.for('other_term'), 'ERR_PERSISTENT_TERM_EXISTS'],
  [Symbol.for('counter_range'), 'ERR_ETS_COUNTER_RANGE'],
]);

/** OTP's answer in the form of ours. */
export function readAnswer(answer: unknown): Answer {
  const [kind, value] = answer as readonly [symbol, unknown];
  if (kind === Symbol.for('ok')) return { ok: value };
  if (kind === Symbol.for('error')) {
    return { error: CODES.get(value) ?? String(value) };
  }
  return { crash: String(value) };
}
