import { join } from 'node:path';
import { ets, persistentTerm, Table } from 'termstore';
import * as assert from 'uvu/assert';
import { runChildWell } from '../support/children.js';
import { crew } from '../support/crew.js';
import { copyPackage, packageRoot, patch } from '../support/package-copy.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

const { test, beforeEach, afterEach, run } = suite('copies of the package in one process');
const hire = crew(join(__dirname, 'jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach });

async function meet(...folders: readonly string[]): Promise<unknown> {
  return JSON.parse(await runChildWell(join(__dirname, 'copies.child.js'), folders)) as unknown;
}

test('two copies that were built alike share one store', async () => {
  const copy = copyPackage();
  for (const folders of [
    [packageRoot, copy],
    [copy, packageRoot],
  ]) {
    assert.equal(await meet(...folders), {
      rows: [['from the other', { another: { shape: [1] } }], { shape: { of: 'one' } }],
      sum: '1',
      term: [{ y: [3] }, { y: [3] }, { y: [3] }],
      all: [1, 1],
      tids: ['shared'],
    });
  }
});

test('a copy that was built differently is refused, whichever comes first, and the first one works on', async () => {
  const different = copyPackage((binary) => patch(binary, 'abi %u, build', 'abi %u, BUILD'));
  for (const folders of [
    [packageRoot, different],
    [different, packageRoot],
  ]) {
    assert.equal(await meet(...folders), { one: 'loaded', other: 'ERR_TERMSTORE_SECOND_COPY' });
  }
});

test('ESM and CommonJS are one package with one state, in every thread', async () => {
  const esm = await import('termstore');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what is tested
  const cjs = require('termstore') as typeof esm;
  for (const name of Object.keys(cjs) as (keyof typeof esm)[]) assert.is(esm[name], cjs[name], name);
  assert.equal(
    Object.keys(esm)
      .filter((name) => !['default', 'module.exports'].includes(name))
      .sort(),
    Object.keys(cjs).sort(),
  );
  assert.is(esm.ets, ets);
  assert.is(esm.persistentTerm, persistentTerm);
  assert.is(esm.Table, Table);
  using table = esm.ets.new('from esm', { named: true });
  table.insert(['k', 1]);
  assert.equal(ets.table('from esm').get('k'), ['k', 1]);
  assert.equal(await hire().call('esm', 'from esm'), [['k', 1], true, true]);
});

run();
