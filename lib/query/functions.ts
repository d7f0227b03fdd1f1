/** The count of arguments in a match program is a byte. A function with so many takes more: they are nested (`nestedCall`). */
export const MOST_ARGUMENTS = 255;

/**
 * The functions of guards and bodies: name, fewest and most arguments. A function's number in a match program is its place
 * here; `native/core/match/functions.h` holds the same list, and `test/native/parity.test.ts` compares them.
 */
export const FUNCTIONS = [
  ['lt', 2, 2],
  ['le', 2, 2],
  ['gt', 2, 2],
  ['ge', 2, 2],
  ['eq', 2, 2],
  ['ne', 2, 2],
  ['exactEq', 2, 2],
  ['exactNe', 2, 2],
  ['not', 1, 1],
  ['and', 1, MOST_ARGUMENTS],
  ['or', 1, MOST_ARGUMENTS],
  ['xor', 2, 2],
  ['andalso', 1, MOST_ARGUMENTS],
  ['orelse', 1, MOST_ARGUMENTS],
  ['add', 1, 2],
  ['sub', 1, 2],
  ['mul', 2, 2],
  ['div', 2, 2],
  ['idiv', 2, 2],
  ['rem', 2, 2],
  ['abs', 1, 1],
  ['round', 1, 1],
  ['trunc', 1, 1],
  ['floor', 1, 1],
  ['ceil', 1, 1],
  ['min', 2, 2],
  ['max', 2, 2],
  ['band', 2, 2],
  ['bor', 2, 2],
  ['bxor', 2, 2],
  ['bnot', 1, 1],
  ['bsl', 2, 2],
  ['bsr', 2, 2],
  ['isNumber', 1, 1],
  ['isBigint', 1, 1],
  ['isInteger', 1, 1],
  ['isString', 1, 1],
  ['isAtom', 1, 1],
  ['isBoolean', 1, 1],
  ['isArray', 1, 1],
  ['isObject', 1, 1],
  ['isMap', 1, 1],
  ['isSet', 1, 1],
  ['isBinary', 1, 1],
  ['isDate', 1, 1],
  ['element', 2, 2],
  ['hd', 1, 1],
  ['tl', 1, 1],
  ['length', 1, 1],
  ['size', 1, 1],
  ['mapSize', 1, 1],
  ['mapGet', 2, 2],
  ['isMapKey', 2, 2],
  ['self', 0, 0],
  ['isFloat', 1, 1],
  ['float', 1, 1],
  ['byteSize', 1, 1],
  ['binaryPart', 2, 3],
] as const;

/** The name of a function of guards and bodies. */
export type FunctionName = (typeof FUNCTIONS)[number][0];

interface Signature {
  readonly number: number;
  readonly fewest: number;
  readonly most: number;
}

const SIGNATURES: ReadonlyMap<string, Signature> = new Map(
  FUNCTIONS.map(([name, fewest, most], number) => [name, { number, fewest, most }]),
);

/** What is known of the function `name`; `undefined` when there is none. */
export function signatureOf(name: string): Signature | undefined {
  return SIGNATURES.get(name);
}

/** Why `name` cannot be called with `count` arguments; `undefined` when it can. */
export function misuseOf(name: string, count: number): string | undefined {
  const known = SIGNATURES.get(name);
  if (known === undefined) return `there is no function \`${name}\``;
  const { fewest, most } = known;
  const unlimited = most === MOST_ARGUMENTS;
  if (count >= fewest && (unlimited || count <= most)) return undefined;
  const wanted = unlimited ? `${fewest} or more` : fewest === most ? `${fewest}` : `${fewest} or ${most}`;
  return `\`${name}\` takes ${wanted} argument${wanted === '1' ? '' : 's'}, not ${count}`;
}
