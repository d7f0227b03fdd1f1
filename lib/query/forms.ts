import { types } from 'node:util';
import { refuseSpec } from './refuse.js';

/*
 * Variables, calls and the like, as they stand in a match spec among plain data.
 *
 * They are instances of classes of their own, so no term can be mistaken for one, and storing one is refused. The brand is
 * a registered symbol: another copy of the package in the same process makes forms that are understood here as well.
 */

const BRAND: unique symbol = Symbol.for('termstore.match-spec-form') as never;

/** Largest number of a variable, as in OTP. */
const MAX_VARIABLE = 100_000_000;

abstract class Form {
  abstract readonly [BRAND]: string;
}

/** `_`: matches anything, binds nothing. */
export class Wildcard extends Form {
  declare readonly [BRAND]: 'wildcard';
  constructor() {
    super();
    seal(this, 'wildcard');
  }
}

/** `$1`, `$(n)`: bound where it stands first in a head, equal (`=:=`) where it stands again. */
export class Variable extends Form {
  declare readonly [BRAND]: 'variable';
  readonly number: number;
  constructor(number: number) {
    super();
    this.number = number;
    seal(this, 'variable');
  }
}

/** `$_`: the whole row. */
export class WholeRow extends Form {
  declare readonly [BRAND]: 'row';
  constructor() {
    super();
    seal(this, 'row');
  }
}

/** `$$`: all variables of the head, in the order of their numbers. */
export class AllVariables extends Form {
  declare readonly [BRAND]: 'variables';
  constructor() {
    super();
    seal(this, 'variables');
  }
}

/** A call of a function of guards and bodies; made by the functions of `termstore/ms`. */
export class Call extends Form {
  declare readonly [BRAND]: 'call';
  readonly name: string;
  readonly args: readonly unknown[];
  constructor(name: string, args: readonly unknown[]) {
    super();
    this.name = name;
    this.args = Object.freeze([...args]);
    seal(this, 'call');
  }
}

/** `constant(term)`: the term as it is. */
export class Constant extends Form {
  declare readonly [BRAND]: 'constant';
  readonly value: unknown;
  constructor(value: unknown) {
    super();
    this.value = value;
    seal(this, 'constant');
  }
}

/** `skip`: in a function given to `ets.fun2ms`, no result. */
export class Skip extends Form {
  declare readonly [BRAND]: 'skip';
  constructor() {
    super();
    seal(this, 'skip');
  }
}

function seal(form: Form, kind: string): void {
  Object.defineProperty(form, BRAND, { value: kind });
  Object.freeze(form);
}

/** Everything that is a form rather than data. */
export type AnyForm = Wildcard | Variable | WholeRow | AllVariables | Call | Constant | Skip;
export type FormKind = AnyForm[typeof BRAND];

/** Which form `value` is, also one of another copy of the package; `undefined` for data. Runs no user code. */
export function formKind(value: unknown): FormKind | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
  return Object.getOwnPropertyDescriptor(value, BRAND)?.value as FormKind | undefined;
}

export const wildcard = new Wildcard();
export const wholeRow = new WholeRow();
export const allVariables = new AllVariables();
export const skipForm = new Skip();

/** The variable with this number. */
export function variable(number: number): Variable {
  if (!Number.isInteger(number) || number < 0 || number > MAX_VARIABLE) {
    throw refuseSpec('$', `a variable has a number from 0 to ${MAX_VARIABLE}`);
  }
  return new Variable(number);
}
