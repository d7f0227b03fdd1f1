import * as assert from 'uvu/assert';
import {
  appendKey,
  appendTerm,
  appendU32,
  begin,
  encodeKey,
  encodeRow,
  position,
  request,
} from '#dist/term/encode.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { decodeTerm, encodeTerm, hex, requestBytes, roundTrip, thrownBy } from './codec.js';

const { test, run } = suite('terms: user code inside the encoder');

const large = 'x'.repeat(100_000);

/** Requests that a getter may start. */
const nestedRequests: [string, () => void][] = [
  ['a key', () => void encodeKey('other')],
  ['a key that needs its canonical form', () => void encodeKey({ b: -0, a: Buffer.from('x') })],
  ['a row', () => void encodeRow(['other', { a: 1 }], 0)],
  ['two rows', () => (void encodeRow(['one', { a: 1 }], 0), void encodeRow(['two', -0], 1))],
  ['a large row', () => void encodeRow(['other', large], 0)],
  ['a composite', () => (begin(), appendU32(1), appendKey([1]), void appendTerm({ c: [1] }))],
  ['nothing but a beginning', () => begin()],
  ['one that is refused', () => void thrownBy(() => encodeRow(['k', { f: () => 1 }], 0))],
  [
    'one whose own getter starts another',
    () =>
      void encodeRow(
        [
          'k',
          {
            get deeper() {
              return (encodeKey('deepest'), encodeRow(['d', { x: large }], 0));
            },
            after: 1,
          },
        ],
        0,
      ),
  ],
  [
    'one whose own getter starts another and throws',
    () =>
      void thrownBy(() =>
        encodeRow(
          [
            'k',
            {
              get deeper(): never {
                encodeKey([1]);
                throw new Error('own');
              },
            },
          ],
          0,
        ),
      ),
  ],
];

for (const [name, start] of nestedRequests) {
  test(`a getter may start ${name}`, () => {
    let calls = 0;
    const act = (): string => {
      calls++;
      start();
      return 'got';
    };
    const element = (): unknown[] => Object.defineProperty([1, 2, 3], 1, { get: act, enumerable: true });
    const values: [unknown, unknown][] = [
      [
        {
          a: 1,
          get b() {
            return act();
          },
          c: 2,
        },
        { a: 1, b: 'got', c: 2 },
      ],
      [
        [
          0,
          {
            get b() {
              return act();
            },
          },
          large,
        ],
        [0, { b: 'got' }, large],
      ],
      [
        [
          large,
          {
            get b() {
              return act();
            },
            c: {
              get d() {
                return act();
              },
            },
          },
        ],
        [large, { b: 'got', c: { d: 'got' } }],
      ],
      [element(), [1, 'got', 3]],
      [new Map([[1, element()]]), new Map([[1, [1, 'got', 3]]])],
    ];
    for (const [value, expected] of values) {
      for (let i = 0; i < 4; i++) {
        assert.is(difference(roundTrip(value), expected), undefined);
        begin();
        appendU32(0xabcd);
        appendKey(value);
        const after = position();
        appendTerm(value);
        assert.is(request.view.getUint32(0, true), 0xabcd);
        assert.is(difference(decodeTerm(request.bytes.slice(after, position())), expected), undefined);
        const length = encodeRow([value, value], 0);
        const bytes = requestBytes(length + request.canonicalLength);
        const same = encodeRow([expected, expected], 0);
        assert.is(hex(bytes.slice(length)), hex(requestBytes(same + request.canonicalLength).slice(same)));
      }
    }
    const error = Object.defineProperty(new Error('x'), 'message', { get: act });
    const [first, back] = roundTrip([7, error]) as [number, Error];
    assert.is(first, 7);
    assert.is(back.message, 'got');
    const row = element();
    const length = encodeRow(row, 0);
    assert.is(hex(requestBytes(length)), hex(requestBytes(encodeRow([1, 'got', 3], 0))));
    assert.ok(calls > 20);
  });
}

test('what a getter throws passes through, and the encoder goes on working', () => {
  const failure = new Error('mine');
  const value = {
    a: large,
    get b(): never {
      throw failure;
    },
  };
  for (const act of [() => encodeTerm(value), () => encodeKey([value]), () => encodeRow(['k', value], 0)]) {
    assert.is(thrownBy(act), failure);
    assert.is(hex(encodeTerm(1)), '0801000000');
    assert.is(encodeKey('k'), 2);
    assert.is(request.busy, 0);
  }
});

test('a getter that throws after it started a request leaves the encoder usable', () => {
  const value = {
    get a(): never {
      encodeRow(['k', { b: large }], 0);
      throw new Error('mine');
    },
  };
  assert.is(thrownBy(() => encodeRow(['k', value], 0)).message, 'mine');
  assert.is(hex(encodeTerm('k')), '816b');
  assert.is(request.busy, 0);
});

test('a value that changes while it is read is refused', () => {
  const growing: unknown[] = [
    {
      get a() {
        return growing.push(1);
      },
    },
    2,
  ];
  const shrinking: unknown[] = [
    {
      get a() {
        return (shrinking.length = 1);
      },
    },
    2,
    3,
  ];
  const map = new Map<unknown, unknown>();
  map.set(1, {
    get a() {
      return map.set({}, 1).size;
    },
  });
  const set = new Set<unknown>();
  set.add({
    get a() {
      return set.add({}).size;
    },
  });
  const emptied = new Set<unknown>();
  const emptying = {
    get a(): number {
      emptied.clear();
      return 1;
    },
  };
  emptied.add(emptying).add(1);
  for (const value of [growing, shrinking, map, set, emptied]) {
    assert.is(thrownBy(() => roundTrip(value)).code, 'ERR_TERM_UNSUPPORTED');
  }
  assert.is(thrownBy(() => encodeRow(growing, 0)).code, 'ERR_TERM_UNSUPPORTED');
});

test('an object that loses a property while it is read is refused, before and after it has a shape', () => {
  const make = (): object => {
    const object: Record<string, unknown> = {
      get first() {
        return delete object['second'];
      },
      second: 1,
      third: 2,
    };
    return object;
  };
  for (let i = 0; i < 6; i++) {
    assert.is(thrownBy(() => roundTrip(make())).code, 'ERR_TERM_UNSUPPORTED');
    roundTrip({ first: 1, second: 2, third: 3 });
  }
});

test('each property is read once', () => {
  let reads = 0;
  const value = {
    a: 1,
    get b() {
      return ++reads;
    },
  };
  for (let i = 1; i <= 6; i++) assert.equal(roundTrip(value), { a: 1, b: i });
  const length = encodeRow([value, 1], 0);
  assert.is(reads, 7);
  assert.ok(length > 0 && request.canonicalLength > 0);
});

run();
