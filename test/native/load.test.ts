import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runChildWell } from '../support/children.js';
import { copyPackage } from '../support/package-copy.js';
import { suite } from '../support/suite.js';

const { test, run } = suite('loading the binary');

/** What a process that requires the package in `folder` gets: `{ code, message }`. */
async function requireIn(folder: string): Promise<{ code: string; message: string; name: string }> {
  const file = join(folder, 'main.cjs');
  writeFileSync(
    file,
    "try { require('./dist/index.js'); console.log('{}'); } catch ({ code, message, name }) { console.log(JSON.stringify({ code, message, name })); }",
  );
  return JSON.parse(await runChildWell(file)) as never;
}

test('without a binary the error says for what system and where it looked', async () => {
  const folder = copyPackage(() => undefined);
  const { code, message, name } = await requireIn(folder);
  assert.is(code, 'ERR_TERMSTORE_LOAD');
  assert.is(name, 'TermStoreError');
  assert.ok(
    message.includes(`${process.platform}-${process.arch}`) && message.includes(join('build', 'Release')),
    message,
  );
});

test('a binary that is none is an error of this package, with the system as its cause', async () => {
  const folder = copyPackage(() => Buffer.from('this is no shared library'));
  const { code, message } = await requireIn(folder);
  assert.is(code, 'ERR_TERMSTORE_LOAD');
  assert.ok(message.includes('termstore.node could not be loaded'), message);
});

test('a shipped binary is found where there is none that was built', async () => {
  const binaries: Buffer[] = [];
  const folder = copyPackage((binary) => {
    binaries.push(binary);
    return undefined;
  });
  const target = join(folder, 'prebuilds', `${process.platform}-${process.arch}`);
  mkdirSync(target, { recursive: true });
  for (const file of ['termstore.glibc.node', 'termstore.musl.node', 'termstore.node'])
    writeFileSync(join(target, file), binaries[0] as Buffer);
  assert.is((await requireIn(folder)).code, undefined);
});

test('modules that are loaded anew in a thread, as test runners do, share the store', async () => {
  const folder = copyPackage();
  const file = join(folder, 'anew.cjs');
  writeFileSync(
    file,
    `const load = () => {
      for (const path of Object.keys(require.cache)) if (path.endsWith('.js')) delete require.cache[path];
      return require('./dist/index.js');
    };
    const first = load();
    const kept = first.ets.new('kept', { named: true });
    const found = [];
    for (let n = 0; n < 3; n++) {
      const { ets, persistentTerm } = load();
      const table = ets.table('kept');
      table.insert([{ get n() { return kept.insert(['inside', n]), n; } }, n]);
      table.insert(['n', n]);
      persistentTerm.put('n', { n });
      found.push([ets === first.ets, kept.get('n')[1], kept.get('inside')[1], kept.get({ n })[1], first.persistentTerm.get('n').n]);
    }
    console.log(JSON.stringify(found));`,
  );
  assert.equal(
    JSON.parse(await runChildWell(file)),
    [0, 1, 2].map((n) => [false, n, n, n, n]),
  );
});

run();
