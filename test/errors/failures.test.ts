import { etsFailure } from '#dist/failures.js';
import { Status } from '#dist/native/control.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EtsError, PersistentTermError, TermError, TermStoreError } from 'termstore';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { BAD_CALLS } from './cases.js';

const { test, run } = suite('errors');

const root = join(require.resolve('termstore/package.json'), '..');

/** Codes of the types in lib/errors.ts. */
function declaredCodes(): string[] {
  return [
    ...readFileSync(join(root, 'lib/errors.ts'), 'utf8').matchAll(
      /^ {2}\| '(ERR_\w+)'|= '(ERR_\w+)'|\| '(ERR_\w+)'/gm,
    ),
  ].map((match) => match.slice(1).find(Boolean) as string);
}

const CODES: Readonly<Record<keyof typeof Status, string | undefined>> = {
  Ok: undefined,
  NotFound: undefined,
  NoTable: 'ERR_ETS_ID',
  Access: 'ERR_ETS_ACCESS',
  TableType: 'ERR_ETS_TABLE_TYPE',
  BadKey: 'ERR_ETS_BADKEY',
  Keypos: 'ERR_ETS_KEYPOS',
  Position: 'ERR_ETS_POSITION',
  Owner: 'ERR_ETS_OWNER',
  NotOwner: 'ERR_ETS_NOT_OWNER',
  Exists: 'ERR_ETS_ALREADY_EXISTS',
  BadArg: 'ERR_ETS_BADARG',
  CounterRange: 'ERR_ETS_COUNTER_RANGE',
  NotCounter: 'ERR_ETS_BADARG',
  CounterMix: 'ERR_ETS_BADARG',
  NoMemory: 'ERR_ETS_NO_MEMORY',
  TooLarge: 'ERR_TERM_TOO_LARGE',
  Damaged: 'ERR_TERM_DAMAGED',
  Limit: 'ERR_ETS_SYSTEM_LIMIT',
  DefaultRow: 'ERR_ETS_BADARG',
  NoCompressor: 'ERR_ETS_BADARG',
};

for (const [name, code] of Object.entries(CODES)) {
  if (code === undefined) continue;
  test(`status ${name} becomes ${code}, and the message names the operation and a reason`, () => {
    const error = etsFailure(Status[name as keyof typeof Status], 'table.anything');
    assert.is(error.code, code);
    assert.match(error.message, /^table\.anything: .{8,}/);
    assert.instance(error, code.startsWith('ERR_ETS') ? EtsError : TermError);
  });
}

/** The codes that the tests in a folder of test/ name. */
function codesNamedIn(folder: string): string[] {
  const path = join(root, 'test', folder);
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((name) => readFileSync(join(path, name), 'utf8').match(/ERR_[A-Z_]+/g) ?? []);
}

test('every code is met by a test', () => {
  const met = new Set([...BAD_CALLS.map(({ code }) => code), ...Object.values(CODES)]);
  const elsewhere = [
    'ERR_PERSISTENT_TERM_EXISTS', // test/persistent/terms.test.ts
    'ERR_TERMSTORE_LOAD', // test/native/load.test.ts
    'ERR_TERMSTORE_SECOND_COPY', // test/threads/copies.test.ts
    ...codesNamedIn('dets'),
    ...codesNamedIn('persist'),
    ...codesNamedIn('telemetry'),
  ];
  // No operation of this version answers with these; a program can switch on them already.
  const reserved = [
    'ERR_ETS_MATCH_SPEC',
    'ERR_ETS_FILE',
    'ERR_PERSISTENT_TERM_NO_MEMORY',
    'ERR_PERSISTENT_TERM_LIMIT',
  ];
  const declared = declaredCodes();
  assert.ok(declared.length >= 24, `${declared.length}`);
  assert.equal(
    declared.filter((code) => !met.has(code) && !elsewhere.includes(code) && !reserved.includes(code)),
    [],
  );
});

test('errors are TermStoreErrors with a name, a code and a cause', () => {
  for (const [Class, code] of [
    [EtsError, 'ERR_ETS_ID'],
    [PersistentTermError, 'ERR_PERSISTENT_TERM_BADKEY'],
    [TermError, 'ERR_TERM_DAMAGED'],
  ] as const) {
    const cause = new Error('why');
    const error = new Class(code as never, 'what', { cause });
    assert.instance(error, TermStoreError);
    assert.instance(error, Error);
    assert.equal([error.name, error.code, error.message, error.cause], [Class.name, code, 'what', cause]);
    assert.is(new Class(code as never, 'x').cause, undefined);
  }
});

run();
