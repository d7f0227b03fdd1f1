import type { Identifier, Node, Pattern, Property, AssignmentProperty } from 'acorn';
import { Constant, variable, wholeRow, wildcard } from '../forms.js';
import { objectOf } from '../containers.js';
import type { FunctionNode, FunctionSource } from './source.js';

/** What names mean inside a function. */
export class Scope {
  readonly source: FunctionSource;
  readonly #parameters = new Map<string, unknown>();
  readonly #bindings: ReadonlyMap<string, unknown>;

  constructor(source: FunctionSource, bindings: ReadonlyMap<string, unknown>) {
    this.source = source;
    this.#bindings = bindings;
  }

  /** Gives `name` the next variable. */
  bind(name: string): unknown {
    const bound = variable(this.#parameters.size + 1);
    this.#parameters.set(name, bound);
    return bound;
  }

  bindRow(name: string): void {
    this.#parameters.set(name, wholeRow);
  }

  isParameter(name: string): boolean {
    return this.#parameters.has(name);
  }

  /** Whether the function itself says what `name` is. */
  knows(name: string): boolean {
    return this.isParameter(name) || this.#bindings.has(name);
  }

  lookUp({ name }: Identifier, node: Node): unknown {
    if (this.#parameters.has(name)) return this.#parameters.get(name);
    if (this.#bindings.has(name)) return verbatim(this.#bindings.get(name));
    throw this.source.refuse(node, `the outer variable \`${name}\` (give its value in \`bindings\`)`);
  }
}

/** `value` as an expression that means exactly it. */
export function verbatim(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? new Constant(value) : value;
}

/** The head of a function: what its parameter is destructured into. */
export function headOf(node: FunctionNode, scope: Scope): unknown {
  const [parameter] = node.params;
  if (parameter === undefined || node.params.length !== 1) {
    throw scope.source.refuse(
      node,
      `a function of ${node.params.length} parameters (one, the row, is wanted)`,
    );
  }
  if (parameter.type === 'Identifier') {
    scope.bindRow(parameter.name);
    return wildcard;
  }
  if (parameter.type === 'ObjectPattern') {
    throw scope.source.refuse(parameter, 'an object as parameter (a row is an array)');
  }
  return patternOf(parameter, scope);
}

const REFUSED: Readonly<Record<string, string>> = {
  RestElement: 'a rest element',
  AssignmentPattern: 'a default value',
  MemberExpression: 'an assignment',
};

function patternOf(node: Pattern, scope: Scope): unknown {
  switch (node.type) {
    case 'Identifier':
      return scope.bind(node.name);
    case 'ArrayPattern':
      return node.elements.map((element) => (element === null ? wildcard : patternOf(element, scope)));
    case 'ObjectPattern': {
      const names: string[] = [];
      const values = node.properties.map((property) => {
        if (property.type === 'RestElement') throw scope.source.refuse(property, 'a rest element');
        names.push(nameOf(property, scope));
        return patternOf(property.value, scope);
      });
      return objectOf(names, values);
    }
    default:
      throw scope.source.refuse(node, REFUSED[node.type] ?? `\`${node.type}\``);
  }
}

/** The name of a property that is written down, not computed. */
export function nameOf({ key, computed }: Property | AssignmentProperty, scope: Scope): string {
  if (computed) throw scope.source.refuse(key, 'a computed property name');
  if (key.type === 'Identifier') return key.name;
  if (key.type === 'Literal') return String(key.value);
  throw scope.source.refuse(key, 'this property name');
}
