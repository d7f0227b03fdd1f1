import * as binding from '#dist/native/binding.js';
import * as control from '#dist/native/control.js';
import { TABLE_ACCESSES, TABLE_TYPES } from '#dist/handle.js';
import * as format from '#dist/term/format.js';
import { EXPRESSION, PATTERN, PROGRAM_VERSION } from '#dist/query/emit.js';
import { FUNCTIONS } from '#dist/query/functions.js';
import { MAX_NESTING } from '#dist/query/tree.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { packageRoot } from '../support/package-copy.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('what TypeScript believes of the native part');

const native = binding.native as unknown as Record<string, unknown>;

function source(path: string): string {
  return readFileSync(join(packageRoot, path), 'utf8');
}

/** Members of the interface `NativeBinding`, by what they are declared as. */
function declared(): { operations: string[]; functions: string[]; constants: string[] } {
  const text =
    /export interface NativeBinding \{([\s\S]*?)\n\}/.exec(source('lib/native/binding.ts'))?.[1] ?? '';
  const names = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] as string);
  return {
    operations: names(/^ {2}(\w+): Operation;/gm),
    functions: names(/^ {2}(\w+)\(/gm),
    constants: names(/^ {2}readonly (\w+):/gm),
  };
}

/** `kName = 12` and the like in a C++ header. */
function constantsOf(path: string, pattern = /\b(k[A-Z]\w*) = ([^,;}\n]+)/g): Map<string, number> {
  return new Map(
    [...source(path).matchAll(pattern)].map((match) => [match[1] as string, valueOf(match[2] as string)]),
  );
}

function valueOf(text: string): number {
  const shifted = /^\(?(\d+)u? << (\d+)\)?(?: - (\d+))?$/.exec(text.trim());
  if (shifted === null) return Number(text.replace(/(?<=\d)u$/, ''));
  return Number(shifted[1]) * 2 ** Number(shifted[2]) - Number(shifted[3] ?? 0);
}

/** One spelling for `TAG_BIGINT64` and `kTagBigInt64`. */
function plain(name: string): string {
  return name
    .replace(/^k(?=[A-Z])/, '')
    .replaceAll('_', '')
    .toUpperCase();
}

test('every member of the interface is exported, and everything exported is a member', () => {
  const { operations, functions, constants } = declared();
  assert.ok(operations.length >= 31 && functions.length >= 6 && constants.length >= 10);
  assert.equal(Object.keys(native).sort(), [...operations, ...functions, ...constants].sort());
});

test('operations and functions are functions, and constants are not', () => {
  const { operations, functions, constants } = declared();
  for (const name of operations) {
    assert.type(native[name], 'function', name);
    // What they take and return travels in the control words.
    assert.is((native[name] as () => unknown)(), undefined, name);
  }
  for (const name of functions) assert.type(native[name], 'function', name);
  for (const name of constants) assert.type(native[name], name === 'statuses' ? 'object' : 'number', name);
});

test('the parts of the scratch buffer lie where native expects them', () => {
  assert.is(binding.CONTROL_BYTES, native['controlBytes']);
  assert.is(binding.REQUEST_OFFSET, native['controlBytes']);
  assert.is(binding.REQUEST_BYTES, native['requestBytes']);
  assert.is(binding.REPLY_OFFSET, native['replyOffset']);
  assert.is(binding.REPLY_BYTES, native['replyBytes']);
  assert.ok(binding.REPLY_OFFSET >= binding.REQUEST_OFFSET + binding.REQUEST_BYTES);
  assert.ok(binding.scratch.byteLength >= binding.REPLY_OFFSET + binding.REPLY_BYTES);
  assert.is(control.ctl.buffer, binding.scratch);
});

test('statuses have the same names and numbers on both sides', () => {
  assert.equal({ ...control.Status }, native['statuses']);
});

test('control words have the same places on both sides', () => {
  const words = constantsOf('native/binding/env_state.h', /^ {2}(k\w+) = (\d+),$/gm);
  assert.ok(words.size >= 17);
  const exported = control as unknown as Record<string, number>;
  const known = new Map(
    Object.entries(exported)
      .filter(([, value]) => typeof value === 'number')
      .map(([name, value]) => [plain(name), value]),
  );
  for (const [name, place] of words) assert.is(known.get(plain(name)), place, name);
});

test('flags and bounds have the same numbers on both sides', () => {
  const exported = control as unknown as Record<string, number>;
  const flags = new Map([
    ...constantsOf('native/binding/registry_ops.cc'),
    ...constantsOf('native/binding/table_scans.cc'),
  ]);
  const names = Object.keys(exported).filter((name) => name.startsWith('FLAG_'));
  assert.ok(names.length >= 7);
  const known = new Map([...flags].map(([name, value]) => [plain(name), value]));
  for (const name of names) assert.is(exported[name], known.get(plain(name)), name);
  const kinds =
    /enum class Kind : std::uint8_t \{([\s\S]*?)\}/.exec(source('native/core/table/table.h'))?.[1] ?? '';
  const bounds = [...kinds.matchAll(/^\s*k(\w+),/gm)].map((match) => (match[1] as string).toUpperCase());
  assert.is(bounds.length, 4);
  bounds.forEach((name, number) => assert.is(exported[`BOUND_${name}`], number, name));
});

