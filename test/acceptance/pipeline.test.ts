// @timeout 300
import { join } from 'node:path';
import { ets } from 'termstore';
import * as assert from 'uvu/assert';
import { crew } from '../support/crew.js';
import { type Random, seededRandom } from '../support/random.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';
import { type Car, CARS, OTHERS, type Sale, type Sales } from './cars.js';

const { test, beforeEach, afterEach, run } = suite('acceptance: a pipeline of exotic cars');
const hire = crew(join(__dirname, 'cars.worker.js'), { afterEach });
checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });

const EVENTS = 1_000_000;
const BATCH = 10_000;

function sale(random: Random): Sale {
  const [car, , floor] = random.pick(CARS);
  const exotic = random.below(3) === 0;
  // A price just around the floor now and then.
  const price = random.below(4) === 0 ? floor - 1 + random.below(3) : random.below(5_000_000);
  return { car: exotic ? car : random.pick(OTHERS), price, city: random.pick(['Oslo', 'Rome', 'Lyon']) };
}

/** The sales, in batches; each is also given to `account`. */
function* stream(random: Random, account: (sale: Sale) => void): Generator<Sale[]> {
  for (let sent = 0; sent < EVENTS; sent += BATCH) {
    const batch = Array.from({ length: BATCH }, () => sale(random));
    batch.forEach(account);
    yield batch;
  }
}

test('a million sales, each checked against a table that was filled before anything started', async () => {
  using cars = ets.new<Car>('exotic cars', { named: true, access: 'protected' });
  await cars.initTable(CARS);
  using averages = ets.new<Sales>('averages', { named: true, access: 'public', type: 'ordered_set' });
  const worker = hire();

  const floors = new Map(CARS.map(([name, , floor]) => [name, floor]));
  const expected = new Map<string, Sales>();
  const random = seededRandom('sales');
  let accounted = 0;
  const batches = stream(random, ({ car, price }) => {
    if (price < (floors.get(car) ?? Infinity)) return;
    const [, sold, total] = expected.get(car) ?? [car, 0, 0];
    expected.set(car, [car, sold + 1, total + price]);
    accounted++;
  });

  let counted = 0;
  // One batch is under way while the next one is made.
  let pending: Promise<number> = Promise.resolve(0);
  for (const batch of batches) {
    const sent = worker.call<number>('take', batch);
    counted += await pending;
    pending = sent;
  }
  counted += await pending;

  assert.is(counted, accounted);
  assert.ok(accounted > EVENTS / 20);
  const average = ([name, sold, total]: Sales): [string, number] => [name, total / sold];
  assert.equal(
    averages.tab2list().map(average),
    [...expected.values()].sort(([a], [b]) => (a < b ? -1 : 1)).map(average),
  );
  assert.equal(averages.tab2list().length, CARS.length);
  assert.equal(cars.tab2list().sort(), [...CARS]);
});

run();
