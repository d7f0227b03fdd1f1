import { _, $1, ets, type Row } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { eachTable, HASHES, times, TYPES, VARIANTS } from '../support/variants.js';

/* ets_SUITE: names, what info tells, all kinds of terms, large tables of one thread. */

const { test, beforeEach, afterEach, run } = suite('otp: names, info and terms');
afterEach(() => ets.all().forEach((table) => table.drop()));
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

test('ets_SUITE: rename', () => {
  for (const type of TYPES) {
    const table = ets.new('foo', { named: true, type });
    const other = ets.new('other', { named: true });
    table.insert(['key', 1]);
    table.rename('bar');
    assert.equal(ets.table('bar').lookup('key'), [['key', 1]]);
    assert.is(ets.whereis('foo'), undefined);
    assert.is(table.name, 'bar');
    assert.is(table.info('namedTable'), true);
    refuses(() => table.rename('other'), 'ERR_ETS_ALREADY_EXISTS');
    refuses(() => table.rename('bar'), 'ERR_ETS_ALREADY_EXISTS');
    refuses(() => table.rename(5 as never), 'ERR_ETS_BADARG');
    other.drop();
    table.rename('other');
    assert.is(ets.table('other').tid, table.tid);
    table.drop();
    refuses(() => table.rename('foo'), 'ERR_ETS_ID');
  }
});

test('ets_SUITE: rename_unnamed', () => {
  const table = ets.new('foo');
  const registered = ets.new('bar', { named: true });
  table.rename('bar');
  assert.is(table.name, 'bar');
  assert.is(table.info('namedTable'), false);
  assert.is(ets.table('bar').tid, registered.tid);
  table.rename('bar');
  assert.is(ets.whereis('foo'), undefined);
});

test('ets_SUITE: info', async () => {
  for (const type of TYPES) {
    for (const variant of VARIANTS) {
      for (const named of [false, true]) {
        const table = ets.new('foo', { ...variant, type, named, keypos: 1 });
        const empty = table.info('memory') as number;
        assert.ok(empty > 0);
        table.insertMany(times(500, (i): Row => [`value ${i}`, i]));
        const info = table.info();
        assert.ok(info);
        assert.is(info.id, table.tid);
        assert.is(info.name, 'foo');
        assert.is(info.namedTable, named);
        assert.is(info.type, type);
        assert.is(info.protection, variant.access ?? 'protected');
        assert.is(info.keypos, 1);
        assert.is(info.size, 500);
        assert.is(info.heir, 'none');
        assert.ok(info.memory > empty);
        assert.is(info.writeConcurrency, variant.writeConcurrency ?? false);
        for (const [item, value] of Object.entries(info))
          assert.equal(table.info(item as keyof typeof info), value, item);
        refuses(() => table.info('unknown' as never), 'ERR_ETS_BADARG');
        refuses(() => table.info(5 as never), 'ERR_ETS_BADARG');
        table.drop();
        assert.is(table.info(), undefined);
        assert.is(table.info('size'), undefined);
        assert.is(table.info('fixed'), undefined);
        assert.is(table.info('safeFixed'), undefined);
      }
    }
  }
});

test('ets_SUITE: test_decentralized_counters_setting', () => {
  for (const type of TYPES) {
    for (const writeConcurrency of [undefined, false, true, 'auto'] as const) {
      for (const asked of [undefined, false, true]) {
        for (const access of ['public', 'protected', 'private'] as const) {
          using table = ets.new('foo', {
            type,
            access,
            ...(writeConcurrency !== undefined && { writeConcurrency }),
            ...(asked !== undefined && { decentralizedCounters: asked }),
          });
          const divided =
            access !== 'private' && writeConcurrency !== undefined && writeConcurrency !== false;
          const usual = writeConcurrency === 'auto' || type === 'ordered_set';
          assert.is(table.info('decentralizedCounters'), divided && (asked ?? usual));
          assert.is(table.info('writeConcurrency'), divided ? writeConcurrency : false);
          table.insertMany(times(100, (i) => [i]));
          assert.is(table.info('size'), 100);
        }
      }
    }
  }
});

test('ets_SUITE: write_concurrency', () => {
  const memory = (options: object): number => {
    using table = ets.new('foo', { access: 'public', ...options });
    return table.info('memory') as number;
  };
  for (const type of HASHES) {
    const plain = memory({ type });
    assert.ok(memory({ type, writeConcurrency: true }) > 4 * plain);
    assert.is(memory({ type, writeConcurrency: true, access: 'private' }), plain);
    assert.is(memory({ type, writeConcurrency: false }), plain);
  }
  for (const writeConcurrency of ['yes', 1, null, { locks: 64 }])
    refuses(() => ets.new('foo', { writeConcurrency } as never), 'ERR_ETS_BADARG');
});

