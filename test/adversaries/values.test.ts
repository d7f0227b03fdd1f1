import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { $1, _, ets, persistentTerm, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { refuses } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

/* Values made to change what they have no business with. */

const { test, before, after, beforeEach, afterEach, run } = suite('values of an adversary');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });
let folder = '';
before(() => void (folder = mkdtempSync(join(tmpdir(), 'termstore-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const TEXT =
  '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}, "prototype": 1, "toString": 2, ' +
  '"hasOwnProperty": 3, "__defineGetter__": 4, "then": 5, "toJSON": 6, "valueOf": 7, "nested": {"__proto__": {"polluted": 1}}}';
const hostile = (): unknown => JSON.parse(TEXT);

/** An object as it came in: own properties, the prototype of any, nothing of it anywhere else. */
function requireHarmless(value: unknown, how: string): void {
  const object = value as Record<string, unknown>;
  assert.equal(
    JSON.stringify(Object.getOwnPropertyNames(object)),
    JSON.stringify(Object.keys(JSON.parse(TEXT))),
    how,
  );
  assert.is(Object.getPrototypeOf(object), Object.prototype, how);
  const own = Object.getOwnPropertyDescriptor(object, '__proto__');
  assert.equal(own?.value, { polluted: true }, how);
  assert.is(
    Object.getPrototypeOf(Object.getOwnPropertyDescriptor(object, 'nested')?.value),
    Object.prototype,
    how,
  );
  assert.is(({} as { polluted?: unknown }).polluted, undefined, how);
}

test('names like __proto__ and constructor stay properties, on every way back', async () => {
  for (const options of [
    {},
    { readConcurrency: true },
    { type: 'ordered_set' },
    { type: 'bag' },
    { compressed: true },
  ] as const) {
    using table = ets.new<[string, unknown]>('t', options);
    table.insert(['k', hostile()]);
    const ways: Record<string, () => unknown> = {
      lookup: () => table.lookup('k')[0]?.[1],
      lookupElement: () => [table.lookupElement('k', 1)].flat()[0],
      tab2list: () => table.tab2list()[0]?.[1],
      iteration: () => [...table][0]?.[1],
      select: () => table.select([[[_, $1], [], [$1]]])[0],
      'an object made by a body': () =>
        table.select([[[_, { nested: $1 }], [], [JSON.parse('{"__proto__": {"polluted": true}}')]]])[0],
      foldl: () => table.foldl((row) => row[1], undefined),
    };
    for (const [how, way] of Object.entries(ways)) {
      for (let i = 0; i < 3; i++) {
        const value = way();
        if (how.startsWith('an object')) {
          assert.equal(Object.getOwnPropertyDescriptor(value, '__proto__')?.value, { polluted: true });
          assert.is(({} as { polluted?: unknown }).polluted, undefined, how);
        } else requireHarmless(value, how);
      }
    }
    const file = join(folder, 'table');
    await table.tab2file(file);
    using copy = await ets.file2tab<[string, unknown]>(file);
    requireHarmless(copy.lookup('k')[0]?.[1], 'file2tab');
    // As a key it is found again, and it is not the key of an object without it.
    copy.insert([hostile() as never, 1]);
    assert.ok(copy.member(hostile()));
    assert.not.ok(copy.member({}));
  }
  persistentTerm.put('hostile', hostile());
  requireHarmless(persistentTerm.get('hostile'), 'persistentTerm.get');
  const view = persistentTerm.view<Record<string, unknown>>('hostile');
  assert.is(Object.getPrototypeOf(view), Object.prototype);
  assert.equal(Object.keys(view), Object.keys(JSON.parse(TEXT) as object));
  persistentTerm.erase('hostile');
});

test('no method of a value is called: toString, valueOf, toJSON, Symbol.toPrimitive, then', () => {
  using table = ets.new('t');
  const calls: string[] = [];
  const spy = (name: string) => () => {
    calls.push(name);
    return 'x';
  };
  for (const name of ['toString', 'valueOf', 'toJSON', 'then']) {
    const value = Object.defineProperty({ a: 1 }, name, { value: spy(name), enumerable: false });
    table.insert(['k', value]);
    assert.equal(table.get('k'), ['k', { a: 1 }]);
    table.member(value);
    table.insert([value, 1]);
  }
  // Properties named by symbols are no part of a term.
  table.insert(['k', { a: 1, [Symbol.toPrimitive]: spy('toPrimitive') }]);
  assert.equal(table.get('k'), ['k', { a: 1 }]);
  assert.equal(calls, []);
});

test('a Proxy is refused without one of its traps being run', () => {
  using table = ets.new('t');
  const trapped: string[] = [];
  const handler = new Proxy({}, { get: (__, trap) => void trapped.push(String(trap)) });
  for (const target of [{}, [], new Map(), () => undefined]) {
    const proxy = new Proxy(target, handler);
    for (const act of [
      () => table.insert(['k', proxy]),
      () => table.insert(proxy as never),
      () => table.get(proxy),
      () => table.insertMany([['k', [proxy]]]),
      () => table.select([[[$1, proxy], [], [1]]]),
      () => persistentTerm.put('k', proxy),
    ])
      assert.throws(act);
  }
  for (const target of [{}, []]) {
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    for (const act of [
      () => table.insert(['k', proxy]),
      () => table.insert(proxy as never),
      () => table.insertMany([proxy as never]),
      () => table.get(proxy),
    ])
      refuses(act, 'ERR_TERM_UNSUPPORTED', 'Proxy');
    refuses(() => ets.table(proxy as never), 'ERR_ETS_BADARG', 'Proxy');
  }
  refuses(() => table.rename(new Proxy([], handler) as never), 'ERR_ETS_BADARG', 'Proxy');
  assert.equal(trapped, []);
});

/** `['k', value]` where looking at `value` does `meddle` first. */
function meddling(meddle: () => unknown): unknown {
  return Object.defineProperty({ a: 1 }, 'b', { get: () => (meddle(), 2), enumerable: true });
}

const WRITES: Readonly<Record<string, (table: Table, value: unknown) => unknown>> = {
  insert: (t, v) => t.insert(['k', v, 'x']),
  insertNew: (t, v) => t.insertNew(['new', v, 'x']),
  insertMany: (t, v) => t.insertMany([['one', 1], ['k', v, 'x'], ['two', v]]), // prettier-ignore
  updateElement: (t, v) => t.updateElement('k', 1, v),
  'updateCounter, default': (t, v) => t.updateCounter('counter', { pos: 1, incr: 1 }, ['counter', 0, v]),
  deleteObject: (t, v) => t.deleteObject(['k', v, 'x']),
  'a key': (t, v) => t.get(v),
  'a match spec': (t, v) => t.select([[[$1, v, _], [], [[v]]]]),
  'persistentTerm.put': (__, v) => persistentTerm.put('meddled', v),
};

for (const [name, write] of Object.entries(WRITES)) {
  test(`${name}: a getter that works on the very table changes no other bytes`, () => {
    for (const type of ['set', 'ordered_set'] as const) {
      using table = ets.new('t', { type });
      const meddlers: (() => unknown)[] = [
        () => table.insert(['k', 'z'.repeat(300), 'z']),
        () => table.get('k'),
        () => table.tab2list(),
        () => table.deleteAllObjects(),
        () => table.insertMany(Array.from({ length: 50 }, (__, i) => [`m${i}`, 'w'.repeat(2000)])),
        () => table.select([[[$1, _, _], [], [$1]]]),
        () => table.updateCounter('c', 1, ['c', 0]),
        () => persistentTerm.put('other', 'y'.repeat(100_000)),
      ];
      for (const meddle of meddlers) {
        table.insert(['k', { a: 1, b: 2 }, 'x']);
        write(table, meddling(meddle));
        // Whatever came first: rows are whole, and what was written is what was given.
        for (const row of table.tab2list()) {
          const value = row[1];
          if (typeof value === 'object') assert.equal(value, { a: 1, b: 2 }, name);
          if (typeof value === 'string') assert.match(value, /^(z*|w*|m\d+)$/);
        }
      }
      if (name === 'insert') assert.equal(table.get('k'), ['k', { a: 1, b: 2 }, 'x']);
      persistentTerm.erase('other');
      persistentTerm.erase('meddled');
      persistentTerm.erase('other');
    }
  });
}

test('a getter may drop the table: the call is refused, and nothing crashes', () => {
  for (const write of Object.values(WRITES)) {
    const table = ets.new('t');
    table.insert(['k', 1, 'x']);
    const value = meddling(() => table[Symbol.dispose]());
    try {
      write(table, value);
    } catch (error) {
      assert.is((error as { code?: unknown }).code, 'ERR_ETS_ID');
    }
    assert.is(table.info(), undefined);
    persistentTerm.erase('meddled');
  }
});

test('values of another realm are stored as what they are and come back as those of this one', () => {
  using table = ets.new('t', { type: 'ordered_set' });
  const context = createContext({});
  const foreign = runInContext(
    `({ list: [1, [2]], object: { a: { b: 1 } }, map: new Map([[{ k: 1 }, new Set([1])]]), date: new Date(5),
       bytes: new Uint8Array([1, 2]), big: 2n ** 70n, error: new RangeError('e'), symbol: Symbol.for('s') })`,
    context,
  ) as Record<string, unknown>;
  for (const [name, value] of Object.entries(foreign)) {
    table.insert([name, value]);
    const back = table.get(name)?.[1];
    if (typeof back === 'object' && name !== 'error') {
      assert.equal(back, structuredClone(value), name);
      assert.is(back instanceof Object, true, name);
    }
    table.insert([['key', value], 1]);
    assert.ok(
      table.member(['key', structuredClone(name === 'symbol' ? 1 : value)]) || name === 'symbol',
      name,
    );
  }
  assert.instance(table.get('error')?.[1], RangeError);
  table.insert(runInContext('["row", { of: "another realm" }]', context) as never);
  assert.equal(table.get('row'), ['row', { of: 'another realm' }]);
  refuses(() => table.insert(['k', runInContext('(function () {})', context)]), 'ERR_TERM_UNSUPPORTED');
  refuses(() => table.insert(['k', runInContext('new Proxy({}, {})', context)]), 'ERR_TERM_UNSUPPORTED');
  refuses(() => table.insert(['k', runInContext('new (class A {})', context)]), 'ERR_TERM_UNSUPPORTED');
});

test('what others did to Object.prototype and Error changes no row that is read, and loses none', () => {
  using table = ets.new<[string, unknown]>('t');
  let called = 0;
  const { prototype } = Object as unknown as { prototype: object };
  Object.defineProperty(prototype, 'accessor', { set: () => void called++, configurable: true });
  Object.defineProperty(prototype, 'constant', { value: 1, writable: false, configurable: true });
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor;
  Object.defineProperty(Error, 'stackTraceLimit', { ...limit, writable: false });
  try {
    // Names that are no identifiers as well: each has a reader of its own.
    for (const more of ['{', '{"a b": 1, ']) {
      const text = `${more}"accessor": 2, "constant": 3}`;
      const wide = Object.fromEntries(Array.from({ length: 100 }, (__, i) => [`n${i}`, i]));
      table.insert(['object', JSON.parse(text)]);
      table.insert(['dict', { ...wide, ...(JSON.parse(text) as object) }]);
      table.insert(['error', new RangeError('e')]);
      for (let i = 0; i < 5; i++) {
        assert.is(JSON.stringify(table.get('object')?.[1]), JSON.stringify(JSON.parse(text)));
        assert.ok(JSON.stringify(table.get('dict')?.[1]).endsWith('"accessor":2,"constant":3}'));
        assert.instance(table.get('error')?.[1], RangeError);
      }
      for (const key of ['object', 'dict', 'error']) assert.is(table.take(key).length, 1);
    }
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', limit);
    Reflect.deleteProperty(prototype, 'accessor');
    Reflect.deleteProperty(prototype, 'constant');
  }
  assert.is(called, 0);
});

test('an Error whose name or message is no string is refused before its trace is formatted', () => {
  using table = ets.new('t');
  const calls: string[] = [];
  const spy = { toString: () => (calls.push('toString'), 'x') };
  for (const property of ['name', 'message'])
    for (const value of [spy, Symbol('s'), 1]) {
      const error = Object.defineProperty(new Error('e'), property, { value });
      refuses(() => table.insert(['k', error]), 'ERR_TERM_UNSUPPORTED', `row[1].${property}`);
    }
  table.insert(['k', Object.defineProperty(new Error('e'), 'message', { value: undefined })]);
  assert.is((table.get('k')?.[1] as Error).message, '');
  assert.equal(calls, []);
});

test('rows that a thread has too little stack to decode are not lost by its take', async () => {
  let deep: unknown = 'bottom';
  for (let i = 0; i < 1000; i++) deep = { a: deep };
  const key = ['a key', new Map([[1, 2]])];
  for (const type of ['set', 'ordered_set', 'bag'] as const) {
    using table = ets.new('rows of depth', { type, named: true, access: 'public' });
    const rows = [
      ['k', deep],
      [key, 1, deep],
    ];
    table.insertMany(rows);
    if (type === 'bag') table.insert(['k', 2]);
    const before = table.tab2list();
    const worker = new Worker(join(__dirname, 'small-stack.worker.js'), {
      workerData: { keys: ['k', key] },
      resourceLimits: { stackSizeMb: 0.5 },
    });
    const codes: unknown = (await once(worker, 'message'))[0];
    await once(worker, 'exit');
    assert.equal(codes, ['ERR_TERM_TOO_LARGE', 'ERR_TERM_TOO_LARGE'], type);
    assert.equal(table.tab2list(), before, type);
    assert.equal(table.take(key), [rows[1]], type);
  }
});

run();
