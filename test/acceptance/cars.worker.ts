import { ets } from 'termstore';
import { serve } from '../support/serve.js';
import type { Car, Sale, Sales } from './cars.js';

/* Takes sales as they come, knows by the table which of them count, and keeps the averages. */

serve({
  take(sales: readonly Sale[]): number {
    const exotic = ets.table<Car>('exotic cars');
    const averages = ets.table<Sales>('averages');
    let counted = 0;
    for (const { car, price } of sales) {
      if (!exotic.member(car) || price < (exotic.lookupElement(car, 2) as number)) continue;
      averages.updateCounter(
        car,
        [
          { pos: 1, incr: 1 },
          { pos: 2, incr: price },
        ],
        [car, 0, 0],
      );
      counted++;
    }
    return counted;
  },
});