test('ets_SUITE: types', async () => {
  const terms: unknown[] = [
    ...[0, -0, 1.5, NaN, Infinity, -1, 2 ** 53, Number.MIN_VALUE],
    ...[0n, 1n, -(2n ** 64n), 3n ** 300n],
    ...[null, true, false, Symbol.for('atom'), Symbol.for('')],
    ...['', 'text', 'x'.repeat(100_000), 'lone \ud800', '\u{1f600}'],
    ...[Buffer.from('buffer'), new Uint8Array([1, 2]), new Uint8Array(70_000).fill(7)],
    ...[new Int8Array([-1]), new Uint16Array([65535]), new BigInt64Array([-1n]), new Float32Array([0.5])],
    ...[new Uint8Array([9]).buffer, new DataView(new ArrayBuffer(3)), new Uint8ClampedArray([255])],
    ...[new Date(0), new Date(NaN), [], [[[]]], [undefined, null], {}, { a: { b: [1n] } }],
    ...[new Map(), new Map<unknown, unknown>([[[1], { x: 1 }]]), new Set(), new Set([[1], 'x'])],
    ...[new Error('message', { cause: [1] }), new TypeError('type')],
  ];
  await eachTable(TYPES, (table) => {
    for (const term of terms) {
      table.insert([term, 'as key', undefined]);
      assert.is(difference(table.lookup(term), [[term, 'as key', undefined]]), undefined);
      assert.is(table.delete(term), true);
      table.insert(['value', term, [term], { term }]);
      assert.is(difference(table.take('value'), [['value', term, [term], { term }]]), undefined);
    }
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: heavy_lookup', async () => {
  await eachTable(TYPES, (table) => {
    table.insertMany(times(7000, (i): Row => [i, i, 'x'.repeat(i % 50)]));
    for (let lap = 0; lap < 3; lap++)
      for (let i = 0; i < 7000; i++) {
        const [row, ...more] = table.lookup(i);
        if (row?.[1] !== i || more.length > 0) assert.unreachable(`key ${i}`);
      }
  });
});

test('ets_SUITE: heavy_lookup_element', async () => {
  await eachTable(TYPES, (table, { type }) => {
    const bag = type === 'bag' || type === 'duplicate_bag';
    table.insertMany(times(7000, (i): Row => [i, { n: i }, i * 2, 'x'.repeat(i % 50)]));
    for (let lap = 0; lap < 3; lap++)
      for (let i = 0; i < 7000; i++) {
        const found = table.lookupElement(i, 2);
        if ((bag ? (found as unknown[])[0] : found) !== i * 2) assert.unreachable(`key ${i}`);
      }
  });
});

test('ets_SUITE: otp_10182', async () => {
  await eachTable(TYPES, (table) => {
    const bytes = Buffer.from('a key that is made of bytes, and longer than most');
    const row: Row = [['test', bytes], Buffer.from(bytes.toString('base64'))];
    table.insert(row);
    assert.is(difference(table.lookup(['test', bytes]), [row]), undefined);
    assert.is(difference(table.matchObject(row), [row]), undefined);
    assert.is(difference(table.match([['test', $1], _]), [[bytes]]), undefined);
    assert.is(table.deleteObject(row), true);
  });
});

test('ets_SUITE: otp_9932', async () => {
  await eachTable(TYPES, (table) => {
    // Lists of integers beyond a machine word, and rows that differ only deep inside.
    const keyOf = (n: number): Row => [n, [2n ** 64n + BigInt(n), [-(2n ** 90n), [n]]]];
    for (let n = 0; n < 300; n++) table.insert(keyOf(n));
    for (let n = 0; n < 300; n++) {
      assert.equal(table.matchObject(keyOf(n)), [keyOf(n)]);
      assert.equal(table.match([$1, [2n ** 64n + BigInt(n), _]]), [[n]]);
      assert.is(table.deleteObject([n, [2n ** 64n + BigInt(n), [-(2n ** 90n), [n + 1]]]]), false);
    }
    table.matchDelete([_, [_, [-(2n ** 90n), _]]]);
    assert.is(table.info('size'), 0);
  });
});

test('ets_SUITE: ets_all', () => {
  const before = ets.all().map((table) => table.tid);
  const made = times(50, (i) => ets.new(`t${i}`, { named: i % 2 === 0 }));
  const tids = (): number[] => ets.all().map((table) => table.tid);
  assert.equal(tids(), [...before, ...made.map((table) => table.tid)]);
  for (const table of made.splice(10, 20)) table.drop();
  assert.equal(tids(), [...before, ...made.map((table) => table.tid)]);
});

run();
