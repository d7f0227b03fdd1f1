import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { ets, type Table } from 'termstore';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { turnsDuring } from '../support/turns.js';

const { test, after, beforeEach, afterEach, run } = suite('dumps and loads that do not go well');
const hire = crew(join(__dirname, '../threads/jobs.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const folder = mkdtempSync(join(tmpdir(), 'termstore-interrupted-'));
const file = join(folder, 'table');
after(() => rmSync(folder, { recursive: true }));

function filled(rows: number): Table<[number, string]> {
  const table = ets.new<[number, string]>('t', { type: 'ordered_set', access: 'public' });
  for (let i = 0; i < rows; i++) table.insert([i, 'x'.repeat(100)]);
  return table;
}

/** Asserts that an older file is as it was and that nothing else is left in the folder. */
function untouched(path: string, before: Buffer): void {
  assert.ok(readFileSync(path).equals(before));
  assert.not.ok(readdirSync(folder).some((name) => name.endsWith('.tmp')));
}

async function rejectsWith(work: Promise<unknown>, reason: unknown): Promise<void> {
  await work.then(
    () => assert.unreachable(),
    (error: unknown) => assert.is(error, reason),
  );
}

test('an aborted dump leaves the older file as it was and no other', async () => {
  using table = filled(30_000);
  await table.tab2file(file);
  const before = readFileSync(file);
  table.insert([-1, 'new']);
  const reason = new Error('enough');
  await rejectsWith(table.tab2file(file, { signal: AbortSignal.abort(reason) }), reason);
  for (const stopAt of [1, 3, 10]) {
    const control = new AbortController();
    let calls = 0;
    const onProgress = (): void => {
      if (++calls === stopAt) control.abort(reason);
    };
    await rejectsWith(table.tab2file(file, { signal: control.signal, onProgress }), reason);
    assert.is(calls, stopAt);
    untouched(file, before);
  }
});

test('an aborted load leaves no table', async () => {
  {
    using table = filled(30_000);
    await table.tab2file(file);
  }
  const reason = new Error('enough');
  await rejectsWith(ets.file2tab(file, { signal: AbortSignal.abort(reason) }), reason);
  const control = new AbortController();
  const onProgress = (): void => control.abort(reason);
  await rejectsWith(ets.file2tab(file, { signal: control.signal, onProgress }), reason);
  assert.is(ets.all().length, 0);
});

test('other threads see a table that is being loaded only when it is complete', async () => {
  {
    using table = ets.new<[number, string]>('loading', { access: 'public', named: true });
    for (let i = 0; i < 30_000; i++) table.insert([i, 'x'.repeat(100)]);
    await table.tab2file(file);
  }
  const other = hire();
  await other.call('thread');
  const asked: Promise<unknown>[] = [];
  const onProgress = (rows: number): void => {
    assert.is(ets.table('loading').info('protection'), 'private');
    if (rows < 30_000) asked.push(other.call('get', 'loading', 1).catch((error: unknown) => error));
  };
  using table = await ets.file2tab(file, { onProgress });
  assert.is(table.info('protection'), 'public');
  assert.equal(await other.call('get', 'loading', 1), [1, 'x'.repeat(100)]);
  for (const answer of await Promise.all(asked)) {
    // Either it was too early, or the table was complete when the worker came to it.
    if (answer instanceof Error) assert.is((answer as Error & { code: string }).code, 'ERR_ETS_ACCESS');
    else assert.equal(answer, [1, 'x'.repeat(100)]);
  }
  assert.ok(asked.length > 3);
});

test('progress counts rows up to all of them, in both directions', async () => {
  using table = filled(30_000);
  for (const work of [
    (onProgress: (rows: number) => void) => table.tab2file(file, { onProgress }),
    async (onProgress: (rows: number) => void) => (await ets.file2tab(file, { onProgress })).drop(),
  ]) {
    const seen: number[] = [];
    await work((rows) => seen.push(rows));
    assert.ok(seen.length > 3);
    assert.is(seen.at(-1), 30_000);
    assert.ok(seen.every((rows, i) => i === 0 || rows >= (seen[i - 1] as number)));
  }
});

test('a table is fixed while it is dumped, and not afterwards, however the dump ends', async () => {
  using table = filled(30_000);
  const seen = new Set<unknown>();
  const onProgress = (): void => void seen.add(table.info('fixed'));
  await table.tab2file(file, { onProgress });
  assert.equal([...seen], [true]);
  assert.is(table.info('fixed'), false);
  const stop = (): void => {
    throw new Error('mine');
  };
  await table.tab2file(file, { onProgress: stop }).catch(() => undefined);
  await table.tab2file(join(file, 'below a file')).catch(() => undefined);
  assert.is(table.info('fixed'), false);
});

test('a table that is dropped during its dump ends it, and the older file stays', async () => {
  const table = filled(30_000);
  await table.tab2file(file);
  const before = readFileSync(file);
  const onProgress = (): void => table[Symbol.dispose]();
  await refusesEither(() => table.tab2file(file, { onProgress }), 'ERR_ETS_ID', /table\.tab2file/);
  untouched(file, before);
});

test('a disk that is full, or a write that fails otherwise, leaves the older file and names the cause', async () => {
  using table = filled(30_000);
  await table.tab2file(file);
  const before = readFileSync(file);
  const probe = await open(file, 'r');
  const prototype = Object.getPrototypeOf(probe) as { write: (...args: unknown[]) => Promise<unknown> };
  await probe.close();
  const write = prototype.write;
  try {
    for (const failsAt of [1, 2, 5]) {
      let writes = 0;
      prototype.write = function (...args) {
        if (++writes < failsAt) return write.apply(this, args);
        return Promise.reject(
          Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }),
        );
      };
      const error = await refusesEither(() => table.tab2file(file), 'ERR_ETS_FILE', /no space left/);
      assert.is((error.cause as { code: string }).code, 'ENOSPC');
      untouched(file, before);
    }
  } finally {
    prototype.write = write;
  }
});

