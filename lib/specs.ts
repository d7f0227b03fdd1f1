import { badArgument, etsFailure, kindOf } from './failures.js';
import { native, REPLY_BYTES } from './native/binding.js';
import { A, B, C, ctl, R0, STATUS } from './native/control.js';
import { appendBytes, takeSpilled } from './chunks.js';
import { compileProgram } from './query/compile.js';
import { joined } from './joined.js';
import { translate } from './query/fun2ms.js';
import { refuseSpec } from './query/refuse.js';
import type { MatchSpec, TranslatedSpec } from './query/types.js';
import { appendRow, appendU32, begin, request } from './term/encode.js';
import { decodeReplyTerms, decodeTerms } from './term/decode.js';
import type { Row } from './types.js';

/** The bytes of a compiled match spec: not a property, so that nobody changes what was checked. */
const programs = new WeakMap<CompiledMatchSpec, Uint8Array<ArrayBuffer>>();

/**
 * A match spec that was checked and translated once, for `ets.matchSpecRun`. Belongs to the thread that compiled it.
 */
export class CompiledMatchSpec {
  /** Made by `ets.matchSpecCompile`. */
  private constructor() {
    Object.freeze(this);
  }

  /** @internal */
  static from(program: Uint8Array<ArrayBuffer>): CompiledMatchSpec {
    const compiled = new CompiledMatchSpec();
    programs.set(compiled, program);
    return compiled;
  }
}

/**
 * Compiles a match spec for `ets.matchSpecRun`. O(size of the spec).
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC` for a bad match spec, and, as in OTP, for one without clauses.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#match_spec_compile/1
 * @example
 * ```js
 * const big = ets.matchSpecCompile([[[$1, $2], [gt($2, 10)], [$1]]]);
 * ets.matchSpecRun([['a', 5], ['b', 50]], big); // ['b']
 * ets.matchSpecCompile([]); // throws ERR_ETS_MATCH_SPEC
 * ```
 */
export function matchSpecCompile<R extends Row = Row>(ms: MatchSpec<R>): CompiledMatchSpec {
  const call = 'ets.matchSpecCompile';
  return CompiledMatchSpec.from(compileClauses(ms, call));
}

/** Only `select` and its relatives take a match spec without clauses, as in OTP. */
function compileClauses(ms: MatchSpec, call: string): Uint8Array<ArrayBuffer> {
  const program = compileProgram(ms, call);
  if (ms.length === 0) throw refuseSpec(call, 'a match spec without clauses cannot be compiled');
  return program;
}

/**
 * Whether `value` was made by `ets.matchSpecCompile` in this thread. Time: O(1).
 *
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#is_compiled_ms/1
 * @example
 * ```js
 * ets.isCompiledMs(ets.matchSpecCompile([[_, [], [true]]])); // true
 * ets.isCompiledMs([[_, [], [true]]]); // false
 * ```
 */
export function isCompiledMs(value: unknown): value is CompiledMatchSpec {
  return typeof value === 'object' && value !== null && programs.has(value);
}

/**
 * The results of the rows that match, in the order of the rows; rows that do not match give none. O(size of the rows).
 *
 * @throws {EtsError} `ERR_ETS_BADARG` when `rows` is no array of rows or `compiled` was not made by `ets.matchSpecCompile`.
 * @throws {TermError} `ERR_TERM_UNSUPPORTED`, naming the path from `rows`.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#match_spec_run/2
 * @example
 * ```js
 * const swap = ets.matchSpecCompile([[[$1, $2], [], [[$2, $1]]]]);
 * ets.matchSpecRun([['a', 1], ['b', 2], ['c']], swap); // [[1, 'a'], [2, 'b']]
 * ```
 */
