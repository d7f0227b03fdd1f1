import { setImmediate } from 'node:timers/promises';
import { ets, type Row } from 'termstore';
import * as assert from 'uvu/assert';
import { refusesEither } from '../support/refusals.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { turnsDuring } from '../support/turns.js';

const { test, beforeEach, afterEach, run } = suite('initTable');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const ROWS: Row[] = [
  [1, 'a'],
  [2, { b: 1 }],
  [3, [new Map([[1, 2]])]],
];

/** An iterator that records whether it was closed. */
function watched(rows: readonly unknown[], after?: () => unknown): Iterable<Row> & { closed: number } {
  const source = {
    closed: 0,
    [Symbol.iterator]() {
      let at = 0;
      return {
        next: () => {
          if (at === rows.length) {
            after?.();
            return { done: true as const, value: undefined };
          }
          return { done: false as const, value: rows[at++] as Row };
        },
        return: () => {
          source.closed++;
          return { done: true as const, value: undefined };
        },
      };
    },
  };
  return source;
}

for (const type of ['set', 'ordered_set'] as const) {
  test(`${type}: replaces everything by the rows of an iterable or an async iterable`, async () => {
    using table = ets.new('t', { type });
    table.insert(['old', 1]);
    await table.initTable(ROWS);
    assert.equal(table.tab2list().sort(), ROWS);
    await table.initTable(new Set([[4]]));
    assert.equal(table.tab2list(), [[4]]);
    async function* later(): AsyncGenerator<Row> {
      for (const row of ROWS) {
        await setImmediate();
        yield row;
      }
    }
    await table.initTable(later());
    assert.equal(table.tab2list().sort(), ROWS);
    await table.initTable([]);
    assert.is(table.info('size'), 0);
  });

  test(`${type}: of equal keys the last one wins`, async () => {
    using table = ets.new('t', { type });
    await table.initTable([
      ['k', 1],
      ['k', 2],
    ]);
    assert.equal(table.tab2list(), [['k', 2]]);
  });
}

test('bags get every row, in order', async () => {
  const rows: Row[] = [
    ['k', 2],
    ['k', 1],
    ['k', 2],
  ];
  using bag = ets.new('t', { type: 'bag' });
  await bag.initTable(rows);
  assert.equal(bag.lookup('k'), rows.slice(0, 2));
  using all = ets.new('t', { type: 'duplicate_bag' });
  await all.initTable(rows);
  assert.equal(all.lookup('k'), rows);
});

test('a wrong row is named by its index; the rows before it are in the table and the iterator is closed', async () => {
  using table = ets.new('t', { keypos: 1 });
  const bad: readonly (readonly [unknown, string, RegExp])[] = [
    ['no row', 'ERR_ETS_BADARG', /rows\[2\] must be an array/],
    [[1], 'ERR_ETS_BADARG', /rows\[2\] has no key/],
    [[1, undefined], 'ERR_ETS_BADARG', /rows\[2\]/],
    [[{ a: [() => 0] }, 1], 'ERR_TERM_UNSUPPORTED', /^rows\[2\]\[0\]\.a\[0\]/],
    [Promise.resolve([1, 2]), 'ERR_ETS_BADARG', /rows\[2\]/],
  ];
  for (const [row, code, message] of bad) {
    table.insert(['old', 'old']);
    const rows = watched([['a', 1], ['b', 2], row, ['c', 3]]);
    await refusesEither(() => table.initTable(rows), code, message);
    assert.is(rows.closed, 1);
    assert.equal(
      table.tab2list().sort(),
      [
        ['a', 1],
        ['b', 2],
      ],
      String(message),
    );
  }
});

test('the iterator is not touched when the arguments are refused, and not closed when it ended or threw itself', async () => {
  using table = ets.new('t');
  const rows = watched(ROWS);
  await table.initTable(rows);
  assert.is(rows.closed, 0);
  const thrower = watched(ROWS, () => {
    throw new Error('its own');
  });
  await table.initTable(thrower).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'its own'),
  );
  assert.is(thrower.closed, 0);
  assert.is(table.info('size'), 3);
});

test('a table that is dropped meanwhile ends it', async () => {
  const table = ets.new('t');
  const rows = watched([...ROWS, ...ROWS], () => undefined);
  const it = rows[Symbol.iterator]();
  let n = 0;
  const dropping = {
    [Symbol.iterator]: () => ({
      ...it,
      next: () => {
        if (++n === 3) table.drop();
        return it.next();
      },
    }),
  };
  await refusesEither(() => table.initTable(dropping as Iterable<Row>), 'ERR_ETS_ID', /initTable/);
  assert.is(rows.closed, 1);
});

test('a signal that is aborted before changes nothing', async () => {
  using table = ets.new('t');
  table.insert(['old']);
  const reason = new Error('enough');
  await table.initTable(ROWS, { signal: AbortSignal.abort(reason) }).then(
    () => assert.unreachable(),
    (error: unknown) => assert.is(error, reason),
  );
  assert.equal(table.tab2list(), [['old']]);
});

test('an abort ends it with the reason, closes the iterator and leaves the rows so far', async () => {
  using table = ets.new('t');
  const control = new AbortController();
  const reason = new Error('enough');
  const rows = watched([[1], [2], [3], [4]]);
  const it = rows[Symbol.iterator]();
  let n = 0;
  const aborting = {
    [Symbol.iterator]: () => ({
      ...it,
      next: () => {
        if (++n === 3) control.abort(reason);
        return it.next();
      },
    }),
  };
  await table.initTable(aborting as Iterable<Row>, { signal: control.signal }).then(
    () => assert.unreachable(),
    (error: unknown) => assert.is(error, reason),
  );
  assert.equal(table.tab2list().sort(), [[1], [2]]);
  assert.is(rows.closed, 1);
});

test('an abort does not wait for a source that waits', async () => {
  using table = ets.new('t');
  const control = new AbortController();
  let closed = 0;
  const endless: AsyncIterable<Row> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<never>(() => undefined),
      return: () => {
        closed++;
        return new Promise<never>(() => undefined);
      },
    }),
  };
  const filling = table.initTable(endless, { signal: control.signal });
  await setImmediate();
  control.abort();
  await filling.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, 'AbortError'),
  );
  assert.is(closed, 1);
});

test('others have the event loop during a long initTable, and progress counts up to the number of rows', async () => {
  using table = ets.new('t');
  function* many(): Generator<Row> {
    for (let i = 0; i < 100_000; i++) yield [i, `text ${i}`];
  }
  const seen: number[] = [];
  const { turns } = await turnsDuring(() =>
    table.initTable(many(), { onProgress: (rows) => seen.push(rows) }),
  );
  assert.ok(turns > 3, `${turns} turns`);
  assert.ok(seen.length > 3);
  assert.is(seen.at(-1), 100_000);
  assert.ok(seen.every((rows, i) => i === 0 || rows >= (seen[i - 1] as number)));
  assert.is(table.info('size'), 100_000);
});

test('what onProgress throws ends it', async () => {
  using table = ets.new('t');
  const onProgress = (): void => {
    throw new Error('mine');
  };
  await table.initTable(ROWS, { onProgress }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'mine'),
  );
});

run();
