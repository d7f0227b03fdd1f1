import { NO_LIMIT, type Limit } from './chunks.js';
import { badArgument, kindOf } from './failures.js';
import { BOUND_EXCLUSIVE, BOUND_INCLUSIVE, BOUND_PREFIX } from './native/control.js';
import { faultOfOptions } from './plain-options.js';
import { appendKey, begin } from './term/encode.js';
import type { RangeOptions } from './types.js';

const NAMES: ReadonlySet<string> = new Set<keyof RangeOptions>([
  'gt',
  'gte',
  'lt',
  'lte',
  'prefix',
  'reverse',
  'limit',
]);

interface RangePlan {
  readonly lower: Limit;
  readonly upper: Limit;
  readonly reverse: boolean;
  readonly limit: number;
}

/** Checks the options of `range` and says which keys they mean. */
export function rangeOf(options: RangeOptions, call: string): RangePlan {
  const fault = faultOfOptions(options);
  if (fault !== undefined) throw badArgument(call, `options ${fault}`);
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw badArgument(call, `there is no option \`${name}\``);
  }
  const { reverse = false, limit = Infinity } = options;
  if (typeof reverse !== 'boolean')
    throw badArgument(call, `\`reverse\` must be a boolean, not ${kindOf(reverse)}`);
  if (typeof limit !== 'number' || !(limit === Infinity || (Number.isInteger(limit) && limit >= 0))) {
    throw badArgument(call, `\`limit\` must be a whole number, not ${kindOf(limit)}`);
  }
  const lower = oneOf(options, 'gt', 'gte', call);
  const upper = oneOf(options, 'lt', 'lte', call);
  if (options.prefix === undefined) return { lower, upper, reverse, limit };
  if (lower !== NO_LIMIT || upper !== NO_LIMIT)
    throw badArgument(call, '`prefix` and bounds exclude each other');
  const prefix = requireKey(options.prefix, 'prefix', call);
  if (typeof prefix !== 'string' && !Array.isArray(prefix) && !ArrayBuffer.isView(prefix)) {
    throw badArgument(call, `\`prefix\` must be a string, bytes or an array, not ${kindOf(prefix)}`);
  }
  const bound = { kind: BOUND_PREFIX, key: prefix };
  return { lower: bound, upper: bound, reverse, limit };
}

function oneOf(options: RangeOptions, exclusive: 'gt' | 'lt', inclusive: 'gte' | 'lte', call: string): Limit {
  const without = options[exclusive];
  const within = options[inclusive];
  if (without !== undefined && within !== undefined) {
    throw badArgument(call, `\`${exclusive}\` and \`${inclusive}\` exclude each other`);
  }
  if (without !== undefined) return { kind: BOUND_EXCLUSIVE, key: requireKey(without, exclusive, call) };
  if (within !== undefined) return { kind: BOUND_INCLUSIVE, key: requireKey(within, inclusive, call) };
  return NO_LIMIT;
}

/** Encodes the key once, so that a bad one is refused here and not when the iteration begins. */
function requireKey(key: unknown, name: string, call: string): unknown {
  begin();
  appendKey(key, `${call}: ${name}`);
  return key;
}
