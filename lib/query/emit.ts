import { signatureOf } from './functions.js';
import type { ClauseNode, ExpressionNode, HeadNode, PatternNode } from './tree.js';
import { ProgramWriter } from './writer.js';

/* Match programs, version 1: docs/match-programs.md. native/core/match holds the same numbers. */

export const PROGRAM_VERSION = 1;

export const PATTERN = {
  ANY: 0,
  BIND: 1,
  SAME: 2,
  CONST: 3,
  ROW: 4,
  ARRAY: 5,
  OBJECT: 6,
  MAP: 7,
  NEVER: 8,
} as const;

export const EXPRESSION = {
  CONST: 1,
  VAR: 2,
  ROW: 3,
  VARS: 4,
  ARRAY: 5,
  OBJECT: 6,
  MAP: 7,
  SET: 8,
  CALL: 0x10,
} as const;

/** The program of these clauses. A clause that no row can match is left out. */
export function emitProgram(clauses: readonly ClauseNode[]): Uint8Array<ArrayBuffer> {
  const possible = clauses.filter((clause) => clause.head.kind !== 'never');
  const writer = new ProgramWriter();
  writer.u8(PROGRAM_VERSION);
  writer.u8(0);
  writer.u16(possible.length);
  for (const clause of clauses) {
    if (clause.head.kind !== 'never') writer.sized(() => new ClauseEmitter(writer, clause).emit());
    // What cannot be stored is refused there, too.
    else new ClauseEmitter(new ProgramWriter(), clause).emit();
  }
  return writer.take();
}

class ClauseEmitter {
  readonly #writer: ProgramWriter;
  readonly #clause: ClauseNode;
  readonly #slots: ReadonlyMap<number, number>;
  /** Variables that were met already, in the order in which the head is matched. */
  readonly #met = new Set<number>();

  constructor(writer: ProgramWriter, clause: ClauseNode) {
    this.#writer = writer;
    this.#clause = clause;
    this.#slots = new Map(clause.variables.map((number, slot) => [number, slot]));
  }

  emit(): void {
    const { head, variables, guards, body } = this.#clause;
    this.#writer.u16(variables.length);
    this.#head(head);
    this.#writer.u16(guards.length);
    for (const guard of guards) this.#expression(guard);
    // Expressions have no effects, so that all but the last one are only checked.
    this.#writer.u16(1);
    this.#expression(body.at(-1) as ExpressionNode);
  }

  #head(head: HeadNode): void {
    switch (head.kind) {
      case 'row':
        this.#writer.u8(PATTERN.ROW);
        return this.#patterns(head.items);
      case 'never':
        return this.#pattern(head.pattern);
      default:
        return this.#pattern(head);
    }
  }

  #patterns(items: readonly PatternNode[]): void {
    this.#writer.u32(items.length);
    for (const item of items) this.#pattern(item);
  }

  #pattern(node: PatternNode): void {
    const writer = this.#writer;
    switch (node.kind) {
      case 'any':
        return writer.u8(PATTERN.ANY);
      case 'variable':
        writer.u8(this.#met.has(node.number) ? PATTERN.SAME : PATTERN.BIND);
        this.#met.add(node.number);
        return writer.u16(this.#slots.get(node.number) as number);
      case 'constant':
        writer.u8(PATTERN.CONST);
        return writer.sizedTerm(node);
      case 'array':
        writer.u8(PATTERN.ARRAY);
        return this.#patterns(node.items);
      case 'object':
      case 'map':
        writer.u8(node.kind === 'object' ? PATTERN.OBJECT : PATTERN.MAP);
        writer.u32(node.keys.length);
        node.keys.forEach((key, i) => {
          writer.sizedTerm(key);
          this.#pattern(node.values[i] as PatternNode);
        });
    }
  }

  #expressions(items: readonly ExpressionNode[]): void {
    for (const item of items) this.#expression(item);
  }

  #expression(node: ExpressionNode): void {
    const writer = this.#writer;
    switch (node.kind) {
      case 'constant':
        writer.u8(EXPRESSION.CONST);
        return writer.sizedTerm(node);
      case 'variable':
        writer.u8(EXPRESSION.VAR);
        return writer.u16(this.#slots.get(node.number) as number);
      case 'row':
        return writer.u8(EXPRESSION.ROW);
      case 'variables':
        return writer.u8(EXPRESSION.VARS);
      case 'array':
      case 'set':
        writer.u8(node.kind === 'array' ? EXPRESSION.ARRAY : EXPRESSION.SET);
        writer.u32(node.items.length);
        return this.#expressions(node.items);
      case 'object':
      case 'map':
        return this.#entries(node);
      case 'call':
        writer.u8(EXPRESSION.CALL);
        writer.u8(signatureOf(node.name)?.number as number);
        writer.u8(node.args.length);
        return this.#expressions(node.args);
    }
  }

  #entries(node: ExpressionNode & { readonly kind: 'object' | 'map' }): void {
    const writer = this.#writer;
    writer.u8(node.kind === 'object' ? EXPRESSION.OBJECT : EXPRESSION.MAP);
    writer.u32(node.values.length);
    node.values.forEach((value, i) => {
      if (node.kind === 'object') writer.sizedTerm(node.names[i] as (typeof node.names)[number]);
      else this.#expression(node.keys[i] as ExpressionNode);
      this.#expression(value);
    });
  }
}
