import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

const ROOT = join(__dirname, '..', '..', '..');

const readme = suite('docs: README');
const { test } = readme;

/** A statement with its comment as an assertion: `expression; // value` must give that value. */
function withChecks(code: string): string {
  return code.replace(
    /^(?!const |let )(.+); \/\/ (\[.*?\]|\d+)(?=$|[:,;])(.*)$/gm,
    (_, expression: string, value: string, rest: string) =>
      `require('node:assert').deepStrictEqual(${expression}, ${value}); globalThis.checks = (globalThis.checks ?? 0) + 1; // ${rest}`,
  );
}

test('the examples run and give what their comments say', () => {
  const page = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  assert.is(blocks.length, 2);
  for (const block of blocks) {
    const script = `${withChecks(block)}\nconsole.log(globalThis.checks ?? 0);`;
    const run = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8', timeout: 30_000 });
    assert.is(run.status, 0, run.stderr);
    assert.ok(Number(run.stdout) >= 3, `only ${run.stdout.trim()} results were checked`);
  }
});

readme.run();
