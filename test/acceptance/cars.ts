/* What the pipeline of car sales is made of, for both of its threads. */

/** A car that counts as exotic: its name, who builds it, and the least it is sold for, in euros. */
export type Car = [name: string, maker: string, floor: number];

/** How often a car was sold, and for how much in all. */
export type Sales = [name: string, sold: number, total: number];

export interface Sale {
  readonly car: string;
  readonly price: number;
  readonly city: string;
}

export const CARS: readonly Car[] = [
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

/** Cars that are in no table. */
export const OTHERS: readonly string[] = ['2CV', 'Golf', 'Panda', 'Polo', 'Clio', 'zonda', 'P1 ', 'Mégane'];
