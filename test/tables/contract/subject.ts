import { ets, type Row, type Table, type TableOptions } from 'termstore';
import { checkBaseline } from '../../support/stats.js';
import { type Suite, suite } from '../../support/suite.js';
import { SETTINGS } from '../../support/variants.js';

/** One kind of table under test, and how to talk about its rows without knowing where the key is. */
export interface Subject {
  readonly test: Suite['test'];
  readonly ordered: boolean;
  readonly keypos: number;
  readonly options: Readonly<
    Required<Pick<TableOptions, 'type' | 'keypos' | 'writeConcurrency' | 'compressed' | 'readConcurrency'>>
  >;
  /** A table with these rows; dropped after the test. */
  readonly create: (...rows: Row[]) => Table;
  /** A row with this key and these values around it; at least one value where the key is not in front. */
  readonly row: (key: unknown, ...values: unknown[]) => unknown[];
  /** Where `row` puts value number `i`. */
  readonly at: (i: number) => number;
}

/** A group of tests that every kind of table must pass. */
export type Contract = (subject: Subject) => void;

function rowOf(keypos: number, key: unknown, values: unknown[]): unknown[] {
  return [...values.slice(0, keypos), key, ...values.slice(keypos)];
}

/** Runs `contracts` for tables of `type` under every setting. */
export function runContracts(type: 'set' | 'ordered_set', contracts: readonly Contract[]): void {
  for (const { writeConcurrency, compressed, readConcurrency } of SETTINGS) {
    for (const keypos of [0, 1]) {
      const { test, afterEach, beforeEach, run } = suite(
        `${type}, writeConcurrency ${String(writeConcurrency)}, keypos ${keypos}${compressed ? ', compressed' : ''}${readConcurrency ? ', readConcurrency' : ''}`,
      );
      const created: Table[] = [];
      const options = { type, writeConcurrency, keypos, compressed, readConcurrency };
      // Also after a failed test, so that the next one is not blamed for its tables.
      afterEach(() => {
        for (const table of created.splice(0)) table[Symbol.dispose]();
      });
      // Shapes are never forgotten: rows with new property names leave one behind.
      checkBaseline({ beforeEach, afterEach }, { ignore: ['shapes'] });
      const subject: Subject = {
        test,
        ordered: type === 'ordered_set',
        keypos,
        options,
        create(...rows) {
          const table = ets.new('contract', options);
          created.push(table);
          table.insertMany(rows);
          return table;
        },
        row: (key, ...values) => rowOf(keypos, key, values),
        at: (i) => (i < keypos ? i : i + 1),
      };
      for (const contract of contracts) contract(subject);
      run();
    }
  }
}
