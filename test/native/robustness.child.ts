import { native, REPLY_BYTES, REQUEST_BYTES, REQUEST_OFFSET, scratch } from '#dist/native/binding.js';
import {
  A,
  B,
  C,
  ctl,
  D,
  E,
  F0,
  F1,
  F2,
  F3,
  FLAG_NOTE,
  G,
  LOCK_CLOSE,
  R0,
  R1,
  reals,
  STATUS,
  TABLE,
} from '#dist/native/control.js';
import { appendKey, appendRow, appendTerm, appendU32, begin, request } from '#dist/term/encode.js';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Random, seededRandom } from '../support/random.js';

/* Calls every operation of the raw binding with words and bytes that lib/ would never write, for a number of rounds. */

const rounds = Number(process.argv[2]);
const random: Random = seededRandom('raw binding');
const bytes = new Uint8Array(scratch, REQUEST_OFFSET, REQUEST_BYTES);

/** Everything the addon exports that takes nothing: all of them are operations. */
const operations = Object.entries(native)
  .filter(
    ([name, value]) =>
      typeof value === 'function' &&
      ![
        'bind',
        'listen',
        'useRequest',
        'takeReply',
        'internShape',
        'shapeNames',
        'generationPage',
        'sliceAsync',
        'openTransfer',
        'exportSlice',
        'importSlice',
        'takeFrames',
        'viewFind',
        'beginFrame',
        'feedFrame',
      ].includes(name),
  )
  .map(([name, value]) => ({ name, call: value as () => void }));

const TERMS: readonly unknown[] = [
  0,
  -0,
  1,
  1n,
  1.5,
  NaN,
  -(2n ** 70n),
  null,
  undefined,
  'a',
  'é',
  '\ud800',
  'x'.repeat(70),
  Symbol.for('s'),
  new Date(0),
  [],
  [1, [2, 'x']],
  { a: 1 },
  { a: { b: [] } },
  new Map([[1, { x: 2 }]]),
  new Set([1, 'a']),
  new Uint8Array(40),
  Buffer.from('b'),
  new Float64Array(2),
  new Error('e', { cause: [1] }),
  Array.from({ length: 40 }, (_, i) => i),
  new Map(Array.from({ length: 40 }, (_, i) => [i, i])),
];

const tables: number[] = [];
/** Locks with higher numbers are closed at once: each has a file open. */
const MOST_LOCKS = 8;
const outcomes: Record<string, { good: number; bad: number }> = {};

/** A request as lib/ would write one: the sizes and numbers for its words, and the operations that read such a request. */
interface Request {
  readonly words: readonly number[];
  readonly readers: readonly string[];
}

function keyRequest(): Request {
  const readers = [
    'lookup',
    'member',
    'lookupElement',
    'delete',
    'take',
    'step',
    'persistentGet',
    'persistentErase',
  ];
  return { words: [appendKey(random.pick(TERMS)), random.below(2), random.below(2)], readers };
}

function rowRequest(): Request {
  const words = rowWords();
  return { words, readers: ['insert', 'insertNew', 'deleteObject', 'persistentPut'] };
}

function rowWords(): [payload: number, key: number] {
  const payload = appendRow([random.pick(TERMS), random.below(9), random.pick(TERMS)], random.below(2));
  return [payload, request.canonicalLength];
}

function nameRequest(): Request {
  const noted = random.below(2) === 0;
  const words = [
    appendTerm(`name ${random.below(20)}`),
    random.below(2),
    random.below(3),
    random.below(2),
    random.below(16) + (noted ? FLAG_NOTE : 0),
  ];
  ctl[R1] = noted ? appendTerm({ note: random.below(9) }) : wildWord();
  return { words, readers: ['create', 'whereis', 'rename'] };
}

/** The path of a file that is there, or of none; or what is done with a lock. */
function openingRequest(): Request {
  const path = Buffer.from(`${random.pick([__filename, '/none/such'])}\0`);
  bytes.set(path);
  const words = [random.below(2) === 0 ? path.length : random.below(MOST_LOCKS), random.below(7)];
  return { words, readers: ['makeOpeningLock', 'useOpeningLock'] };
}

function counterRequest(): Request {
  const key = appendKey(random.pick(TERMS));
  const words = [key, random.below(3), random.below(2), ...rowWords()];
  return { words, readers: ['updateCounter', 'addToCounter'] };
}

function countersRequest(): Request {
  const key = appendKey(random.pick(TERMS));
  const start = request.pos;
  const count = random.below(3);
  for (let i = 0; i < count; i++) {
    appendU32(random.below(3));
    const limited = random.below(2);
    appendU32(limited);
    request.pos -= 3;
    for (let j = 0; j < 1 + 2 * limited; j++) appendTerm(random.below(20));
  }
  return { words: [key, count, request.pos - start, ...rowWords()], readers: ['updateCounters'] };
}

