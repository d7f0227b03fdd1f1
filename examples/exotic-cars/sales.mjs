/**
 * A car that counts as exotic: its name, who builds it, and the least it is sold for, in euros.
 * @typedef {[name: string, maker: string, floor: number]} Car
 * @typedef {{ car: string, price: number }} Sale
 * How often a car was sold, and for how much in all.
 * @typedef {Record<string, { sold: number, total: number }>} Sums
 */

/** @type {Car[]} */
export const CARS = [
  ['Agera', 'Koenigsegg', 1_500_000],
  ['Aventador', 'Lamborghini', 350_000],
  ['Chiron', 'Bugatti', 2_400_000],
  ['Enzo', 'Ferrari', 2_000_000],
  ['Huayra', 'Pagani', 1_900_000],
  ['LaFerrari', 'Ferrari', 2_500_000],
  ['P1', 'McLaren', 1_100_000],
  ['Veyron', 'Bugatti', 1_200_000],
  ['Zonda', 'Pagani', 3_000_000],
];
const OTHERS = ['2CV', 'Golf', 'Panda', 'Polo', 'Clio', 'zonda', 'Mégane'];

export const BATCHES = 100;
export const BATCH = 10_000;

/**
 * The sales of one batch, the same whenever they are asked for: like a log that can be read again from any place.
 * @param {number} batch
 * @returns {Generator<Sale>}
 */
export function* salesOf(batch) {
  let state = batch + 1;
  /** @param {number} limit */
  const below = (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let i = 0; i < BATCH; i++) {
    const [name, , floor] = /** @type {Car} */ (CARS[below(CARS.length)]);
    const other = /** @type {string} */ (OTHERS[below(OTHERS.length)]);
    // A price just around the floor now and then.
    const price = below(4) === 0 ? floor - 1 + below(3) : below(5_000_000);
    yield { car: below(3) === 0 ? name : other, price };
  }
}

/** @param {Sums} sums @param {string} car @param {number} sold @param {number} total */
export function add(sums, car, sold, total) {
  const sum = (sums[car] ??= { sold: 0, total: 0 });
  sum.sold += sold;
  sum.total += total;
}