export function matchSpecRun<T = unknown>(rows: readonly Row[], compiled: CompiledMatchSpec): T[] {
  const call = 'ets.matchSpecRun';
  const program = isCompiledMs(compiled) ? programs.get(compiled) : undefined;
  if (program === undefined) {
    throw badArgument(call, `expected what ets.matchSpecCompile gives, not ${kindOf(compiled)}`);
  }
  if (!Array.isArray(rows)) throw badArgument(call, `rows must be an array, not ${kindOf(rows)}`);
  return runProgram(program, rows, call) as T[];
}

/**
 * What the match spec gives for `row`; `false` when it does not match, which cannot be told from the result `false`.
 * Time: O(size of the spec and of the row).
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC` for a bad match spec and for one without clauses; `ERR_ETS_BADARG` when `row` is
 * no array.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#test_ms/2
 * @example
 * ```js
 * const ms = [[[$1, $2], [gt($2, 10)], [{ name: $1 }]]];
 * ets.testMs(['ada', 11], ms); // { name: 'ada' }
 * ets.testMs(['ada', 9], ms); // false
 * ```
 */
export function testMs<R extends Row = Row>(row: R, ms: MatchSpec<R>): unknown {
  const call = 'ets.testMs';
  const program = compileClauses(ms, call);
  if (!Array.isArray(row)) throw badArgument(call, `the row must be an array, not ${kindOf(row)}`);
  const results = runProgram(program, [row], call);
  return results.length === 0 ? false : results[0];
}

/**
 * Translates a function to a match spec, by its source: it is never called. Several functions are several clauses.
 *
 * The parameter is destructured like a row, `cond ? result : skip` and `if (cond) return result;` become clauses. Outer
 * variables are not seen: give their values in `bindings`. docs/match-specs.md says what can be translated.
 *
 * Time: O(size of the source).
 *
 * @throws {EtsError} `ERR_ETS_MATCH_SPEC`, naming the construct that cannot be translated with its line and column.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#fun2ms/1
 * @example
 * ```js
 * const people = ets.new('people', { type: 'ordered_set' });
 * people.insertMany([['ada', 36], ['bob', 7]]);
 * const age = 18;
 * const adults = ets.fun2ms(([name, years]) => (years >= age ? name : skip), { age });
 * people.select(adults); // ['ada']
 * ```
 */
export function fun2ms<R extends Row = Row>(
  fn: ((row: R) => unknown) | readonly ((row: R) => unknown)[],
  bindings: Readonly<Record<string, unknown>> = {},
): TranslatedSpec<R> {
  return translate<R>(fn, bindings) as TranslatedSpec<R>;
}

/** As many rows as are run in one call: a request has a bound, and a reply must be decoded from one buffer. */
const ROWS_AT_ONCE = 4096;

function runProgram(program: Uint8Array<ArrayBuffer>, given: readonly Row[], call: string): unknown[] {
  const parts: unknown[][] = [];
  // No user code may run between two appends; an array may have getters.
  const rows = Array.from(given);
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const end = Math.min(at + ROWS_AT_ONCE, rows.length);
    begin();
    appendBytes(program);
    for (let i = at; i < end; i++) appendSizedRow(rows[i] as Row, call === 'ets.testMs' ? -1 : i, call);
    ctl[A] = program.length;
    ctl[B] = end - at;
    ctl[C] = 0;
    native.matchRun();
    parts.push(takeResults(call));
  }
  return joined(parts);
}

/** `index` is -1 for a row that stands alone. */
function appendSizedRow(row: Row, index: number, call: string): void {
  if (!Array.isArray(row)) throw badArgument(call, `rows[${index}] must be an array, not ${kindOf(row)}`);
  const start = request.pos;
  appendU32(0);
  // No element is a key here.
  const size = appendRow(row, -1, index);
  request.view.setUint32(start, size, true);
}

/** The results that the run just made left in the reply. */
export function takeResults(call: string): unknown[] {
  const size = ctl[STATUS] as number;
  if (size < 0) throw etsFailure(size, call);
  const count = ctl[R0] as number;
  return size > REPLY_BYTES ? decodeTerms(takeSpilled(call), 0, count, size) : decodeReplyTerms(size, count);
}
