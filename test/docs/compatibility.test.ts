import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { membersOf, publicFunctions } from './documented.js';
import { OTP_FUNCTIONS, OTP_MATCH_FUNCTIONS } from './otp.js';

/** The entry points whose functions have rows of their own. */
const ENTRIES = ['index.ts', 'dets.ts'];

const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'compatibility.md'), 'utf8');

/** A row of a table: what stands in backticks in the first two cells, and the third cell. */
interface Line {
  readonly otp: readonly string[];
  readonly here: readonly string[];
  readonly verdict: string;
  /** What stands in backticks anywhere. */
  readonly mentioned: readonly string[];
}

function codeIn(text = ''): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** The rows below the heading that begins with `heading`, without those of `head`s. */
function linesOf(heading: string): Line[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const lines = section
    .split('\n')
    .filter((text) => text.startsWith('|') && !/^\|(?:---| \w*(?: in)? ?OTP )/.test(text));
  assert.ok(lines.length > 0, heading);
  return lines.map((text) => {
    const cells = text.split('|').map((cell) => cell.trim());
    assert.is(cells.length, 5, text);
    return {
      otp: codeIn(cells[1]),
      here: codeIn(cells[2]),
      verdict: cells[3] ?? '',
      mentioned: codeIn(text),
    };
  });
}

/** `a/1,2` as `a/1` and `a/2`. */
function expanded(functions: readonly string[]): string[] {
  return functions.flatMap((text) => {
    const [name, arities = ''] = text.split('/');
    return arities.split(',').map((arity) => `${name}/${arity}`);
  });
}

/** As the page writes it: `table.get`, `persistentTermRef.get`. */
function asWritten(name: string): string {
  return name.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}

const sections = {
  ets: linesOf('`ets`: functions'),
  options: linesOf('`ets`: options'),
  persistent_term: linesOf('`persistent_term`'),
  dets: linesOf('`dets`'),
  match: linesOf('Match specifications'),
};

const compatibility = suite('docs: compatibility');
const { test } = compatibility;

for (const module of ['ets', 'persistent_term', 'dets'] as const) {
  test(`every function of ${module} has one row`, () => {
    const rows = expanded(sections[module].flatMap(({ otp }) => otp));
    assert.equal(rows.sort(), expanded(OTP_FUNCTIONS[module].split(/\s+/)).sort());
  });
}

test('every row says whether the function is the same, differs, is not offered or was added', () => {
  for (const { otp, here, verdict, mentioned } of Object.values(sections).flat()) {
    const [word] = /^(?:same|differs:|not offered:|added:)(?= |;|:|$)/.exec(verdict) ?? [];
    assert.ok(word !== undefined, mentioned.join(' '));
    assert.is(here.length === 0, word === 'not offered:', mentioned.join(' '));
    assert.is(otp.length === 0, word === 'added:', mentioned.join(' '));
  }
});

test('every function of this package has a row', () => {
  const rows = new Set(
    [...sections.ets, ...sections.persistent_term, ...sections.dets].flatMap(({ mentioned }) => mentioned),
  );
  const missing = publicFunctions(ENTRIES)
    .map(({ name }) => asWritten(name))
    .filter((name) => name !== '$' && !rows.has(name));
  assert.equal(missing, []);
});

test('every function that the page names exists', () => {
  const names = new Set(publicFunctions(ENTRIES).map(({ name }) => asWritten(name)));
  names.add('table.tid');
  const named = codeIn(page).filter((text) => /^(?:ets|table|persistentTerm\w*|dets\w*)[.[]/.test(text));
  assert.ok(named.length > 100);
  assert.equal(
    named.filter((name) => !names.has(name)),
    [],
  );
});

test('every option and every item of info has a row, and no other', () => {
  const rows = sections.options.flatMap(({ here }) => here);
  const members = [...membersOf('TableOptions'), ...membersOf('TableInfoItems')];
  assert.equal([...new Set(rows)].sort(), [...new Set(members)].sort());
});

test('every function of match specs has one row, on both sides', () => {
  const otp = new Set(sections.match.flatMap((line) => line.otp));
  assert.equal(
    OTP_MATCH_FUNCTIONS.filter((name) => !otp.has(name)),
    [],
  );
  const rows = sections.match
    .flatMap(({ here }) => here)
    .filter((name) => !/^(?:_|\$[\d_$]|\[.*)$/.test(name));
  const ours = publicFunctions(['ms.ts']).map(({ name }) => name);
  assert.equal(rows.sort(), ours.sort());
});

compatibility.run();
