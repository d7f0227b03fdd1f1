import { ets, type Row, type Table, type TableOptions, type TableType } from 'termstore';

/* The suites of OTP repeat their cases over products of options; so do the cases ported from them. */

export const SETS: readonly TableType[] = ['set', 'ordered_set'];
export const BAGS: readonly TableType[] = ['bag', 'duplicate_bag'];
export const TYPES: readonly TableType[] = [...SETS, ...BAGS];
/** The types whose rows have no order. */
export const HASHES: readonly TableType[] = ['set', ...BAGS];

/** Every combination of options that must not change what a table means. */
export const VARIANTS: readonly TableOptions[] = [
  {},
  { access: 'private' },
  { access: 'public', compressed: true },
  { access: 'public', readConcurrency: true },
  ...([true, 'auto'] as const).map((writeConcurrency): TableOptions => ({
    access: 'public',
    writeConcurrency,
  })),
];

/** Settings of locks, of how rows are kept, and of what threads keep of them. */
export const SETTINGS = [
  { writeConcurrency: false, compressed: false, readConcurrency: false },
  { writeConcurrency: true, compressed: false, readConcurrency: false },
  { writeConcurrency: 'auto', compressed: false, readConcurrency: true },
  { writeConcurrency: false, compressed: true, readConcurrency: false },
  { writeConcurrency: false, compressed: false, readConcurrency: true },
] as const;

/** Calls `body` with a new table of each type and each variant, one after the other, and drops it. */
export async function eachTable<R extends Row = Row>(
  types: readonly TableType[],
  body: (table: Table<R>, options: TableOptions) => void | Promise<void>,
  more: TableOptions = {},
): Promise<void> {
  for (const type of types) {
    for (const variant of VARIANTS) {
      const options = { ...variant, ...more, type };
      using table = ets.new<R>('variant', options);
      try {
        await body(table, options);
      } catch (error) {
        // Which of the tables it was is half of the finding.
        if (error instanceof Error) error.message += `\nwith ${JSON.stringify(options)}`;
        throw error;
      }
    }
  }
}

/** Rows without their order, for comparing: sorted by their text. */
export function unordered(rows: readonly unknown[]): unknown[] {
  const textOf = (row: unknown): string =>
    JSON.stringify(row, (_name, value: unknown) =>
      typeof value === 'bigint' || typeof value === 'symbol' ? `${typeof value} ${String(value)}` : value,
    );
  return rows
    .map((row) => ({ row, text: textOf(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ row }) => row);
}

/** `make(0)` to `make(count - 1)`. */
export function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_none, i) => make(i));
}