test('short writes are continued', async () => {
  using table = filled(3000);
  const probe = await open(folder, 'r');
  type Write = (bytes: Uint8Array, at: number, length: number, position: null) => Promise<unknown>;
  const prototype = Object.getPrototypeOf(probe) as { write: Write };
  await probe.close();
  const write = prototype.write;
  prototype.write = function (bytes, at, length, position) {
    return write.call(this, bytes, at, Math.min(length, 1000), position);
  };
  try {
    await table.tab2file(file);
  } finally {
    prototype.write = write;
  }
  using copy = await ets.file2tab(file, { verify: true });
  assert.is(copy.info('size'), 3000);
});

test('a path that is a directory, or lies in none, is refused and nothing is left', async () => {
  using table = filled(10);
  const directory = join(folder, 'directory');
  mkdirSync(directory);
  writeFileSync(join(directory, 'content'), '');
  await refusesEither(() => table.tab2file(directory), 'ERR_ETS_FILE');
  await refusesEither(() => table.tab2file(join(file, 'below a file')), 'ERR_ETS_FILE');
  assert.not.ok(readdirSync(folder).some((name) => name.endsWith('.tmp')));
  rmSync(directory, { recursive: true });
});

test('a process that is killed in the middle of dumps leaves a whole file', async () => {
  const own = mkdtempSync(join(folder, 'killed-'));
  const target = join(own, 'table');
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [join(__dirname, 'dump.child.js'), target], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await sleep(5 + round * 17);
    child.kill('SIGKILL');
    await once(child, 'close');
    using table = await ets.file2tab(target, { verify: true });
    assert.is(table.info('size'), 50_000);
    const left = readdirSync(own).filter((name) => name !== 'table');
    assert.ok(left.length <= round + 1, left.join());
    assert.ok(left.every((name) => /^\.termstore-[0-9a-f]{24}\.tmp$/.test(name)));
  }
});

for (const type of ['set', 'ordered_set'] as const) {
  test(`${type}: rows that stay are in the file exactly once, whatever writers do meanwhile`, async () => {
    using table = ets.new<[number, string]>('t', { type });
    const kept = 20_000;
    for (let i = 0; i < kept; i++) table.insert([i, 'x'.repeat(60)]);
    let changes = 0;
    const onProgress = (): void => {
      for (let i = 0; i < 3000; i++) {
        table.insert([(changes * 7919) % kept, 'y'.repeat(changes % 200)]);
        table.insert([kept + (changes % 50_000), 'new']);
        table.delete(kept + ((changes * 31) % 50_000));
        changes++;
      }
    };
    await table.tab2file(file, { onProgress });
    assert.ok(changes > 3000);
    using copy = await ets.file2tab<[number, string]>(file, { verify: true });
    for (let i = 0; i < kept; i++) assert.ok(copy.member(i), `${i}`);
  });
}

test('rows that stay are in the file exactly once while other threads write', async () => {
  using table = ets.new<[string, number]>('t', { access: 'public', writeConcurrency: true });
  const kept = Array.from({ length: 20_000 }, (_, i) => `kept ${i}`);
  for (const key of kept) table.insert([key, 0]);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const keys = Array.from({ length: 300 }, (_, i) => `comes and goes ${i}`);
  const writers = [hire(), hire()].map((writer) => writer.call<number>('rewrite', table.tid, keys, stop));
  try {
    while (!table.member(keys[0])) await setImmediate();
    for (let round = 0; round < 3; round++) {
      await table.tab2file(file);
      using copy = await ets.file2tab<[string, number]>(file, { verify: true });
      for (const key of kept) assert.ok(copy.member(key), key);
      assert.is(copy.info('size'), kept.length + keys.length);
    }
  } finally {
    Atomics.store(stop, 0, 1);
    await Promise.all(writers);
  }
});

test('others have the event loop during a dump and a load', async () => {
  using table = filled(100_000);
  const dump = await turnsDuring(() => table.tab2file(file));
  const load = await turnsDuring(() => ets.file2tab(file));
  load.value.drop();
  // More than forty blocks each.
  assert.ok(dump.turns > 30, `${dump.turns} turns`);
  assert.ok(load.turns > 30, `${load.turns} turns`);
});

run();
