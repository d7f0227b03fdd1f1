import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

const ROOT = join(__dirname, '..', '..', '..');
/** Where blocks would lie if they were written: in the package, so that they import it by its name. */
const FOLDER = join(ROOT, 'build', 'blocks');

/** The TypeScript blocks of the README and of all pages, by names that say where they stand. */
function blocks(): Map<string, string> {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((page) => page.endsWith('.md'))
    .map((page) => join('docs', page));
  const found = new Map<string, string>();
  for (const page of ['README.md', ...pages]) {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const { 1: block = '', index } of text.matchAll(/```ts\n([\s\S]*?)```/g)) {
      const line = text.slice(0, index).split('\n').length;
      found.set(join(FOLDER, `${page.replace(/\W+/g, '-')}-line-${line}.mts`), block);
    }
  }
  return found;
}

/** What the compiler says of these files, which are not on the disk, with the package's own settings. */
function errorsIn(files: ReadonlyMap<string, string>): string[] {
  const base = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path));
  const compilerOptions: unknown = (base.config as { compilerOptions: unknown }).compilerOptions;
  const parsed = ts.parseJsonConfigFileContent({ compilerOptions, files: [...files.keys()] }, ts.sys, ROOT);
  const options = { ...parsed.options, composite: false, declaration: false, noEmit: true };
  const host = ts.createCompilerHost(options);
  const withBlocks: ts.CompilerHost = {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    getSourceFile: (path, settings, ...rest) => {
      const text = files.get(path);
      return text === undefined
        ? host.getSourceFile(path, settings, ...rest)
        : ts.createSourceFile(path, text, settings);
    },
  };
  const program = ts.createProgram([...files.keys()], options, withBlocks);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

const types = suite('docs: TypeScript');
const { test } = types;

test('every TypeScript block compiles with the strict settings of this package', () => {
  const found = blocks();
  assert.ok(found.size >= 3, `only ${found.size} blocks were found`);
  assert.equal(errorsIn(found), []);
});

test('what does not fit is an error there', () => {
  const wrong = `import { ets, persistentTerm } from 'termstore';
    const users = ets.new<[string, number]>('users');
    users.insert(['ada']);
    persistentTerm.get('config').limit;
    persistentTerm.get<{ limit: number }>('config', 5);`;
  assert.is(errorsIn(new Map([[join(FOLDER, 'wrong.mts'), wrong]])).length, 3);
});

types.run();
