import { countPart } from './budget.js';
import {
  containerKind,
  entriesOf,
  type Level,
  levelIn,
  mapItems,
  namesOf,
  propertyOf,
} from './containers.js';
import { readExpression } from './expressions.js';
import { type Constant, formKind, type Variable } from './forms.js';
import { inside, type Place, refuseSpec } from './refuse.js';
import type { ConstantNode, HeadNode, PatternNode } from './tree.js';

/** Reads the head of a clause; the variables in it are added to `bound`. */
export function readHead(value: unknown, bound: Set<number>, place: Place): HeadNode {
  const form = formKind(value);
  const whole = form === 'constant' ? (value as Constant).value : value;
  if (form === undefined || form === 'constant') {
    if (containerKind(whole) !== 'array') {
      // Read all the same: its variables count as bound, and what cannot be stored is refused.
      return { kind: 'never', pattern: readPattern(value, bound, place) };
    }
    const level = levelIn(whole, place, undefined);
    const items = mapItems(whole as readonly unknown[], place, (item, at): PatternNode => {
      return form === 'constant'
        ? { kind: 'constant', value: item, place: at }
        : readPattern(item, bound, at, level);
    });
    return items.length === 0 ? { kind: 'never', pattern: { kind: 'array', items } } : { kind: 'row', items };
  }
  const node = readPattern(value, bound, place);
  return node.kind === 'any' || node.kind === 'variable' ? node : { kind: 'never', pattern: node };
}

function readPattern(value: unknown, bound: Set<number>, place: Place, around?: Level): PatternNode {
  countPart(place);
  const form = formKind(value);
  if (form !== undefined) return readForm(value, form, bound, place);
  const container = containerKind(value);
  // A Set is compared as a whole; the encoder refuses a variable in it.
  if (container === undefined || container === 'set') return { kind: 'constant', value, place };
  const level = levelIn(value, place, around);
  const read = (part: unknown, at: Place): PatternNode => readPattern(part, bound, at, level);
  switch (container) {
    case 'array': {
      const items = mapItems(value as readonly unknown[], place, read);
      const values = items.flatMap((item) => (item.kind === 'constant' ? [item.value] : []));
      return values.length === items.length
        ? { kind: 'constant', value: values, place }
        : { kind: 'array', items };
    }
    case 'object': {
      const object = value as Record<string, unknown>;
      const names = namesOf(object);
      const values = names.map((name) => read(object[name], propertyOf(place, name)));
      return {
        kind: 'object',
        keys: names.map((name) => ({ kind: 'constant', value: name, place })),
        values,
      };
    }
    case 'map': {
      const entries = entriesOf(value as object);
      const keys = entries.map(([key], i) => readKey(key, inside(place, `.key(${i})`)));
      return {
        kind: 'map',
        keys,
        values: entries.map(([, item], i) => read(item, inside(place, `.value(${i})`))),
      };
    }
  }
}

function readForm(
  value: unknown,
  form: NonNullable<ReturnType<typeof formKind>>,
  bound: Set<number>,
  place: Place,
): PatternNode {
  switch (form) {
    case 'wildcard':
      return { kind: 'any' };
    case 'variable': {
      const { number } = value as Variable;
      bound.add(number);
      return { kind: 'variable', number };
    }
    case 'constant':
      return { kind: 'constant', value: (value as Constant).value, place };
    case 'row':
      throw refuseSpec(place, '`$_` has no meaning in a head');
    case 'variables':
      throw refuseSpec(place, '`$$` has no meaning in a head');
    case 'call':
      throw refuseSpec(place, 'a call has no meaning in a head; put it into a guard');
    case 'skip':
      throw refuseSpec(place, '`skip` has a meaning in functions for ets.fun2ms only');
  }
}

function readKey(key: unknown, place: Place): ConstantNode {
  if (formKind(key) === 'wildcard') throw refuseSpec(place, 'a variable in a Map key');
  const node = readExpression(key, undefined, place);
  if (node.kind !== 'constant') throw refuseSpec(place, 'a variable in a Map key');
  return node;
}