function elementsRequest(): Request {
  const key = appendKey(random.pick(TERMS));
  const start = request.pos;
  const count = random.below(3);
  for (let i = 0; i < count; i++) {
    appendU32(random.below(3));
    const sizeAt = request.pos;
    appendU32(0);
    request.view.setUint32(sizeAt, appendTerm(random.pick(TERMS)), true);
  }
  return { words: [key, count, request.pos - start, ...rowWords()], readers: ['updateElements'] };
}

function manyRequest(): Request {
  const count = 1 + random.below(4);
  for (let i = 0; i < count; i++) {
    const header = request.pos;
    appendU32(0);
    appendU32(0);
    const [payload, key] = rowWords();
    request.view.setUint32(header, payload, true);
    request.view.setUint32(header + 4, key, true);
  }
  return { words: [request.pos, count, random.below(2)], readers: ['insertMany'] };
}

function rangeRequest(): Request {
  const lower = appendKey(random.pick(TERMS));
  const upper = appendKey(random.pick(TERMS));
  return {
    words: [lower, random.below(4), upper, random.below(4), random.below(4)],
    readers: ['range', 'scan'],
  };
}

function appendBytes(...values: number[]): void {
  for (const value of values) {
    appendU32(value);
    request.pos -= 3;
  }
}

/** `u32 size` in front of what `write` appends. */
function appendSized(write: () => void): void {
  const sizeAt = request.pos;
  appendU32(0);
  write();
  request.view.setUint32(sizeAt, request.pos - sizeAt - 4, true);
}

/** An expression of a match program that has two variables. */
function appendExpression(depth: number): void {
  const kind = depth > 3 ? 1 + random.below(4) : random.pick([1, 2, 3, 4, 5, 7, 8, 16, 16, 16, 16]);
  appendBytes(kind);
  if (kind === 1)
    appendSized(() => {
      request.inlineNames = true; // constants of a program mention no shape
      appendTerm(random.pick(TERMS));
      request.inlineNames = false;
    });
  if (kind === 2) appendBytes(random.below(2), 0);
  let parts = random.below(4);
  if (kind === 16) {
    const binary = random.pick([
      0, 2, 4, 5, 6, 9, 10, 12, 14, 15, 16, 17, 18, 19, 27, 29, 31, 32, 45, 51, 52,
    ]);
    const unary = random.pick([8, 20, 21, 22, 24, 30, 33, 35, 43, 46, 47, 48, 49, 50, 54, 55, 56]);
    parts = 1 + random.below(2);
    appendBytes(parts === 1 ? unary : binary, parts);
  } else if (kind >= 5) {
    appendU32(parts);
    if (kind === 7) parts *= 2;
  } else {
    parts = 0;
  }
  for (; parts > 0; parts--) appendExpression(depth + 1);
}

/** A program of one clause for rows of three elements, and some rows. */
function matchRequest(): Request {
  const start = request.pos;
  appendBytes(1, 0, 1, 0);
  appendSized(() => {
    appendBytes(2, 0, 4, 3, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0);
    const guards = random.below(2);
    appendBytes(guards, 0);
    if (guards > 0) appendExpression(0);
    appendBytes(1, 0);
    appendExpression(0);
  });
  const size = request.pos - start;
  const rows = random.below(4);
  for (let i = 0; i < rows; i++) appendSized(() => rowWords());
  return { words: [size, rows], readers: ['matchRun', 'matchCheck'] };
}

/** A slice: no program, or one as it should be; a range, or keys. */
function sliceRequest(): Request {
  const program = random.below(3) === 0 ? 0 : (matchRequest().words[0] as number);
  request.pos = program;
  const start = request.pos;
  const mode = random.below(6);
  if (random.below(2) === 0) {
    const count = random.below(4);
    for (let i = 0; i < count; i++) appendSized(() => void appendKey(random.pick(TERMS)));
    return { words: [program, request.pos - start, 0, count, mode | 16], readers: ['select'] };
  }
  const lower = appendKey(random.pick(TERMS));
  const upper = appendKey(random.pick(TERMS));
  const kinds = random.below(4) | (random.below(4) << 8);
  return { words: [program, lower, upper, kinds, mode | (random.below(2) * 8)], readers: ['select'] };
}

function compareRequest(): Request {
  const words = [appendTerm(random.pick(TERMS)), appendTerm(random.pick(TERMS))];
  return { words, readers: ['compareTerms'] };
}

function giftRequest(): Request {
  return {
    words: [appendTerm(random.pick(TERMS)), random.below(2), random.below(3)],
    readers: ['giveAway', 'setopts'],
  };
}

