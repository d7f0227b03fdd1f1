import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DIFFERENCES } from '../conformance/differences.js';
import { suite } from '../support/suite.js';

const PAGE = join(__dirname, '..', '..', '..', 'docs', 'compatibility.md');

const differences = suite('docs: differences');
const { test } = differences;

test('every difference that the conformance run knows is explained, and no other', () => {
  const [, section = ''] = readFileSync(PAGE, 'utf8').split('## Differences by name\n');
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)].slice(1);
  assert.equal(
    rows.map(([, name]) => name),
    [...DIFFERENCES],
  );
  for (const [, name, meaning = ''] of rows) assert.ok(meaning.length > 10, name);
});

differences.run();
