import { deepStrictEqual, rejects } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type * as termstore from '#dist/index.js';
import * as assert from 'uvu/assert';

const ROOT = join(__dirname, '..', '..', '..');
/** `require` as a program has it that stands in the package's root: `require('termstore')` is the package. */
const requireHere = createRequire(join(ROOT, 'package.json'));

/** What the examples of the API reference see without importing it: what all entry points export. */
function exported(): Record<string, unknown> {
  const entries = ['termstore', 'termstore/ms', 'termstore/dets'];
  return Object.assign({}, ...entries.map((entry) => requireHere(entry) as object)) as Record<
    string,
    unknown
  >;
}

function compiles(text: string): boolean {
  try {
    compileFunction(text);
    return true;
  } catch {
    return false;
  }
}

/** The import of names or of a default, in a line of its own. */
const IMPORT = /^import (\{.+\}|\w+) from '(.+)';$/;

function isExpression(text: string): boolean {
  return compiles(`return (${text}\n);`);
}

/**
 * The value that a comment begins with: up to its end or a `,`, `:` or `;` after which the explanation follows. `undefined`
 * for a comment that only explains.
 */
function valueOf(comment: string): string | undefined {
  if (!/^(?:[[{'"]|-?\d|(?:true|false|undefined|null|NaN)\b|Symbol\.for\(|new \w)/.test(comment))
    return undefined;
  for (const { index } of comment.matchAll(/[,:;]|$/g)) {
    const text = comment.slice(0, index);
    if (isExpression(text)) return text;
  }
  return undefined;
}

/**
 * A statement of one line with its comment as an assertion: `expression; // value`, `expression; // throws CODE`; of
 * `console.log(expression)` what it prints. An import becomes a `require`; that of a default gives what a CommonJS module exports.
 */
function withChecks(line: string): string {
  const [, names, from] = IMPORT.exec(line) ?? [];
  if (names !== undefined && from !== undefined) return `const ${names} = imported('${from}');`;
  const [, expression, comment] =
    /^(?!const |let |for |if |import |\s|\/\/|\})(.+); \/\/ (.+)$/.exec(line) ?? [];
  if (expression === undefined || comment === undefined) return line;
  const code = /^throws (ERR_\w+)/.exec(comment)?.[1];
  if (code !== undefined) return `await checks.throws(async () => ${expression}, { code: '${code}' });`;
  const value = valueOf(comment);
  const printed = /^console\.log\((.+)\)$/.exec(expression)?.[1];
  return value === undefined ? line : `checks.equal(${printed ?? expression}, ${value});`;
}

class Checks {
  count = 0;

  equal(actual: unknown, expected: unknown): void {
    this.count++;
    deepStrictEqual(actual, expected);
  }

  async throws(run: () => Promise<unknown>, expected: { code: string }): Promise<void> {
    this.count++;
    await rejects(run, expected);
  }
}

/** Leaves nothing of a block behind. */
function cleanUp(): void {
  const { ets, persistentTerm } = requireHere('termstore') as typeof termstore;
  for (const table of ets.all()) table[Symbol.dispose]();
  for (const [key] of persistentTerm.getAll()) persistentTerm.erase(key);
}

/** Runs an example of the API reference, which need not import what the package exports. Returns what went wrong. */
export function runExample(example: string): Promise<string | undefined> {
  return runBlock(example, 1, { ...exported(), require: requireHere });
}

/**
 * Runs a block that is a file of its own, as a reader may copy it: an ECMAScript module, which imports, may await and has no `require`, or
 * a CommonJS module, which has it and cannot await outside of a function. Returns what went wrong.
 */
function runFile(block: string, leastChecks: number): Promise<string | undefined> {
  if (block.split('\n').some((line) => IMPORT.test(line)))
    return runBlock(block, leastChecks, { require: undefined });
  if (!compiles(block)) return Promise.resolve(`neither ECMAScript module nor CommonJS\n${block}`);
  return runBlock(block, leastChecks, { require: requireHere });
}

/** Runs a block that sees `names`. Returns what went wrong. */
async function runBlock(
  block: string,
  leastChecks: number,
  names: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const checks = new Checks();
  const code = block
    .split('\n')
    .map((line) => withChecks(line))
    .join('\n');
  try {
    const run = compileFunction(`'use strict';\nreturn (async () => {{\n${code}\n}})();`, [
      'imported',
      'checks',
      ...Object.keys(names),
    ]);
    await (run as (...args: unknown[]) => Promise<void>)(requireHere, checks, ...Object.values(names));
  } catch (error) {
    return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nin\n${block}`;
  } finally {
    cleanUp();
  }
  return checks.count >= leastChecks ? undefined : `only ${checks.count} results were checked in\n${block}`;
}

/** Runs every JavaScript block of a page; `page` is relative to the package's root. */
export async function runExamples(page: string, expectedBlocks: number, leastChecks: number): Promise<void> {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  assert.is(blocks.length, expectedBlocks);
  for (const block of blocks) assert.is(await runFile(block, leastChecks), undefined);
}
