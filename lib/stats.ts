import { takeSpilled } from './chunks.js';
import { etsFailure } from './failures.js';
import { native, REPLY_BYTES } from './native/binding.js';
import { ctl, F0, reals, STATUS, Status, TABLE } from './native/control.js';
import type { HashStats, OrderedStats, TableType, Tid } from './types.js';

/** The figures that native left in the reply. */
function readFigures(length: number): number[] {
  const bytes =
    length > REPLY_BYTES
      ? takeSpilled('table.info')
      : ctl.buffer.slice(native.replyOffset, native.replyOffset + length);
  return [...new Float64Array(bytes, 0, length / 8)];
}

function hashStats(figures: readonly number[]): HashStats {
  const [buckets, rows, squares, minChain, maxChain, keptPseudoDeleted] = figures as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const waits = figures.slice(6);
  const averageChain = rows / buckets;
  return {
    buckets,
    averageChain,
    // Rounding may bring a variance of nothing below it.
    standardDeviation: Math.sqrt(Math.max(0, (squares - averageChain * rows) / buckets)),
    // The binomial distribution, as in OTP.
    expectedStandardDeviation: Math.sqrt(averageChain * (1 - 1 / buckets)),
    minChain,
    maxChain,
    keptPseudoDeleted,
    locks: waits.length,
    waits,
  };
}

function orderedStats(figures: readonly number[]): OrderedStats {
  const [shards, leaves, waits, splits, contendedSplits, joins] = figures as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { shards, leaves, waits, splits, contendedSplits, joins };
}

/** How often an operation has waited for a lock of the table; `undefined` when there is no such table. */
export function readWaits(tid: Tid): number | undefined {
  ctl[TABLE] = tid | 0;
  native.info();
  return (ctl[STATUS] as number) < 0 ? undefined : reals[F0];
}

/** How the rows of a table are laid out; `undefined` when there is no such table. */
export function readStats(tid: Tid, type: TableType): HashStats | OrderedStats | undefined {
  ctl[TABLE] = tid | 0;
  native.stats();
  const length = ctl[STATUS] as number;
  if (length === Status.NoTable) return undefined;
  if (length < 0) throw etsFailure(length, 'table.info');
  const figures = readFigures(length);
  return type === 'ordered_set' ? orderedStats(figures) : hashStats(figures);
}
