import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ets, TermStoreError } from 'termstore';
import { dets } from 'termstore/dets';
import { lmdbStore } from 'termstore/persist';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

type Load = (request: string, ...rest: unknown[]) => unknown;

const loader = Module as unknown as { _load: Load };
const load = loader._load;

const { test, before, after, run } = suite('without the package lmdb');

before(() => {
  loader._load = (request, ...rest) => {
    if (request === 'lmdb') throw new Error("Cannot find module 'lmdb'");
    return load.call(loader, request, ...rest);
  };
});
after(() => void (loader._load = load));

const path = join(tmpdir(), 'none.mdb');

function isPeerError(error: unknown): boolean {
  assert.instance(error, TermStoreError);
  assert.is((error as TermStoreError).code, 'ERR_TERMSTORE_PEER');
  assert.match((error as Error).message, /npm install lmdb/);
  return true;
}

test('opening a table on disk says what is missing', async () => {
  const refused = await dets.openFile('none', { file: path }).then(
    () => undefined,
    (error: unknown) => error,
  );
  isPeerError(refused);
});

test('opening a store of events says what is missing', () => {
  assert.throws(() => lmdbStore({ path }), isPeerError);
});

test('everything else does without', () => {
  const table = ets.new<[string, number]>('rows');
  table.insert(['key', 1]);
  assert.equal(table.get('key'), ['key', 1]);
  table.drop();
});

run();
