import { ets, type Table, TermStoreError } from 'termstore';
import { type Random, seededRandom } from '../support/random.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { difference } from '../support/terms.js';
import { KEYS, Model, type ModelRow } from './model.js';

const STEPS = 12_000;

const { test, beforeEach, afterEach, run } = suite('tables answer as a plain model does');
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const VALUES: readonly unknown[] = [
  0,
  5,
  -0,
  2 ** 53 - 2,
  1.5,
  'text',
  'x'.repeat(300),
  null,
  undefined,
  { p: 1 },
  [1, [2]],
  3n,
  new Uint8Array(20),
];

/** One random call, made on the table and on the model. */
interface Call {
  readonly name: string;
  readonly real: () => unknown;
  readonly expected: () => unknown;
}

class Calls {
  readonly #random: Random;
  readonly #table: Table;
  readonly #model: Model;
  readonly #keypos: number;
  readonly #ordered: boolean;

  constructor(random: Random, table: Table, model: Model, keypos: number, ordered: boolean) {
    this.#random = random;
    this.#table = table;
    this.#model = model;
    this.#keypos = keypos;
    this.#ordered = ordered;
  }

  #row(key = this.#random.pick(KEYS)): ModelRow {
    const values = Array.from({ length: 1 + this.#random.below(4) }, () => this.#random.pick(VALUES));
    return [...values.slice(0, this.#keypos), key, ...values.slice(this.#keypos)];
  }

  #rows(): ModelRow[] {
    return Array.from({ length: this.#random.below(5) }, () => this.#row());
  }

  #maybeRow(): ModelRow | undefined {
    return this.#random.below(2) === 0 ? this.#row() : undefined;
  }

  next(): Call {
    const random = this.#random;
    const table = this.#table;
    const model = this.#model;
    const key = random.pick(KEYS);
    const choices: readonly (() => Call)[] = [
      () =>
        one(
          'insert',
          this.#row(),
          (row) => table.insert(row),
          (row) => model.insert(row),
        ),
      () =>
        one(
          'insertNew',
          this.#row(),
          (row) => table.insertNew(row),
          (row) => model.insertNew(row),
        ),
      () =>
        one(
          'insertMany',
          this.#rows(),
          (rows) => table.insertMany(rows),
          (rows) => model.insertMany(rows),
        ),
      () =>
        one(
          'insertNewMany',
          this.#rows(),
          (rows) => table.insertNewMany(rows),
          (rows) => model.insertNewMany(rows),
        ),
      () =>
        one(
          'get',
          key,
          () => table.get(key),
          () => model.get(key),
        ),
      () =>
        one(
          'lookup',
          key,
          () => table.lookup(key),
          () => model.lookup(key),
        ),
      () =>
        one(
          'member',
          key,
          () => table.member(key),
          () => model.lookup(key).length > 0,
        ),
      () =>
        one(
          'lookupElement',
          random.below(5),
          (pos) => table.lookupElement(key, pos, 'none'),
          (pos) => model.lookupElement(key, pos, 'none'),
        ),
      () =>
        one(
          'delete',
          key,
          () => table.delete(key),
          () => model.take(key).length > 0,
        ),
      () =>
        one(
          'take',
          key,
          () => table.take(key),
          () => model.take(key),
        ),
      () =>
        one(
          'deleteObject',
          this.#stored() ?? this.#row(key),
          (row) => table.deleteObject(row),
          (row) => model.deleteObject(row),
        ),
      () => this.#counter(key),
      () => this.#counters(key),
      () => this.#elements(key),
      () => this.#content(),
      () => this.#walk(key),
    ];
    if (random.below(400) === 0)
      return one(
        'deleteAllObjects',
        0,
        () => table.deleteAllObjects(),
        () => model.clear(),
      );
    return random.pick(choices)();
  }

  #stored(): ModelRow | undefined {
    return this.#model.size === 0 ? undefined : [...this.#random.pick(this.#model.rows())];
  }

  #counter(key: unknown): Call {
    const incr = this.#random.pick([1, -1, 0, 1000, 2 ** 40]);
    const defaultRow = this.#maybeRow();
    const step = [this.#keypos + 1, incr] as const;
    return one(
      'updateCounter',
      [key, incr, defaultRow],
      () => this.#table.updateCounter(key, incr, defaultRow),
      () => this.#model.updateCounter(key, [step], defaultRow)[0],
    );
  }

  #counters(key: unknown): Call {
    const steps = Array.from(
      { length: this.#random.below(4) },
      () => [this.#random.below(5), this.#random.pick([1, -3, 0])] as const,
    );
    const defaultRow = this.#maybeRow();
    const list = steps.map(([pos, incr]) => ({ pos, incr }));
    return one(
      'updateCounter list',
      [key, steps, defaultRow],
      () => this.#table.updateCounter(key, list, defaultRow),
      () => this.#model.updateCounter(key, steps, defaultRow),
    );
  }

  #elements(key: unknown): Call {
    const changes = Array.from(
      { length: this.#random.below(4) },
      () => [this.#random.below(5), this.#random.pick(VALUES)] as const,
    );
    const defaultRow = this.#maybeRow();
    return one(
      'updateElements',
      [key, changes, defaultRow],
      () => this.#table.updateElements(key, changes, defaultRow),
      () => this.#model.updateElements(key, changes, defaultRow),
    );
  }

  /** All rows, by one of the ways that there are. A hash table's are brought into the model's order. */
  #content(): Call {
    const way = this.#random.pick(['tab2list', 'iterator', 'keys'] as const);
    const real = (): unknown => {
      if (way === 'keys') return this.#sort([...this.#table.keys()], (key) => key);
      const rows = way === 'tab2list' ? this.#table.tab2list() : [...this.#table];
      return this.#sort(rows, (row) => row[this.#keypos]);
    };
    const expected = (): unknown => {
      return way === 'keys'
        ? this.#sort(this.#model.keys(), (key) => key)
        : this.#sort(this.#model.rows(), (row) => row[this.#keypos]);
    };
    return one(way, '', real, expected);
  }

  #sort<T>(items: readonly T[], keyOf: (item: T) => unknown): T[] {
    if (this.#ordered) return [...items];
    const place = (item: T): number => KEYS.findIndex((key) => difference(keyOf(item), key) === undefined);
    return [...items].sort((a, b) => place(a) - place(b));
  }

  /** Steps and ranges. The order of a hash table is its own: there the steps are only counted. */
  #walk(key: unknown): Call {
    if (!this.#ordered) {
      const count = (): number => {
        let steps = 0;
        for (let at = this.#table.first(); at !== undefined; at = this.#table.next(at)) steps++;
        return steps;
      };
      return one('walk', '', count, () => this.#model.keys().length);
    }
    const group = this.#model.groupOf(key);
    const groupOf = (row: ModelRow): number => this.#model.groupOf(row[this.#keypos]);
    const after = (): ModelRow[] => this.#model.rows().filter((row) => groupOf(row) > group);
    const before = (): ModelRow[] => this.#model.rows().filter((row) => groupOf(row) < group);
    const step = (row: ModelRow | undefined): unknown => row && { key: row[this.#keypos], rows: [row] };
    return this.#random.pick([
      () =>
        one(
          'first',
          '',
          () => this.#table.first(),
          () => this.#model.rows().at(0)?.[this.#keypos],
        ),
      () =>
        one(
          'last',
          '',
          () => this.#table.last(),
          () => this.#model.rows().at(-1)?.[this.#keypos],
        ),
      () =>
        one(
          'next',
          key,
          () => this.#table.next(key),
          () => after()[0]?.[this.#keypos],
        ),
      () =>
        one(
          'prevLookup',
          key,
          () => this.#table.prevLookup(key),
          () => step(before().at(-1)),
        ),
      () =>
        one(
          'nextLookup',
          key,
          () => this.#table.nextLookup(key),
          () => step(after()[0]),
        ),
      () => one('range gt', key, () => [...this.#table.range({ gt: key })], after),
      () =>
        one(
          'range lt reverse',
          key,
          () => [...this.#table.range({ lt: key, reverse: true, limit: 3 })],
          () => before().reverse().slice(0, 3),
        ),
    ])();
  }
}

function one<T>(
  name: string,
  argument: T,
  real: (argument: T) => unknown,
  expected: (argument: T) => unknown,
): Call {
  return { name, real: () => real(argument), expected: () => expected(argument) };
}

/** What a call answers; for a refusal its code. */
function answer(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof TermStoreError) return `refused: ${error.code}`;
    if (error instanceof Error && error.message.startsWith('ERR_')) return `refused: ${error.message}`;
    throw error;
  }
}

for (const type of ['set', 'ordered_set', 'bag', 'duplicate_bag'] as const) {
  for (const writeConcurrency of [false, true, 'auto'] as const) {
    for (const keypos of [0, 1]) {
      // One setting of each kind of table is enough: how rows are kept and how they are locked are apart.
      const compressed = writeConcurrency === true;
      const readConcurrency = keypos === 1 && writeConcurrency !== true;
      const title = `${type}, writeConcurrency ${String(writeConcurrency)}, keypos ${keypos}, compressed ${compressed}, readConcurrency ${readConcurrency}`;
      test(title, () => {
        const random = seededRandom(title);
        using table = ets.new('model', { type, writeConcurrency, keypos, compressed, readConcurrency });
        const model = new Model(type, keypos);
        const calls = new Calls(random, table, model, keypos, type === 'ordered_set');
        for (let step = 0; step < STEPS; step++) {
          const call = calls.next();
          const real = answer(call.real);
          const found = difference(real, answer(call.expected), `step ${step}, ${call.name}`);
          if (found !== undefined) throw new Error(found);
          if (table.info('size') !== model.size) throw new Error(`step ${step}, ${call.name}: size`);
        }
      });
    }
  }
}

run();
