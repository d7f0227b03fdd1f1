// Question: what do encoding and decoding cost, without a native call?
// Not answered here: the crossing and the table; see the other benchmarks.
//
//   node bench/micro/codec.mjs [directory of the built package]
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';

const dist =
  process.argv[2] === undefined
    ? new URL('../../dist/', import.meta.url)
    : pathToFileURL(`${resolve(process.argv[2])}/`);
const require = createRequire(import.meta.url);
const load = (file) => require(new URL(file, dist).pathname);
const { encodeKey, encodeRow } = load('term/encode.js');
const { decodeReplyRow, decodeReplyRowOf } = load('term/decode.js');
const { scratch, REQUEST_OFFSET, REPLY_OFFSET } = load('native/binding.js');

const COUNT = 1024;
const ROUNDS = 12;
const CALLS = 1_000_000;
const bytes = new Uint8Array(scratch);

/** The best of several rounds: noise of the machine only ever adds. */
function time(title, call) {
  let best = Infinity;
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < CALLS; i++) sum += call(i & (COUNT - 1));
    best = Math.min(best, Number(process.hrtime.bigint() - start) / CALLS);
  }
  if (!(sum > 0)) throw new Error(`${title}: nothing was done`);
  console.log(`${title.padEnd(44)} ${best.toFixed(1).padStart(7)} ns`);
}

const many = (make) => Array.from({ length: COUNT }, (_, i) => make(i));
const ints = many((i) => i * 7919 + 1);
const names = many((i) => `user:${1000 + i}`);
const longNames = many((i) => `tenant/0123456789/session/${1000 + i}`);
const user = (i) => ({ id: i, name: `name${1000 + i}`, age: i & 63, ok: i % 2 === 0, score: i + 0.5 });

const kinds = {
  '[int, int]': many((i) => [ints[i], i]),
  '[string 9, int]': many((i) => [names[i], i]),
  '[string 9, {5 fields}]': many((i) => [names[i], user(i)]),
  '[int, [8 ints]]': many((i) => [ints[i], [1, 2, 3, 4, 5, 6, 7, i]]),
};

console.log(`node ${process.version}, ${process.arch}`);
time('empty loop', (i) => ints[i]);
time('util.types.isProxy', (i) => (types.isProxy(kinds['[int, int]'][i]) ? 0 : 1));
time('encodeKey(int)', (i) => encodeKey(ints[i]));
time('encodeKey(string 9)', (i) => encodeKey(names[i]));
time('encodeKey(string 30)', (i) => encodeKey(longNames[i]));
for (const [kind, rows] of Object.entries(kinds)) {
  time(`encodeRow(${kind})`, (i) => encodeRow(rows[i], 0));
  const length = encodeRow(rows[5], 0);
  bytes.copyWithin(REPLY_OFFSET, REQUEST_OFFSET, REQUEST_OFFSET + length);
  const key = rows[5][0];
  const keyBytes = encodeKey(key);
  time(`decode ${kind}`, () => decodeReplyRow(length).length);
  time(`decode ${kind}, known key`, () => decodeReplyRowOf(length, 0, key, keyBytes).length);
}
