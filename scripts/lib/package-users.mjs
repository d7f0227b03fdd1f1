/* The programs that scripts/check-package.mjs installs the package for. */

/** Uses `ets` of what `load` binds to `termstore`, and says so. */
const use = `
const table = ets.new('t', { named: true, access: 'public' });
table.insert(['k', { n: 1 }]);
if (table.lookup('k')[0][1].n !== 1) throw new Error('wrong answer');
persistentTerm.put('p', [1]);
if (persistentTerm.get('p')[0] !== 1) throw new Error('wrong answer');
console.log('used');
`;

/** Every entry, imported and required, has the same exports and the same values. */
export function esm(entries) {
  const lines = entries.map(
    (name, i) => `
import * as entry${i} from '${name}';
{
  const required = createRequire(import.meta.url)('${name}');
  const names = Object.keys(required);
  if (names.length === 0) throw new Error('${name} exports nothing');
  for (const key of names) {
    if (entry${i}[key] !== required[key]) throw new Error(\`\${key} of ${name} is not the same imported and required\`);
  }
}`,
  );
  return `import { createRequire } from 'node:module';\nimport { ets, persistentTerm } from 'termstore';${lines.join('')}${use}`;
}

export function commonJs(entries) {
  const lines = entries.map(
    (name) => `if (Object.keys(require('${name}')).length === 0) throw new Error('${name} exports nothing');`,
  );
  return `const { ets, persistentTerm } = require('termstore');\n${lines.join('\n')}${use}`;
}

/** What a program in TypeScript writes; `extra` are lines that import the entries. */
export function typed(entries) {
  const lines = entries.map((name, i) => `import * as entry${i} from '${name}';\nvoid entry${i};`);
  return `
import { _, $1, ets, persistentTerm, type MatchSpec, type Table } from 'termstore';
import { gt } from 'termstore/ms';
${lines.join('\n')}
export const spec: MatchSpec<[string, number]> = [[[_, $1], [gt($1, 10)], [$1]]];
const table: Table<[string, number]> = ets.new<[string, number]>('t');
table.insert(['k', 1]);
export const first: number | undefined = table.lookup('k')[0]?.[1];
export const term: unknown = persistentTerm.get('k', undefined);
// @ts-expect-error a row of another type
table.insert([1, 'k']);
`;
}

/** What a bundler is given: TypeScript, with a default of nothing. */
export const bundled = `
import { ets, persistentTerm } from 'termstore';
import { gt } from 'termstore/ms';
if (gt(1, 2).name !== 'gt') throw new Error('termstore/ms');
${use}`;

/** The main thread never loads the package: its workers do, one after the other, and find what the one before left. */
export const workersOnly = `
import { Worker, isMainThread } from 'node:worker_threads';
if (isMainThread) {
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(new URL(import.meta.url));
    const code = await new Promise((resolve) => worker.on('exit', resolve));
    if (code !== 0) throw new Error(\`a worker ended with \${code}\`);
  }
  const last = new Worker("const { persistentTerm } = require('termstore'); if (persistentTerm.get('sum') !== 6) process.exit(3);", { eval: true });
  const code = await new Promise((resolve) => last.on('exit', resolve));
  if (code !== 0) throw new Error('what the workers left is not there');
  console.log('used');
} else {
  const { persistentTerm } = await import('termstore');
  persistentTerm.put('sum', persistentTerm.get('sum', 0) + 2);
}
`;
