// A thread that checks sales against the table of exotic cars, which it finds by name.
import { parentPort } from 'node:worker_threads';
import { ets } from 'termstore';
import { add, salesOf } from './sales.mjs';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
/** @type {import('termstore').Table<import('./sales.mjs').Car>} */
const cars = ets.table('exotic cars');

port.on('message', (batch) => {
  /** @type {import('./sales.mjs').Sums} */
  const sums = {};
  for (const { car, price } of salesOf(batch)) {
    const known = cars.get(car);
    if (known !== undefined && price >= known[2]) add(sums, car, 1, price);
  }
  port.postMessage({ batch, sums });
});