const REQUESTS = [
  giftRequest,
  keyRequest,
  rowRequest,
  nameRequest,
  openingRequest,
  counterRequest,
  countersRequest,
  elementsRequest,
  manyRequest,
  rangeRequest,
  matchRequest,
  compareRequest,
  sliceRequest,
];

function damage(): void {
  const reach = Math.min(request.pos + 8, REQUEST_BYTES);
  for (let i = random.below(4); i >= 0; i--) bytes[random.below(reach)] = random.below(256);
}

const WILD = [
  0,
  1,
  2,
  3,
  5,
  8,
  64,
  255,
  4096,
  REQUEST_BYTES - 1,
  REQUEST_BYTES,
  REQUEST_BYTES + 1,
  REPLY_BYTES,
  -1,
  -2,
  2 ** 30 - 1,
  2 ** 31 - 1,
  -(2 ** 31),
  0x7ffffff0,
];
const WILD_REALS = [
  0,
  1,
  -1,
  0.5,
  100,
  65_536,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e300,
  NaN,
  Infinity,
  -Infinity,
];

function wildWord(): number {
  const choice = random.below(8);
  return choice < 5 ? random.below(4) : choice < 7 ? random.pick(WILD) : random.below(2 ** 32) | 0;
}

function setWords(words: readonly number[]): void {
  ctl[TABLE] = random.below(12) === 0 ? random.pick(WILD) : (random.pick(tables) ?? 0);
  [A, B, C, D, E].forEach((place, i) => (ctl[place] = words[i] ?? wildWord()));
  // Half of the requests are as they should be; in the others some words are wrong.
  if (random.below(2) === 0)
    for (let i = random.below(3); i >= 0; i--) ctl[random.pick([A, B, C, D, E])] = wildWord();
  ctl[G] = random.below(3) === 0 ? wildWord() : 0;
  for (const place of [F0, F1, F2, F3])
    reals[place] = random.below(2) === 0 ? random.below(100) : random.pick(WILD_REALS);
  // A thread that is there, for what names one.
  if (random.below(4) === 0) reals[F0] = partner.threadId;
}

/** Some tables of each type; others come and go with `create` and `drop`. */
function keepTables(): void {
  while (tables.length > 8) {
    ctl[TABLE] = tables.shift() as number;
    native.drop();
  }
  while (tables.length < 4) {
    begin();
    ctl[A] = appendTerm('t');
    ctl[B] = random.below(2);
    ctl[C] = 0;
    ctl[D] = random.below(2);
    ctl[E] = random.below(2) * 4;
    native.create();
    tables.push(ctl[R0] as number);
  }
}

/** What empties tables comes rarely, so that the others find something. */
function pickOperation(readers: readonly string[]): (typeof operations)[number] {
  if (random.below(2) === 0) {
    const name = random.pick(readers);
    return operations.find((operation) => operation.name === name) ?? random.pick(operations);
  }
  const operation = random.pick(operations);
  const empties = operation.name === 'drop' || operation.name === 'deleteAll';
  return empties && random.below(60) > 0 ? random.pick(operations) : operation;
}

let readers: readonly string[] = ['check'];

function step(): void {
  // Now and then the words and bytes of the last call again: what one operation inserted another one finds.
  if (random.below(3) > 0) {
    begin();
    const built = random.pick(REQUESTS)();
    readers = built.readers;
    if (random.below(2) === 0) damage();
    setWords(built.words);
  }
  const { name, call } = pickOperation(readers);
  if (random.below(30) === 0)
    native.useRequest(random.below(2) === 0 ? null : new ArrayBuffer(random.pick([0, 1, 7, 100, 70_000])));
  call();
  const status = ctl[STATUS] as number;
  const outcome = (outcomes[name] ??= { good: 0, bad: 0 });
  if (status >= 0) outcome.good++;
  else outcome.bad++;
  if (name === 'create' && status === 0) tables.push(ctl[R0] as number);
  if (name === 'makeOpeningLock' && status === 0 && (ctl[R0] as number) >= MOST_LOCKS) {
    setWords([ctl[R0] as number, LOCK_CLOSE]);
    native.useOpeningLock();
  }
  if (name === 'drop' && status === 0) tables.splice(tables.indexOf(ctl[TABLE] as number), 1);
  if (status > REPLY_BYTES || random.below(50) === 0) native.takeReply();
}

const ready = new Int32Array(new SharedArrayBuffer(4));
const partner = new Worker(join(__dirname, 'robustness.worker.js'), { workerData: ready });
if (Atomics.wait(ready, 0, 0, 60_000) === 'timed-out') throw new Error('the other thread did not start');

for (let round = 0; round < rounds; round++) {
  keepTables();
  step();
}

// The store still works.
native.useRequest(null);
for (const table of tables) {
  ctl[TABLE] = table;
  native.drop();
}
void partner.terminate();
console.log(JSON.stringify(outcomes));
