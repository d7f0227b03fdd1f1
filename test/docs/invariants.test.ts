import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

const ROOT = join(__dirname, '..', '..', '..');

/** The text of every test source below `folder`. */
function sources(folder: string): string {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|cc)$/.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'))
    .join('\n');
}

const invariants = suite('docs: invariants');
const { test } = invariants;

test('every test that guards an invariant exists, and every invariant has one', () => {
  const page = readFileSync(join(ROOT, 'docs', 'invariants.md'), 'utf8');
  const written = sources('test') + sources('native/test');
  const entries = page.split(/^(?=\*\*I-\d+\.)/m).slice(1);
  assert.ok(entries.length >= 20);
  for (const entry of entries) {
    const guards = [...entry.slice(entry.indexOf('Guarded by:')).matchAll(/"([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    assert.ok(guards.length > 0, entry);
    for (const title of guards) assert.ok(written.includes(title), `no test is called "${title}"`);
  }
});

invariants.run();
