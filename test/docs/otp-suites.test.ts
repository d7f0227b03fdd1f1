import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

const ROOT = join(__dirname, '..', '..', '..');

const suites = suite('docs: suites of OTP');
const { test } = suites;

/** `suite: case` and the file that docs/otp-suites.md names for it, in order; `undefined` for a case with a reason instead. */
function documented(): [string, string | undefined][] {
  const page = readFileSync(join(ROOT, 'docs', 'otp-suites.md'), 'utf8');
  return page.split(/^## /m).flatMap((section) => {
    const name = /^`(\w+)`/.exec(section)?.[1];
    if (name === undefined) return [];
    return [...section.matchAll(/^\| `(\w+)` +\| (.*?) *\|/gm)].map(
      ([, of, what]): [string, string | undefined] => [
        `${name}: ${of}`,
        /^`(test\/.+)`$/.exec(what ?? '')?.[1],
      ],
    );
  });
}

/** The same for the tests that there are. */
function written(): [string, string][] {
  return readdirSync(join(ROOT, 'test', 'otp'))
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => {
      const source = readFileSync(join(ROOT, 'test', 'otp', name), 'utf8');
      return [...source.matchAll(/\btest\(\s*'(\w+_SUITE: \w+)'/g)].map(([, id]): [string, string] => [
        id ?? '',
        `test/otp/${name}`,
      ]);
    });
}

test('every case is tested in the file that the page names, and nowhere else', () => {
  const byText = ([a]: readonly unknown[], [b]: readonly unknown[]): number =>
    String(a) < String(b) ? -1 : 1;
  const claimed = documented().filter(([, file]) => file !== undefined);
  assert.ok(claimed.length > 40, `only ${claimed.length} cases`);
  assert.equal(claimed.sort(byText), written().sort(byText));
});

test('every case is named once, with a file or a reason', () => {
  const page = readFileSync(join(ROOT, 'docs', 'otp-suites.md'), 'utf8');
  const names = documented().map(([name]) => name);
  assert.is(new Set(names).size, names.length);
  const rows = page.match(/^\| `.*$/gm) ?? [];
  assert.is(rows.length, names.length);
  for (const row of rows) assert.match(row, /\| (`test\/otp\/[\w-]+\.test\.ts`|none: .+?) +\|/);
});

suites.run();