test('modes and flags of select have the same numbers on both sides', () => {
  const exported = control as unknown as Record<string, number>;
  const body =
    /enum class SelectMode : std::uint8_t \{([\s\S]*?)\n\}/.exec(source('native/core/table/select.h'))?.[1] ??
    '';
  const modes = [...body.matchAll(/^ {2}k(\w+) = (\d+),/gm)];
  const ours = Object.keys(exported).filter((name) => name.startsWith('MODE_'));
  assert.is(modes.length, ours.length);
  for (const [, name, number] of modes)
    assert.is(exported[`MODE_${String(name).toUpperCase()}`], Number(number), name);
  const flags = constantsOf('native/binding/table_select.cc');
  assert.is(control.SLICE_REVERSE, flags.get('kSliceReverse'));
  assert.is(control.SLICE_KEYS, flags.get('kSliceKeys'));
});

test('what is done with opening locks has the same numbers on both sides', () => {
  const exported = control as unknown as Record<string, number>;
  const steps = constantsOf('native/binding/openings.cc', /^ {2}(k\w+) = (\d+),$/gm);
  const ours = Object.keys(exported).filter((name) => name.startsWith('LOCK_'));
  assert.is(steps.size, ours.length);
  const known = new Map(ours.map((name) => [plain(name.slice('LOCK_'.length)), exported[name]]));
  for (const [name, number] of steps) assert.is(known.get(plain(name)), number, name);
});

test('table types and access rights have the same numbers on both sides', () => {
  const types = constantsOf('native/core/table/table.h');
  const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
  TABLE_TYPES.forEach((type, number) =>
    assert.is(types.get(`k${type.split('_').map(capital).join('')}`), number),
  );
  const rights = constantsOf('native/core/registry/registry.h');
  TABLE_ACCESSES.forEach((access, number) => assert.is(rights.get(`k${capital(access)}`), number));
});

test('the term format has the same constants on both sides', () => {
  const header = constantsOf('native/core/term/format.h');
  const known = new Map([...header].map(([name, value]) => [plain(name), value]));
  const ours = Object.entries(format).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  // Consequences of the format rather than parts of it.
  const derived = new Set(['CONTAINER_HEADER', 'LENGTH_HEADER', 'KIND_ARRAY_BUFFER', 'KIND_DATA_VIEW']);
  let compared = 0;
  for (const [name, value] of ours) {
    if (derived.has(name)) continue;
    assert.is(known.get(plain(name)), value, name);
    compared++;
  }
  assert.ok(compared >= 30, `${compared}`);
  const tags = [...header.keys()].filter((name) => name.startsWith('kTag'));
  const ourNames = new Set(ours.map(([name]) => plain(name)));
  for (const name of tags) assert.ok(ourNames.has(plain(name)), `${name} is missing in lib/term/format.ts`);
  assert.is(format.TYPED_KINDS.length - 1, header.get('kMaxTypedKind'));
  assert.is(format.TYPED_KINDS.indexOf('ArrayBuffer'), format.KIND_ARRAY_BUFFER);
  assert.is(format.TYPED_KINDS.indexOf('DataView'), format.KIND_DATA_VIEW);
  assert.is(native['maxBytes'], format.MAX_BYTES);
  assert.is(native['maxDepth'], format.MAX_DEPTH);
});

test('match programs have the same numbers and functions on both sides', () => {
  const known = new Map(
    [...constantsOf('native/core/match/format.h')].map(([name, value]) => [plain(name), value] as const),
  );
  assert.is(known.get('MATCHVERSION'), PROGRAM_VERSION);
  assert.is(known.get('MATCHDEPTH'), MAX_NESTING);
  const ours = new Map<string, number>([
    ...Object.entries(PATTERN).map(([name, value]) => [`PATTERN${name}`, value] as const),
    ...Object.entries(EXPRESSION).map(([name, value]) => [`EXPRESSION${name}`, value] as const),
  ]);
  for (const [name, value] of ours) assert.is(known.get(name), value, name);
  assert.is(known.size, ours.size + 2);
  const theirs = [...source('native/core/match/functions.h').matchAll(/X\(\w+, "(\w+)", (\w+), (\w+)\)/g)];
  assert.equal(
    theirs.map(([, name, fewest, most]) => [name, Number(fewest), most === 'kAnyCount' ? 255 : Number(most)]),
    FUNCTIONS.map((each) => [...each]),
  );
});

run();
