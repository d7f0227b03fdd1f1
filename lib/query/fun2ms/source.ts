import type * as Acorn from 'acorn';
import type { ArrowFunctionExpression, FunctionExpression, Node } from 'acorn';
import type { EtsError } from '../../errors.js';
import { refuseSpec } from '../refuse.js';

/** A function as its source says: its parameter and what it does, never the function itself. */
export type FunctionNode = ArrowFunctionExpression | FunctionExpression;

/** What `toString` gives of native and bound functions, and of classes. */
const NO_SOURCE = /^class\b|\{\s*\[native code\]\s*\}\s*$/;

/**
 * The source of one function, for messages that name a line and a column of it.
 *
 * A method's source is no expression of its own (`pick([k]) { … }`), so what is parsed is wrapped; positions are those of
 * the unwrapped text.
 */
export class FunctionSource {
  readonly #text: string;
  readonly #name: string;
  #shift = 0;
  #problem: { readonly at: number; readonly error: Error } | undefined;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  /** Parses the source; nothing in it is ever run. */
  parse(): FunctionNode {
    const node = this.#parseAs('(', ')') ?? this.#parseAs('({', '})');
    if (node === undefined) throw this.#unreadable();
    if (node.async) throw this.refuse(node, 'an async function');
    if (node.generator) throw this.refuse(node, 'a generator');
    return node;
  }

  #parseAs(before: string, after: string): FunctionNode | undefined {
    // Loaded when it is needed: most programs never get here, and every worker would pay for it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would make the function asynchronous
    const { parseExpressionAt } = require('acorn') as typeof Acorn;
    let found: Node;
    try {
      found = parseExpressionAt(before + this.#text + after, 0, { ecmaVersion: 'latest' });
    } catch (error) {
      this.#noteProblem(error as Error & { readonly pos?: number }, before.length);
      return undefined;
    }
    this.#shift = before.length;
    return functionIn(found);
  }

  /** Of what the parser said of the text in both wrappings, what it said later in the text is the fault of the text. */
  #noteProblem(error: Error & { readonly pos?: number }, shift: number): void {
    const at = error.pos === undefined ? Infinity : error.pos - shift;
    if (this.#problem === undefined || at > this.#problem.at) this.#problem = { at, error };
  }

  #unreadable(): EtsError {
    const isFunction = !NO_SOURCE.test(this.#text);
    if (this.#problem === undefined || !isFunction)
      return refuseSpec(`ets.fun2ms: ${this.#name}`, 'has no source to read: native, bound or a class');
    const { at, error } = this.#problem;
    if (!(error instanceof SyntaxError))
      return refuseSpec(`ets.fun2ms: ${this.#name}`, `cannot be parsed: ${error.message}`, error);
    // Behind the words the parser names the place in the wrapped text.
    const words = error.message.replace(/ \(\d+:\d+\)$/, '');
    return refuseSpec(this.#place(at), `cannot be parsed as an expression of a script: ${words}`, error);
  }

  #place(at: number): string {
    const before = this.#text.slice(0, Math.max(0, at));
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    return `ets.fun2ms: ${this.#name}:${line}:${column}`;
  }

  /** The error for the construct at `node`; `what` completes "cannot be translated". */
  refuse(node: Node, what: string): EtsError {
    return refuseSpec(this.#place(node.start - this.#shift), `${what} cannot be translated`);
  }
}

function functionIn(found: Node): FunctionNode | undefined {
  const node = found as
    FunctionNode | { type: 'ObjectExpression'; properties: { value?: Node; type: string }[] };
  if (node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression') return node;
  if (node.type !== 'ObjectExpression' || node.properties.length !== 1) return undefined;
  const value = node.properties[0]?.value;
  return value?.type === 'FunctionExpression' ? (value as FunctionExpression) : undefined;
}
