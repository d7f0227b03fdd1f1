import { native } from '#dist/native/binding.js';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ets, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { turnsDuring } from '../support/turns.js';

const { test, after, beforeEach, afterEach, run } = suite('dumps and loads in the thread pool');
const hire = crew(join(__dirname, 'transfer.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const folder = mkdtempSync(join(tmpdir(), 'termstore-off-the-loop-'));
const file = join(folder, 'table');
after(() => rmSync(folder, { recursive: true }));

const ROWS = 30_000;

function filled(): Table<[number, string]> {
  const table = ets.new<[number, string]>('t', { access: 'public' });
  for (let i = 0; i < ROWS; i++) table.insert([i, 'x'.repeat(100)]);
  return table;
}

type Start = typeof native.exportSlice;

/** Lets `work` run and returns, for each slice, what happened in which order. */
async function watched(name: 'exportSlice' | 'importSlice', work: () => Promise<unknown>): Promise<string[]> {
  const slices: string[] = [];
  const changeable = native as unknown as Record<string, Start>;
  const start = native[name];
  changeable[name] = (transfer, done): void => {
    const index = slices.push('started') - 1;
    const note = (text: string): void => void (slices[index] += ` ${text}`);
    const running = slices.filter((slice) => !slice.endsWith('done')).length;
    start(transfer, (...answer) => {
      note('done');
      done(...answer);
    });
    note(running === 1 ? 'returned' : `returned beside ${running - 1} others`);
  };
  try {
    await work();
  } finally {
    changeable[name] = start;
  }
  return slices;
}

test('every slice goes to the pool, one at a time, and bounded: some 256 KiB each', async () => {
  using table = filled();
  const out = await watched('exportSlice', () => table.tab2file(file));
  const megabytes = readFileSync(file).length / 2 ** 20;
  assert.ok(out.length > 2 * megabytes, `${out.length} slices for ${megabytes} MiB`);
  assert.equal([...new Set(out)], ['started returned done']);
  const back = await watched('importSlice', async () => (await ets.file2tab(file)).drop());
  assert.ok(back.length > 2 * megabytes, `${back.length} slices for ${megabytes} MiB`);
  assert.equal([...new Set(back)], ['started returned done']);
});

test('a row of many megabytes is moved in pieces between which the event loop turns', async () => {
  using table = ets.new<[string, Uint8Array]>('t');
  const bytes = 48 << 20;
  table.insert(['large', new Uint8Array(bytes).fill(7)]);
  const dump = await turnsDuring(() => table.tab2file(file));
  const load = await turnsDuring(() => ets.file2tab<[string, Uint8Array]>(file));
  using copy = load.value;
  // A piece has half a megabyte, and each is a turn of its own.
  assert.ok(dump.turns > 90, `${dump.turns} turns`);
  assert.ok(load.turns > 90, `${load.turns} turns`);
  assert.ok(Buffer.from(copy.get('large')?.[1] as Uint8Array).equals(Buffer.alloc(bytes, 7)));
});

test('checks are made in the pool, of one piece at a time, which nobody changes meanwhile', async () => {
  using table = filled();
  table.insert([-1, 'y'.repeat(3 << 20)]);
  const subtle: { digest?: typeof webcrypto.subtle.digest } = webcrypto.subtle;
  const digest = webcrypto.subtle.digest.bind(webcrypto.subtle);
  let bytes = 0;
  let running = 0;
  let most = 0;
  subtle.digest = async (algorithm, data) => {
    const piece = data as Uint8Array<ArrayBuffer>;
    assert.ok(piece.length <= 1 << 19, `${piece.length} bytes`);
    const before = piece.slice();
    bytes += piece.length;
    most = Math.max(most, ++running);
    const made = await digest(algorithm, data);
    running--;
    assert.ok(Buffer.from(piece.buffer, piece.byteOffset, piece.length).equals(before));
    return made;
  };
  try {
    for (const work of [() => table.tab2file(file), async () => (await ets.file2tab(file)).drop()]) {
      [bytes, most] = [0, 0];
      await work();
      const size = readFileSync(file).length;
      // All but what stands around contents: 28 bytes around each, of which most are some 256 KiB.
      assert.ok(bytes < size && bytes > size - 3000, `${bytes} of ${size} bytes`);
      assert.is(most, 1);
    }
  } finally {
    delete subtle.digest;
  }
});

test('a digest that the runtime refuses ends a dump and a load with its error as the cause', async () => {
  using table = filled();
  await table.tab2file(file);
  const before = readFileSync(file);
  const subtle: { digest?: typeof webcrypto.subtle.digest } = webcrypto.subtle;
  const digest = webcrypto.subtle.digest.bind(webcrypto.subtle);
  const cause = new Error('no digest today');
  const works = [
    ['table.tab2file', () => table.tab2file(file)],
    ['ets.file2tab', () => ets.file2tab(file)],
  ] as const;
  try {
    for (const [name, work] of works) {
      for (const good of [0, 1, 3]) {
        let count = 0;
        subtle.digest = (algorithm, data) =>
          count++ < good ? digest(algorithm, data) : Promise.reject(cause);
        const message = new RegExp(`^${name.replace('.', '\\.')}: .*: no digest today$`);
        const error = await refusesEither(work, 'ERR_ETS_FILE', message);
        assert.is((error as Error).cause, cause);
        assert.ok(readFileSync(file).equals(before));
        assert.equal(readdirSync(folder), ['table']);
        assert.is(table.info('fixed'), false);
        assert.is(ets.all().length, 1);
      }
    }
  } finally {
    delete subtle.digest;
  }
});

/** Runs `act` while slice number `index` is in the pool. */
async function during(
  name: 'exportSlice' | 'importSlice',
  index: number,
  act: () => void,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const changeable = native as unknown as Record<string, Start>;
  const start = native[name];
  let slices = 0;
  changeable[name] = (transfer, done): void => {
    start(transfer, done);
    if (slices++ === index) act();
  };
  try {
    return await work();
  } finally {
    changeable[name] = start;
  }
}

test('an abort while a slice is in the pool ends a dump and a load after it', async () => {
  using table = filled();
  await table.tab2file(file);
  const before = readFileSync(file);
  for (const index of [0, 2]) {
    for (const [name, work] of [
      ['exportSlice', (signal: AbortSignal) => table.tab2file(file, { signal })],
      ['importSlice', (signal: AbortSignal) => ets.file2tab(file, { signal })],
    ] as const) {
      const control = new AbortController();
      const reason = new Error('enough');
      const abort = (): void => control.abort(reason);
      await during(name, index, abort, () => work(control.signal)).then(
        () => assert.unreachable(),
        (error: unknown) => assert.is(error, reason),
      );
      assert.ok(readFileSync(file).equals(before));
      assert.equal(readdirSync(folder), ['table']);
      assert.is(table.info('fixed'), false);
      assert.is(ets.all().length, 1);
    }
  }
});

test('a table that is dropped while a slice is in the pool ends its dump and its load', async () => {
  {
    using table = filled();
    await table.tab2file(file);
  }
  for (const index of [0, 2]) {
    const table = filled();
    const dump = during(
      'exportSlice',
      index,
      () => table.drop(),
      () => table.tab2file(file),
    );
    await refusesEither(() => dump, 'ERR_ETS_ID', /^table\.tab2file: /);
    const load = during(
      'importSlice',
      index,
      () => (ets.all()[0] as Table).drop(),
      () => ets.file2tab(file),
    );
    await refusesEither(() => load, 'ERR_ETS_ID', /^ets\.file2tab: /);
    assert.equal(readdirSync(folder), ['table']);
  }
});

test('a thread that ends in the middle of its dump leaves the table as it was and the older file', async () => {
  using table = filled();
  await table.tab2file(file);
  const before = readFileSync(file);
  for (let round = 0; round < 4; round++) {
    const worker = hire();
    await worker.call('dump', table.tid, file);
    await worker.terminate();
    while (table.info('fixed')) await setImmediate();
    assert.is(table.info('size'), ROWS);
    assert.ok(readFileSync(file).equals(before));
  }
});

test('a thread that ends in the middle of its load leaves no table', async () => {
  {
    using table = filled();
    await table.tab2file(file);
  }
  for (let round = 0; round < 4; round++) {
    const worker = hire();
    await worker.call('load', file);
    await worker.terminate();
    assert.is(ets.all().length, 0);
  }
});

test('tab2listAsync: the event loop turns between slices; progress, an error of the callback, an abort', async () => {
  using table = filled();
  const seen: number[] = [];
  const { turns, value: rows } = await turnsDuring(() =>
    table.tab2listAsync({ onProgress: (count) => seen.push(count) }),
  );
  assert.is(rows.length, ROWS);
  assert.ok(turns > 20, `${turns} turns`);
  assert.ok(seen.length > 20);
  assert.is(seen.at(-1), ROWS);
  assert.ok(seen.every((count, i) => i === 0 || count >= (seen[i - 1] as number)));
  const mine = new Error('mine');
  const control = new AbortController();
  for (const options of [
    {
      onProgress: () => {
        throw mine;
      },
    },
    { signal: control.signal, onProgress: () => control.abort(mine) },
  ]) {
    await table.tab2listAsync(options).then(
      () => assert.unreachable(),
      (error: unknown) => assert.is(error, mine),
    );
  }
});

run();
