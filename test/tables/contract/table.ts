import { ets } from 'termstore';
import { randomBytes } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { refuses } from '../../support/refusals.js';
import type { Contract } from './subject.js';

export const tableContract: Contract = ({ test, create, row, options }) => {
  test('info() tells what the table is', () => {
    const table = create(row('a', 1));
    const info = table.info();
    assert.ok(info);
    const { memory, nearCache, ...rest } = info;
    assert.ok(memory > 0);
    assert.equal(nearCache, options.readConcurrency ? { hits: 0, misses: 0, size: 0 } : undefined);
    assert.equal(rest, {
      id: table.tid,
      name: 'contract',
      namedTable: false,
      type: options.type,
      protection: 'protected',
      owner: threadId,
      heir: 'none',
      keypos: options.keypos,
      size: 1,
      compressed: options.compressed,
      readConcurrency: options.readConcurrency,
      writeConcurrency: options.writeConcurrency,
      decentralizedCounters:
        options.writeConcurrency === 'auto' ||
        (options.writeConcurrency === true && options.type === 'ordered_set'),
    });
    for (const item of Object.keys(info) as (keyof typeof info)[]) assert.equal(table.info(item), info[item]);
  });

  test('info("size") follows every write, info("memory") every large one', () => {
    const table = create();
    const empty = table.info('memory')!;
    table.insert(row('a', 1));
    table.insertMany([row('a', 2), row('b', 3)]);
    assert.is(table.info('size'), 2);
    // Noise, which no compressor makes smaller.
    table.insert(row('big', new Uint8Array(randomBytes(1_000_000))));
    assert.ok(table.info('memory')! > empty + 1_000_000);
    table.delete('big');
    assert.ok(table.info('memory')! < empty + 1_000_000);
    table.take('a');
    assert.is(table.info('size'), 1);
  });

  test('rename() gives another name, and a taken one is refused', () => {
    const table = create();
    table.rename('other');
    assert.is(table.name, 'other');
    assert.is(table.info('name'), 'other');
    assert.is(ets.whereis('other'), undefined);
    using named = ets.new('registered', { ...options, named: true });
    using taken = ets.new('taken', { ...options, named: true });
    refuses(() => named.rename('taken'), 'ERR_ETS_ALREADY_EXISTS', 'table.rename');
    refuses(() => named.rename('registered'), 'ERR_ETS_ALREADY_EXISTS');
    named.insert(row('k', 1));
    named.rename('fresh');
    assert.is(ets.whereis('registered'), undefined);
    assert.equal(ets.table('fresh').get('k'), row('k', 1));
    assert.is(ets.table(named.tid).name, 'fresh');
    taken.rename('registered');
    assert.is(ets.table('registered').tid, taken.tid);
    // An unregistered name may be anybody's.
    table.rename('registered');
  });

  test('drop() frees the name and everything else at once', () => {
    const table = ets.new('short lived', { ...options, named: true });
    table.insert(row('a', 1));
    table.drop();
    assert.is(table.info(), undefined);
    assert.is(table.info('size'), undefined);
    assert.is(table.name, 'short lived');
    assert.is(ets.whereis('short lived'), undefined);
    refuses(() => table.get('a'), 'ERR_ETS_ID');
    refuses(() => table.drop(), 'ERR_ETS_ID');
    refuses(() => ets.table(table.tid), 'ERR_ETS_ID');
    using successor = ets.new('short lived', { ...options, named: true });
    assert.is.not(successor.tid, table.tid);
    refuses(() => table.insert(row('a', 1)), 'ERR_ETS_ID');
    assert.is(successor.info('size'), 0);
  });

  test('Symbol.dispose drops, and is content with a table that is gone', () => {
    const table = create();
    table[Symbol.dispose]();
    assert.is(table.info(), undefined);
    table[Symbol.dispose]();
  });

  test('two handles of one table are one table', () => {
    const table = create(row('a', 1));
    const other = ets.table(table.tid);
    other.insert(row('b', 2));
    assert.equal(table.get('b'), row('b', 2));
    table.drop();
    refuses(() => other.get('a'), 'ERR_ETS_ID');
  });
};
