import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { filesUnder, newest, root, writtenAt } from './files.mjs';
import { runNode } from './run.mjs';

const require = createRequire(import.meta.url);

/** Written after a compilation without errors; its time is the time the compilation began. */
const STAMP = '.built';

const library = { project: 'tsconfig.json', sources: 'lib', output: 'dist' };
const tests = { project: 'test/tsconfig.json', sources: 'test', output: 'build/test' };

const isTypeScript = (path) => path.endsWith('.ts') && !path.endsWith('.d.ts');

/** A deleted source must not live on as a module that can still be imported or a test that still runs. */
function removeOrphans({ sources, output }) {
  const kept = new Set(
    filesUnder(sources, isTypeScript).map((path) => path.slice(sources.length).replace(/\.ts$/, '')),
  );
  const emitted = filesUnder(output, (path) => /\.(js|d\.ts)$/.test(path));
  for (const path of emitted) {
    const module = path.slice(output.length).replace(/\.(d\.ts|js)$/, '');
    if (!kept.has(module)) rmSync(join(root, path));
  }
}

/** True when the output was compiled without an error after everything it is made of was written. */
function isCurrent({ project, sources, output }, ...furtherInputs) {
  const inputs = [project, 'tsconfig.base.json', 'package.json', ...filesUnder(sources, isTypeScript)];
  return writtenAt(`${output}/${STAMP}`) > newest([...inputs, ...furtherInputs]);
}

/** Compiles `part`. What can be emitted is emitted even if a type error makes the build fail. */
async function compile(part) {
  const startedAt = new Date();
  const stamp = join(root, part.output, STAMP);
  rmSync(stamp, { force: true });
  await runNode(require.resolve('typescript/bin/tsc'), ['-b', part.project]);
  writeFileSync(stamp, '');
  // A source saved while the compiler ran is newer than the stamp then.
  utimesSync(stamp, startedAt, startedAt);
}

/** Compiles lib/ into dist/. Returns false when there was nothing to do. */
export async function buildLibrary() {
  removeOrphans(library);
  if (isCurrent(library)) return false;
  try {
    await compile(library);
  } finally {
    // Only here: loading the compiler takes longer than finding out that there is nothing to compile.
    const { writeEsmEntries } = await import('./esm-entries.mjs');
    writeEsmEntries();
  }
  return true;
}

/** Compiles test/ into build/test/. Returns false when there was nothing to do. */
export async function buildTests() {
  removeOrphans(tests);
  if (isCurrent(tests, `dist/${STAMP}`)) return false;
  await compile(tests);
  return true;
}
