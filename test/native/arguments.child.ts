import { native, scratch } from '#dist/native/binding.js';
import { A, B, C, ctl, D, E, F0, R0, reals, STATUS, TABLE } from '#dist/native/control.js';
import { appendKey, appendRow, appendTerm, begin } from '#dist/term/encode.js';
import { setImmediate } from 'node:timers/promises';
import { isArrayBuffer } from 'node:util/types';
import { type Random, seededRandom } from '../support/random.js';

/* Calls everything the addon exports with JavaScript values that lib/ would never pass, while jobs run in the thread pool. */

const rounds = Number(process.argv[2]);
const random: Random = seededRandom('arguments of the raw binding');
type Call = (this: unknown, ...values: unknown[]) => unknown;

// A second scratch buffer or another thread's number would be a lie about this thread that nothing here could take back.
const calls = Object.entries(native).filter(
  (entry): entry is [string, Call] => typeof entry[1] === 'function' && entry[0] !== 'setGenerationForTest',
);

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(64);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

const revoked = Proxy.revocable([], {});
revoked.revoke();

/** What calls have returned: transfers, views, replies. */
const returned: unknown[] = [];
/** Jobs that may still be started before the event loop turns. */
let startsLeft = 0;
let finished = 0;

/** Values of every kind, made anew: some are changed by being passed. */
const VALUES: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => random.pick([0, -0, 1, -1, 0.5, 64, 65, 4096, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, NaN, Infinity]),
  () => random.below(2 ** 32),
  () => random.pick([0n, -1n, 2n ** 64n]),
  () => random.pick(['', 'a', 'é', '\ud800', '__proto__', 'x'.repeat(100_000)]),
  () => Symbol('s'),
  () => ({}),
  () => Object.create(null) as unknown,
  () =>
    random.pick([[], ['a', 'b'], ['a', 1, {}], Array.from({ length: 65 }, () => 'n'), ['\udfff', '\ud800']]),
  () => new Array(2 ** 31),
  () => Object.defineProperty([1, 2], 0, { get: () => native.lookup() }),
  () => Object.defineProperty(['a', 'b'], 1, { get: fail }),
  () => revoked.proxy,
  () => new Proxy(['a'], { get: () => native.info() }),
  () => new ArrayBuffer(random.pick([0, 1, 7, 100, 70_000])),
  () => scratch,
  () => detached(),
  () => new SharedArrayBuffer(64),
  () => new Uint8Array(random.pick([0, 8, 5000])),
  () => new DataView(new ArrayBuffer(8)),
  () => new Map([[1, 2]]),
  () => new Date(NaN),
  () => () => undefined,
  () => done,
  () => native,
  () => random.pick(returned.length > 0 ? returned : [undefined]),
  () => random.pick(returned.length > 0 ? returned : [undefined]),
];

function fail(): never {
  throw new Error('on purpose');
}

function done(): void {
  finished++;
}

/** Now and then words and bytes that are as they should be, so that a call comes past the words. */
function write(): void {
  native.useRequest(null);
  begin();
  const key =
    random.below(2) === 0 ? appendKey(random.below(50)) : appendRow([random.below(50), 'x', [1]], 0);
  for (const place of [A, B, C, D, E]) ctl[place] = random.below(3);
  ctl[A] = key;
  ctl[TABLE] = random.pick(tables);
  reals[F0] = random.below(100);
}

function makeTable(type: number): number {
  begin();
  ctl[A] = appendTerm('t');
  [ctl[B], ctl[C], ctl[D], ctl[E]] = [type, 0, 0, 0];
  native.create();
  return ctl[R0] as number;
}
const tables = [0, 1, 2, 3].map(makeTable);

/** The bytes of a term, for what must be given such a buffer: whether one is, cannot be seen from its memory. */
function viewTerm(): ArrayBuffer {
  begin();
  [ctl[A], ctl[B], ctl[C]] = [appendRow(['viewed', 'x'.repeat(1000)], 0), 0, 0];
  native.persistentPut();
  begin();
  ctl[A] = appendKey('viewed');
  const first = (native.persistentView as Call)();
  native.persistentErase();
  if (!isArrayBuffer(first)) throw new Error('no view');
  return first;
}
// Without external buffers it would be a copy.
const piece = process.env['TERMSTORE_EXTERNAL_BUFFERS'] === '0' ? undefined : viewTerm();

const transfers = [native.openTransfer(), native.openTransfer(), native.openTransfer()];
const outcomes = { returned: 0, threw: 0 };

/** Anything; for what starts a job now and then what it needs. */
function argumentsOf(name: string): unknown[] {
  if (random.below(2) === 0) {
    if (name === 'sliceAsync') return [done];
    if (name === 'exportSlice' || name === 'importSlice') return [random.pick(transfers), done];
    if (name === 'takeFrames' || name === 'feedFrame')
      return [random.pick(transfers), new ArrayBuffer(random.below(5000))];
    if (name === 'beginFrame') return [random.pick(transfers)];
  }
  return Array.from({ length: random.below(5) }, () => random.pick(VALUES)());
}

function step(): void {
  const [name, call] = random.pick(calls);
  const values = argumentsOf(name);
  if (name === 'viewWindow' && isArrayBuffer(values[0])) values[0] = piece;
  const starts = /Slice|sliceAsync/.test(name);
  if (starts && --startsLeft < 0) return;
  if (name === 'bind' && values[0] === scratch) return;
  if (random.below(3) > 0) write();
  if (name === 'drop' || name === 'giveAway') ctl[TABLE] = 100 + random.below(10);
  try {
    const result = call.apply(random.below(20) === 0 ? undefined : native, values);
    outcomes.returned++;
    if (typeof result === 'object' && result !== null) returned[random.below(16)] = result;
  } catch {
    outcomes.threw++;
  }
}

async function main(): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    step();
    if (round % 500 === 0) {
      startsLeft = 4;
      await setImmediate();
    }
  }
  // The store still works.
  native.useRequest(null);
  for (const table of tables) {
    begin();
    ctl[TABLE] = table;
    ctl[A] = appendRow(['key', 1], 0);
    ctl[B] = 0;
    native.insert();
    if (ctl[STATUS] !== 0) throw new Error(`insert: ${ctl[STATUS]}`);
    ctl[TABLE] = table;
    native.drop();
  }
  console.log(JSON.stringify({ ...outcomes, finished }));
}

void main();
